"""What the generators of random curves share."""

from typing import Annotated

import annotated_types as at
import numpy as np

__all__ = ["NumberOfCurves", "sorted_around"]

# Operating characteristics in more scenarios would take hours.
NumberOfCurves = Annotated[int, at.Ge(1), at.Le(100_000)]


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
