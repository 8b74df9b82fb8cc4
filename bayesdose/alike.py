"""Rows of arrays that are alike."""

import math

import numpy as np

__all__ = ["distinct_rows"]


def distinct_rows(counts: np.ndarray, *columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One of each kind of row: the same counts, shape (B, ...), and the same in each further column.

    Parameters
    ----------
    counts : ndarray of int, shape (B, ...)
        Numbers of up to 16 bits.
    *columns : ndarray of int, shape (B,)
        More of them, of which the last 16 bits are looked at.

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
    row = np.empty((len(flat), flat.shape[1] + len(columns)), dtype=np.int16)
    row[:, : flat.shape[1]] = flat
    for number, column in enumerate(columns, start=flat.shape[1]):
        row[:, number] = column
    # One opaque value a row: equal rows have equal bytes.
    keys = row.view(np.dtype((np.void, row.dtype.itemsize * row.shape[1]))).ravel()
    _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    return first, kind
