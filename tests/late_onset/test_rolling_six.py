"""Rolling six in time: its table on running trials, and the 3+3 as its limit."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.trial import NO_DOSE, StopReason

GRID = bd.DoseGrid.of_levels(5)


def trial(*doses, level):
    """Doses as (without DLT, with DLT, pending), and the level of the last patient."""
    counts, pending = np.zeros((1, 5, 2), dtype=int), np.zeros((1, 5, 1), dtype=int)
    for at, (none, dlts, waiting) in enumerate(doses):
        counts[0, at], pending[0, at, 0] = (none, dlts), waiting
    return bd.late_onset.FollowedTrials(counts, pending, np.array([level - 1]), np.array([0]))


UP, MTD, TOP = StopReason.GOES_ON, StopReason.MTD_FOUND, StopReason.HIGHEST_ACCEPTED
LOW = StopReason.LOWEST_TOO_TOXIC


@pytest.mark.parametrize(
    ("doses", "level", "complete", "answer"),
    [
        # Level number of the next patient, "wait", or why the trial stops. Decisions at one dose: Frankel et
        # al. (2020), Table 2, column rolling six.
        ([(3, 0, 0)], 1, True, 2),
        ([(2, 0, 1)], 1, True, 1),
        ([(4, 0, 1)], 1, True, 1),
        ([(4, 0, 2)], 1, True, "wait"),
        ([(5, 0, 1)], 1, True, 2),
        ([(5, 1, 0)], 1, True, 2),
        ([(4, 1, 1)], 1, True, "wait"),
        ([(3, 0, 0), (0, 2, 2)], 2, True, 1),
        ([(6, 0, 0), (0, 2, 2)], 2, True, MTD),
        ([(4, 0, 2), (0, 2, 0)], 2, True, "wait"),
        ([(5, 0, 1), (0, 2, 0)], 2, True, MTD),
        ([(0, 2, 1)], 1, True, LOW),
        # A late DLT below makes the lower dose too toxic while the next one is given.
        ([(3, 0, 0), (4, 2, 0), (1, 0, 2)], 3, True, 1),
        ([(3, 0, 0)] * 5, 5, False, TOP),
        ([(3, 0, 0)] * 5, 5, True, 5),
        ([(3, 0, 0)] * 4 + [(5, 1, 0)], 5, True, TOP),
    ],
)
def test_decisions(doses, level, complete, answer):
    enrolment = bd.late_onset.rolling_six(GRID, complete).next_patient(trial(*doses, level=level))
    if answer == "wait":
        assert enrolment.waits[0]
    elif isinstance(answer, int):
        assert enrolment.enrols[0]
        assert enrolment.level[0] == answer - 1
    else:
        assert enrolment.stop[0] == answer.code


def test_slow_arrivals_select_as_the_three_plus_three():
    # 3+3 with de-escalation, the highest dose accepted with three: exact selection probabilities of the R
    # package bcrm's `threep3` (none, 1 to 5), six decimals.
    prob_dlt = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    expected = [0.100411, 0.284582, 0.333492, 0.203332, 0.061311, 0.016872]
    design = bd.late_onset.rolling_six(GRID, complete_highest=False)
    chance, selected = {(((0, 0),) * 5, 0): 1.0}, np.zeros(6)
    most = 0
    while chance:
        states = list(chance)
        counts = np.array([[list(dose) for dose in counts] for counts, _ in states])
        trials = bd.late_onset.FollowedTrials(
            counts,
            np.zeros((len(states), 5, 1), dtype=int),
            np.array([level for _, level in states]),
            np.zeros(len(states), dtype=int),
        )
        started = counts.sum(axis=(1, 2)) > 0
        enrolment = design.next_patient(trials) if started.all() else design.first_patient()
        assert not enrolment.waits.any()
        dose, after = design.recommend(trials), {}
        for index, state in enumerate(states):
            if enrolment.stop[index]:
                selected[0 if dose[index] == NO_DOSE else dose[index] + 1] += chance[state]
                most = max(most, counts[index].sum())
                continue
            at = int(enrolment.level[index])
            for dlt, share in ((0, 1 - prob_dlt[at]), (1, prob_dlt[at])):
                new = counts[index].copy()
                new[at, dlt] += 1
                key = (tuple(map(tuple, new.tolist())), at)
                after[key] = after.get(key, 0.0) + chance[state] * share
        chance = after
    assert selected == pytest.approx(expected, abs=1e-6)
    assert most <= design.max_patients
