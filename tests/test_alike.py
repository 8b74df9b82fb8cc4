"""Rows that are alike: equal where all numbers are, whatever their size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose import alike
from bayesdose.alike import distinct_in_parts, distinct_rows
from bayesdose.designs.boin import boin
from bayesdose.grid import DoseGrid
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.states import distinct_states, same_future
from bayesdose.trial import Cohorts, TrialState

WHOLE = st.one_of(st.integers(-3, 3), st.sampled_from([2**15, 2**16, 2**31, 2**32, 2**40, -(2**40), 2**62]))
ROWS = st.lists(st.tuples(WHOLE, WHOLE, WHOLE), min_size=1, max_size=12)


@given(ROWS)
def test_rows_are_of_a_kind_if_they_are_equal(rows):
    array = np.array(rows, dtype=np.int64)
    first, kind = distinct_rows(array[:, :2], array[:, 2])
    for one in range(len(rows)):
        assert rows[first[kind[one]]] == rows[one]
        for other in range(len(rows)):
            assert (kind[one] == kind[other]) == (rows[one] == rows[other])
    assert len(first) == len(set(rows))


@given(ROWS)
def test_parts_change_nothing(rows):
    array = np.array(rows, dtype=np.int64)

    def some(which):
        return array[which, :2], array[which, 2]

    whole, kinds = distinct_in_parts(array[:, 0], some)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alike, "AT_ONCE", 0)
        first, kind = distinct_in_parts(array[:, 0], some)
    assert {rows[one] for one in first} == {rows[one] for one in whole}
    assert [rows[first[one]] for one in kind] == [rows[whole[one]] for one in kinds]


@pytest.mark.parametrize("bit", [0, 15, 16, 31, 32, 40, 62])
def test_phases_that_differ_in_any_bit_are_kept_apart(bit):
    state = TrialState(np.array([[[2, 1]]] * 2), np.zeros(2, dtype=int), np.array([0, 1 << bit]))
    assert len(distinct_states(state)[0]) == 2
    following = Cohorts(state.level, np.array([3, 3]), state.phase, np.zeros(2, dtype=int))
    first, _ = same_future(state.counts, following, np.full(2, -1), np.zeros((2, 0), dtype=int))
    assert len(first) == 2


def test_a_layer_in_parts_makes_the_same_graph(monkeypatch):
    design = boin(DoseGrid.of_levels(4), 0.3, max_patients=12)
    whole = trial_graph(design)
    monkeypatch.setattr(alike, "AT_ONCE", 10)
    parts = trial_graph(design)
    assert parts.num_states == whole.num_states > 90
    assert parts.num_histories() == whole.num_histories()
    assert parts.refined == whole.refined

    def ends(graph):
        final = graph.final
        numbers = zip(final.recommendation, final.stop, final.cohorts, strict=True)
        return sorted((counts.tobytes(), *other) for counts, other in zip(final.counts, numbers, strict=True))

    assert ends(parts) == ends(whole)
