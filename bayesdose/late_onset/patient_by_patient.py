"""Cohorts that are filled patient by patient, as they come.

A cohort design says once for all patients of a cohort where they go. Here the first patient of a cohort asks
it; the others follow to the same dose as they come, whatever is seen meanwhile. The phase holds how many are
still to come, beside the design's own phase.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["as_known", "first_patient", "next_patient"]

# Above the largest cohort.
_BASE = 512


def first_patient(cohorts: Cohorts) -> Enrolment:
    """The first patient of a design's first cohort."""
    return Enrolment(cohorts.level, _phase(cohorts), cohorts.stop, np.zeros(len(cohorts.level), dtype=bool))


def as_known(trials: FollowedTrials) -> TrialState:
    """The trials as a cohort design sees them, pending patients without a DLT."""
    return replace(trials.as_known(), phase=trials.phase // _BASE)


def next_patient(
    trials: FollowedTrials, decide: Callable[[FollowedTrials], tuple[Cohorts, np.ndarray]]
) -> Enrolment:
    """What happens with the next patient of each trial.

    Parameters
    ----------
    trials : FollowedTrials
        B trials.
    decide : callable
        The next cohort of trials whose last cohort is full, and whether accrual is suspended instead.
    """
    to_come = trials.phase % _BASE
    level, phase = trials.level.copy(), trials.phase - 1
    stop, waits = np.zeros(len(trials), dtype=int), np.zeros(len(trials), dtype=bool)
    full = np.flatnonzero(to_come == 0)
    if len(full):
        cohorts, suspended = decide(trials.take(full))
        goes_on = cohorts.stop == StopReason.GOES_ON.code
        enrols = goes_on & ~suspended
        level[full] = np.where(enrols, cohorts.level, trials.level[full])
        phase[full] = np.where(enrols, _phase(cohorts), trials.phase[full])
        stop[full], waits[full] = cohorts.stop, goes_on & suspended
    return Enrolment(level, phase, stop, waits)


def _phase(cohorts: Cohorts) -> np.ndarray:
    return cohorts.phase * _BASE + np.maximum(cohorts.size - 1, 0)
