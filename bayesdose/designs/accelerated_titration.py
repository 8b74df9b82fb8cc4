"""Accelerated titration: single patients until a trigger, then another design."""

from dataclasses import replace

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Levels, Patients, Positive
from bayesdose.described import Described
from bayesdose.designs.base import Design
from bayesdose.designs.optional import aim_of, concluded, forgotten, may_skip_doses, with_outside
from bayesdose.designs.references import cites, references_of
from bayesdose.designs.titration_in_words import titration_in_words
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["AcceleratedTitration", "accelerated_titration"]

# A phase is twice that of the following design, plus one where that design has taken over.
_TITRATION, _HANDED_OVER = 0, 1


def _check_levels(design: "AcceleratedTitration", field: attrs.Attribute, levels: int | None) -> None:
    available = len(design.grid) - int(design.following.first_cohort().level[0])
    if levels is not None and levels > available:
        raise InputError(
            "AcceleratedTitration, single_patient_levels",
            got=levels,
            wanted=f"at most {available}, the levels from the start level up",
        )


def _check_trigger(design: "AcceleratedTitration", field: attrs.Attribute, number: int | None) -> None:
    if number is None and not design.confirm_at_level:
        raise InputError(
            "AcceleratedTitration, trigger_dlts",
            got=None,
            wanted="a number of DLTs that ends the titration",
            fix="Only confirm_at_level does without.",
        )


def _check_moderates(design: "AcceleratedTitration", field: attrs.Attribute, number: int | None) -> None:
    if number is not None and design.confirm_at_level:
        raise InputError(
            "AcceleratedTitration",
            got=f"confirm_at_level with trigger_moderates={number}",
            wanted="one rule for moderate toxicities, not both",
        )


