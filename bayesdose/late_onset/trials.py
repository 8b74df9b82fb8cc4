"""Trials with patients who are still followed, and what a design answers when a patient is ready.

Time is counted in whole steps, a week or a day. The DLT window has W of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Self

import numpy as np

from bayesdose.trial import StopReason, TrialState

__all__ = ["Backfill", "Enrolment", "FollowedTrials"]


@dataclass(frozen=True, eq=False)
class Backfill:
    """What designs with backfill look at beside DLTs and follow-up, in B trials on K doses.

    Parameters
    ----------
    patients : ndarray of int, shape (B, K)
        Patients enrolled beside the escalation.
    pending : ndarray of int, shape (B, K, W)
        Those of them who are pending, as in `FollowedTrials`.
    responses : ndarray of int, shape (B, K)
        Patients of the escalation or beside it who have shown a response so far.
    """

    patients: np.ndarray
    pending: np.ndarray
    responses: np.ndarray

    def take(self, which: np.ndarray) -> Self:
        """The trials that a mask or an index array selects."""
        return type(self)(*(getattr(self, one.name)[which] for one in fields(self)))

    def complete(self) -> Self:
        """The trials as if every outcome were known."""
        return type(self)(self.patients, np.zeros_like(self.pending), self.responses)

    @classmethod
    def join(cls, parts: Sequence["Backfill"]) -> Self:
        """All trials of several batches, in order."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))


@dataclass(frozen=True, eq=False)
class FollowedTrials:
    """A batch of B trials on K doses, some of whose patients are still followed.

    The order of patients is forgotten.

    Parameters
    ----------
    counts : ndarray of int, shape (B, K, 2)
        Patients whose outcome is known: without a DLT in the whole window, and with a DLT.
    pending : ndarray of int, shape (B, K, W)
        Patients without a DLT so far, by the whole steps for which they were followed, 0 to W - 1.
    level : ndarray of int, shape (B,)
        Index of the level given to the last patient of the escalation.
    phase : ndarray of int, shape (B,)
        Number that the design gave to the last patient's phase.
    backfill : Backfill, optional
        Patients beside the escalation, and responses; only where a design backfills.

    Examples
    --------
    >>> one = FollowedTrials(
    ...     np.array([[[2, 1], [0, 0]]]), np.array([[[0, 0], [1, 1]]]), np.array([1]), np.array([0])
    ... )
    >>> one.enrolled.tolist(), one.follow_up.tolist(), one.complete.tolist()
    ([[3, 2]], [[0.0, 0.5]], [False])
    """

    counts: np.ndarray
    pending: np.ndarray
    level: np.ndarray
    phase: np.ndarray
    backfill: Backfill | None = None

    def __len__(self) -> int:
        return len(self.level)

    @property
    def columns(self) -> tuple[np.ndarray, ...]:
        """All that a design may look at but pending patients, arrays of B rows."""
        one = self.backfill
        beside = () if one is None else (one.patients, one.responses)
        return (self.counts, self.level, self.phase, *beside)

    @property
    def window(self) -> int:
        """Steps of the DLT window, W."""
        return self.pending.shape[-1]

    @property
    def known(self) -> np.ndarray:
        """Patients per dose whose outcome is known, shape (B, K)."""
        return self.counts.sum(axis=-1, dtype=int)

    @property
    def dlts(self) -> np.ndarray:
        """DLTs per dose so far, shape (B, K)."""
        return self.counts[..., 1].astype(int)

    @property
    def at_risk(self) -> np.ndarray:
        """Pending patients per dose, shape (B, K)."""
        return self.pending.sum(axis=-1, dtype=int)

    @property
    def enrolled(self) -> np.ndarray:
        """All patients per dose, shape (B, K)."""
        return self.known + self.at_risk

    @property
    def enrolled_beside(self) -> np.ndarray:
        """Patients beside the escalation, shape (B,)."""
        return np.zeros(len(self), dtype=int) if self.backfill is None else self.backfill.patients.sum(axis=1)

    @property
    def follow_up(self) -> np.ndarray:
        """Sum of the pending patients' follow-up per dose, in DLT windows, shape (B, K)."""
        # Whole numbers are added up first, so that the sum does not depend on an order.
        return self.pending @ np.arange(self.window) / self.window

    @property
    def complete(self) -> np.ndarray:
        """Whether every outcome is known, shape (B,)."""
        return ~self.pending.any(axis=(1, 2))

    def as_known(self) -> TrialState:
        """The trials as if no pending patient would have a DLT."""
        counts = self.counts.copy()
        counts[..., 0] += self.at_risk.astype(counts.dtype)
        return TrialState(counts, self.level, self.phase)

    def take(self, which: np.ndarray) -> Self:
        """The trials that a mask or an index array selects."""
        beside = None if self.backfill is None else self.backfill.take(which)
        return type(self)(
            self.counts[which], self.pending[which], self.level[which], self.phase[which], beside
        )

    @classmethod
    def join(cls, parts: Sequence["FollowedTrials"]) -> Self:
        """All trials of several batches, in order."""
        names = ("counts", "pending", "level", "phase")
        counts, pending, level, phase = (
            np.concatenate([getattr(part, name) for part in parts]) for name in names
        )
        besides = [part.backfill for part in parts if part.backfill is not None]
        beside = Backfill.join(besides) if besides else None
        return cls(counts, pending, level, phase, beside)


@dataclass(frozen=True, eq=False)
class Enrolment:
    """What happens with the patient who is ready now, in each trial of a batch.

    Parameters
    ----------
    level, phase : ndarray of int, shape (B,)
        Level index, and the design's phase number. A trial takes them over where the patient is enrolled;
        where it waits or stops, it keeps the level and phase of its last patient. Of a patient who is
        backfilled a trial takes over the phase alone.
    stop : ndarray of int, shape (B,)
        `StopReason.code`; 0 where the trial goes on.
    waits : ndarray of bool, shape (B,)
        Whether accrual is suspended: the patient is not enrolled now, and the design is asked again in a
        later step, when somebody is ready. False where the trial stops. No design waits once every outcome
        is known.
    backfills : ndarray of bool, shape (B,), optional
        Whether the patient is enrolled beside the escalation; nobody is if not given.
    """

    level: np.ndarray
    phase: np.ndarray
    stop: np.ndarray
    waits: np.ndarray
    backfills: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=bool))

    def __post_init__(self) -> None:
        if self.backfills.shape != self.level.shape:
            object.__setattr__(self, "backfills", np.broadcast_to(self.backfills, self.level.shape))

    @property
    def enrols(self) -> np.ndarray:
        """Whether the patient is enrolled, shape (B,)."""
        return (self.stop == StopReason.GOES_ON.code) & ~self.waits

    def take(self, which: np.ndarray) -> Self:
        """The trials that a mask or an index array selects."""
        return type(self)(*(getattr(self, one.name)[which] for one in fields(self)))

    @classmethod
    def join(cls, parts: Sequence["Enrolment"]) -> Self:
        """The answers for all trials of several batches, in order."""
        return cls(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls)))

    @classmethod
    def nobody(cls) -> Self:
        """The answer for a batch of no trials."""
        none = np.zeros(0, dtype=int)
        return cls(none, none, none, none.astype(bool))

    @classmethod
    def single(cls, level: int, phase: int = 0) -> Self:
        """A batch of one trial that enrols its patient."""
        going_on = np.array([StopReason.GOES_ON.code])
        return cls(np.array([level]), np.array([phase]), going_on, np.array([False]))
