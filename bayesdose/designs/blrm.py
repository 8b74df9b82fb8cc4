"""The Bayesian logistic regression design: escalate with overdose control."""

from dataclasses import dataclass

import numpy as np

from bayesdose.designs.base import check_start_level
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import BatchPosterior, PosteriorTable, posterior
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.check import check_at_least
from bayesdose.rules.next_dose import MaxTargetProbability
from bayesdose.rules.stopping import StoppingRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["BLRM"]


@dataclass(frozen=True)
class BLRM:
    """Give the admissible dose that lies most probably in the target interval.

    Admissible are the doses that the overdose rule lets through and that skip no dose: at most one
    level above the highest level tried. The trial stops without a dose when none is admissible.
    The recommended dose is chosen in the same way among the doses that were given.

    Any model that `tabulate` takes can drive it; `blrm` builds the usual two-parameter logistic
    one.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    tables : tuple of PosteriorTable
        The tabulated model, coarsest first. A state is decided on the first table whose error
        cannot change its decision.
    overdose_control : EWOC
        Which doses are admissible.
    next_dose : MaxTargetProbability
        Which admissible dose is given.
    max_patients : int
        Largest number of patients; the last cohort is cut to it.
    stopping : StoppingRule, optional
        When to stop earlier, apart from having no admissible dose.
    cohort_size : int, default 3
        Patients in a cohort.
    start_level : int, default 1
        Level number of the first cohort.

    Raises
    ------
    InputError
        If the tables have another number of doses than the grid, lack a bound that a rule needs or
        were checked for fewer patients, or a number is out of range.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.
    """

    grid: DoseGrid
    tables: tuple[PosteriorTable, ...]
    overdose_control: EWOC
    next_dose: MaxTargetProbability
    max_patients: int
    stopping: StoppingRule | None = None
    cohort_size: int = 3
    start_level: int = 1

    def __post_init__(self) -> None:
        check_start_level(self.start_level, self.grid)
        check_at_least("cohort size", self.cohort_size, 1)
        check_at_least("maximum number of patients", self.max_patients, 1)
        needed = {*self.overdose_control.bounds, *self.next_dose.bounds}
        for table in self.tables:
            if table.num_doses != len(self.grid):
                raise InputError(
                    "BLRM tables", got=f"{table.num_doses} doses", wanted=f"the grid's {len(self.grid)}"
                )
            if table.max_patients < self.max_patients or not needed <= set(table.bounds):
                raise InputError(
                    "BLRM tables",
                    got=f"bounds {table.bounds}, checked up to {table.max_patients} patients",
                    wanted=f"bounds {sorted(needed)}, checked up to {self.max_patients} patients",
                    fix="Pass these to `tabulate`.",
                )
        if not self.tables:
            raise InputError(
                "BLRM tables", got=self.tables, wanted="at least one table", fix="Use `tabulate`."
            )

    @property
    def outcome_categories(self) -> int:
        """Two: only DLTs enter the model."""
        return 2

    @property
    def citation(self) -> str:
        """Neuenschwander 2008; Babb 1998."""
        return "Neuenschwander2008, Babb1998"

    def first_cohort(self) -> Cohorts:
        """A full cohort at the start level."""
        return Cohorts.single(self.start_level - 1, min(self.cohort_size, self.max_patients))

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        room = self.max_patients - state.patients.sum(axis=1)
        # A full trial needs no next dose, so none is computed for it.
        has_room = np.flatnonzero(room > 0)
        chosen, refinement = np.full(len(state), NO_DOSE), np.zeros(len(state), dtype=int)
        chosen[has_room], refinement[has_room] = self.next_level(state.take(has_room))
        level = np.where(chosen == NO_DOSE, state.level, chosen)
        stop = np.where(chosen == NO_DOSE, StopReason.NO_ADMISSIBLE_DOSE.code, StopReason.GOES_ON.code)
        if self.stopping is not None:
            early = self.stopping.stop(state, level)
            stop = np.where(stop == StopReason.GOES_ON.code, early, stop)
        stop = np.where(room > 0, stop, StopReason.MAX_PATIENTS.code)
        goes_on = stop == StopReason.GOES_ON.code
        return Cohorts(
            level=np.where(goes_on, level, state.level),
            size=np.where(goes_on, np.minimum(self.cohort_size, room), 0),
            phase=state.phase,
            stop=stop,
            refinement=refinement,
        )

    def recommend(self, state: TrialState) -> np.ndarray:
        """The best admissible dose among those given; none if no given dose is admissible."""
        return self._choose(state, state.patients > 0)[0]

    def within_reach(self, state: TrialState) -> np.ndarray:
        """Doses up to one level above the highest tried, shape (B, K)."""
        doses = np.arange(len(self.grid))
        highest_tried = np.where(state.patients > 0, doses, -1).max(axis=1)
        return doses <= highest_tried[:, None] + 1

    def next_level(self, state: TrialState) -> tuple[np.ndarray, np.ndarray]:
        """Chosen level of each trial (-1 for none), stopping rules aside, and how often it was refined."""
        return self._choose(state, self.within_reach(state))

    def choose(self, summary: BatchPosterior, reach: np.ndarray) -> np.ndarray:
        """Level of each trial (-1: none) chosen from a posterior among the doses in reach, shape (B, K)."""
        return self.next_dose.choose(summary, self.overdose_control.admissible(summary) & reach)

    def _choose(self, state: TrialState, within_reach: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Chosen level of each trial, and the number of the table that was accurate enough for it."""
        chosen, used = np.full(len(state), NO_DOSE), np.zeros(len(state), dtype=int)
        open_states = np.arange(len(state))
        for number, table in enumerate(self.tables):
            here = state.take(open_states)
            reach = within_reach[open_states]
            summary = posterior(table, here.patients, here.dlts)
            chosen[open_states] = self.choose(summary, reach)
            used[open_states] = number
            open_states = open_states[self._margin(summary, reach) <= 0]
            if not len(open_states):
                break
        return chosen, used

    def _margin(self, summary: BatchPosterior, reach: np.ndarray) -> np.ndarray:
        """How far each decision is beyond what the table's error could change; shape (B,)."""
        allowed = self.overdose_control.admissible(summary) & reach
        # Each comparison is between two probabilities, or two differences of two.
        overdose = self.overdose_control.margin(summary, reach) - summary.error
        target = self.next_dose.margin(summary, allowed) - 4 * summary.error
        return np.minimum(overdose, target)
