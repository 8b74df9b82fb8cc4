"""Rows of whole numbers that were met before, and where."""

import math
from functools import cache

import numpy as np

from bayesdose.short_rows import across

__all__ = ["GrowingRows", "RowIndex", "row_numbers"]


class RowIndex:
    """Different rows of whole numbers in the order in which they were added.

    Rows are found by a number of 64 bits and then compared, so that two of one number are never taken for
    each other.
    """

    def __init__(self) -> None:
        self._numbers = np.zeros(0, dtype=np.int64)
        self._positions = np.zeros(0, dtype=np.int64)
        self._rows = GrowingRows()

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Position of each row, -1 where it is not known; `numbers` are those of `row_numbers`."""
        if not len(self):
            return np.full(len(numbers), -1)
        place = np.minimum(np.searchsorted(self._numbers, numbers), len(self) - 1)
        position = self._positions[place]
        # Equal rows have equal numbers, so that a row is at the first place of its number or is not known.
        return np.where(across(np.logical_and, self._rows.take(position) == rows), position, -1)

    def add(self, numbers: np.ndarray, rows: np.ndarray) -> None:
        """Add rows that are not known, whose numbers rise."""
        before = np.searchsorted(self._numbers, numbers)
        self._positions = np.insert(self._positions, before, len(self) + np.arange(len(numbers)))
        self._numbers = np.insert(self._numbers, before, numbers)
        self._rows.add(rows)


class GrowingRows:
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

    def put(self, which: np.ndarray, rows: np.ndarray) -> None:
        """Other rows in place of those at some positions."""
        assert self._array is not None
        self._array[which] = rows

    def take(self, which: np.ndarray) -> np.ndarray:
        """Rows by their positions."""
        assert self._array is not None
        return self._array[which]


@cache
def _odd_numbers(how_many: int) -> np.ndarray:
    return np.random.default_rng(how_many).integers(2**62, size=how_many) * 2 + 1


def row_numbers(data: np.ndarray) -> np.ndarray:
    """A number of 64 bits for each row; different rows hardly ever have the same."""
    # Four counts of 16 bits at a time, each four multiplied by an odd number of its own.
    narrow = np.zeros((len(data), 4 * math.ceil(data.shape[1] / 4)), dtype=np.int16)
    narrow[:, : data.shape[1]] = data
    words = narrow.view(np.int64)
    odd = _odd_numbers(words.shape[1])
    total = words[:, 0] * odd[0]
    for column, factor in zip(words.T[1:], odd[1:], strict=True):
        total += column * factor
    return total
