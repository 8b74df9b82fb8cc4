"""Increments as shares of an earlier dose, by hand, at equality."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.relative_increments import (
    RelativeIncrements,
    RelativeIncrementsByDLTs,
    RelativeIncrementsByLastCohort,
    RelativeIncrementsFromHighest,
)
from bayesdose.rules.remembered_counts import remember

GRID = DoseGrid((10, 15, 30, 60, 100.2, 120), "mg")


def highest(rule, state):
    reach = rule.within_reach(state, GRID)
    top = int(np.flatnonzero(reach[0]).max())
    # Every rule lets through all doses up to some one.
    assert reach[0].tolist() == [True] * (top + 1) + [False] * (len(GRID) - top - 1)
    return top + 1


def test_shares_of_the_last_dose_by_dose(trial):
    rule = RelativeIncrements((0, 60), (1, 0.67))
    # 15 mg doubles to 30 mg, equality included.
    assert highest(rule, trial([0, 3, 0, 0, 0, 0], [0] * 6, level=2)) == 3
    # 60 mg is in the upper interval, which holds its start: 60 * 1.67 = 100.2 in decimals.
    assert highest(rule, trial([0, 0, 0, 3, 0, 0], [0] * 6, level=4)) == 5
    # The last dose counts, not the highest tried.
    assert highest(rule, trial([3, 0, 0, 3, 0, 0], [0] * 6, level=1)) == 2
    # Tripling 0.1 gives 0.30000000000000004 in binary and reaches 0.3.
    small = DoseGrid((0.1, 0.3, 0.31), "mg")
    one = trial([3, 0, 0], [0] * 3, level=1)
    assert RelativeIncrements((0,), (2,)).within_reach(one, small).tolist() == [[True, True, False]]
    # No increment at all: the same dose and lower ones.
    assert highest(RelativeIncrements((0,), (0,)), trial([0, 0, 3, 0, 0, 0], [0] * 6, level=3)) == 3


def test_shares_of_the_last_dose_by_dlts(trial):
    rule = RelativeIncrementsByDLTs((0, 1, 3), (1, 0.5, 0))
    patients = [0, 3, 3, 0, 0, 0]
    assert highest(rule, trial(patients, [0] * 6, level=3)) == 4
    # With one DLT 30 mg + 50 % = 45 mg; DLTs at all doses count.
    assert highest(rule, trial(patients, [0, 1, 0, 0, 0, 0], level=3)) == 3
    assert highest(rule, trial(patients, [0, 1, 1, 0, 0, 0], level=3)) == 3
    # 10 mg + 50 % = 15 mg, equality included; from three DLTs on nothing more.
    assert highest(rule, trial([3, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], level=1)) == 2
    assert highest(rule, trial([3, 0, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0], level=1)) == 1


def test_shares_by_the_last_cohorts_dlts(trial):
    rule = RelativeIncrementsByLastCohort((0, 1, 2), (1, 0.5, 0))
    assert rule.looks_at_last_cohort
    before = trial([3, 3, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], level=2)
    phase = int(remember(before)[0])
    # 15 mg: without a DLT in the second cohort there it doubles to 30 mg, though the first one had a DLT.
    assert highest(rule, trial([3, 6, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], level=2, phase=phase)) == 3
    assert highest(rule, trial([3, 6, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0], level=2, phase=phase)) == 2
    # 10 mg with one DLT: 15 mg, equality included; with two, no more than 10 mg.
    assert highest(rule, trial([6, 3, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], level=1, phase=phase)) == 2
    assert highest(rule, trial([6, 3, 0, 0, 0, 0], [2, 1, 0, 0, 0, 0], level=1, phase=phase)) == 1


def test_shares_of_the_highest_dose_given(trial):
    rule = RelativeIncrementsFromHighest((0, 60), (1, 0.67))
    # After 60 mg the trial went back to 10 mg: 60 * 1.67 = 100.2 in decimals is in reach.
    assert highest(rule, trial([3, 0, 0, 3, 0, 0], [0] * 6, level=1)) == 5
    assert highest(RelativeIncrements((0, 60), (1, 0.67)), trial([3, 0, 0, 3, 0, 0], [0] * 6, level=1)) == 2
    # 15 mg doubles to 30 mg.
    assert highest(rule, trial([3, 3, 0, 0, 0, 0], [0] * 6, level=1)) == 3


def test_words():
    assert str(RelativeIncrementsByLastCohort((0, 1), (1, 0.5))) == (
        "at most 100 % from 0 DLTs, 50 % from 1 DLTs in the last cohort above the last dose"
    )
    assert str(RelativeIncrementsFromHighest((0, 60), (1, 0.67))) == (
        "at most 100 % from dose 0, 67 % from dose 60 above the highest dose given"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RelativeIncrements((10, 60), (1, 1)),
            "RelativeIncrements, starts: got .10.0, 60.0.; wanted .* from 0",
        ),
        (lambda: RelativeIncrements((0, 60, 60), (1, 1, 1)), "starts: got .0.0, 60.0, 60.0.; wanted"),
        (
            lambda: RelativeIncrements((0, 60), (1,)),
            "RelativeIncrements, shares: got .1.0,.; wanted 2 numbers",
        ),
        (lambda: RelativeIncrements((0,), (-0.1,)), "shares.0.: got -0.1; wanted a number of at least 0"),
        (lambda: RelativeIncrementsByDLTs((0, 1.5), (1, 1)), "starts.1.: got 1.5; wanted a whole number"),
        (lambda: RelativeIncrements((0, 60), (1, np.nan)), "RelativeIncrements, shares.1.: got nan"),
        (lambda: RelativeIncrements((0, np.nan), (1, 1)), "RelativeIncrements, starts.1.: got nan"),
        (lambda: RelativeIncrementsByDLTs((0, 1), (np.nan, 1)), "ByDLTs, shares.0.: got nan"),
        (lambda: RelativeIncrementsByLastCohort((1, 2), (1, 1)), "LastCohort, starts: got .1, 2."),
        (lambda: RelativeIncrementsFromHighest((0,), (1, 1)), "FromHighest, shares: got .1.0, 1.0."),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
