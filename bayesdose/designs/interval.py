"""Model-assisted (interval) designs: escalate by a decision table at the current dose."""

from typing import Annotated, TypedDict

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Patients
from bayesdose.described import Described
from bayesdose.designs.aim import aim_of_rules
from bayesdose.designs.base import Design, decided_at, on_grid
from bayesdose.designs.references import cites
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.decision_table import (
    DEESCALATE,
    ELIMINATE,
    ESCALATE,
    MOST_ROWS,
    DecisionRule,
    DecisionTable,
)
from bayesdose.rules.elimination import BetaElimination, from_there_up
from bayesdose.rules.elimination_by_table import eliminated_by_rows
from bayesdose.rules.enough_at_dose import enough_at_dose
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.mtd_selection import MTDSelection
from bayesdose.rules.patients_near import check_same_doses
from bayesdose.rules.remembered_cohorts import next_phase
from bayesdose.rules.stopping import StoppingRule, counts_alone
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["IntervalDesign", "IntervalSettings", "interval_design"]


class IntervalSettings(TypedDict, total=False):
    """What every named interval design passes on to `interval_design`."""

    cohort_size: Patients
    start_level: Count
    stopping: StoppingRule | None
    lowest_dose_elimination: BetaElimination | None


# A design has a table too, but not one to fill.
_FillsTable = Annotated[DecisionRule, at.Predicate(lambda rule: callable(rule.table))]


def _check_table(design: "IntervalDesign", field: attrs.Attribute, rule: DecisionRule) -> None:
    missing = sorted(design.patients_at_dose - set(design.table.patients))
    if missing:
        raise InputError(
            "decision table",
            got=f"rows for {', '.join(map(str, design.table.patients))} patients",
            wanted=f"rows for every number of patients at a dose: {', '.join(map(str, missing))} too",
            fix="Choose the cohort size and the maximum so that the table covers them, add rows, or end the "
            "trial where a dose has enough patients: stopping=PatientsAtDose(number).",
        )


