"""The continual reassessment method by maximum likelihood, with its two-stage start."""

from typing import Any

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, InnerProbability, Patients
from bayesdose.described import Described
from bayesdose.designs.base import Design, on_grid
from bayesdose.designs.maximum_likelihood import maximum_likelihood
from bayesdose.designs.model_based_in_words import DECIDED_FROM_COUNTS
from bayesdose.designs.references import cites, references_of
from bayesdose.designs.rigid import warn_if_rigid
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import CRMCurve
from bayesdose.rules.closed_doses import reach_and_closed
from bayesdose.rules.increments import NO_SKIPPING, IncrementsRule
from bayesdose.rules.mtd import ClosestTo, MTDRule
from bayesdose.rules.next_dose import best_score
from bayesdose.rules.patients_near import check_same_doses
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.remembered_cohorts import next_phase
from bayesdose.rules.remembered_counts import also_before, may_be_remembered
from bayesdose.rules.stopping import StoppingRule, counts_alone
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["CRMMLE", "crm_mle"]


def _check_skeleton(design: "CRMMLE", field: attrs.Attribute, curve: CRMCurve) -> None:
    if len(curve.skeleton) != len(design.grid):
        raise InputError(
            "CRMMLE, curve",
            got=f"a skeleton of {len(curve.skeleton)} values",
            wanted=f"one value for each of the grid's {len(design.grid)} doses",
        )


def _never_down(design: "CRMMLE", field: attrs.Attribute, levels: tuple[int, ...]) -> None:
    if list(levels) != sorted(levels):
        raise InputError(
            "CRMMLE, initial_levels",
            got=levels,
            wanted="levels that never go down, since the sequence is left at the first DLT",
        )


def _levels_from_the_lowest(levels: tuple[int, ...], design: Any) -> tuple[int, ...]:
    return levels or tuple(range(1, len(design.grid) + 1))


def _as_later_cohorts(size: int | None, design: Any) -> int:
    return design.cohort_size if size is None else size


