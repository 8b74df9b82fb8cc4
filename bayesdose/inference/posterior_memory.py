"""Posteriors that were computed already, so that many designs of one model ask for each data set once.

The posterior of a data set does not depend on the rules that led there. Designs that differ in caps, stopping
numbers or cohort sizes therefore share it: give their tables one memory, by `with_memory`.
"""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from bayesdose.inference.posterior import BatchPosterior, PosteriorTable
from bayesdose.row_index import GrowingRows, RowIndex, row_numbers

__all__ = ["PosteriorMemory", "with_memory"]

# Data sets of one table that are remembered: some 250 bytes each, so at most 500 MB.
_MOST = 2_000_000
_ARRAYS = tuple(one.name for one in fields(BatchPosterior) if one.name not in ("bounds", "error", "mtd_cuts"))


class PosteriorMemory:
    """Posterior summaries of the data sets that a table was asked for."""

    def __init__(self) -> None:
        self._index = RowIndex()
        self._like: BatchPosterior | None = None
        self._summaries: dict[str, GrowingRows] = {name: GrowingRows() for name in _ARRAYS}

    def __len__(self) -> int:
        return len(self._index)

    def recalled(self, data: np.ndarray, compute: Callable[[np.ndarray], BatchPosterior]) -> BatchPosterior:
        """Summaries of each data set, those that are new by `compute`.

        Parameters
        ----------
        data : ndarray of int, shape (B, C)
            All that a posterior depends on, a row for each data set.
        compute : callable
            Summaries of the data sets at some positions.
        """
        numbers = row_numbers(data)
        row = self._index.find(numbers, data)
        new = np.flatnonzero(row < 0)
        if not len(new) and self._like is not None:
            return self._at(row, self._like)
        _, first, kind = np.unique(numbers[new], return_index=True, return_inverse=True)
        first = new[first]
        if len(self) + len(first) > _MOST or not np.array_equal(data[new], data[first[kind]]):
            return compute(np.arange(len(data)))
        found = self._like = compute(first)
        row[new] = len(self) + kind
        self._index.add(numbers[first], data[first])
        for name, kept in self._summaries.items():
            array = getattr(found, name)
            if array is not None:
                kept.add(array)
        return self._at(row, found)

    def _at(self, row: np.ndarray, like: BatchPosterior) -> BatchPosterior:
        return replace(like, **{name: kept.take(row) for name, kept in self._summaries.items() if len(kept)})


def with_memory(table: PosteriorTable) -> PosteriorTable:
    """The same table, which remembers what it was asked."""
    return replace(table, memory=PosteriorMemory())