@checked_value
class IntervalDesign(Described, Design):
    """What `interval_design` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    rule: _FillsTable = attrs.field(validator=_check_table)
    mtd_selection: MTDSelection
    max_patients: Patients  # pyright: ignore[reportIncompatibleMethodOverride]
    cohort_size: Patients = 3
    start_level: Count = attrs.field(default=1, validator=on_grid)
    stopping: StoppingRule | None = attrs.field(default=None, validator=[counts_alone, check_same_doses])
    lowest_dose_elimination: BetaElimination | None = None

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        lowest, earlier = self.lowest_dose_elimination, []
        if lowest is not None:
            earlier.append(f"without a dose if, at the lowest dose, {lowest.condition}")
        if self.stopping is not None:
            earlier.append(f"if {self.stopping}")
        rule = self.rule
        given = isinstance(rule, DecisionTable)
        beyond = (
            "numbers of patients that the table lacks, and whose decision does not follow from its entries, "
            "are not decided"
            if given
            else "the rule goes on for other numbers of patients at a dose"
        )
        return {
            "Design": "interval design: a decision table for the patients and DLTs at the current dose",
            "Doses": str(self.grid),
            "Start": self.grid.level_in_words(self.start_level - 1),
            "Decisions": _given_table(rule) if given else str(rule),
            "Cohorts": f"cohorts of {self.cohort_size}",
            "Most patients": str(self.max_patients),
            "Earlier stop": "; ".join(["without a dose if the lowest is eliminated", *earlier]),
            "Recommended dose": f"of the doses given and not eliminated, {self.mtd_selection}",
            "Ends of the dose range": "to escalate from the highest dose, or to a dose that is eliminated, "
            "and to de-escalate from the lowest, is to stay",
            "Departures": f"{beyond}; a dose below the current one at which the table says to de-escalate "
            "is decided first",
        }

    def _repr_html_(self) -> str:
        table = attrs.evolve(self.printed_table, source="")  # which the words have said
        return Described._repr_html_(self) + table._repr_html_()

    @property
    def outcome_categories(self) -> int:
        """Two, with and without DLT: nothing else matters to the design."""
        return 2

    @property
    def aims_at(self) -> MTDRule | None:
        """The target that the rule eliminates doses by; None for a table given by hand."""
        return aim_of_rules(getattr(self.rule, "elimination", None))

    @property
    def citation(self) -> str:
        """What the rule cites."""
        return self.rule.citation

    @property
    def table(self) -> DecisionTable:
        """The decision table for up to the maximum number of patients at a dose."""
        return self.rule.table(self.max_patients)

    @property
    def printed_table(self) -> DecisionTable:
        """The table without the numbers of patients that cohorts cannot reach at a dose."""
        table, reached = self.table, self.patients_at_dose
        rows = [row if number in reached else "" for number, row in enumerate(table.rows, start=1)]
        return attrs.evolve(table, rows=tuple(rows))

    @property
    def patients_at_dose(self) -> set[int]:
        """Numbers of patients at a dose that full cohorts, and the last one if it is cut, can reach.

        A dose gets no more patients once `stopping` ends a trial that would give it.
        """
        enough, size = enough_at_dose(self.stopping), self.cohort_size
        full = {number for number in range(size, self.max_patients + 1, size) if number - size < enough}
        cut = self.max_patients % size
        with_cut = {number + cut for number in {0, *full} if number < enough}
        return full | {number for number in with_cut if 0 < number <= self.max_patients}

    def first_cohort(self) -> Cohorts:
        """A full cohort at the start level."""
        return Cohorts.single(self.start_level - 1, min(self.cohort_size, self.max_patients))

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops.

        Raises
        ------
        InputError
            If a trial that has room for patients has numbers of patients for which the table does not say
            what to do next, or whether they eliminate a dose.
        """
        room = self.max_patients - state.patients.sum(axis=1)
        trial = np.arange(len(state))
        eliminated, unknown = self._eliminated(state)
        self._check_said(state, unknown & (room > 0)[:, None])
        current, here = self._decision(state, eliminated)
        undecided = np.zeros(eliminated.shape, dtype=bool)
        undecided[trial, current] = (here < 0) & (room > 0) & ~eliminated[:, 0]
        self._check_said(state, undecided)
        return self.cohorts_after(state, current, here, eliminated)

    def cohorts_after(
        self, state: TrialState, current: np.ndarray, here: np.ndarray, eliminated: np.ndarray
    ) -> Cohorts:
        """What follows from a decision.

        Parameters
        ----------
        state : TrialState
            B trials.
        current, here : ndarray of int, shape (B,)
            The level at which each is decided, and the decision there.
        eliminated : ndarray of bool, shape (B, K)
            Doses that are eliminated.
        """
        room = self.max_patients - state.patients.sum(axis=1)
        level = self._next_level(current, here, eliminated)
        stop = np.where(eliminated[:, 0], StopReason.LOWEST_TOO_TOXIC.code, StopReason.GOES_ON.code)
        if self.stopping is not None:
            early = self.stopping.stop(state, level)
            stop = np.where(stop == StopReason.GOES_ON.code, early, stop)
        stop = np.where(room > 0, stop, StopReason.MAX_PATIENTS.code)
        goes_on = stop == StopReason.GOES_ON.code
        return Cohorts(
            level=np.where(goes_on, level, state.level),
            size=np.where(goes_on, np.minimum(self.cohort_size, room), 0),
            phase=next_phase(state, None, self.stopping),
            stop=stop,
        )

    def recommend(self, state: TrialState) -> np.ndarray:
        """The dose selected among those given and not eliminated, `NO_DOSE` if none is left; shape (B,).

        Raises
        ------
        InputError
            If the table does not say whether a number of patients eliminates a dose.
        """
        eliminated, unknown = self._eliminated(state)
        self._check_said(state, unknown)
        selected = self.mtd_selection.select(state, ~eliminated)
        if self.stopping is None:
            return selected
        following = self._next_level(*self._decision(state, eliminated), eliminated)
        return np.where(self.stopping.forbids_recommendation(state, following), NO_DOSE, selected)

    def eliminated(self, state: TrialState) -> np.ndarray:
        """Doses that the counts eliminate, shape (B, K)."""
        return self._eliminated(state)[0]

    def _next_level(self, current: np.ndarray, here: np.ndarray, eliminated: np.ndarray) -> np.ndarray:
        """Level of the next cohort if the trial goes on, by the decision at the current one; shape (B,)."""
        top = len(self.grid) - 1
        move = np.select([here == ESCALATE, here >= DEESCALATE], [1, -1], 0)
        # No trial enters an eliminated level, wherever it stands.
        highest = np.where(eliminated.any(axis=1), eliminated.argmax(axis=1) - 1, top)
        return np.clip(np.minimum(current + move, highest), 0, top)

    def _decision(self, state: TrialState, eliminated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Level at which each trial is decided, and the decision, -1 where the table says none; (B,)."""
        codes, patients = self.table.codes, state.patients
        inside = patients < len(codes)
        said = np.where(inside, codes[np.where(inside, patients, 0), np.where(inside, state.dlts, 0)], -1)
        decisions = np.where(eliminated, ELIMINATE, said)
        current = decided_at(state.level, decisions >= DEESCALATE)
        return current, decisions[np.arange(len(state)), current]

    def _eliminated(self, state: TrialState) -> tuple[np.ndarray, np.ndarray]:
        """Which doses are eliminated, and of which doses below the table does not say it; (B, K) each."""
        # More patients than planned may come: the rule goes on, and only a table given by hand ends.
        most = max(self.max_patients, min(int(state.patients.max(initial=0)), MOST_ROWS))
        too_toxic, unknown = eliminated_by_rows(self.rule.table(most).rows, state.patients, state.dlts)
        if self.lowest_dose_elimination is not None:
            lowest = self.lowest_dose_elimination.too_toxic(state.patients[:, 0], state.dlts[:, 0])
            too_toxic[:, 0] |= lowest
        eliminated = from_there_up(too_toxic)
        return eliminated, unknown & ~eliminated

    def _check_said(self, state: TrialState, unsaid: np.ndarray) -> None:
        """Raise `InputError` for the first trial and dose of which the table does not say what is needed."""
        if unsaid.any():
            trial, level = (int(position) for position in np.argwhere(unsaid)[0])
            patients, dlts = int(state.patients[trial, level]), int(state.dlts[trial, level])
            raise InputError(
                "decision table",
                got=f"{dlts} DLTs in {patients} patients at level {level + 1}",
                wanted=f"a number of patients with a row: {', '.join(map(str, self.table.patients))}",
                fix=f"Add a row for {patients} patients: the other rows do not say what follows from these.",
            )


def _given_table(table: DecisionTable) -> str:
    """A table given by hand: its rows are all that says what it does."""
    rows = (f"{patients} patients: {' '.join(table.rows[patients - 1])}" for patients in table.patients)
    return (
        f"decision table ({table.source}), for 0, 1, ... DLTs in so many patients: {'; '.join(rows)} (E "
        "escalate, S stay, D de-escalate, U de-escalate and eliminate the dose and all above it)"
    )


@cites("")
@checked
def interval_design(
    grid: DoseGrid,
    rule: _FillsTable,
    mtd_selection: MTDSelection,
    max_patients: Patients,
    cohort_size: Patients = 3,
    start_level: Count = 1,
    stopping: StoppingRule | None = None,
    lowest_dose_elimination: BetaElimination | None = None,
) -> IntervalDesign:
    """Decide from the patients and DLTs at the current dose, by a decision table.

    E goes up one level unless that level is eliminated or there is none; S stays; D goes down one
    level, or stays at the lowest; U eliminates the level and all above it for good, and goes down. The
    trial stops without a dose when the lowest level is eliminated. What is eliminated follows from the
    counts alone: an eliminated level gets no more patients, so its counts do not change. Where the table
    says D or U at a dose below the current one (a late DLT), the trial is decided there.

    Trials depart from the plan: cohorts of other sizes, more patients than `max_patients`. A rule such as
    BOIN's eliminates at any number of patients. A `DecisionTable` given by hand says nothing beyond its
    rows, apart from what follows from them: at least as many DLTs, and no more patients without one, than
    in an entry with U eliminate too, and the converse. What does not follow is refused, never taken as
    "not eliminated".

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    rule : DecisionRule
        Fills the decision table; a `DecisionTable` is one too.
    mtd_selection : MTDSelection
        Selects the recommended dose among those that were given and are not eliminated.
    max_patients : int
        Largest number of patients; the last cohort is cut to it.
    cohort_size : int, default 3
        Patients in a cohort.
    start_level : int, default 1
        Level number of the first cohort.
    stopping : StoppingRule, optional
        When to stop earlier, such as ``StaysAtDose(12)``.
    lowest_dose_elimination : BetaElimination, optional
        Also ends the trial without a dose, when it holds at the lowest dose; stricter than the table.

    Returns
    -------
    IntervalDesign
        The design.

    Raises
    ------
    InputError
        If a number is out of range, or the table lacks a number of patients that can be reached at a
        dose.
    """
    return IntervalDesign(
        grid, rule, mtd_selection, max_patients, cohort_size, start_level, stopping, lowest_dose_elimination
    )
