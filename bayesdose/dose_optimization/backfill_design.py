"""Backfill with a fixed number per cohort: lower doses of interest take patients beside the escalation."""

from dataclasses import replace
from typing import Annotated, Literal

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
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
from bayesdose.designs.patient_cap import Capped
from bayesdose.designs.references import cites, references_of
from bayesdose.dose_optimization.backfill_checks import (
    check_caps,
    check_closing,
    check_conflict,
    check_escalation,
    check_memory,
    check_opening,
    counts_all_patients,
)
from bayesdose.dose_optimization.backfill_closing import ClosingRule
from bayesdose.dose_optimization.backfill_conflict import decision_codes, next_by_pooled_data
from bayesdose.dose_optimization.backfill_in_words import backfill_in_words
from bayesdose.dose_optimization.backfill_memory import Memory, Radices
from bayesdose.dose_optimization.backfill_opening import OpeningRule
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.decision_table import DEESCALATE
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["Backfilled", "backfilled"]

# So many that a ratio to a cohort's patients decides alone.
_PerCohort = Annotated[int, at.Ge(0), at.Le(100)]
_Priority = Annotated[
    Literal["highest", "lowest"], "(a dose drawn at random would have no exact probabilities)"
]


def _check_own(design: "Backfilled", field: attrs.Attribute, number: int | None) -> None:
    most = design.escalation.max_patients
    if number is not None and number > most:
        raise InputError(
            "backfilled, escalation_patients",
            got=number,
            wanted=f"at most {most}, which the escalation treats in all, those backfilled included",
        )


