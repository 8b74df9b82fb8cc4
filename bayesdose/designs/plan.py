"""A whole trial as one design: an escalation, then stages that begin at the dose that it found."""

from dataclasses import replace
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.described import Described
from bayesdose.designs.base import Design, described
from bayesdose.designs.optional import ESCALATION, aim_of, concluded, forgotten, may_skip_doses
from bayesdose.designs.patient_cap import Capped
from bayesdose.designs.plan_checks import check_escalation, check_stages, second_regimen_of
from bayesdose.designs.references import cites, references_of
from bayesdose.designs.stage import HANDS_OVER, Stage, patients_at
from bayesdose.designs.stage_memory import from_phase, radices, to_phase
from bayesdose.rules.mtd import MTDRule
from bayesdose.treatments import Grid
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["Plan", "plan"]

# Columns of what the phase of a later stage holds; see `radices`.
_BEFORE, _CLOSED, _ELSEWHERE = slice(-5, -3), -3, slice(-2, None)


@checked_value
class Plan(Described, Design):
    """What `plan` makes, with its parameters as fields."""

    escalation: Design = attrs.field(validator=check_escalation)
    stages: Annotated[tuple[Stage, ...], at.MinLen(1)] = attrs.field(validator=check_stages)
    estimate_again: bool = False

    @property
    def words(self) -> dict[str, str]:
        """The plan as a protocol describes it, part by part."""
        found = {"Doses": str(self.grid)}
        found |= {f"Escalation: {heading}": text for heading, text in described(self.escalation).items()}
        for stage in self.stages:
            name = stage.name[:1].upper() + stage.name[1:]
            parts = stage.words if isinstance(stage, Described) else {"Stage": str(stage)}
            found |= {f"{name}: {heading}": text for heading, text in parts.items()}
        taken_on = "the dose that the last stage keeps"
        if self.estimate_again:
            taken_on += ", or the dose that the escalation's rules recommend from all patients if it is lower"
        most = f"{self.max_patients}; a bound that few plans reach"
        return {**found, "Recommended dose": taken_on, "Most patients": most}

    @property
    def grid(self) -> Grid:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The doses of the escalation, or the treatments where a second regimen follows."""
        second = second_regimen_of(self.stages)
        return self.escalation.grid if second is None else second.treatments

    @property
    def outcome_categories(self) -> int:
        """As many as the escalation has."""
        return self.escalation.outcome_categories

    @property
    def max_patients(self) -> int:
        """No trial of this plan treats more patients; few plans have one that treats so many."""
        later = sum(stage.most_patients(len(self.grid)) for stage in self.stages)
        return self.escalation.max_patients + later

    @property
    def may_skip_doses(self) -> bool:
        """Whether the escalation may; a second regimen begins above doses that only the first has tried."""
        return may_skip_doses(self.escalation) or second_regimen_of(self.stages) is not None

    @property
    def aims_at(self) -> MTDRule | None:
        """What the escalation aims at."""
        return aim_of(self.escalation)

    @property
    def citation(self) -> str:
        """Keys of Mokdad et al. (2018), and what the escalation cites."""
        return ", ".join(keys for keys in (references_of(plan), self.escalation.citation) if keys)

    @property
    def stage_names(self) -> tuple[str, ...]:
        """The parts of the trial in order, the escalation first."""
        return (ESCALATION, *(stage.name for stage in self.stages))

    def first_cohort(self) -> Cohorts:
        """The escalation's."""
        first = self.escalation.first_cohort()
        return replace(first, phase=2 * first.phase)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        return self._decide(state, ask_all=False)[0]

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial, and the dose that is taken on where it stops."""
        following, dose, found = self._decide(state, ask_all=False)
        stops = following.stop != StopReason.GOES_ON.code
        dose[stops] = self._again(state.take(stops), dose[stops], found[stops])
        dose[~stops] = NO_DOSE
        return following, dose

    def recommend(self, state: TrialState) -> np.ndarray:
        """The dose that would be taken on if the trial ended now, `NO_DOSE` if none would; shape (B,)."""
        return self._again(state, *self._decide(state, ask_all=True)[1:])

    def handed_over(self, state: TrialState) -> tuple[Design, np.ndarray, TrialState]:
        """The escalation, as long as it lasts."""
        escalating = from_phase(state.phase, self._radices)[:, 0] == 0
        return self.escalation, escalating, self._escalating(state, escalating)

    def forget(self, state: TrialState) -> TrialState:
        """What the escalation forgets, as long as it lasts."""
        escalating = from_phase(state.phase, self._radices)[:, 0] == 0
        inner = forgotten(self.escalation, self._escalating(state, escalating))
        counts, phase = state.counts.copy(), state.phase.copy()
        counts[escalating, : len(self.escalation.grid)], phase[escalating] = inner.counts, 2 * inner.phase
        return TrialState(counts, state.level, phase)

    def close(self, state: TrialState, following: Cohorts) -> tuple[np.ndarray, np.ndarray]:
        """Counts without those of doses that no longer matter, and the phases that go with them.

        A trial that begins its last stage looks at one dose from then on, unless a rule asks the escalation
        again or the stage can move; see `bayesdose.designs.optional.closed`.
        """
        counts, phase = state.counts, following.phase
        if self.estimate_again or self.stages[-1].looks_elsewhere:
            return counts, phase
        memory = from_phase(phase, self._radices)
        goes_on = following.stop == StopReason.GOES_ON.code
        begins = np.flatnonzero(goes_on & (memory[:, 0] == len(self.stages)) & (memory[:, _CLOSED] == 0))
        here, dose, kept = state.take(begins), following.level[begins], memory[begins]
        kept[:, _CLOSED] = self.stages[-1].below(here, dose, self._rules) + 2
        left = np.arange(len(self.grid)) != dose[:, None]
        away = np.stack([(here.patients * left).sum(axis=1), (here.dlts * left).sum(axis=1)], axis=1)
        kept[:, _ELSEWHERE] = away
        counts, phase = counts.copy(), phase.copy()
        counts[begins] = here.counts * ~left[..., None]
        phase[begins] = to_phase(kept, self._radices)
        return counts, phase

    def record(self, state: TrialState) -> np.ndarray:
        """What is reported of each trial's stages, shape (B, 3 + 2 S); see `recorded`."""
        memory = from_phase(state.phase, self._radices)
        found = memory[:, 1] - 1
        escalating = memory[:, 0] == 0
        found[escalating] = self.escalation.recommend(self._escalating(state, escalating))
        now = np.stack([state.patients.sum(axis=1), state.dlts.sum(axis=1)], axis=1) + memory[:, _ELSEWHERE]
        counts = np.zeros((len(state), len(self.stages), 2), dtype=int)
        for number in range(1, len(self.stages) + 1):
            reached, after = memory[:, 0] >= number, memory[:, 0] > number
            start = memory[:, 2 * number : 2 * number + 2]
            end = np.where(after[:, None], memory[:, 2 * number + 2 : 2 * number + 4], now)
            counts[reached, number - 1] = (end - start)[reached]
        stages = counts.reshape(len(state), 2 * len(self.stages))
        return np.concatenate([found[:, None], stages, memory[:, _ELSEWHERE]], axis=1)

    def stage(self, phase: np.ndarray) -> np.ndarray:
        """Position in `stage_names` of the part to which cohorts with these phases belong, shape (B,)."""
        return from_phase(phase, self._radices)[:, 0]

    def _decide(self, state: TrialState, ask_all: bool) -> tuple[Cohorts, np.ndarray, np.ndarray]:
        """The next cohort, the dose that would be taken on, and whether the escalation has found a dose.

        The dose is only asked for in the escalation where that has ended, unless `ask_all`.
        """
        memory = from_phase(state.phase, self._radices)
        stage = memory[:, 0].copy()
        next_cohorts = np.zeros((5, len(state)), dtype=int)  # level, size, phase, stop, refinement
        dose = np.full(len(state), NO_DOSE)
        here = stage == 0
        inner = self._escalating(state, here)
        if ask_all:
            after, taken = self.escalation.next_cohort(inner), self.escalation.recommend(inner)
        else:
            after, taken = concluded(self.escalation, inner)
        next_cohorts[:, here] = after.level, after.size, 2 * after.phase, after.stop, after.refinement
        ended = (after.stop != StopReason.GOES_ON.code) & (after.stop != StopReason.UNFINISHED.code)
        dose[here] = taken
        handed_over = np.zeros(len(state), dtype=bool)
        handed_over[here] = ended
        handed_over &= dose != NO_DOSE
        found = handed_over | (stage > 0)
        for number, part in enumerate(self.stages, start=1):
            begins, inside = np.flatnonzero(handed_over), np.flatnonzero(stage == number)
            here = state.take(inside)
            self._remember(memory, begins, number, state, dose)
            first, kept_first = part.start(state.take(begins), dose[begins], self._rules)
            found_before = memory[inside, 1] - 1
            after, kept = part.next(
                here,
                memory[inside, _BEFORE],
                self._below(part, here, memory[inside]),
                found_before,
                self._rules,
            )
            handed_over = np.zeros(len(state), dtype=bool)
            for which, cohorts, taken_on in ((begins, first, kept_first), (inside, after, kept)):
                dose[which] = taken_on
                # A dose that the stage comes to has its counts remembered.
                moves = cohorts.level != state.level[which]
                moved = which[moves]
                memory[moved, _BEFORE] = patients_at(state.take(moved), cohorts.level[moves])
                columns = (
                    cohorts.level,
                    cohorts.size,
                    to_phase(memory[which], self._radices),
                    cohorts.stop,
                    cohorts.refinement,
                )
                next_cohorts[:, which] = columns
                handed_over[which] = np.isin(cohorts.stop, [reason.code for reason in HANDS_OVER])
        # A trial that stops keeps its level, whatever dose it takes on.
        next_cohorts[0] = np.where(next_cohorts[3] == StopReason.GOES_ON.code, next_cohorts[0], state.level)
        return Cohorts(*next_cohorts), dose, found

    def _again(self, state: TrialState, dose: np.ndarray, found: np.ndarray) -> np.ndarray:
        """The dose that is taken on, after the escalation is asked again where the plan says so."""
        if not self.estimate_again:
            return dose
        asked = self._rules.recommend(replace(state, phase=0 * state.phase))
        return np.where(found, np.minimum(dose, asked), dose)

    def _below(self, part: Stage, state: TrialState, memory: np.ndarray) -> np.ndarray:
        """What trials in a stage would take on in place of their dose; remembered where doses are closed."""
        closed = memory[:, _CLOSED] > 0
        below = memory[:, _CLOSED] - 2
        below[~closed] = part.below(state.take(~closed), state.level[~closed], self._rules)
        return below

    def _remember(
        self, memory: np.ndarray, begins: np.ndarray, number: int, state: TrialState, dose: np.ndarray
    ) -> None:
        """Note in the memory of trials that a stage begins in them, with which patients and at which dose."""
        here = state.take(begins)
        memory[begins, 1] = np.where(memory[begins, 0] == 0, dose[begins] + 1, memory[begins, 1])
        memory[begins, 0] = number
        memory[begins, 2 * number] = here.patients.sum(axis=1)
        memory[begins, 2 * number + 1] = here.dlts.sum(axis=1)
        memory[begins, _BEFORE] = patients_at(here, dose[begins])

    @property
    def _rules(self) -> Design:
        """The escalation's rules, for those that ask it again: a cap on its patients has done its work.

        Stages of treatments know all of them, and ask nothing.
        """
        if second_regimen_of(self.stages) is not None:
            return self
        return self.escalation.following if isinstance(self.escalation, Capped) else self.escalation

    def _escalating(self, state: TrialState, which: np.ndarray) -> TrialState:
        """Trials in the escalation as it sees them."""
        here, doses = state.take(which), len(self.escalation.grid)
        counts, level = here.counts[:, :doses], here.level
        if doses < len(self.grid):
            # A trial that has departed to the second regimen stands at its highest dose of the first.
            given = counts.any(axis=2)
            level = np.where(level < doses, level, np.where(given, np.arange(doses), 0).max(axis=1))
        return replace(here, counts=counts, level=level, phase=here.phase // 2)

    @property
    def _radices(self) -> tuple[int, ...]:
        return radices(len(self.stages), len(self.grid), self.max_patients)


@cites("Mokdad2018")
@checked
def plan(
    escalation: Design, stages: Annotated[tuple[Stage, ...], at.MinLen(1)], estimate_again: bool = False
) -> Plan:
    """A whole trial as one design: an escalation, then stages that begin at the dose which it found.

    Where the escalation ends with a dose, the first stage begins at it; the dose that a stage keeps when it
    is complete goes to the next stage. A trial that ends without a dose ends there. The plan recommends the
    dose that its last stage keeps.

    Parameters
    ----------
    escalation : Design
        The design that finds the dose.
    stages : tuple of Stage
        What follows, such as an `ExpansionCohort`.
    estimate_again : bool, default False
        Whether the escalation's rules are asked once more, with all patients, when the last stage has kept a
        dose: the lower of the two is then recommended.

    Returns
    -------
    Plan
        The design.

    Raises
    ------
    InputError
        If the escalation is a plan itself, names of stages repeat, or the trial is too large.

    References
    ----------
    Mokdad AA, Xie XJ, Zhu H, Gerber DE, Heitjan DF (2018). Statistical justification of expansion cohorts in
    phase 1 cancer trials. Cancer 124:3339-3345.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 3, 10), unit="mg")
    >>> watched = bd.rules.BetaMonitoring(bd.rules.BetaElimination(0.3, 0.9, min_patients=3))
    >>> whole = bd.plan(bd.three_plus_three(grid, "deescalation"), (bd.ExpansionCohort(10, watched),))
    >>> bd.describe_decision(whole, "1NNN 2NNN 3NNN")
    'Next: 1 patient at level 3 (10 mg), in the expansion.'
    """
    return Plan(escalation, stages, estimate_again)
