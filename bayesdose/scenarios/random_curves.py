"""What the generators of random curves share."""

import numpy as np

from bayesdose.errors import InputError

__all__ = ["check_target", "sorted_around"]


def check_target(target: float) -> None:
    """Refuse a target DLT probability outside (0, 1)."""
    if not 0 < target < 1:
        raise InputError("target", got=target, wanted="a probability above 0 and below 1")


def sorted_around(
    random: np.random.Generator,
    level: np.ndarray,
    at_level: np.ndarray,
    below: np.ndarray,
    above: tuple[np.ndarray, np.ndarray],
    num_doses: int,
) -> np.ndarray:
    """Sorted uniforms on (0, below) under a level and on `above` over it; shape (N, K)."""
    dose, u = np.arange(num_doses), random.random((len(level), num_doses))
    start, end = above
    curves = np.where(dose < level[:, None], u * below[:, None], start[:, None] + u * (end - start)[:, None])
    return np.sort(np.where(dose == level[:, None], at_level[:, None], curves), axis=1)
