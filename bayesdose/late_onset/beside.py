"""What is counted beside the escalation in simulated trials under way: backfilled patients, and responses."""

from dataclasses import dataclass, fields

import numpy as np

from bayesdose.late_onset.trials import Backfill

__all__ = ["NEVER", "Beside"]

# A step that no trial reaches.
NEVER = np.iinfo(np.int32).max


@dataclass(eq=False)
class Beside:
    """Backfilled patients and responses of B trials on K doses with at most N patients each."""

    backfilled: np.ndarray  # (B, N): whether each patient was enrolled beside the escalation
    seen_at: np.ndarray  # (B, N): step in which a response will be seen
    patients: np.ndarray  # (B, K): backfilled patients
    responses: np.ndarray  # (B, K): responses seen

    @classmethod
    def opened(cls, number: int, doses: int, patients: int) -> "Beside":
        """Trials without patients."""
        zero = np.zeros((number, doses), dtype=np.int16)
        return cls(
            backfilled=np.zeros((number, patients), dtype=bool),
            seen_at=np.full((number, patients), NEVER, dtype=np.int32),
            patients=zero,
            responses=zero.copy(),
        )

    def told(self, which: np.ndarray, pending: np.ndarray) -> Backfill:
        """What designs look at in some trials, with their pending backfilled patients (B', K, W)."""
        return Backfill(self.patients[which], pending, self.responses[which])

    def take(self, which: np.ndarray) -> "Beside":
        """The trials that a mask or an index array selects."""
        return Beside(*(getattr(self, one.name)[which] for one in fields(self)))

    def enrol(
        self, which: np.ndarray, patient: np.ndarray, backfilled: np.ndarray, level: np.ndarray
    ) -> None:
        """Note in some trials whether their newest patient, at a level, is backfilled."""
        self.backfilled[which, patient] = backfilled
        self.patients[which[backfilled], level[backfilled]] += 1

    def see(self, now: np.ndarray, level_of: np.ndarray) -> None:
        """Count the responses seen by each trial's step, of patients at levels (B, N)."""
        trial, patient = np.nonzero(self.seen_at <= now[:, None])
        np.add.at(self.responses, (trial, level_of[trial, patient]), 1)
        self.seen_at[trial, patient] = NEVER
