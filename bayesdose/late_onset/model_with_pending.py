"""Model-based designs that decide while patients are followed, by the weighted likelihood."""

from functools import lru_cache

import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.references import cites
from bayesdose.inference.follow_up import FollowUpTable
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior, PosteriorTable
from bayesdose.late_onset.cohorts import asked_unless_suspended, state_of
from bayesdose.late_onset.interval_with_pending import shortest_follow_up
from bayesdose.late_onset.of_cohorts import OfCohorts
from bayesdose.late_onset.suspension import NEVER, AccrualSuspension
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import NO_DOSE, Cohorts, StopReason

__all__ = ["TITEModelBased", "tite_model_based"]


@checked_value
class TITEModelBased(OfCohorts):
    """What `tite_model_based` makes: a model-based design, and when accrual waits."""

    design: ModelBased
    suspension: AccrualSuspension = NEVER

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        waits = {} if self.suspension == NEVER else {"Accrual is suspended": f"if {self.suspension}"}
        words = self.design.words
        return words | {
            "Design": "model-based, decides while patients are followed: the posterior of P(DLT) "
            "chooses the dose",
            "Pending patients": "a patient without a DLT so far has the likelihood 1 - w P(DLT), w the share "
            "of the DLT window that has passed; rules that count patients count it without a DLT",
            "Cohorts": f"{words['Cohorts']}, filled as patients come; the first patient of each "
            "asks for the dose",
            **waits,
        }

    @property
    def citation(self) -> str:
        """Keys for the weighted likelihood, and of the design's publications."""
        own = self.design.citation
        return f"CheungChappell2000, {own}" if own else "CheungChappell2000"

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """What happens with the patient who is ready now, in each of B trials."""
        return asked_unless_suspended(self.design, trials, self._next_cohort)

    def posterior(self, trials: FollowedTrials) -> BatchPosterior:
        """Posteriors of B trials, from the most accurate table."""
        return _with_follow_up(self.design.tables[-1], trials.window).posterior(
            trials.known, trials.dlts, trials.pending
        )

    def _next_cohort(self, trials: FollowedTrials) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial, and whether accrual is suspended instead."""
        state, design = state_of(self.design, trials), self.design
        # A full trial needs no next dose, so none is computed for it.
        room = np.flatnonzero(state.patients.sum(axis=1) < design.max_patients)
        asked = trials.take(room)

        def posterior_of(table: PosteriorTable, which: np.ndarray) -> BatchPosterior:
            here = asked.take(which)
            with_follow_up = _with_follow_up(table, trials.window)
            return with_follow_up.posterior(here.known, here.dlts, here.pending)

        decided, used = np.full((len(state), 2), NO_DOSE), np.zeros(len(state), dtype=int)
        decided[room], used[room, None] = on_ladder(
            design.tables, state.take(room), design.what_is_next, posterior_of
        )
        cohorts = design.cohorts(state, decided, used)
        return cohorts, self._suspended(trials, cohorts)

    def _suspended(self, trials: FollowedTrials, cohorts: Cohorts) -> np.ndarray:
        trial = np.arange(len(trials))
        patients, pending, shortest = (
            numbers[trial, trials.level]
            for numbers in (trials.enrolled, trials.at_risk, shortest_follow_up(trials))
        )
        too_early = self.suspension.too_early(patients, pending, shortest) & (cohorts.level > trials.level)
        suspended = self.suspension.too_many(patients, pending) | too_early
        # Down is never too early.
        return suspended & (cohorts.level >= trials.level) & (cohorts.stop == StopReason.GOES_ON.code)


@lru_cache(maxsize=16)
def _with_follow_up(table: PosteriorTable, window: int) -> FollowUpTable:
    """A table with linear weights: the share of the window that has passed."""
    return FollowUpTable.of(table, np.arange(window) / window)


@cites("CheungChappell2000")
@checked
def tite_model_based(design: ModelBased, suspension: AccrualSuspension = NEVER) -> TITEModelBased:
    """A model-based design that decides while patients are followed, by the weighted likelihood.

    A pending patient without a DLT so far has the likelihood ``1 - w P(DLT)``, w the share of the DLT window
    that has passed. Once all outcomes are known the design decides as the given one. Rules that count
    patients, such as stopping rules and increments, count a pending one without a DLT.

    Parameters
    ----------
    design : ModelBased
        Any design of `bayesdose.model_based`, `bayesdose.crm` or `bayesdose.blrm`.
    suspension : AccrualSuspension, optional
        When accrual waits for pending patients at the current dose, unless the next dose is a lower one;
        never by default.

    Returns
    -------
    TITEModelBased
        The design.

    Raises
    ------
    InputError
        If it is no model-based design.

    Notes
    -----
    The weights are linear. Adaptive ones (`adaptive_weights`) depend on the times of all DLTs so far, which
    the state of a trial does not hold; use them for one data set, with `bayesdose.models.observe_pending`.

    References
    ----------
    Cheung YK, Chappell R (2000). Sequential designs for phase I clinical trials with late-onset toxicities.
    Biometrics 56:1177-1182.
    """
    return TITEModelBased(design, suspension)
