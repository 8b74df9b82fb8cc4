"""Posteriors that were computed already, so that many designs of one model ask for each data set once.

The posterior of a data set does not depend on the rules that led there. Designs that differ in caps, stopping
numbers or cohort sizes therefore share it: give their tables one memory, by `with_memory`.
"""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from bayesdose.inference.posterior import BatchPosterior, PosteriorTable

__all__ = ["PosteriorMemory", "with_memory"]

# Data sets of one table that are remembered: some 250 bytes each, so at most 500 MB.
_MOST = 2_000_000
_ARRAYS = tuple(one.name for one in fields(BatchPosterior) if one.name not in ("bounds", "error", "mtd_cuts"))


class PosteriorMemory:
    """Posterior summaries of the data sets that a table was asked for.

    Data sets are found by a number of 64 bits and then compared, so that two of one number are never taken
    for each other.
    """

    def __init__(self) -> None:
        self._numbers = np.zeros(0, dtype=np.int64)
        self._rows = np.zeros(0, dtype=np.int64)
        self._data = _Rows()
        self._like: BatchPosterior | None = None
        self._summaries: dict[str, _Rows] = {name: _Rows() for name in _ARRAYS}

    def __len__(self) -> int:
        return len(self._data)

    def recalled(self, data: np.ndarray, compute: Callable[[np.ndarray], BatchPosterior]) -> BatchPosterior:
        """Summaries of each data set, those that are new by `compute`.

        Parameters
        ----------
        data : ndarray of int, shape (B, C)
            All that a posterior depends on, a row for each data set.
        compute : callable
            Summaries of the data sets at some positions.
        """
        numbers = _numbers(data)
        row = self._find(numbers, data)
        new = np.flatnonzero(row < 0)
        if not len(new) and self._like is not None:
            return self._at(row, self._like)
        _, first, kind = np.unique(numbers[new], return_index=True, return_inverse=True)
        first = new[first]
        if len(self) + len(first) > _MOST or not np.array_equal(data[new], data[first[kind]]):
            return compute(np.arange(len(data)))
        found = compute(first)
        row[new] = len(self) + kind
        self._add(numbers[first], data[first], found)
        return self._at(row, found)

    def _at(self, row: np.ndarray, like: BatchPosterior) -> BatchPosterior:
        return replace(like, **{name: kept.take(row) for name, kept in self._summaries.items() if len(kept)})

    def _find(self, numbers: np.ndarray, data: np.ndarray) -> np.ndarray:
        """Row of each data set, -1 where it is not known."""
        if not len(self):
            return np.full(len(numbers), -1)
        position = np.minimum(np.searchsorted(self._numbers, numbers), len(self) - 1)
        row = self._rows[position]
        # Of equal data sets the numbers are equal too.
        return np.where((self._data.take(row) == data).all(axis=1), row, -1)

    def _add(self, numbers: np.ndarray, data: np.ndarray, found: BatchPosterior) -> None:
        """Keep new data sets, whose numbers rise."""
        before = np.searchsorted(self._numbers, numbers)
        self._rows = np.insert(self._rows, before, len(self) + np.arange(len(numbers)))
        self._numbers = np.insert(self._numbers, before, numbers)
        self._data.add(data)
        self._like = found
        for name, kept in self._summaries.items():
            array = getattr(found, name)
            if array is not None:
                kept.add(array)


class _Rows:
    """Rows of an array that grows."""

    def __init__(self) -> None:
        self._array: np.ndarray | None = None
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, rows: np.ndarray) -> None:
        """Put rows at the end; room is doubled where there is none."""
        needed = self._length + len(rows)
        if self._array is None or needed > len(self._array):
            grown = np.empty((max(needed, 2 * self._length), *rows.shape[1:]), dtype=rows.dtype)
            if self._array is not None:
                grown[: self._length] = self._array[: self._length]
            self._array = grown
        self._array[self._length : needed] = rows
        self._length = needed

    def take(self, which: np.ndarray) -> np.ndarray:
        """Rows by their positions."""
        assert self._array is not None
        return self._array[which]


def _numbers(data: np.ndarray) -> np.ndarray:
    """A number of 64 bits for each row; different rows hardly ever have the same."""
    # Four counts of 16 bits at a time, each four multiplied by an odd number of its own.
    room = -data.shape[1] % 4
    words = np.pad(data.astype(np.int16), ((0, 0), (0, room))).view(np.int64)
    odd = np.random.default_rng(words.shape[1]).integers(2**62, size=words.shape[1]) * 2 + 1
    total = words[:, 0] * odd[0]
    for column, factor in zip(words.T[1:], odd[1:], strict=True):
        total += column * factor
    return total


def with_memory(table: PosteriorTable) -> PosteriorTable:
    """The same table, which remembers what it was asked."""
    return replace(table, memory=PosteriorMemory())
