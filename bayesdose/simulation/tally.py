"""Counts of simulated trials, in whole numbers: sums that no order or split of the work can change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdose.simulation.final_trials import FinalTrials

__all__ = ["Chunk", "Tally"]


@dataclass(frozen=True, eq=False)
class Tally:
    """How often trials of one design ended in each way.

    Parameters
    ----------
    final : FinalTrials
        Distinct ways in which trials ended, T of them, in lexicographic order.
    frequency : ndarray of int, shape (S, T)
        Number of trials of each scenario that ended so.
    """

    final: FinalTrials
    frequency: np.ndarray

    @classmethod
    def of(cls, final: FinalTrials, end: np.ndarray) -> "Tally":
        """From each trial's end, shape (S, N), a position among the ways in which trials ended."""
        frequency = np.stack([np.bincount(row, minlength=len(final.stop)) for row in end])
        return cls._merged(final, frequency)

    @classmethod
    def sum(cls, parts: list["Tally"]) -> "Tally":
        """All trials of several tallies."""
        final = FinalTrials.join([part.final for part in parts])
        return cls._merged(final, np.concatenate([part.frequency for part in parts], axis=1))

    @classmethod
    def _merged(cls, final: FinalTrials, frequency: np.ndarray) -> "Tally":
        rows = np.column_stack(
            [
                final.counts.reshape(len(final.stop), -1),
                final.recommendation,
                final.stop,
                final.cohorts,
                final.record,
            ]
        )
        _, first, group = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        merged = np.zeros((len(frequency), len(first)), dtype=np.int64)
        np.add.at(merged.T, group.ravel(), frequency.T)
        return cls(final.take(first), merged)


@dataclass(frozen=True, eq=False)
class Chunk:
    """Result of some trials: a tally for each design, and products of measures for paired differences.

    Parameters
    ----------
    tallies : tuple of Tally
        One for each design.
    products : ndarray of int, shape (S, D, M, D, M)
        Sums over trials of products of each two designs' measures.
    """

    tallies: tuple[Tally, ...]
    products: np.ndarray

    @classmethod
    def sum(cls, parts: Sequence["Chunk"]) -> "Chunk":
        """All trials of several chunks; whole numbers, so the same in any order and for any split."""
        tallies = tuple(Tally.sum(list(same)) for same in zip(*(part.tallies for part in parts), strict=True))
        return cls(tallies, np.sum([part.products for part in parts], axis=0))