@checked_value
class CRMMLE(Described, Design):
    """What `crm_mle` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    curve: CRMCurve = attrs.field(validator=_check_skeleton)
    target: InnerProbability
    max_patients: Patients = attrs.field(  # pyright: ignore[reportIncompatibleMethodOverride]
        validator=may_be_remembered
    )
    initial_levels: tuple[Count, ...] = attrs.field(
        default=(),
        converter=attrs.Converter(_levels_from_the_lowest, takes_self=True),
        validator=[on_grid, _never_down],
    )
    cohort_size: Patients = 3
    initial_cohort_size: Patients | None = attrs.field(
        default=None, converter=attrs.Converter(_as_later_cohorts, takes_self=True)
    )
    increments: IncrementsRule = NO_SKIPPING
    stopping: StoppingRule | None = attrs.field(default=None, validator=[counts_alone, check_same_doses])
    recommendation: RecommendationRule = BEST_OF_GIVEN

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        earlier = {} if self.stopping is None else {"Earlier stop": f"if {self.stopping}"}
        return {
            "Design": "two-stage likelihood CRM",
            "Doses": str(self.grid),
            "Start": self.grid.level_in_words(self.initial_levels[0] - 1),
            "Model": f"{self.curve}; theta by maximum likelihood",
            "First stage": f"until the first DLT, cohorts of {self._initial_size} at levels "
            f"{', '.join(map(str, self.initial_levels))}",
            "Next dose": f"from the first DLT on, of the doses that may be given, {self.increments}, the "
            f"next one is: P(DLT) at the estimate closest to {self.target:g}",
            "Cohorts": f"cohorts of {self.cohort_size}",
            "Most patients": str(self.max_patients),
            **earlier,
            "Recommended dose": f"{self.recommendation}",
            "Ties": "of two doses that the rule finds equally good, the lower one",
            "Ends of the dose range": "while every patient had a DLT, the lowest dose; without a DLT at the "
            "end of the first stage, the highest dose within reach",
            "Departures": f"{DECIDED_FROM_COUNTS}; the first stage goes on behind the last of its cohorts "
            "that was given",
        }

    @property
    def outcome_categories(self) -> int:
        """Two, with and without DLT: nothing else enters the model."""
        return 2

    @property
    def aims_at(self) -> MTDRule:
        """The target."""
        return ClosestTo(self.target)

    @property
    def citation(self) -> str:
        """Key of O'Quigley and Shen (1996)."""
        return references_of(crm_mle)

    def first_cohort(self) -> Cohorts:
        """The first cohort of the initial sequence."""
        return Cohorts.single(self.initial_levels[0] - 1, min(self._initial_size, self.max_patients))

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        room = self.max_patients - state.patients.sum(axis=1)
        chosen = self._next_level(state)
        level = np.where(chosen == NO_DOSE, state.level, chosen)
        size = np.where(self._in_sequence(state), self._initial_size, self.cohort_size)
        stop = np.full(len(state), StopReason.GOES_ON.code)
        if self.stopping is not None:
            stop = self.stopping.stop(state, level)
        stop = np.where(chosen == NO_DOSE, StopReason.NO_DOSE_IN_REACH.code, stop)
        stop = np.where(room > 0, stop, StopReason.MAX_PATIENTS.code)
        goes_on = stop == StopReason.GOES_ON.code
        return Cohorts(
            level=np.where(goes_on, level, state.level),
            size=np.where(goes_on, np.minimum(size, room), 0),
            phase=next_phase(state, self.increments, self.stopping),
            stop=stop,
        )

    def recommend(self, state: TrialState) -> np.ndarray:
        """The dose closest to the target by the estimate, among the rule's candidates; shape (B,).

        `NO_DOSE` where the increments have closed all of these for toxicity (see `ModelBased`).
        """
        reach, closed = reach_and_closed(self.increments, state, self.grid)
        candidates = self.recommendation.candidates(state, reach) & ~closed
        level = self._closest(state, candidates)
        if self.stopping is None:
            return level
        chosen = self._next_level(state)
        following = np.where(chosen == NO_DOSE, state.level, chosen)
        return np.where(self.stopping.forbids_recommendation(state, following), NO_DOSE, level)

    def with_outside(self, phase: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Phases of cohorts if so many more had been treated before, outside the escalation; (B,)."""
        return also_before(phase, patients, dlts) if self.increments.looks_at_last_cohort else phase

    def _next_level(self, state: TrialState) -> np.ndarray:
        """Level of the next cohort, `NO_DOSE` where there is none; shape (B,)."""
        closest = self._closest(state, reach_and_closed(self.increments, state, self.grid)[0])
        return np.where(self._in_sequence(state), self._sequence_level(state), closest)

    @property
    def _initial_size(self) -> int:
        assert self.initial_cohort_size is not None, "its converter leaves no None"
        return self.initial_cohort_size

    def _place(self, state: TrialState) -> np.ndarray:
        """Place of the next cohort in the initial sequence, its length where it is over; shape (B,).

        It follows the last of its cohorts that was given, and never goes down. A cohort of another size
        than planned is one cohort, so at each level as many places are given as its patients fill, the
        last one in part.
        """
        levels = np.array(self.initial_levels) - 1
        nth_at_level = np.array([levels[:place].tolist().count(one) for place, one in enumerate(levels)])
        given = state.patients[:, levels] > nth_at_level * self._initial_size
        given |= levels < state.level[:, None]
        return np.where(given, np.arange(len(levels)) + 1, 0).max(axis=1)

    def _in_sequence(self, state: TrialState) -> np.ndarray:
        """Whether the next cohort belongs to the initial sequence, shape (B,)."""
        return (state.dlts.sum(axis=1) == 0) & (self._place(state) < len(self.initial_levels))

    def _sequence_level(self, state: TrialState) -> np.ndarray:
        levels = np.array(self.initial_levels) - 1
        return levels[np.minimum(self._place(state), len(levels) - 1)]

    def _closest(self, state: TrialState, allowed: np.ndarray) -> np.ndarray:
        """Allowed dose closest to the target; the lowest or highest where there is no estimate; (B,)."""
        theta = maximum_likelihood(self.curve, state.patients, state.dlts)
        known = np.isfinite(theta)
        prob_dlt = np.exp(self.curve.log_prob_dlt(np.where(known, theta, 0.0)))
        # Without an estimate P(DLT) tends to 1 or 0 everywhere, the higher the closer to 1 at each step.
        limit = np.sign(theta)[:, None] * np.arange(len(self.grid))
        score = np.where(known[:, None], -np.abs(prob_dlt - self.target), limit)
        return best_score(score, allowed)[0]


@cites("OQuigley1996")
@checked
def crm_mle(
    grid: DoseGrid,
    curve: CRMCurve,
    target: InnerProbability,
    max_patients: Patients,
    initial_levels: tuple[Count, ...] = (),
    cohort_size: Patients = 3,
    initial_cohort_size: Patients | None = None,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
) -> CRMMLE:
    """Two-stage likelihood CRM: an initial sequence of levels, left at the first DLT.

    As long as no DLT was seen the estimate does not exist and cohorts follow the initial sequence.
    From the first DLT on, the dose is given whose P(DLT) at the maximum likelihood estimate is closest
    to the target (the lower one at a tie) among those within reach of the increments. While
    *every* patient had a DLT the likelihood rises without end towards P(DLT) = 1, so the lowest dose
    is given. Without a DLT at the end of the sequence it falls without end, so the highest dose
    within reach is given.

    Parameters
    ----------
    grid : DoseGrid
        The K doses; the curve looks at their number alone.
    curve : PowerCurve or LogisticCurve
        The skeleton and how theta bends it.
    target : float
        P(DLT) aimed at.
    max_patients : int
        Largest number of patients; the last cohort is cut to it.
    initial_levels : tuple of int, optional
        Level numbers of the initial sequence's cohorts, never going down; one cohort at each level from
        the lowest up if not given. It is followed as it stands: increments hold after it only. After a
        cohort at another level or of another size than planned it goes on behind the last of its cohorts
        that was given.
    cohort_size : int, default 3
        Patients in a cohort.
    initial_cohort_size : int, optional
        Patients in a cohort of the initial sequence; `cohort_size` if not given.
    increments : IncrementsRule, default LevelsAboveHighestTried(1)
        How far the dose may rise at once.
    stopping : StoppingRule, optional
        When to stop before `max_patients`; rules that count only.
    recommendation : RecommendationRule, default BestOfGiven()
        Among which doses the recommended one is chosen.

    Returns
    -------
    CRMMLE
        The design.

    Raises
    ------
    InputError
        If the skeleton has another length than the grid, a level is off the grid, the initial levels
        go down, a stopping rule looks at a posterior or a number is out of range.

    References
    ----------
    O'Quigley J, Shen LZ (1996). Continual reassessment method: a likelihood approach. Biometrics
    52:673-684.
    """
    warn_if_rigid("crm_mle", grid, increments, (initial_levels or (1,))[-1])
    return CRMMLE(
        grid,
        curve,
        target,
        max_patients,
        initial_levels,
        cohort_size,
        initial_cohort_size,
        increments,
        stopping,
        recommendation,
    )
