"""A largest number of patients for a design that has none of its own."""

import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Patients
from bayesdose.described import Described
from bayesdose.designs.base import Design, described
from bayesdose.designs.optional import (
    aim_of,
    concluded,
    forgotten,
    may_skip_doses,
    outside,
    recorded,
    stage_positions,
    stages_of,
    with_outside,
)
from bayesdose.designs.references import cites
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["Capped", "capped"]


@checked_value
class Capped(Described, Design):
    """What `capped` makes, with its parameters as fields."""

    following: Design
    max_patients: Patients  # pyright: ignore[reportIncompatibleMethodOverride]

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        cap = f"{self.max_patients}; a trial that would need more ends unfinished and recommends no dose"
        return {**described(self.following), "Most patients": cap}

    @property
    def grid(self) -> DoseGrid:
        """The doses of the design."""
        return self.following.grid

    @property
    def outcome_categories(self) -> int:
        """As many as the design has."""
        return self.following.outcome_categories

    @property
    def may_skip_doses(self) -> bool:
        """Whether the design may."""
        return may_skip_doses(self.following)

    @property
    def aims_at(self) -> MTDRule | None:
        """What the design aims at."""
        return aim_of(self.following)

    @property
    def citation(self) -> str:
        """What the design cites."""
        return self.following.citation

    @property
    def stage_names(self) -> tuple[str, ...]:
        """Those of the design."""
        return stages_of(self.following)

    def stage(self, phase: np.ndarray) -> np.ndarray:
        """The part to which cohorts belong, as the design says."""
        return stage_positions(self.following, phase)

    def close(self, state: TrialState, following: Cohorts) -> tuple[np.ndarray, np.ndarray]:
        """Nothing is closed: the cap is on all patients."""
        return state.counts, following.phase

    def record(self, state: TrialState) -> np.ndarray:
        """What the design records."""
        return recorded(self.following, state)

    def first_cohort(self) -> Cohorts:
        """The design's, cut to the cap."""
        first = self.following.first_cohort()
        return Cohorts.single(
            int(first.level[0]), min(int(first.size[0]), self.max_patients), int(first.phase[0])
        )

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The design's next cohort; where it does not fit under the cap the trial ends unfinished."""
        return self._capped(state, self.following.next_cohort(state))

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """The next cohort, and the design's recommendation where it stops by its own rules."""
        after, dose = concluded(self.following, state)
        return self._capped(state, after), dose

    def recommend(self, state: TrialState) -> np.ndarray:
        """The design's recommendation, `NO_DOSE` where the trial ends unfinished; shape (B,)."""
        unfinished = self._beyond(state, self.following.next_cohort(state))
        return np.where(unfinished, NO_DOSE, self.following.recommend(state))

    def handed_over(self, state: TrialState) -> tuple[Design, np.ndarray, TrialState]:
        """The design, which is asked in every trial."""
        return self.following, np.ones(len(state), dtype=bool), state

    def outside(self, state: TrialState) -> np.ndarray | None:
        """What the design answers about patients outside the escalation."""
        return outside(self.following, state)

    def with_outside(self, phase: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """As the design remembers patients outside the escalation."""
        return with_outside(self.following, phase, patients, dlts)

    def forget(self, state: TrialState) -> TrialState:
        """What the design forgets."""
        return forgotten(self.following, state)

    def _capped(self, state: TrialState, after: Cohorts) -> Cohorts:
        """The design's next cohorts under the cap."""
        beyond = self._beyond(state, after)
        return Cohorts(
            level=np.where(beyond, state.level, after.level),
            size=np.where(beyond, 0, after.size),
            phase=after.phase,
            stop=np.where(beyond, StopReason.UNFINISHED.code, after.stop),
            refinement=after.refinement,
        )

    def _beyond(self, state: TrialState, after: Cohorts) -> np.ndarray:
        goes_on = after.stop == StopReason.GOES_ON.code
        return goes_on & (state.patients.sum(axis=1) + after.size > self.max_patients)


@cites("")
@checked
def capped(following: Design, max_patients: Patients) -> Capped:
    """A design with a largest number of patients: a trial that would need more ends unfinished.

    An unfinished trial recommends no dose, and has a `StopReason` of its own. A model-based or interval
    design has its own `max_patients` instead, at which it recommends a dose.

    Parameters
    ----------
    following : Design
        Any design.
    max_patients : int
        Largest number of patients. A cohort that does not fit is not started.

    Returns
    -------
    Capped
        The design.

    Raises
    ------
    InputError
        If the number of patients is out of range.
    """
    return Capped(following, max_patients)
