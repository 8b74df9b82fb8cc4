"""The design with backfill as a value: an escalation that decides, and lower doses beside it."""

from dataclasses import replace
from typing import Annotated, Literal

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Patients, Positive
from bayesdose.described import Described
from bayesdose.designs.base import Design
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.optional import (
    ESCALATION,
    aim_of,
    concluded,
    forgotten,
    may_skip_doses,
    with_outside,
)
from bayesdose.designs.references import references_of
from bayesdose.dose_optimization.backfill_checks import (
    check_caps,
    check_closing,
    check_conflict,
    check_escalation,
    check_memory,
    check_opening,
    check_own_patients,
    counts_all_patients,
)
from bayesdose.dose_optimization.backfill_closing import ClosingRule
from bayesdose.dose_optimization.backfill_conflict import next_by_pooled_data
from bayesdose.dose_optimization.backfill_in_words import backfill_in_words
from bayesdose.dose_optimization.backfill_memory import Memory, Radices
from bayesdose.dose_optimization.backfill_opening import OpeningRule
from bayesdose.dose_optimization.backfill_place import place_beside, takes_no_more
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["Backfilled", "PerCohort", "Priority"]

# So many that a ratio to a cohort's patients decides alone.
PerCohort = Annotated[int, at.Ge(0), at.Le(100)]
Priority = Annotated[
    Literal["highest", "lowest"], "(a dose drawn at random would have no exact probabilities)"
]


