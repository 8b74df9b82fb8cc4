"""The ways in which trials end, the same for both engines."""

from dataclasses import dataclass, fields

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.short_rows import across

__all__ = ["FinalTrials"]


@dataclass(frozen=True, eq=False)
class FinalTrials:
    """Distinct ways in which trials end, T of them.

    Parameters
    ----------
    counts : ndarray of int, shape (T, K, C)
        Patients per dose and outcome category. Moderate toxicities count as none where the design has
        forgotten them (see `bayesdose.designs.optional.forgotten`).
    recommendation : ndarray of int, shape (T,)
        Index of the recommended dose, -1 for none.
    stop : ndarray of int, shape (T,)
        `StopReason.code`.
    cohorts : ndarray of int, shape (T,)
        Number of cohorts treated.
    record : ndarray of int, shape (T, 3 + 2 S)
        What is reported of the design's stages (see `bayesdose.designs.optional.recorded`); shape (T, 0) for
        a design without.
    """

    counts: np.ndarray
    recommendation: np.ndarray
    stop: np.ndarray
    cohorts: np.ndarray
    record: np.ndarray

    @property
    def totals(self) -> np.ndarray:
        """Patients and DLTs of each in all, those at closed doses included; shape (T, 2)."""
        dlts = dlts_in(self.counts).astype(int)
        counted = across(np.add, np.stack([across(np.add, self.counts.astype(int)), dlts], axis=1))
        return counted + self.record[:, -2:] if self.record.shape[1] else counted

    def take(self, which: np.ndarray) -> "FinalTrials":
        """The ends that a mask or an index array selects."""
        return FinalTrials(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def join(cls, parts: list["FinalTrials"]) -> "FinalTrials":
        """All trials of several parts, in order."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))
