"""Outcomes: text and counts say the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import Outcomes, parse_outcomes

COHORTS = st.lists(st.tuples(st.integers(1, 12), st.text("NMTX", min_size=1, max_size=6)), max_size=8)


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


def test_not_evaluable_patients_are_kept_and_not_counted():
    outcomes = parse_outcomes("1nnx 2XTM (2X)")
    assert str(outcomes) == "1NNX 2XTM (2X)"
    assert outcomes.counts(2).tolist() == [[2, 0], [1, 1]]
    assert outcomes.counts(2, categories=3).tolist() == [[2, 0, 0], [0, 1, 1]]
    assert outcomes.num_patients == 4


def test_levels_on_other_doses():
    old, new = DoseGrid((1, 3, 10), "mg"), DoseGrid((0.5, 1, 2, 3, 10, 30), "mg")
    outcomes = parse_outcomes("1NNN 2NMX (1N) 3T")
    moved = outcomes.renumbered(old, new)
    assert str(moved) == "2NNN 4NMX (2N) 5T"
    # Each dose keeps its patients, and the way back leads to the same.
    for dose in old.values:
        there = moved.counts(len(new))[new.index(dose)]
        assert there.tolist() == outcomes.counts(len(old))[old.index(dose)].tolist()
    assert moved.renumbered(new, old) == outcomes
    # A dose that nobody had may go.
    assert str(parse_outcomes("2NNN").renumbered(old, DoseGrid((3, 10), "mg"))) == "1NNN"


@pytest.mark.parametrize(
    ("text", "new", "message"),
    [
        ("2NNN", DoseGrid((1, 10), "mg"), "dose: got 3.0; wanted one of the grid's doses, 1, 10 mg"),
        ("1NNN", DoseGrid((1, 10), "kg"), "new doses, unit: got 'kg'; wanted that of the old ones, mg"),
        ("4NNN", DoseGrid((1, 10), "mg"), "dose levels from 1 to 3"),
    ],
)
def test_doses_that_do_not_fit(text, new, message):
    with pytest.raises(InputError, match=message):
        parse_outcomes(text).renumbered(DoseGrid((1, 3, 10), "mg"), new)


def test_no_patients():
    assert parse_outcomes(" ").counts(2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("text", ["NNN", "0NNN", "1", "1NNQ", "1 NNN", "-1N", "1.5N", "1NNN,2NNT"])
def test_bad_text(text):
    with pytest.raises(InputError, match="1NNN 2NNT"):
        parse_outcomes(text)


def test_level_above_the_grid():
    with pytest.raises(InputError, match="dose levels from 1 to 3"):
        parse_outcomes("1NNN 4T").counts(3)


def test_outcome_categories_are_two_to_four():
    with pytest.raises(
        InputError, match="counts, categories: got 5; wanted a whole number of at least 2 and at most 4"
    ):
        parse_outcomes("1NNN").counts(3, categories=5)


def test_more_patients_than_any_trial_has():
    with pytest.raises(InputError, match="outcomes: got '10001 patients'; wanted at most 10000"):
        parse_outcomes("1" + 10001 * "N")
    with pytest.raises(InputError, match="1NNN 2NNT"):
        parse_outcomes("9" * 5000 + "N")


@pytest.mark.parametrize(
    ("patients", "dlts", "message"),
    [
        ([3], [4], "patient counts: .*; wanted at each dose, DLTs from 0 to the number of patients"),
        ([3, 3], [0], "patient counts: got '2 numbers of patients and 1 of DLTs'"),
        ([10**12], [0], "patient counts: got 10{12}; wanted at most 10000"),
        ([3], [-1], r"dlts\[0\]: got -1; wanted a whole number of at least 0"),
        ([3.0], [0.0], r"patients\[0\]: got 3.0; wanted a whole number"),
        ([[3]], [[0]], r"patients\[0\]: got \[3\]; wanted a whole number"),
        (["3"], ["0"], r"patients\[0\]: got '3'; wanted a whole number"),
        ("33", "00", "patients: got '33'; wanted a list of whole numbers"),
        (None, None, "patients: got None; wanted a list of whole numbers"),
    ],
)
def test_bad_counts(patients, dlts, message):
    with pytest.raises(InputError, match=message):
        Outcomes.from_counts(patients, dlts)


@pytest.mark.parametrize("cohort", [(0, "TTT"), (1, "nnt"), (1, "NQT"), (1, ""), ("1", "N"), "1N", 1])
def test_cohorts_that_are_not_outcomes(cohort):
    with pytest.raises(InputError, match=r"Outcomes, cohorts\[0\].*: got .*; wanted"):
        Outcomes((cohort,))
