"""When cohort designs decide in time, on single states that are decided by hand."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.late_onset.cohorts import first_of_cohort
from bayesdose.late_onset.trials import FollowedTrials
from bayesdose.trial import StopReason

GRID = bd.DoseGrid.of_levels(3)
THREE = bd.three_plus_three(GRID, "deescalation")
EARLY, WAITS = bd.late_onset.DecidesEarly(THREE), bd.late_onset.WaitsForOutcomes(THREE)
WINDOW = 3
STOPS = "stops"


def state(*doses, level=None, phase=0):
    """A trial from (without DLT, DLTs, follow-up of those pending in steps) at each dose."""
    counts, pending = np.zeros((1, 3, 2), int), np.zeros((1, 3, WINDOW), int)
    for dose, (none, dlts, *followed) in enumerate(doses):
        counts[0, dose] = none, dlts
        np.add.at(pending[0, dose], followed, 1)
    last = len(doses) - 1 if level is None else level
    return FollowedTrials(counts, pending, np.array([last]), np.array([phase]))


def said(design, trials):
    """Number of the level that is given next, or None while accrual waits."""
    answer = design.next_patient(trials)
    if answer.waits[0]:
        return None
    return STOPS if answer.stop[0] != StopReason.GOES_ON.code else int(answer.level[0]) + 1


@pytest.mark.parametrize(
    ("trials", "early", "waiting"),
    [
        # Nobody knows whether the third has a DLT: up, or three more.
        (state((2, 0, 1)), None, None),
        # 2 of 2: too toxic whatever comes; below is no dose, so the trial stops.
        (state((0, 2, 0)), STOPS, None),
        (state((3, 0), (0, 2, 2)), 1, None),
        # One DLT of three, if none or one more comes: three more, or down.
        (state((3, 0), (0, 1, 0, 1)), None, None),
        # One of six would be passed, two would not.
        (state((3, 0), (4, 1, 2)), None, None),
        (state((3, 0), (3, 2, 2)), 1, None),
        # Known outcomes are decided by both.
        (state((3, 0)), 2, 2),
        (state((2, 1)), 1, 1),
        (state((1, 2)), STOPS, STOPS),
    ],
)
def test_three_plus_three(trials, early, waiting):
    assert said(EARLY, trials) == early
    assert said(WAITS, trials) == waiting


@pytest.mark.parametrize("design", [EARLY, WAITS])
def test_a_cohort_is_filled_before_anything_is_asked(design):
    first = design.first_patient()
    assert first.level.tolist() == [0]
    assert np.array_equal(first.phase, first_of_cohort(THREE).phase)
    phase = int(first.phase[0])
    for patients in (1, 2):
        # Even if each has shown a DLT at once: today's cohort would be treated too.
        answer = design.next_patient(state((0, patients), phase=phase))
        assert answer.enrols.tolist() == [True]
        assert answer.level.tolist() == [0]
        phase = int(answer.phase[0])
    assert said(design, state((0, 3), phase=phase)) == STOPS


@pytest.mark.parametrize(
    ("trials", "gap", "next_level"),
    [
        # Half of a window of three steps is reached after two.
        (state((0, 0, 1)), 0.5, None),
        (state((0, 0, 2)), 0.5, 2),
        (state((0, 0, 1)), 1 / 3, 2),
        (state((0, 0, 0)), 1 / 3, None),
        (state((0, 0, 2)), 1, None),
        (state((1, 0)), 1, 2),
        # The last one counts, whoever is pending below.
        (state((0, 0, 2), (0, 0, 0)), 0.5, None),
        (state((0, 0, 2), (0, 0, 2)), 0.5, 3),
        # A DLT is an outcome: the level is topped up to three at once, although level 1 is pending.
        (state((0, 0, 2), (0, 1)), 0.5, 2),
        # A full cohort waits for all.
        (state((1, 0), (1, 1, 2)), 0.5, None),
        (state((0, 0, 2), (2, 1)), 0.5, None),
    ],
)
def test_single_patients_apart(trials, gap, next_level):
    design = bd.late_onset.StaggersSinglePatients(bd.accelerated_titration(THREE), gap)
    assert said(design, trials) == next_level


def test_bad_input():
    for gap in (0, -0.5, 1.01, "half"):
        with pytest.raises(InputError, match="gap"):
            bd.late_onset.StaggersSinglePatients(THREE, gap)
    with pytest.raises(InputError, match="design"):
        bd.late_onset.DecidesEarly(EARLY)
