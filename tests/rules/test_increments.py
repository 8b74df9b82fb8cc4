"""Increments rules by hand, at equality."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.increments import (
    AnyLevel,
    Coherent,
    LevelsAboveCurrent,
    LevelsAboveHighestTried,
    NoEscalationAboveRate,
)
from bayesdose.rules.relative_increments import RelativeIncrements, RelativeIncrementsByDLTs
from bayesdose.rules.remembered_counts import MOST_PATIENTS, check_remembered, last_cohort, remember

GRID = DoseGrid((10, 15, 30, 60, 100.2, 120), "mg")


def highest(rule, state):
    reach = rule.within_reach(state, GRID)
    top = int(np.flatnonzero(reach[0]).max())
    # Every rule lets through all doses up to some one.
    assert reach[0].tolist() == [True] * (top + 1) + [False] * (len(GRID) - top - 1)
    return top + 1


def test_levels(trial):
    state = trial([3, 3, 3, 0, 0, 0], [0, 0, 2, 0, 0, 0], level=2)
    assert highest(AnyLevel(), state) == 6
    assert highest(LevelsAboveHighestTried(), state) == 4
    assert highest(LevelsAboveHighestTried(2), state) == 5
    assert highest(LevelsAboveCurrent(), state) == 3
    assert highest(LevelsAboveCurrent(3), state) == 5


def test_no_escalation_above_an_observed_rate(trial):
    rule = NoEscalationAboveRate(0.2)
    # One in five is the target itself and may rise; one in four may not.
    assert highest(rule, trial([0, 5, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], level=2)) == 6
    assert highest(rule, trial([0, 4, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], level=2)) == 2
    # Patients at the current dose alone count.
    assert highest(rule, trial([3, 5, 0, 0, 0, 0], [3, 1, 0, 0, 0, 0], level=2)) == 6
    # 0.07 * 100 is 7.000000000000001 in binary.
    assert highest(NoEscalationAboveRate(0.07), trial([0, 100, 0, 0, 0, 0], [0, 7, 0, 0, 0, 0], level=2)) == 6
    assert highest(NoEscalationAboveRate(0.07), trial([0, 100, 0, 0, 0, 0], [0, 8, 0, 0, 0, 0], level=2)) == 2


def test_coherence_looks_at_the_last_cohort(trial):
    rule = Coherent(0.25)
    assert rule.looks_at_last_cohort
    before = trial([4, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], level=1)
    # Without memory all patients are the last cohort: one in four is the target itself, and the dose stays.
    assert highest(rule, before) == 1
    assert highest(Coherent(0.26), before) == 6
    phase = int(remember(before)[0])
    assert highest(rule, trial([4, 4, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], level=2, phase=phase)) == 6
    assert highest(rule, trial([4, 4, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0], level=2, phase=phase)) == 2
    # At the same level the cohort is still told from those before.
    assert highest(rule, trial([8, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], level=1, phase=phase)) == 6


def test_what_is_remembered(trial):
    before = trial([MOST_PATIENTS, 0], [MOST_PATIENTS, 0], level=1)
    phase = int(remember(before)[0])
    assert phase <= np.iinfo(np.int16).max - 1
    after = trial([MOST_PATIENTS, 5], [MOST_PATIENTS, 2], level=2, phase=phase)
    assert [value.tolist() for value in last_cohort(after)] == [[5], [2]]


def test_more_patients_than_a_phase_can_remember():
    # 16 bits with a sign tell 181 * 181 pairs of counts from 0 to 180 apart, and not 182 * 182.
    assert 181**2 < 2**15 < 182**2
    check_remembered("design", Coherent(0.25), 180)
    with pytest.raises(InputError, match="design: got 181; wanted at most 180 with an increments rule that"):
        check_remembered("design", Coherent(0.25), 181)
    # A rule that does not look back needs no memory.
    check_remembered("design", LevelsAboveCurrent(), 181)


def test_the_smallest_of_several(trial):
    rule = RelativeIncrements((0,), (3,)) & LevelsAboveCurrent(2) & NoEscalationAboveRate(0.4)
    assert not rule.looks_at_last_cohort
    assert (rule & Coherent(0.3)).looks_at_last_cohort
    # 15 mg: four times is 60 mg (level 4), two levels up is 4.
    assert highest(rule, trial([0, 3, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], level=2)) == 4
    assert highest(rule, trial([0, 3, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0], level=2)) == 2
    assert highest(rule, trial([3, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], level=1)) == 3


def test_labels():
    rule = RelativeIncrements((0, 60), (1, 0.67)) & RelativeIncrementsByDLTs((0, 1), (1, 0.5))
    assert str(rule) == (
        "at most 100 % from dose 0, 67 % from dose 60 above the last dose and "
        "at most 100 % from DLTs 0, 50 % from DLTs 1 above the last dose"
    )
    assert str(LevelsAboveHighestTried()) == "at most 1 above the highest level tried"
    assert str(LevelsAboveCurrent(2)) == "at most 2 above the current level"
    assert str(AnyLevel()) == "any level"
    assert "0.2" in str(NoEscalationAboveRate(0.2))
    assert "0.25 or more" in str(Coherent(0.25))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LevelsAboveHighestTried(0), "LevelsAboveHighestTried, levels: got 0"),
        (lambda: LevelsAboveCurrent(1.5), "LevelsAboveCurrent, levels: got 1.5"),
        (lambda: LevelsAboveCurrent(10**30), "wanted a whole number of at least 1 and at most 100"),
        (lambda: NoEscalationAboveRate(0), "target: got 0"),
        (lambda: Coherent(1), "target: got 1"),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