@checked_value
class Backfilled(Described, Design):
    """What `backfilled` makes, with its parameters as fields."""

    escalation: Design
    patients_per_cohort: _PerCohort
    opening: OpeningRule | None = attrs.field(default=None, validator=check_opening)
    closing: ClosingRule | None = attrs.field(default=None, validator=check_closing)
    conflict: Literal["design", "pooled"] = attrs.field(default="design", validator=check_conflict)
    priority: _Priority = "highest"
    cap_per_dose: Patients | None = None
    cap_in_all: Patients | None = attrs.field(default=None, validator=check_caps)
    escalation_patients: Patients | None = attrs.field(default=None, validator=_check_own)
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
        return ", ".join(keys for keys in (references_of(backfilled), self.escalation.citation) if keys)

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
        if not self._looks_at_responses:
            memory = self._memory(state)
            inner = forgotten(self.escalation, self._inner(state, memory))
            without = with_outside(self.escalation, inner.phase, -memory.patients, -memory.dlts)
            return TrialState(
                inner.counts, state.level, replace(memory, inner=without).phase(state, self.radices)
            )
        assert self.opening is not None, "it looks at responses"
        memory = self._memory(state)
        full = np.full(state.patients.shape, False)
        full[:, -1] = True  # the highest dose is never below the current one
        if self.cap_per_dose is not None:
            full |= state.patients >= self.cap_per_dose
        over = state.num_patients >= self.max_patients
        if self.cap_in_all is not None:
            over |= memory.patients >= self.cap_in_all
        if self.escalation_patients is not None:
            # Nobody is backfilled after those beside the last cohort.
            last = np.flatnonzero(state.num_patients - memory.patients >= self.escalation_patients)
            over[last] |= self._place(state.take(last), memory.take(last))[1] == 0
        full |= over[:, None]
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
        """Level and number of the patients to backfill now, 0 where nobody is; shape (B,) each."""
        levels, patients = np.arange(len(self.grid)), state.patients
        most = np.full(patients.shape, self.patients_per_cohort)
        if self.ratio is not None:
            # A ratio is a decimal number: 0.1 for each of 30 patients is 3.
            share = np.ceil(self.ratio * memory.size - 1e-9).astype(int)
            most = np.minimum(most, share[:, None])
        if self.cap_per_dose is not None:
            most = np.minimum(most, self.cap_per_dose - patients)
        if self.cap_in_all is not None:
            most = np.minimum(most, (self.cap_in_all - memory.patients)[:, None])
        most = np.minimum(most, (self.max_patients - state.num_patients)[:, None])
        is_open = (levels < memory.level[:, None]) & (patients > 0) & (most > 0) & ~memory.given[:, None]
        if self.opening is not None:
            is_open &= self.opening.opens(state, memory.cohorts)
        if self.closing is not None:
            is_open &= ~self.closing.closes(state, self._too_many)
        eliminating = self.escalation.following if isinstance(self.escalation, Capped) else self.escalation
        if isinstance(eliminating, IntervalDesign) and is_open.any():
            is_open &= ~eliminating.eliminated(self._inner(state, memory))
        ordered = is_open if self.priority == "lowest" else is_open[:, ::-1]
        place = ordered.argmax(axis=1)
        level = place if self.priority == "lowest" else len(levels) - 1 - place
        size = np.where(is_open.any(axis=1), most[np.arange(len(state)), level], 0)
        return level, size

    def _too_many(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Whether the interval design would de-escalate on such counts."""
        assert isinstance(self.escalation, IntervalDesign), "checked when it was made"
        return decision_codes(self.escalation, patients, dlts) >= DEESCALATE


@cites("Zhao2024")
@checked
def backfilled(
    escalation: Design,
    patients_per_cohort: _PerCohort,
    opening: OpeningRule | None = None,
    closing: ClosingRule | None = None,
    conflict: Literal["design", "pooled"] = "design",
    priority: _Priority = "highest",
    cap_per_dose: Patients | None = None,
    cap_in_all: Patients | None = None,
    escalation_patients: Patients | None = None,
    ratio: Positive | None = None,
) -> Backfilled:
    """An escalation beside which lower doses take a fixed number of patients with each of its cohorts.

    After each cohort of the escalation one dose below its level that is open takes patients; then the
    escalation decides, at its own level, from all patients. Patients in parentheses, ``(1NNN)``, are those
    backfilled: of a running trial they may stand anywhere behind its first cohort, and ``(1X)`` says that
    nobody came.

    A dose is open if it was given, is below the escalation's current one, is of interest (`opening`), does
    not show too many DLTs (`closing`), was not eliminated by an interval design, and no cap is reached.

    Parameters
    ----------
    escalation : Design
        The design that escalates: an interval design, a model-based one, 3+3 or another. Its own largest
        number of patients counts all of them, those backfilled included.
    patients_per_cohort : int
        Patients backfilled with each cohort, all at one dose; 0 for nobody.
    opening : OpeningRule, optional
        When a dose is of interest, such as `OpenAfterResponses`; by default at once.
    closing : ClosingRule, optional
        When it shows too many DLTs, such as `CloseFromRate`; by default never.
    conflict : {"design", "pooled"}, default "design"
        What decides where backfilled doses speak against the decision at the current one: the design's own
        rule (an interval design or 3+3 decides at the lowest dose that it would leave downwards; a model
        weighs the data of all doses), or BF-BOIN's pooled data, for an interval design.
    priority : {"highest", "lowest"}, default "highest"
        Which of several open doses takes the patients.
    cap_per_dose : int, optional
        Patients at a dose, those of the escalation included, from which it takes no more.
    cap_in_all : int, optional
        Most patients backfilled in all; needed where the escalation does not count all patients itself.
    escalation_patients : int, optional
        The trial ends when the escalation has treated so many patients of its own; by default all patients
        count towards its maximum.
    ratio : float, optional
        At most so many patients backfilled for each patient of the escalation's cohort, rounded up.

    Returns
    -------
    Backfilled
        The design. Results have the stage "backfill" beside the escalation.

    Raises
    ------
    InputError
        If a number is out of range, the parts do not fit together, or a decision table lacks rows that are
        needed.

    Notes
    -----
    **Assumption.** Patients come at a fixed number per cohort, as by the recruitment ratio of crmPack; with
    arrivals at random their number is random too, and there are no exact probabilities. The outcomes of the
    escalation's cohort are known when a dose below it is looked at, which closes doses at the earliest.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.

    Examples
    --------
    >>> from bayesdose.designs.boin import boin
    >>> from bayesdose.dose_optimization.backfill_opening import OpenAfterResponses
    >>> from bayesdose.report.next_dose import describe_decision
    >>> escalation = boin(DoseGrid((1, 3, 10), "mg"), 0.25, max_patients=30)
    >>> design = backfilled(escalation, 2, OpenAfterResponses(), cap_in_all=10, escalation_patients=20)
    >>> describe_decision(design, "1NNE 2NNN")
    'Next: 2 patients at level 1 (1 mg), in the backfill.'
    >>> describe_decision(design, "1NNE 2NNN (1NE)")
    'Next: 3 patients at level 3 (10 mg).'
    """
    return Backfilled(
        escalation,
        patients_per_cohort,
        opening,
        closing,
        conflict,
        priority,
        cap_per_dose,
        cap_in_all,
        escalation_patients,
        ratio,
    )
