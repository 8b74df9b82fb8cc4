"""Quadrature rules, refined until two successive ones agree: what every exact number here rests on."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from bayesdose.errors import InputError

__all__ = ["Nodes", "refinements"]

# Errors below are made of rounding, and more nodes add to them.
_ROUNDING = 1e-10
# Once the nodes resolve the integrand, the logarithm of the error grows by a factor of 1.5 to 1.9 from one
# rule to the next, by less where the nodes grow by less. Above this error they do not resolve it yet.
_STEEPEST, _UNRESOLVED = 1.9, 0.5


@dataclass(frozen=True)
class Nodes:
    """How many nodes the rules have.

    Parameters
    ----------
    first_cut, first_other : int
        Nodes of the first rule along the cut direction, and in each other direction.
    most : int
        Nodes in all that no rule exceeds.
    growth : float, default 1.5
        Each rule has so many times the nodes of the one before, in every direction.
    """

    first_cut: int
    first_other: int
    most: int
    growth: float = 1.5

    def shapes(self, dimensions: int) -> list[tuple[int, ...]]:
        """Nodes in each direction, the cut direction first, of one rule after the other."""
        shapes, size = [], np.array([self.first_cut, self.first_other], dtype=float)
        while np.prod(shape := (int(size[0]), *[int(size[1])] * (dimensions - 1))) <= self.most:
            shapes.append(shape)
            size = size * self.growth
        return shapes


def refinements[R](
    measured: Callable[[tuple[int, ...]], tuple[R, np.ndarray]],
    nodes: Nodes,
    dimensions: int,
    tolerance: float,
) -> Iterator[tuple[tuple[R, np.ndarray], tuple[R, np.ndarray], float]]:
    """Finer and finer rules, each with the next one and the largest difference of their answers.

    The caller stops when the difference is small enough for it.

    Parameters
    ----------
    measured : callable
        ``shape -> (rule, answer)``: a rule with so many nodes in each direction, and the numbers that it
        gives.
    nodes : Nodes
        How many nodes the rules have.
    dimensions : int
        Number of directions.
    tolerance : float
        The difference at which the caller will stop at the latest.

    Yields
    ------
    (rule, answer), (rule, answer), float
        The coarser one, the finer one, and the largest absolute difference of the answers.

    Raises
    ------
    InputError
        As soon as the tolerance is seen to be out of reach.
    """
    shapes = nodes.shapes(dimensions)
    coarser, error = None, math.inf
    for number, shape in enumerate(shapes, start=1):
        finer = measured(shape)
        if coarser is not None:
            before, error = error, float(np.max(np.abs(finer[1] - coarser[1])))
            yield coarser, finer, error
            if _is_out_of_reach(error, before, tolerance, len(shapes) - number):
                break
        coarser = finer
    raise InputError(
        "tolerance",
        got=f"{tolerance:g}, still {error:.1g} off",
        wanted=f"an accuracy that {nodes.most} nodes can reach",
        fix="Ask for a larger tolerance, or for a prior that is closer to a normal one of moderate spread.",
    )


def _is_out_of_reach(error: float, before: float, tolerance: float, left: int) -> bool:
    """Whether the rules that are left cannot bring the error down to the tolerance."""
    if error <= tolerance:
        return False
    if not math.isfinite(error):
        return True
    if error < _ROUNDING:
        return error > before / 2
    best = math.log(min(error, _UNRESOLVED)) * _STEEPEST**left
    return best > math.log(tolerance)
