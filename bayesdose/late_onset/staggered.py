"""Single patients at rising levels, a part of the window apart."""

import math

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Probability
from bayesdose.designs.base import Design, described
from bayesdose.late_onset.cohorts import asked_with, cohorts_after, left_of_cohort, state_of
from bayesdose.late_onset.of_cohorts import OfCohorts
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.late_onset.waiting import two_outcomes
from bayesdose.trial import Cohorts, StopReason

__all__ = ["StaggersSinglePatients"]

# A gap of a third of three steps is one step.
_NEARLY = 1e-9


@checked_value
class StaggersSinglePatients(OfCohorts):
    """Accelerated titration whose single patients follow each other before their windows are over.

    Where the current level has one patient only, the design decides once that patient has been followed for
    the gap, or has shown a DLT; patients still pending count as without a DLT. Everywhere else it fills its
    cohort and waits until all outcomes are known.

    A DLT that shows late, at a level below, counts from then on as the design has it. Where a late DLT leads
    to a trial of more patients than the design's largest, the trial ends unfinished.

    Parameters
    ----------
    design : Design
        Any design that looks at DLTs alone, such as `accelerated_titration`.
    gap : float
        Follow-up of a single patient before the next one, as a share of the DLT window, above 0 up to 1;
        a part of a step is rounded up.

    Raises
    ------
    InputError
        If the gap is out of range, or the design looks at moderate toxicity.
    """

    design: Design = attrs.field(validator=two_outcomes)
    gap: Probability

    @property
    def words(self) -> dict[str, str]:
        """The design in words, and when it decides."""
        early = (
            f"a level with a single patient is decided after {self.gap:.0%} of the DLT window, those pending "
            "counted as without DLT; else the next cohort waits until all are known"
        )
        return {**described(self.design), "Pending patients": early}

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """Fill the cohort, wait for it or for the gap, then do as the design says."""
        trial = np.arange(len(trials))
        single = trials.enrolled[trial, trials.level] == 1
        gap = math.ceil(self.gap * trials.window - _NEARLY)
        too_new = trials.pending[trial, trials.level, :gap].any(axis=1)
        decides = (left_of_cohort(self.design, trials) == 0) & (trials.complete | (single & ~too_new))
        state = state_of(self.design, trials).take(decides)
        answer = cohorts_after(self.design, state)
        beyond = state.patients.sum(axis=1) + answer.size > self.max_patients
        stop = np.where(beyond, StopReason.UNFINISHED.code, answer.stop)
        cohorts = Cohorts(answer.level, np.where(beyond, 0, answer.size), answer.phase, stop)
        return asked_with(self.design, trials, decides, cohorts)
