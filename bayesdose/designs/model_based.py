"""Model-based designs: a tabulated model, and rules that read its posterior."""

from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Count, Patients
from bayesdose.described import Described
from bayesdose.designs.aim import aim_of_rules
from bayesdose.designs.base import Design, on_grid
from bayesdose.designs.model_based_in_words import model_based_in_words
from bayesdose.designs.needed_tables import check_tables
from bayesdose.grid import DoseGrid
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior, PosteriorTable
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.closed_doses import closed_by_posterior, reach_and_closed
from bayesdose.rules.cohort_size import CohortSize, as_cohort_size
from bayesdose.rules.increments import NO_SKIPPING, IncrementsRule
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.patients_near import check_same_doses
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.remembered_cohorts import next_phase
from bayesdose.rules.remembered_counts import also_before, may_be_remembered
from bayesdose.rules.stopping import StoppingRule
from bayesdose.short_rows import across
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["ModelBased"]

type _Pair = tuple[np.ndarray, np.ndarray]


@checked_value
class ModelBased(Described, Design):
    """A model of P(DLT) and rules: which doses may be given, which is, how many patients, when to stop.

    The next dose is chosen among the doses that are admissible and within reach of the increments;
    the trial stops without a dose where there is none. A dose that a rule has closed for toxicity is
    not recommended either: one that was given and would be refused again to a trial that stands at it
    with the same counts, though not if nobody had had a DLT, and every higher one. A limit on
    the step upwards closes nothing. `model_based` makes such a design from any model
    that can be tabulated, `blrm` and `crm` make the usual ones.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    tables : tuple of PosteriorTable
        The tabulated model, coarsest first. A state is decided on the first table whose error
        cannot change its decision, by the rules' margins.
    next_dose : NextDoseRule
        Which of the doses that may be given is given.
    max_patients : int
        Largest number of patients; the last cohort is cut to it.
    admissible : AdmissibleRule, optional
        Which doses may be given by the posterior; all if not given.
    increments : IncrementsRule, default LevelsAboveHighestTried(1)
        How far the dose may rise at once.
    stopping : StoppingRule, optional
        When to stop earlier, apart from having no admissible dose.
    cohort_size : int or CohortSize, default 3
        Patients in a cohort.
    recommendation : RecommendationRule, default BestOfGiven()
        Among which doses the recommended one is chosen.
    start_level : int, default 1
        Level number of the first cohort.
    citation : str, optional
        Keys of the shipped references that the design comes from (see `bayesdose.citation`).
    recommended_by : NextDoseRule, optional
        Which of those doses is recommended, such as ``HighestMeanBelow(0.3)``; by `next_dose` if not
        given.

    Raises
    ------
    InputError
        If the tables have another number of doses than the grid, lack what a rule needs or were
        checked for fewer patients, or a number is out of range.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.
    """

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    tables: Annotated[tuple[PosteriorTable, ...], at.MinLen(1)] = attrs.field(validator=check_tables)
    next_dose: NextDoseRule
    max_patients: Patients = attrs.field(  # pyright: ignore[reportIncompatibleMethodOverride]
        validator=may_be_remembered
    )
    admissible: AdmissibleRule | None = None
    increments: IncrementsRule = NO_SKIPPING
    stopping: StoppingRule | None = attrs.field(default=None, validator=check_same_doses)
    cohort_size: Patients | CohortSize = attrs.field(default=3, converter=as_cohort_size)
    recommendation: RecommendationRule = BEST_OF_GIVEN
    start_level: Count = attrs.field(default=1, validator=on_grid)
    citation: str = ""  # pyright: ignore[reportIncompatibleMethodOverride]
    recommended_by: NextDoseRule | None = None

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return model_based_in_words(self)

    @property
    def outcome_categories(self) -> int:
        """Two, with and without DLT: nothing else enters the model."""
        return 2

    @property
    def aims_at(self) -> MTDRule | None:
        """What the next-dose rule aims at, or else the rule of admissible doses."""
        return aim_of_rules(self.next_dose, self.admissible)

    def first_cohort(self) -> Cohorts:
        """A cohort at the start level."""
        level = np.array([self.start_level - 1])
        nobody = TrialState(np.zeros((1, len(self.grid), 2), dtype=int), level, np.zeros(1, dtype=int))
        return Cohorts.single(int(level[0]), int(min(self._sizes(nobody, level)[0], self.max_patients)))

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        # A full trial needs no next dose, so none is computed for it.
        has_room = np.flatnonzero(state.num_patients < self.max_patients)
        decided, used = np.full((len(state), 2), NO_DOSE), np.zeros(len(state), dtype=int)
        decided[has_room], used[has_room, None] = on_ladder(self.tables, state.take(has_room), self._next)
        return self.cohorts(state, decided, used)

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial, and the dose recommended where it stops, from one posterior."""
        decided, used = on_ladder(self.tables, state, self._concluded)
        return self.cohorts(state, decided[:, :2], used[:, 0]), decided[:, 2]

    def recommend(self, state: TrialState) -> np.ndarray:
        """The recommended dose, `NO_DOSE` if none may be recommended or all are too toxic; shape (B,)."""
        return on_ladder(self.tables, state, self._recommended)[0][:, 0]

    def answers(self, state: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        """Next level, stop code and recommended dose by a given posterior, and the margins of these answers.

        Parameters
        ----------
        state : TrialState
            B trials.
        summary : BatchPosterior
            Their posteriors, from a table of this model.

        Returns
        -------
        answers : ndarray of int, shape (B, 3)
            `NO_DOSE` where there is no level, or no dose because the trial goes on.
        margin : ndarray, shape (B, 2)
            Largest error of each posterior number that cannot change what is next, and the recommended dose.
        """
        return self._concluded(state, summary)

    def what_is_next(self, state: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        """Next level and stop code by a given posterior, shape (B, 2), and their margin, shape (B,)."""
        return self._next(state, summary)

    def within_reach(self, state: TrialState) -> np.ndarray:
        """Doses that the increments let through, shape (B, K); none above one that they close."""
        return reach_and_closed(self.increments, state, self.grid)[0]

    def next_level(self, state: TrialState) -> tuple[np.ndarray, np.ndarray]:
        """Chosen level of each trial (-1 for no dose), stopping rules apart, and its `Cohorts.refinement`."""
        decided, used = on_ladder(self.tables, state, self._next_level)
        return decided[:, 0], used[:, 0]

    def choose(self, summary: BatchPosterior, reach: np.ndarray) -> np.ndarray:
        """Level of each trial (-1 for no dose) chosen by a posterior among the doses in reach (B, K)."""
        return self._choose(summary, reach, admissible_only=True)[0]

    def with_outside(self, phase: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Phases of cohorts if so many more had been treated before, outside the escalation; (B,)."""
        return also_before(phase, patients, dlts) if self.increments.looks_at_last_cohort else phase

    def _sizes(self, state: TrialState, level: np.ndarray) -> np.ndarray:
        return as_cohort_size(self.cohort_size).size(state, level)

    def cohorts(self, state: TrialState, decided: np.ndarray, refinement: np.ndarray) -> Cohorts:
        """Cohorts of decisions (level, stop code) about trials that are not full."""
        room = self.max_patients - state.num_patients
        level = np.where(decided[:, 0] == NO_DOSE, state.level, decided[:, 0])
        stop = np.where(room > 0, decided[:, 1], StopReason.MAX_PATIENTS.code)
        goes_on = stop == StopReason.GOES_ON.code
        return Cohorts(
            level=np.where(goes_on, level, state.level),
            size=np.where(goes_on, np.minimum(self._sizes(state, level), room), 0),
            phase=next_phase(state, self.increments, self.stopping),
            stop=stop,
            refinement=refinement,
        )

    def _concluded(self, state: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        """What is next, and the recommended dose of trials that end; shape (B, 3), with margins (B, 2)."""
        reach = reach_and_closed(self.increments, state, self.grid)
        decided, margin = self._next(state, summary, reach)
        full = state.num_patients >= self.max_patients
        ends = full | (decided[:, 1] != StopReason.GOES_ON.code)
        dose, nearest = np.full((len(state), 1), NO_DOSE), np.full(len(state), np.inf)
        dose[ends], nearest[ends] = self._recommended(
            state.take(ends),
            summary.take(ends),
            (reach[0][ends], reach[1][ends]),
            (decided[ends], margin[ends]),
        )
        # Of a full trial it is known that it ends, of another one as soon as what is next is settled.
        margin = np.where(full, np.inf, margin)
        return np.concatenate([decided, dose], axis=1), np.stack(
            [margin, np.minimum(nearest, margin)], axis=1
        )

    def _next(
        self, state: TrialState, summary: BatchPosterior, reach_closed: _Pair | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Level of the next cohort, and why the trial stops: without a dose, or by the stopping rules."""
        decided, margin = self._next_level(state, summary, reach_closed)
        if self.stopping is not None:
            none = decided[:, 0] == NO_DOSE
            level = np.where(none, state.level, decided[:, 0])
            decided[:, 1] = np.where(none, decided[:, 1], self.stopping.stop(state, level, summary))
            margin = np.where(none, margin, np.minimum(margin, self.stopping.margin(state, level, summary)))
        return decided, margin

    def _next_level(
        self, state: TrialState, summary: BatchPosterior, reach_closed: _Pair | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Level of the next cohort, and the reason where there is no dose."""
        reach, _ = reach_closed or reach_and_closed(self.increments, state, self.grid)
        level, margin = self._choose(summary, reach, admissible_only=True)
        reason = np.where(level == NO_DOSE, StopReason.NO_DOSE_IN_REACH.code, StopReason.GOES_ON.code)
        if np.any(level == NO_DOSE):
            admissible, nearest = np.ones(reach.shape, dtype=bool), np.inf
            if self.admissible is not None:
                admissible = self.admissible.admissible(summary)
                nearest = across(np.minimum, self.admissible.margin(summary))
            reason = np.select(
                [
                    level != NO_DOSE,
                    ~across(np.logical_or, admissible),
                    across(np.logical_or, admissible & reach),
                ],
                [reason, StopReason.NO_ADMISSIBLE_DOSE.code, StopReason.NO_DOSE_CHOSEN.code],
                reason,
            )
            margin = np.where(level == NO_DOSE, np.minimum(margin, nearest), margin)
        return np.stack([level, reason], axis=1), margin

    def _recommended(
        self,
        state: TrialState,
        summary: BatchPosterior,
        reach_closed: _Pair | None = None,
        following: _Pair | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The recommended dose, shape (B, 1), and its margin; what is next is asked if it is not known."""
        rule = self.recommendation
        reach, closed = reach_closed = reach_closed or reach_and_closed(self.increments, state, self.grid)
        candidates = rule.candidates(state, reach) & ~closed
        nearest = np.inf
        if self.admissible is not None and not rule.admissible_only:
            candidates &= ~closed_by_posterior(self.admissible, state, summary)
            nearest = across(np.minimum, self.admissible.margin(summary))
        level, margin = self._choose(summary, candidates, rule.admissible_only, self.recommended_by)
        margin = np.minimum(margin, nearest)
        if self.stopping is not None:
            decided, next_margin = following or self._next(state, summary, reach_closed)
            then = np.where(decided[:, 0] == NO_DOSE, state.level, decided[:, 0])
            forbidden = self.stopping.forbids_recommendation(state, then, summary)
            level = np.where(forbidden, NO_DOSE, level)
            if self.stopping.reads_posterior or forbidden.any():
                margin = np.minimum(margin, next_margin)
        return level[:, None], margin

    def _choose(
        self,
        summary: BatchPosterior,
        considered: np.ndarray,
        admissible_only: bool,
        by: NextDoseRule | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Chosen level of each trial among the considered doses, and the margin of that choice."""
        rule = self.next_dose if by is None else by
        allowed, margin = considered, np.full(len(considered), np.inf)
        if admissible_only and self.admissible is not None:
            allowed = self.admissible.admissible(summary) & considered
            margin = across(np.minimum, np.where(considered, self.admissible.margin(summary), np.inf))
        level = rule.choose(summary, allowed)
        return level, np.minimum(margin, rule.margin(summary, allowed))
