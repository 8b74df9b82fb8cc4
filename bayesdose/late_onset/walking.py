"""Simulated trials under way, patient by patient."""

from dataclasses import dataclass, fields, replace

import numpy as np

from bayesdose.late_onset.beside import Beside
from bayesdose.late_onset.distinct import distinct
from bayesdose.late_onset.trials import FollowedTrials

__all__ = ["Walking"]


@dataclass(eq=False)
class Walking:
    """Trials under way, B of them, with at most N patients each."""

    number: np.ndarray  # (B,): scenario * trials + trial
    counts: np.ndarray  # (B, K, 2): known outcomes
    level_of: np.ndarray  # (B, N): level of each patient
    enrolled_at: np.ndarray  # (B, N)
    known_at: np.ndarray  # (B, N): step in which the outcome is known
    dlt: np.ndarray  # (B, N): whether it is a DLT
    pending: np.ndarray  # (B, N): whether it is not known yet
    patients: np.ndarray  # (B,)
    level: np.ndarray  # (B,)
    phase: np.ndarray  # (B,)
    now: np.ndarray  # (B,)
    arrived: np.ndarray  # (B,): patients who have arrived
    queue: np.ndarray  # (B,): of these, who wait
    again: np.ndarray  # (B,): whether one of these is asked about in the same step
    suspended: np.ndarray  # (B,)
    beside: Beside | None = None  # where a design backfills

    @classmethod
    def opened(cls, number: int, doses: int, patients: int, backfills: bool = False) -> "Walking":
        """Trials without patients, the first of whom has arrived."""
        zero, mark = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=bool)
        each, marks = np.zeros((number, patients), dtype=np.int32), np.zeros((number, patients), dtype=bool)
        return cls(
            number=np.arange(number),
            counts=np.zeros((number, doses, 2), dtype=np.int16),
            level_of=each,
            enrolled_at=each.copy(),
            known_at=each.copy(),
            dlt=marks,
            pending=marks.copy(),
            patients=zero,
            level=zero.copy(),
            phase=zero.copy(),
            now=zero.copy(),
            arrived=zero + 1,
            queue=zero.copy(),
            again=mark,
            suspended=mark.copy(),
            beside=Beside.opened(number, doses, patients) if backfills else None,
        )

    def take(self, which: np.ndarray) -> "Walking":
        """The trials that a mask or an index array selects."""
        names = [one.name for one in fields(self) if one.name != "beside"]
        beside = None if self.beside is None else self.beside.take(which)
        return replace(self, **{name: getattr(self, name)[which] for name in names}, beside=beside)

    def enrol(
        self, which: np.ndarray, level: np.ndarray, phase: np.ndarray, reached: np.ndarray, u: np.ndarray
    ) -> np.ndarray:
        """Enrol a patient with uniform `u` in some trials, at levels with P(DLT) `reached` by steps.

        Returns
        -------
        ndarray of bool
            Whether each has a DLT.
        """
        window = reached.shape[1] - 1
        patient = self.patients[which]
        # The step in which P(DLT) by then first exceeds the uniform, W for no DLT.
        shown = np.sum(reached[:, 1:] <= u[:, None], axis=1)
        self.level_of[which, patient], self.dlt[which, patient] = level, shown < window
        self.enrolled_at[which, patient] = self.now[which]
        self.known_at[which, patient] = self.now[which] + np.minimum(shown + 1, window)
        self.pending[which, patient] = True
        self.patients[which] = patient + 1
        self.level[which], self.phase[which] = level, phase
        return shown < window

    def learn(self, news: np.ndarray) -> None:
        """Count the outcomes of patients that a mask, shape (B, N), selects."""
        trial, patient = np.nonzero(news)
        place = (trial, self.level_of[trial, patient], self.dlt[trial, patient].astype(int))
        np.add.at(self.counts, place, 1)
        self.pending[trial, patient] = False

    def distinct(self, window: int) -> tuple[FollowedTrials, np.ndarray]:
        """The distinct states of the trials, and the position of each one's among them."""
        trial, patient = np.nonzero(self.pending)
        number, doses = self.pending.sum(axis=1), self.counts.shape[1]
        # Pending patients are few: those of each trial side by side, in the order of their codes.
        place = np.arange(len(trial)) - np.repeat(np.cumsum(number) - number, number)
        followed = self.now[trial] - self.enrolled_at[trial, patient]
        code = self.level_of[trial, patient] * window + followed + 1
        kinds, beside = 1, ()
        if self.beside is not None:
            code += self.beside.backfilled[trial, patient] * doses * window
            kinds, beside = 2, (self.beside.patients, self.beside.responses)
        codes = np.zeros((len(self.level), int(number.max(initial=0))), dtype=np.int64)
        codes[trial, place] = code
        codes = -np.sort(-codes, axis=1)
        first, kind = distinct(self.counts, codes, self.level, self.phase, *beside)
        pending = np.zeros((len(first), kinds * doses * window), dtype=np.int16)
        row, column = np.nonzero(codes[first])
        np.add.at(pending, (row, codes[first][row, column] - 1), 1)
        shaped = pending.reshape(len(first), kinds, doses, window)
        told = None if self.beside is None else self.beside.told(first, shaped[:, -1])
        both = shaped.sum(axis=1, dtype=np.int16)
        return FollowedTrials(self.counts[first], both, self.level[first], self.phase[first], told), kind
