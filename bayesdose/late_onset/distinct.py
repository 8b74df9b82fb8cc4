"""Rows that are alike, found by a hash and then held against each other."""

import math

import numpy as np

from bayesdose.alike import distinct_rows

__all__ = ["distinct"]

# Odd, so that no two words of a row have the same weight.
_WEIGHTS = np.random.default_rng(1).integers(2**63, size=4096, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_HALF = np.uint64(32)


def distinct(*columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One of each kind of row, and each row's kind; as `distinct_rows`, in another order and faster.

    Parameters
    ----------
    *columns : ndarray of int, shape (B, ...)
        Whole numbers.
    """
    flat = [column.reshape(len(column), math.prod(column.shape[1:])) for column in columns]
    rows = np.concatenate([column.astype(np.int16) for column in flat], axis=1)
    if not all(np.array_equal(column.astype(np.int16), column) for column in flat):
        return distinct_rows(flat[0], *(one for column in flat[1:] for one in column.T))
    padded = np.zeros((len(rows), -(-rows.shape[1] // 4) * 4), dtype=np.int16)
    padded[:, : rows.shape[1]] = rows
    words = padded.view(np.uint64)
    key = np.zeros(len(rows), dtype=np.uint64)
    for word, weight in zip(words.T, _WEIGHTS, strict=False):
        key = (key ^ word) * weight
        key ^= key >> _HALF
    _, first, kind = np.unique(key, return_index=True, return_inverse=True)
    # Different rows hardly ever have one hash, but then they must not be taken for the same.
    if np.array_equal(words, words[first][kind]):
        return first, kind
    return distinct_rows(rows)
