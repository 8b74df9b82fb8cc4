"""The state of a batch of trials, and what a design answers to it.

Levels are *indices* (0 is the lowest) in arrays and *numbers* (1 is the lowest) in arguments,
outcome notation and printed text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cached_property
from typing import Self

import numpy as np

from bayesdose.categories import dlts_in, responses_in
from bayesdose.short_rows import across

__all__ = ["NO_DOSE", "UNSETTLED", "Cohorts", "StopReason", "TrialState"]

NO_DOSE = -1
UNSETTLED = -1


class StopReason(Enum):
    """Why a trial ends, as a sentence for people; arrays hold the position in this list."""

    GOES_ON = "the trial goes on"
    LOWEST_TOO_TOXIC = "the lowest dose that may be given is too toxic"
    MTD_FOUND = "the dose below a too toxic dose is accepted"
    HIGHEST_ACCEPTED = "the highest dose is accepted"
    NO_ADMISSIBLE_DOSE = "no dose is admissible under the overdose rule"
    ENOUGH_AT_DOSE = "enough patients were treated at the dose that would be given next"
    ENOUGH_IN_TRIAL = "enough patients were treated in all"
    MAX_PATIENTS = "the maximum number of patients is reached"
    TARGET_PROBABILITY = "the next dose is in the target interval with enough probability"
    PRECISE_ENOUGH = "P(DLT) at the next dose is known precisely enough"
    NO_DOSE_IN_REACH = "the increments rule lets no admissible dose be given"
    NO_DOSE_CHOSEN = "the next-dose rule takes none of the doses that may be given"
    UNFINISHED = "the trial needs more patients than it may treat"
    EXPANSION_COMPLETE = "the expansion is complete"
    EXPANSION_TOO_TOXIC = "the expansion showed too many DLTs"
    EXPANSION_PAUSED = "the expansion showed too many DLTs and pauses"
    SECOND_REGIMEN_TESTED = "the second regimen is tested"
    SECOND_REGIMEN_TOO_TOXIC = "no level of the second regimen is accepted"
    ENOUGH_COHORTS = "enough cohorts were treated in all"
    ENOUGH_COHORTS_AT_DOSE = "enough cohorts in a row were at the dose that would be given next"
    LEVEL_SAFE = "the level that the rule names is safe with enough probability"
    MTD_PRECISE_ENOUGH = "the MTD is known precisely enough"
    ENOUGH_AT_ANY_DOSE = "enough patients were treated at some dose"
    NO_DOSE_WORTHWHILE = "no dose in reach is admissible by its DLTs and responses"

    # Asked for at every decision.
    @cached_property
    def code(self) -> int:
        """Position in the list of reasons; 0 means that the trial goes on."""
        return list(StopReason).index(self)

    def where(self, fired: np.ndarray) -> np.ndarray:
        """Code of the reason where `fired` is true, 0 elsewhere."""
        return np.where(fired, self.code, StopReason.GOES_ON.code)


@dataclass(frozen=True, eq=False)
class TrialState:
    """A batch of B trials on K doses with C outcome categories.

    Parameters
    ----------
    counts : ndarray of int, shape (B, K, C)
        Patients per dose and outcome category, see `bayesdose.categories`: the last one or, of four, the last
        two have a DLT.
    level : ndarray of int, shape (B,)
        Index of the level given to the last cohort.
    phase : ndarray of int, shape (B,)
        Number that the design gave to the last cohort's phase.
    """

    counts: np.ndarray
    level: np.ndarray
    phase: np.ndarray

    def __len__(self) -> int:
        return len(self.level)

    # Rules ask for it many times, and nobody changes a state's counts.
    @cached_property
    def patients(self) -> np.ndarray:
        """Patients per dose, shape (B, K)."""
        return across(np.add, self.counts.astype(int))

    @cached_property
    def num_patients(self) -> np.ndarray:
        """Patients in all, shape (B,)."""
        return across(np.add, self.patients)

    @property
    def dlts(self) -> np.ndarray:
        """DLTs per dose, shape (B, K)."""
        return dlts_in(self.counts)

    @property
    def responses(self) -> np.ndarray:
        """Patients with a response per dose, shape (B, K); zeros where a design does not look at them."""
        return responses_in(self.counts)

    def take(self, which: np.ndarray) -> Self:
        """The trials that a mask or an index array selects."""
        return type(self)(self.counts[which], self.level[which], self.phase[which])


@dataclass(frozen=True, eq=False)
class Cohorts:
    """The next cohort of each trial of a batch.

    Parameters
    ----------
    level, size, phase : ndarray of int, shape (B,)
        Level index, number of patients and the design's phase number. Where a trial stops, `level`
        keeps its last value and `size` is 0.
    stop : ndarray of int, shape (B,)
        `StopReason.code`; 0 where the trial goes on.
    refinement : ndarray of int, shape (B,), optional
        How often the decision was taken again at higher accuracy because it was too close to a
        boundary; zeros if not given, as for designs that only count. `UNSETTLED` where it is still too
        close at the highest accuracy that the design has.
    """

    level: np.ndarray
    size: np.ndarray
    phase: np.ndarray
    stop: np.ndarray
    refinement: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=int))

    def __post_init__(self) -> None:
        if self.refinement.shape != self.level.shape:
            object.__setattr__(self, "refinement", np.broadcast_to(self.refinement, self.level.shape))

    def take(self, which: np.ndarray) -> Self:
        """The trials that a mask or an index array selects."""
        return type(self)(
            self.level[which], self.size[which], self.phase[which], self.stop[which], self.refinement[which]
        )

    @classmethod
    def join(cls, parts: Sequence["Cohorts"]) -> Self:
        """All trials of several batches, in order."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    @classmethod
    def single(cls, level: int, size: int, phase: int = 0) -> Self:
        """A batch of one trial that goes on."""
        return cls(*(np.array([value]) for value in (level, size, phase, StopReason.GOES_ON.code)))

    def reason(self, trial: int) -> StopReason:
        """Stop reason of one trial of the batch."""
        return list(StopReason)[int(self.stop[trial])]
