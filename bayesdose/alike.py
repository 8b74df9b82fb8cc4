"""Rows of arrays that are alike, and what is worked out once for all that are."""

import math
from collections.abc import Callable

import numpy as np

__all__ = ["AT_ONCE", "by_pairs", "distinct_in_parts", "distinct_rows"]

# Rows that are compared with each other at once.
AT_ONCE = 500_000
# Numbers up to which a table of them costs less than sorting, however few are asked for.
_FEW_KEYS = 10_000


def distinct_rows(counts: np.ndarray, *columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One of each kind of row: the same counts, shape (B, ...), and the same in each further column.

    Parameters
    ----------
    counts : ndarray of int, shape (B, ...)
        Whole numbers.
    *columns : ndarray of int, shape (B,)
        More of them.

    Returns
    -------
    first : ndarray of int, shape (N,)
        Position of a row of each kind.
    kind : ndarray of int, shape (B,)
        Position among them of each row's kind.

    Examples
    --------
    >>> first, kind = distinct_rows(np.array([[3, 0], [3, 1], [3, 0]]))
    >>> first.tolist(), kind.tolist()
    ([0, 1], [0, 1, 0])
    """
    flat = counts.reshape(len(counts), math.prod(counts.shape[1:]))
    row = np.concatenate([_in_16_bits(flat), *(_in_16_bits(column[:, None]) for column in columns)], axis=1)
    # One opaque value a row: equal rows have equal bytes.
    keys = np.ascontiguousarray(row).view(np.dtype((np.void, row.dtype.itemsize * row.shape[1]))).ravel()
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    return first, kind


def distinct_in_parts(
    part: np.ndarray, rows: Callable[[np.ndarray], tuple[np.ndarray, ...]]
) -> tuple[np.ndarray, np.ndarray]:
    """As `distinct_rows`, for rows that are known to differ where their part does; many take less memory so.

    Parameters
    ----------
    part : ndarray of int, shape (B,)
        A number of each row; rows with other numbers are others.
    rows : callable
        The arguments of `distinct_rows` for some rows, given by their positions.

    Returns
    -------
    first, kind : ndarray of int
        As `distinct_rows` returns them.
    """
    if len(part) <= AT_ONCE:
        return distinct_rows(*rows(np.arange(len(part))))
    firsts, kind, before = [], np.empty(len(part), dtype=np.int32), 0
    for number in np.unique(part):
        which = np.flatnonzero(part == number)
        first, kinds = distinct_rows(*rows(which))
        firsts.append(which[first])
        kind[which] = before + kinds
        before += len(first)
    return np.concatenate(firsts), kind


def by_pairs(
    patients: np.ndarray, number: np.ndarray, of: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> np.ndarray:
    """A function of patients and the number of them with an event, asked once for each pair that there is.

    Many trials have few different pairs, and a beta distribution takes microseconds for each.

    Parameters
    ----------
    patients, number : ndarray of int, shape (...)
        Whole numbers, none negative; their shapes are broadcast.
    of : callable
        Takes arrays of patients and numbers, shape (N,), and returns an array of that shape.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> by_pairs(np.array([3, 3, 6]), np.array([1, 1, 0]), lambda n, y: y / n).round(2).tolist()
    [0.33, 0.33, 0.0]
    """
    most = int(np.max(number, initial=0)) + 1
    key = np.asarray(patients, dtype=np.int64) * most + number
    largest = int(key.max(initial=0))
    if largest > key.size + _FEW_KEYS:
        pairs, where = np.unique(key, return_inverse=True)
        return of(*np.divmod(pairs, most))[where]
    # Small numbers need no sorting.
    seen = np.zeros(largest + 1, dtype=bool)
    seen[key] = True
    pairs = np.flatnonzero(seen)
    found = of(*np.divmod(pairs, most))
    answers = np.empty(largest + 1, dtype=found.dtype)
    answers[pairs] = found
    return answers[key]


def _in_16_bits(numbers: np.ndarray) -> np.ndarray:
    """The same numbers in 16 bits each where they fit, else each in four parts of 16 bits; shape (B, ...)."""
    narrow = numbers.astype(np.int16)
    return narrow if np.array_equal(narrow, numbers) else numbers.astype(np.int64).view(np.int16)
