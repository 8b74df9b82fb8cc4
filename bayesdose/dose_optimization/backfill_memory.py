"""What the phase of a trial with backfill remembers: whose patients they are, and where the escalation is.

A state has counts, in which the patients of both stand together. After a cohort of the escalation the phase
holds what was backfilled before; after backfilled patients it holds the escalation's own numbers and its
level, so that whoever else is treated outside the escalation counts as backfilled.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from bayesdose.trial import TrialState

__all__ = ["LARGEST_INNER_PHASE", "LARGEST_MEMORY", "Memory", "Radices"]

LARGEST_MEMORY = 2**62
# Counts and cohorts of a design whose rules look back (`bayesdose.rules.remembered_cohorts`), and titration.
LARGEST_INNER_PHASE = 2 * 181**2 * 128**3


@dataclass(frozen=True)
class Radices:
    """One more than the largest number of each column.

    Parameters
    ----------
    patients : int
        Patients, or DLTs, of a trial.
    levels : int
        Levels of the grid.
    cohorts, size : int
        Cohorts of the escalation that are told apart, and the size of its last one; 1 where nobody asks.
    """

    patients: int
    levels: int
    cohorts: int
    size: int

    @property
    def product(self) -> int:
        """Numbers that the columns take beside the phase of the design within."""
        most = max(self.size, self.levels)
        return 2 * self.cohorts * most * self.patients**2


@dataclass(frozen=True, eq=False)
class Memory:
    """What is known of B trials; arrays of shape (B,).

    Parameters
    ----------
    inner : ndarray of int
        Phase of the escalating design, as if nobody had been backfilled.
    cohorts : ndarray of int
        Cohorts of the escalation, as far as they are told apart.
    size : ndarray of int
        Patients of its last cohort, where somebody asks.
    level : ndarray of int
        Its level.
    patients, dlts : ndarray of int
        Patients backfilled, and their DLTs.
    given : ndarray of bool
        Whether the patients beside the last cohort of the escalation are in.
    """

    inner: np.ndarray
    cohorts: np.ndarray
    size: np.ndarray
    level: np.ndarray
    patients: np.ndarray
    dlts: np.ndarray
    given: np.ndarray

    def take(self, which: np.ndarray) -> Self:
        """The trials that a mask or an index array selects."""
        return type(self)(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @classmethod
    def read(cls, state: TrialState, radices: Radices) -> Self:
        """What the phases of trials say together with their counts."""
        rest, given = np.divmod(state.phase, 2)
        given = given == 1
        rest, dlts = np.divmod(rest, radices.patients)
        rest, patients = np.divmod(rest, radices.patients)
        rest, place = np.divmod(rest, max(radices.size, radices.levels))
        inner, cohorts = np.divmod(rest, radices.cohorts)
        own = state.num_patients, state.dlts.astype(int).sum(axis=1)
        return cls(
            inner,
            cohorts,
            size=np.where(given, 0, place),
            level=np.where(given, place, state.level),
            patients=np.where(given, own[0] - patients, patients),
            dlts=np.where(given, own[1] - dlts, dlts),
            given=given,
        )

    def phase(self, state: TrialState, radices: Radices) -> np.ndarray:
        """Phases that say so of trials with these counts."""
        own = state.num_patients, state.dlts.astype(int).sum(axis=1)
        columns = [
            np.where(self.given, total - backfilled, backfilled)
            for total, backfilled in zip(own, (self.patients, self.dlts), strict=True)
        ]
        place = np.where(self.given, self.level, self.size)
        # Beyond the plan a column ends where its numbers do.
        columns = [np.clip(column, 0, radices.patients - 1) for column in columns]
        code = (self.inner * radices.cohorts + self.cohorts) * max(radices.size, radices.levels) + place
        return 2 * ((code * radices.patients + columns[0]) * radices.patients + columns[1]) + self.given
