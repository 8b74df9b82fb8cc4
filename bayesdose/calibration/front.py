"""The Pareto front: what no other design beats."""

import numpy as np

__all__ = ["on_front"]


def on_front(scores: np.ndarray) -> np.ndarray:
    """Whether each of N designs is on the Pareto front, shape (N,).

    It is if no other one is at least as good in every objective and better in one; of equal ones all are.

    Parameters
    ----------
    scores : ndarray, shape (N, M)
        The higher the better, in M objectives.

    Examples
    --------
    >>> on_front(np.array([[1, 0], [0, 1], [0, 0], [1, 0]])).tolist()
    [True, True, False, True]
    """
    found = np.zeros(len(scores), dtype=bool)
    for number, score in enumerate(scores):
        at_least = (scores >= score).all(axis=1)
        found[number] = not (at_least & (scores > score).any(axis=1)).any()
    return found
