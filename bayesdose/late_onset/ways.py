"""What may become of patients who are followed: all ways, and how probable each is."""

import math
from dataclasses import dataclass

import numpy as np

from bayesdose.late_onset.distinct import distinct

__all__ = ["Ways", "number_of_ways", "prob_of_ways", "ways", "ways_of_pending"]


def number_of_ways(numbers: np.ndarray) -> np.ndarray:
    """How many ways there are for each of B trials, from numbers of shape (B, ...), as floats; shape (B,)."""
    return np.prod(numbers + 1.0, axis=tuple(range(1, numbers.ndim)))


def ways(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every way of taking none to all from each of M groups.

    Parameters
    ----------
    numbers : ndarray of int, shape (B, M)
        How many each group has.

    Returns
    -------
    row : ndarray of int, shape (E,)
        The row of `numbers` that is taken from; ways of one row stand together, in order.
    taken : ndarray of int, shape (E, M)
        How many are taken.

    Examples
    --------
    >>> row, taken = ways(np.array([[1, 0], [0, 2]]))
    >>> row.tolist(), taken.tolist()
    ([0, 0, 1, 1, 1], [[0, 0], [1, 0], [0, 0], [0, 1], [0, 2]])
    """
    row = np.arange(len(numbers))
    taken = np.zeros((len(row), 0), dtype=np.int16)
    for group in range(numbers.shape[1]):
        times = numbers[row, group] + 1
        start = np.repeat(np.cumsum(times) - times, times)
        column = (np.arange(len(start)) - start).astype(np.int16)
        row, taken = np.repeat(row, times), np.repeat(taken, times, axis=0)
        taken = np.concatenate([taken, column[:, None]], axis=1)
    return row, taken


@dataclass(frozen=True, eq=False)
class Ways:
    """What may become of the pending patients of B trials; those with the same ones share a table.

    Parameters
    ----------
    trial, way : ndarray of int, shape (E,)
        The trial, and the row of the table; the rows of one trial stand together, trials in order.
    numbers, taken : ndarray of int, shape (P, K * W)
        The table: pending patients by dose and follow-up, and how many of them show a DLT.
    number : ndarray of int, shape (B,)
        How many ways each trial has.
    """

    trial: np.ndarray
    way: np.ndarray
    numbers: np.ndarray
    taken: np.ndarray
    number: np.ndarray


def ways_of_pending(pending: np.ndarray) -> Ways:
    """Every way in which pending patients, shape (B, K, W), may show a DLT or not."""
    flat = pending.reshape(len(pending), math.prod(pending.shape[1:]))
    first, kind = distinct(flat)
    row, taken = ways(flat[first])
    rows = np.bincount(row, minlength=len(first))
    number = rows[kind]
    trial = np.repeat(np.arange(len(kind), dtype=np.int32), number)
    within = np.arange(len(trial)) - np.repeat(np.cumsum(number) - number, number)
    way = np.repeat((np.cumsum(rows) - rows)[kind], number) + within
    return Ways(trial, way.astype(np.int32), flat[first][row].astype(np.int8), taken.astype(np.int8), number)


def prob_of_ways(numbers: np.ndarray, taken: np.ndarray, prob: np.ndarray) -> np.ndarray:
    """Probability that just so many of each group show a DLT, each patient on their own.

    Parameters
    ----------
    numbers, taken : ndarray of int, shape (E, M)
        Patients of each group, and those with a DLT.
    prob : ndarray, shape (S, M)
        Probability of a DLT for each patient of a group, in S scenarios.

    Returns
    -------
    ndarray, shape (S, E)
    """
    found = np.ones((len(prob), len(numbers)))
    for group in np.flatnonzero(numbers.any(axis=0)).tolist():
        most = int(numbers[:, group].max())
        n, d = np.divmod(np.arange((most + 1) ** 2), most + 1)
        binomial = np.array([math.comb(a, b) for a, b in zip(n.tolist(), d.tolist(), strict=True)], float)
        q = prob[:, group, None]
        table = binomial * q**d * (1 - q) ** np.maximum(n - d, 0)
        cell = numbers[:, group].astype(int) * (most + 1) + taken[:, group]
        found *= table[:, cell]
    return found