@checked_value
class AcceleratedTitration(Described, Design):
    """What `accelerated_titration` makes, with its parameters as fields."""

    following: Design
    single_patient_levels: Levels | None = attrs.field(default=None, validator=_check_levels)
    trigger_dlts: Patients | None = attrs.field(default=1, validator=_check_trigger)
    trigger_moderates: Patients | None = attrs.field(default=None, validator=_check_moderates)
    confirm_at_level: bool = False
    largest_step: Positive | None = None

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return titration_in_words(self)

    @property
    def _start(self) -> int:
        return int(self.following.first_cohort().level[0])

    @property
    def _cohort_size(self) -> int:
        return int(self.following.first_cohort().size[0])

    @property
    def _num_single(self) -> int:
        """Largest number of single-patient levels."""
        all_levels = len(self.grid) - self._start
        return all_levels if self.single_patient_levels is None else self.single_patient_levels

    @property
    def _next_single(self) -> np.ndarray:
        """Index of the level that follows each level in the titration, shape (K,)."""
        values, levels = np.array(self.grid.values), np.arange(len(self.grid))
        one_up = np.minimum(levels + 1, len(self.grid) - 1)
        if self.largest_step is None:
            return one_up
        # A dose at exactly the limit, such as 0.6 after 0.3, must not fail by rounding.
        limit = values * (1 + self.largest_step) * (1 + 1e-9)
        return np.maximum(np.searchsorted(values, limit, side="right") - 1, one_up)

    @property
    def may_skip_doses(self) -> bool:
        """Whether the steps are large enough to skip a dose of this grid, or the next design may."""
        skips = bool(np.any(self._next_single > np.arange(len(self.grid)) + 1))
        return skips or may_skip_doses(self.following)

    @property
    def grid(self) -> DoseGrid:
        """The doses of the following design."""
        return self.following.grid

    @property
    def outcome_categories(self) -> int:
        """Three where the titration looks at moderate toxicity, else as many as the following design has."""
        looked_at = self.trigger_moderates is not None or self.confirm_at_level
        return 3 if looked_at else self.following.outcome_categories

    @property
    def max_patients(self) -> int:
        """That of the following design, which counts the titration's patients, or more if titration needs it.

        With `trigger_dlts` above 1 it may be out of reach: the following design can come too late to a
        dose that has a DLT from the titration.
        """
        levels, top = [self._start], len(self.grid) - 1
        while len(levels) < self._num_single and levels[-1] < top:
            levels.append(int(self._next_single[levels[-1]]))
        # Every level single, or with a second patient; then a full cohort above the last of them, or there
        # if it is the highest dose.
        below = len(levels) - (levels[-1] == top)
        titrated = below * (2 if self.confirm_at_level else 1)
        return max(self.following.max_patients, titrated + self._cohort_size)

    @property
    def aims_at(self) -> MTDRule | None:
        """What the following design aims at."""
        return aim_of(self.following)

    @property
    def citation(self) -> str:
        """Key of Simon et al. (1997), and what the following design cites."""
        own = references_of(accelerated_titration)
        return ", ".join(keys for keys in (own, self.following.citation) if keys)

    def first_cohort(self) -> Cohorts:
        """A single patient at the start level."""
        return Cohorts.single(self._start, 1, 2 * int(self.following.first_cohort().phase[0]) + _TITRATION)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        return self._titrated(state, self.following.next_cohort(self._inner(state)))

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """The next cohort, and the following design's recommendation where the trial stops."""
        after, dose = concluded(self.following, self._inner(state))
        cohorts = self._titrated(state, after)
        return cohorts, np.where(cohorts.stop == StopReason.GOES_ON.code, NO_DOSE, dose)

    def _titrated(self, state: TrialState, after: Cohorts) -> Cohorts:
        """The next cohort where the following design, asked now, would go on with `after`."""
        trial = np.arange(len(state))
        here = state.patients[trial, state.level]
        triggered, repeat = self._triggered(state)
        top_up = triggered | (state.level == len(self.grid) - 1)
        used_up = (state.patients > 0).sum(axis=1) >= self._num_single
        handed_over = self._over(state, top_up)

        # Read from the top: the first condition that holds decides.
        conditions = [handed_over, top_up, repeat, used_up]
        level = np.select(
            conditions,
            [after.level, state.level, state.level, state.level + 1],
            self._next_single[state.level],
        )
        size = np.select(conditions, [after.size, self._cohort_size - here, 1, self._cohort_size], 1)
        mode = np.select(conditions, [_HANDED_OVER, _HANDED_OVER, _TITRATION, _HANDED_OVER], _TITRATION)
        # Patients added at a level belong to the cohort that the following design sees there.
        kept = self._inner(state).phase
        inner_phase = np.select(conditions, [after.phase, kept, kept, after.phase], after.phase)
        return Cohorts(
            level=level,
            size=size,
            phase=2 * inner_phase + mode,
            stop=np.where(handed_over, after.stop, StopReason.GOES_ON.code),
            refinement=np.where(handed_over, after.refinement, 0),
        )

    def recommend(self, state: TrialState) -> np.ndarray:
        """The following design's recommendation from all patients, the single ones among them."""
        return self.following.recommend(self._inner(state))

    def forget(self, state: TrialState) -> TrialState:
        """Moderate toxicities count as none once the titration is over, unless the next design has a use."""
        over = state.phase % 2 == _HANDED_OVER
        counts = state.counts.copy()
        after = forgotten(self.following, self._inner(state.take(over)))
        counts[over] = after.counts
        if self.outcome_categories > self.following.outcome_categories:
            counts[over, :, 0] += counts[over, :, 1]
            counts[over, :, 1] = 0
        phase = state.phase.copy()
        phase[over] = 2 * after.phase + _HANDED_OVER
        return TrialState(counts, state.level, phase)

    def handed_over(self, state: TrialState) -> tuple[Design, np.ndarray, TrialState]:
        """The following design, in the trials in which it decides."""
        top_up = self._triggered(state)[0] | (state.level == len(self.grid) - 1)
        over = self._over(state, top_up)
        return self.following, over, self._inner(state.take(over))

    def with_outside(self, phase: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Phases of cohorts if so many more had been treated before, outside the escalation; (B,)."""
        return 2 * with_outside(self.following, phase // 2, patients, dlts) + phase % 2

    def _over(self, state: TrialState, top_up: np.ndarray) -> np.ndarray:
        """Whether the following design decides; shape (B,)."""
        trial = np.arange(len(state))
        here, here_dlts = state.patients[trial, state.level], state.dlts[trial, state.level]
        # No top-up where a full cohort was treated, or two patients had DLTs (see confirm_at_level).
        no_top_up = (here >= self._cohort_size) | (here_dlts >= 2)
        return (state.phase % 2 == _HANDED_OVER) | (top_up & no_top_up)

    def _inner(self, state: TrialState) -> TrialState:
        """The trial as the following design sees it."""
        return replace(state, phase=state.phase // 2)

    def _triggered(self, state: TrialState) -> tuple[np.ndarray, np.ndarray]:
        """Whether the titration ends at the current level, and whether the level gets one more patient."""
        # Two DLTs at a dose end it wherever they were: by plan they come under the rules below, but not in a
        # trial that departed from it.
        triggered, repeat = (state.dlts >= 2).any(axis=1), np.zeros(len(state), dtype=bool)
        if self.trigger_dlts is not None:
            triggered = triggered | (state.dlts.sum(axis=1) >= self.trigger_dlts)
        if self.trigger_moderates is not None:
            triggered = triggered | (state.counts[..., 1].sum(axis=1) >= self.trigger_moderates)
        if self.confirm_at_level:
            at_level = state.counts[np.arange(len(state)), state.level]
            toxic = at_level[:, 1:].sum(axis=1)
            triggered = triggered | (toxic >= 2)
            repeat = (toxic == 1) & (at_level.sum(axis=1) == 1)
        return triggered, repeat


@cites("Simon1997")
@checked
def accelerated_titration(
    following: Design,
    single_patient_levels: Levels | None = None,
    trigger_dlts: Patients | None = 1,
    trigger_moderates: Patients | None = None,
    confirm_at_level: bool = False,
    largest_step: Positive | None = None,
) -> AcceleratedTitration:
    """One patient a level until a trigger or until the single-patient levels are used up.

    On the trigger the level is topped up to a full cohort and the following design goes on from
    there, for good; where two patients at the level had DLTs, it decides at once. Without a trigger
    the following design starts with a full cohort one level above the last single-patient level.
    "One patient at the first dose, then 3+3" is ``single_patient_levels=1``. Published and
    registered rules by name: `simon_titration`, `nct07623850_titration`, `nct04202003_titration`.

    Parameters
    ----------
    following : Design
        Design that takes over; its grid and start level are used.
    single_patient_levels : int, optional
        Largest number of levels that are given to single patients; by default all, from the start
        level up.
    trigger_dlts : int or None, default 1
        Number of DLTs among the titration patients that ends the titration; None if DLTs have no
        rule of their own, which needs `confirm_at_level`.
    trigger_moderates : int, optional
        Number of moderate (grade 2) toxicities among the titration patients that ends it too; by
        default they are not looked at. Needs outcomes in three categories.
    confirm_at_level : bool, default False
        Instead of counting moderate toxicities over all levels: a patient with a moderate toxicity
        or a DLT adds one patient at the level, and two such patients at one level end the
        titration. Needs outcomes in three categories.
    largest_step : float, optional
        Largest relative increase of the dose from one single-patient level to the next, 1.0 for
        100 %. The next level is the highest dose of the grid within it (a dose at exactly the limit
        is within), and at least one level up where the grid's own step is larger: an assumption,
        since published rules have no grid. By default one level up.

    Returns
    -------
    AcceleratedTitration
        The design.

    Raises
    ------
    InputError
        If a number is out of range, more single-patient levels are asked for than there are from
        the start level up, or the rules for moderate toxicities contradict each other.

    Notes
    -----
    A larger step can skip doses, and the design says so (`may_skip_doses`). After the trigger the
    following design goes one level at a time by its own rule, and if it de-escalates it may give a
    dose that was skipped.

    References
    ----------
    Simon R, Freidlin B, Rubinstein L, Arbuck SG, Collins J, Christian MC (1997). Accelerated
    titration designs for phase I clinical trials in oncology. Journal of the National Cancer
    Institute 89:1138-1147. Only its first-course rules are here: no intra-patient escalation.
    """
    return AcceleratedTitration(
        following, single_patient_levels, trigger_dlts, trigger_moderates, confirm_at_level, largest_step
    )
