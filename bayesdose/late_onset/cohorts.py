"""Cohort designs whose patients come one by one: the phase says how many of the cohort are still to come.

A phase is the design's own times one more than its largest number of patients, plus those still to come.
"""

from collections.abc import Callable

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.simulation.states import distinct_states
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = [
    "asked_unless_suspended",
    "asked_with",
    "cohorts_after",
    "first_of_cohort",
    "left_of_cohort",
    "state_of",
]


def _base(design: Design) -> int:
    return design.max_patients + 1


def first_of_cohort(design: Design) -> Enrolment:
    """The first patient of a design's first cohort, a batch of one."""
    first = design.first_cohort()
    return Enrolment.single(int(first.level[0]), int(first.phase[0]) * _base(design) + int(first.size[0]) - 1)


def left_of_cohort(design: Design, trials: FollowedTrials) -> np.ndarray:
    """How many patients of each trial's cohort are still to come, shape (B,)."""
    return trials.phase % _base(design)


def state_of(design: Design, trials: FollowedTrials) -> TrialState:
    """The trials as the design sees them, pending patients as without DLT."""
    known = trials.as_known()
    return TrialState(known.counts, known.level, known.phase // _base(design))


def cohorts_after(design: Design, state: TrialState) -> Cohorts:
    """The next cohort of each trial; each decision is taken once, and none where there are no trials."""
    if not len(state):
        none = np.zeros(0, dtype=int)
        return Cohorts(none, none, none, none)
    distinct, position = distinct_states(state)
    return design.next_cohort(distinct).take(position)


def asked_with(design: Design, trials: FollowedTrials, decides: np.ndarray, answer: Cohorts) -> Enrolment:
    """What happens with the next patient: the cohort is filled, the answer is taken, or accrual waits.

    Parameters
    ----------
    design : Design
        The design.
    trials : FollowedTrials
        B trials.
    decides : ndarray of bool, shape (B,)
        Trials with a full cohort whose next one is known.
    answer : Cohorts
        The next cohorts of these.
    """
    filling = left_of_cohort(design, trials) > 0
    level, phase = trials.level.astype(int), trials.phase - filling
    stop = np.full(len(trials), StopReason.GOES_ON.code)
    goes_on = answer.stop == StopReason.GOES_ON.code
    level[decides] = answer.level
    phase[decides] = np.where(goes_on, answer.phase * _base(design) + answer.size - 1, phase[decides])
    stop[decides] = answer.stop
    return Enrolment(level=level, phase=phase, stop=stop, waits=~filling & ~decides)


def asked_unless_suspended(
    design: Design,
    trials: FollowedTrials,
    decide: Callable[[FollowedTrials], tuple[Cohorts, np.ndarray]],
) -> Enrolment:
    """What happens with the next patient of designs that decide while patients are followed.

    Parameters
    ----------
    design : Design
        The cohort design.
    trials : FollowedTrials
        B trials.
    decide : callable
        The next cohort of trials whose last cohort is full, and whether accrual is suspended instead.
    """
    full = np.flatnonzero(left_of_cohort(design, trials) == 0)
    decides = np.zeros(len(trials), dtype=bool)
    if not len(full):
        none = np.zeros(0, dtype=int)
        return asked_with(design, trials, decides, Cohorts(none, none, none, none))
    answer, suspended = decide(trials.take(full))
    settled = ~suspended | (answer.stop != StopReason.GOES_ON.code)
    decides[full] = settled
    return asked_with(design, trials, decides, answer.take(settled))
