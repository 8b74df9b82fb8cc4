"""Cohorts that are filled patient by patient, as they come.

A cohort design says once for all patients of a cohort where they go. Here the first patient of a cohort asks
it; the others follow to the same dose as they come, whatever is seen meanwhile. The phase holds how many are
still to come: it is the design's own, times one more than its largest number of patients, plus those.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["as_known", "first_patient", "next_patient", "still_to_come"]


def first_patient(design: Design) -> Enrolment:
    """The first patient of a design's first cohort."""
    cohorts = design.first_cohort()
    return Enrolment(cohorts.level, _phase(design, cohorts), cohorts.stop, np.array([False]))


def as_known(design: Design, trials: FollowedTrials) -> TrialState:
    """The trials as a cohort design sees them, pending patients without a DLT."""
    return replace(trials.as_known(), phase=trials.phase // _base(design))


def still_to_come(design: Design, trials: FollowedTrials) -> np.ndarray:
    """Patients of each trial's cohort who are still to come, shape (B,)."""
    return trials.phase % _base(design)


def next_patient(
    design: Design,
    trials: FollowedTrials,
    decide: Callable[[FollowedTrials], tuple[Cohorts, np.ndarray]],
) -> Enrolment:
    """What happens with the next patient of each trial.

    Parameters
    ----------
    design : Design
        The cohort design.
    trials : FollowedTrials
        B trials.
    decide : callable
        The next cohort of trials whose last cohort is full, and whether accrual is suspended instead.
    """
    level, phase = trials.level.astype(int), trials.phase - 1
    stop, waits = np.zeros(len(trials), dtype=int), np.zeros(len(trials), dtype=bool)
    full = np.flatnonzero(still_to_come(design, trials) == 0)
    if len(full):
        cohorts, suspended = decide(trials.take(full))
        goes_on = cohorts.stop == StopReason.GOES_ON.code
        enrols = goes_on & ~suspended
        level[full] = np.where(enrols, cohorts.level, trials.level[full])
        phase[full] = np.where(enrols, _phase(design, cohorts), trials.phase[full])
        stop[full], waits[full] = cohorts.stop, goes_on & suspended
    return Enrolment(level, phase, stop, waits)


def _base(design: Design) -> int:
    return design.max_patients + 1


def _phase(design: Design, cohorts: Cohorts) -> np.ndarray:
    return cohorts.phase * _base(design) + np.maximum(cohorts.size - 1, 0)