@checked_value
class Backfilled(Described, Design):
    """What `backfilled` makes, with its parameters as fields."""

    escalation: Design
    patients_per_cohort: PerCohort
    opening: OpeningRule | None = attrs.field(default=None, validator=check_opening)
    closing: ClosingRule | None = attrs.field(default=None, validator=check_closing)
    conflict: Literal["design", "pooled"] = attrs.field(default="design", validator=check_conflict)
    priority: Priority = "highest"
    cap_per_dose: Patients | None = None
    cap_in_all: Patients | None = attrs.field(default=None, validator=check_caps)
    escalation_patients: Patients | None = attrs.field(default=None, validator=check_own_patients)
    ratio: Positive | None = None

    def __attrs_post_init__(self) -> None:
        check_escalation(self, attrs.fields(Backfilled).escalation, self.escalation)
        check_memory(self)

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return backfill_in_words(self)

    @property
    def grid(self) -> DoseGrid:
        """The doses of the escalation."""
        return self.escalation.grid

    @property
    def outcome_categories(self) -> int:
        """Four where responses open a dose, else as many as the escalation has."""
        return 4 if self._looks_at_responses else self.escalation.outcome_categories

    @property
    def max_patients(self) -> int:
        """The escalation's, where that counts all patients; else, or if it is less, with those backfilled."""
        own, cap = self.escalation_patients, self.cap_in_all
        if not self.patients_per_cohort:
            return self.escalation.max_patients if own is None else own
        if not counts_all_patients(self.escalation):
            return (self.escalation.max_patients if own is None else own) + (cap or 0)
        most = self.escalation.max_patients
        return most if own is None or cap is None else min(most, own + cap)

    @property
    def may_skip_doses(self) -> bool:
        """Whether the escalation may."""
        return may_skip_doses(self.escalation)

    @property
    def aims_at(self) -> MTDRule | None:
        """What the escalation aims at."""
        return aim_of(self.escalation)

    @property
    def citation(self) -> str:
        """Key of Zhao et al. (2024), and what the escalation cites."""
        return ", ".join(keys for keys in (references_of("backfilled"), self.escalation.citation) if keys)

    @property
    def stage_names(self) -> tuple[str, str]:
        """The escalation, and the patients beside it."""
        return (ESCALATION, "backfill")

    @property
    def radices(self) -> Radices:
        """How large what the phase remembers can be."""
        told_apart = 0 if self.opening is None else self.opening.cohorts_told_apart
        size = 1 if self.ratio is None else self.max_patients + 1
        return Radices(self.max_patients + 1, len(self.grid), told_apart + 1, size)

    def first_cohort(self) -> Cohorts:
        """The escalation's."""
        first = self.escalation.first_cohort()
        nobody = TrialState(
            np.zeros((1, len(self.grid), self.outcome_categories), dtype=int), first.level, first.phase
        )
        none = np.zeros(1, dtype=int)
        before = Memory(first.phase, none, none, first.level, none, none, none > 0)
        return self._escalating(nobody, before, first)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, of the escalation or backfilled, or why it stops."""
        return self._decide(state, with_dose=False)[0]

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial, and the escalation's recommendation where it stops."""
        return self._decide(state, with_dose=True)

    def recommend(self, state: TrialState) -> np.ndarray:
        """The escalation's recommendation from all patients; shape (B,)."""
        return self.escalation.recommend(self._inner(state, self._memory(state)))

    def outside(self, state: TrialState) -> np.ndarray:
        """Phases of trials whose next patients are backfilled, at whichever dose; shape (B,)."""
        memory = self._memory(state)
        return replace(memory, given=np.ones(len(state), dtype=bool)).phase(state, self.radices)

    def stage(self, phase: np.ndarray) -> np.ndarray:
        """0 for cohorts of the escalation, 1 for those backfilled; shape (B,)."""
        return phase % 2

    def record(self, state: TrialState) -> np.ndarray:
        """The dose recommended, patients backfilled and their DLTs; shape (B, 5), see `recorded`."""
        memory, none = self._memory(state), np.zeros(len(state), dtype=int)
        columns = self.recommend(state), memory.patients, memory.dlts, none, none
        return np.stack(columns, axis=1)

    def handed_over(self, state: TrialState) -> tuple[Design, np.ndarray, TrialState]:
        """The escalation, in the trials in which it decides."""
        memory = self._memory(state)
        decides = self._place(state, memory)[1] == 0
        return self.escalation, decides, self._inner(state.take(decides), memory.take(decides))

    def forget(self, state: TrialState) -> TrialState:
        """Responses that no longer open a dose count as none; else what the escalation forgets."""
        memory = self._memory(state)
        if not self._looks_at_responses:
            inner = forgotten(self.escalation, self._inner(state, memory))
            without = with_outside(self.escalation, inner.phase, -memory.patients, -memory.dlts)
            return TrialState(
                inner.counts, state.level, replace(memory, inner=without).phase(state, self.radices)
            )
        assert self.opening is not None, "it looks at responses"
        full = takes_no_more(self, state, memory)
        if self.escalation_patients is not None:
            # Nobody is backfilled after those beside the last cohort.
            last = np.flatnonzero(state.num_patients - memory.patients >= self.escalation_patients)
            ended = self._place(state.take(last), memory.take(last))[1] == 0
            full[last[ended]] = True
        kept = self.opening.responses_kept(state.responses, full)
        patients, dlts = state.patients, state.dlts.astype(int)
        response = np.minimum(kept, patients - dlts)
        both = kept - response
        counts = np.stack([patients - dlts - response, response, both, dlts - both], axis=-1)
        return replace(state, counts=counts.astype(state.counts.dtype))

    @property
    def _looks_at_responses(self) -> bool:
        return bool(self.patients_per_cohort) and self.opening is not None and self.opening.looks_at_responses

    def _memory(self, state: TrialState) -> Memory:
        return Memory.read(state, self.radices)

    def _inner(self, state: TrialState, memory: Memory) -> TrialState:
        """The trial as the escalation sees it: at its own level, with all patients."""
        counts = state.counts
        if self._looks_at_responses:
            counts = np.stack([counts[..., 0] + counts[..., 1], counts[..., 2] + counts[..., 3]], axis=-1)
        phase = with_outside(self.escalation, memory.inner, memory.patients, memory.dlts)
        return TrialState(counts, memory.level, phase)

    def _decide(self, state: TrialState, with_dose: bool) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial and, if asked for, the dose recommended where it stops."""
        memory, dose = self._memory(state), np.full(len(state), NO_DOSE)
        level, size = self._place(state, memory)
        asked = size == 0
        here, remembered = state.take(asked), memory.take(asked)
        inner = self._inner(here, remembered)
        if self.conflict == "pooled":
            assert isinstance(self.escalation, IntervalDesign), "checked when it was made"
            after = next_by_pooled_data(self.escalation, inner)
        elif with_dose:
            after, dose[asked] = concluded(self.escalation, inner)
        else:
            after = self.escalation.next_cohort(inner)
        own = self._escalating(here, remembered, after)
        if with_dose:
            unsaid = own.stop != StopReason.GOES_ON.code
            if self.conflict != "pooled":
                unsaid &= after.stop == StopReason.GOES_ON.code
            found = np.flatnonzero(asked)[unsaid]
            dose[found] = self.escalation.recommend(inner.take(unsaid))
        columns = np.zeros((5, len(state)), dtype=int)  # level, size, phase, stop, refinement
        columns[:2] = level, size
        columns[2] = self.outside(state)
        columns[:, asked] = own.level, own.size, own.phase, own.stop, own.refinement
        return Cohorts(*columns), dose

    def _escalating(self, state: TrialState, memory: Memory, after: Cohorts) -> Cohorts:
        """The escalation's answers as this design's: cut to its own patients, with what is remembered."""
        stop, size = after.stop, after.size
        if self.escalation_patients is not None:
            room = np.maximum(self.escalation_patients - (state.num_patients - memory.patients), 0)
            stop = np.where(room > 0, stop, StopReason.MAX_PATIENTS.code)
            size = np.minimum(size, room)
        goes_on = stop == StopReason.GOES_ON.code
        radices = self.radices
        then = Memory(
            inner=with_outside(self.escalation, after.phase, -memory.patients, -memory.dlts),
            cohorts=np.minimum(memory.cohorts + 1, radices.cohorts - 1),
            size=np.minimum(size, radices.size - 1),
            level=after.level,
            patients=memory.patients,
            dlts=memory.dlts,
            given=np.zeros(len(state), dtype=bool),
        )
        return Cohorts(
            level=np.where(goes_on, after.level, state.level),
            size=np.where(goes_on, size, 0),
            phase=then.phase(state, radices),
            stop=stop,
            refinement=after.refinement,
        )

    def _place(self, state: TrialState, memory: Memory) -> tuple[np.ndarray, np.ndarray]:
        return place_beside(self, state, memory, self._inner(state, memory))
