"""Cohort designs of known outcomes, patient by patient: waiting, or deciding where nothing can change it."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.designs.base import Design, described
from bayesdose.errors import InputError
from bayesdose.late_onset.cohorts import asked_with, cohorts_after, left_of_cohort, state_of
from bayesdose.late_onset.of_cohorts import OfCohorts
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.late_onset.ways import ways
from bayesdose.trial import TrialState

__all__ = ["DecidesEarly", "WaitsForOutcomes", "two_outcomes"]


def two_outcomes(wrapper: object, field: attrs.Attribute, design: Design) -> None:
    """Validator: the design looks at DLTs alone."""
    if design.outcome_categories != 2:
        raise InputError(
            f"{type(wrapper).__name__}, design",
            got="a design that looks at moderate toxicity or responses",
            wanted="one that looks at DLTs alone: other outcomes have no time of their own here",
        )


@checked_value
class WaitsForOutcomes(OfCohorts):
    """A cohort design as it is run today: fill the cohort, follow all of it, then decide.

    Patients of a cohort are enrolled as they come.

    Parameters
    ----------
    design : Design
        Any design that looks at DLTs alone.

    Raises
    ------
    InputError
        If it looks at moderate toxicity.
    """

    design: Design = attrs.field(validator=two_outcomes)

    @property
    def words(self) -> dict[str, str]:
        """The design in words, and when it decides."""
        return {**described(self.design), "Pending patients": "the next cohort waits until all are known"}

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """Fill the cohort, wait, then do as the design says."""
        filling = left_of_cohort(self.design, trials) > 0
        decides = ~filling & trials.complete
        state = state_of(self.design, trials)
        return asked_with(self.design, trials, decides, cohorts_after(self.design, state.take(decides)))


@checked_value
class DecidesEarly(OfCohorts):
    """A cohort design that decides as soon as no pending outcome can change its decision.

    The design is asked about every number of DLTs that the pending patients may show. Where it always gives
    the same answer, that is taken at once; else accrual waits. So the trial treats the same patients at the
    same doses as one that waits, in less time.

    The next cohort's phase is part of the answer. A design whose phase remembers the outcomes of its last
    cohort, such as a BLRM with `Coherent` increments, has it settled only when they are known, and waits.

    Parameters
    ----------
    design : Design
        Any design that looks at DLTs alone.

    Raises
    ------
    InputError
        If it looks at moderate toxicity.
    """

    design: Design = attrs.field(validator=two_outcomes)

    @property
    def words(self) -> dict[str, str]:
        """The design in words, and when it decides."""
        early = "the next cohort starts once none of them can change the decision"
        return {**described(self.design), "Pending patients": early}

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """Fill the cohort, then do as the design says once that is settled."""
        full = np.flatnonzero(left_of_cohort(self.design, trials) == 0)
        some = trials.take(full)
        parent, dlts = ways(some.at_risk)
        answer = cohorts_after(self.design, _completed(state_of(self.design, some), parent, dlts))
        start = np.flatnonzero(np.diff(parent, prepend=-1))
        settled = np.ones(len(full), dtype=bool)
        for said in (answer.level, answer.size, answer.phase, answer.stop):
            settled &= (
                np.maximum.reduceat(said, start) == np.minimum.reduceat(said, start) if len(full) else True
            )
        decides = np.zeros(len(trials), dtype=bool)
        decides[full] = settled
        return asked_with(self.design, trials, decides, answer.take(start[settled]))


def _completed(state: TrialState, parent: np.ndarray, dlts: np.ndarray) -> TrialState:
    """Trials in which pending patients, counted as without DLT, have shown so many DLTs at each dose."""
    counts = state.counts[parent].astype(np.int16)
    counts[..., 0] -= dlts
    counts[..., 1] += dlts
    return TrialState(counts, state.level[parent], state.phase[parent])
