"""Outcomes: text and counts say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose.errors import InputError
from bayesdose.outcomes import Outcomes, parse_outcomes

COHORTS = st.lists(st.tuples(st.integers(1, 12), st.text("NMT", min_size=1, max_size=6)), max_size=8)


@given(COHORTS)
def test_text_round_trip(cohorts):
    outcomes = Outcomes(tuple(cohorts))
    assert parse_outcomes(str(outcomes)) == outcomes
    assert outcomes.num_patients == outcomes.counts(12).sum() == outcomes.counts(12, categories=3).sum()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.data())
def test_counts_round_trip(patients, data):
    dlts = [data.draw(st.integers(0, number)) for number in patients]
    counts = Outcomes.from_counts(patients, dlts).counts(len(patients))
    np.testing.assert_array_equal(counts.sum(axis=1), patients)
    np.testing.assert_array_equal(counts[:, 1], dlts)


def test_moderate_toxicity_is_no_dlt():
    outcomes = parse_outcomes("1nmt  1N\n3MM")
    assert outcomes.counts(3).tolist() == [[3, 1], [0, 0], [2, 0]]
    assert outcomes.counts(3, categories=3).tolist() == [[2, 1, 1], [0, 0, 0], [0, 2, 0]]


def test_no_patients():
    assert parse_outcomes(" ").counts(2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("text", ["NNN", "0NNN", "1", "1NNX", "1 NNN", "-1N", "1.5N", "1NNN,2NNT"])
def test_bad_text(text):
    with pytest.raises(InputError, match="1NNN 2NNT"):
        parse_outcomes(text)


def test_level_above_the_grid():
    with pytest.raises(InputError, match="dose levels from 1 to 3"):
        parse_outcomes("1NNN 4T").counts(3)


@pytest.mark.parametrize(
    ("patients", "dlts"),
    [([3], [4]), ([3], [-1]), ([3, 3], [0]), ([3.0], [0.0]), ([[3]], [[0]]), (["3"], ["0"])],
)
def test_bad_counts(patients, dlts):
    with pytest.raises(InputError, match="patient counts"):
        Outcomes.from_counts(patients, dlts)


@pytest.mark.parametrize("cohort", [(0, "TTT"), (1, "nnt"), (1, "NXT"), (1, "")])
def test_cohorts_that_are_not_outcomes(cohort):
    with pytest.raises(InputError, match="outcomes: got .*; wanted a level from 1 and letters N, M, T"):
        Outcomes((cohort,))
