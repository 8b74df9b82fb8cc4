"""Weights of a convolution on equally spaced nodes, for a density that may be narrow or begin abruptly.

Where the density is narrower than the distance of the nodes, what is convolved with it is taken as the
polynomial through the nodes on both sides of each place. So a narrow density does no harm, and weights reach
few nodes beyond the density: where it leaves next to nothing, the little that remains is right.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["convolution_weights", "normal_convolution_weights"]

# Nodes on each side that a polynomial goes through.
_SIDE = 7
# Points of the Gauss rule on each piece, on which the density is smooth and the polynomial one.
_POINTS = 10
# Standard deviations beyond which a normal density weighs nothing in double precision.
_REACH = 9.0
# A normal density of this standard deviation, in steps between nodes, can be taken at the nodes.
_WIDE = 1.25


@dataclass(frozen=True, eq=False)
class _Places:
    """A places between nodes with their weights, and what each node stands for there, (A, 2 n - 1)."""

    at: np.ndarray
    weight: np.ndarray
    share: np.ndarray


def convolution_weights(
    density: Callable[[np.ndarray], np.ndarray], ends: tuple[float, float], scale: float, number: int
) -> np.ndarray:
    """Weight of each displacement between two of n nodes on a line.

    Parameters
    ----------
    density : callable
        Density of displacements, in steps between nodes.
    ends : (float, float)
        Displacements outside of which it is nothing or next to nothing.
    scale : float
        Displacement within which it is smooth.
    number : int
        Number n of nodes.

    Returns
    -------
    ndarray, shape (2 n - 1,)
        Weights of displacements of ``-(n - 1)`` to ``n - 1`` nodes.
    """
    places = _between_nodes(ends, scale, number)
    return (density(places.at) * places.weight) @ places.share


def normal_convolution_weights(covariance: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Weight of each displacement between two nodes of a plane, for a normal density around zero.

    Parameters
    ----------
    covariance : ndarray, shape (2, 2)
        Covariance of the displacement, in steps between nodes; all zero for no displacement.
    shape : (int, int)
        Number of nodes in each direction.

    Returns
    -------
    ndarray, shape (2 n - 1, 2 m - 1)
    """
    if not covariance.any():
        weights = np.zeros([2 * number - 1 for number in shape])
        weights[shape[0] - 1, shape[1] - 1] = 1.0
        return weights
    precision = np.linalg.inv(covariance)
    # Standard deviations of one direction given the other, and by itself.
    given, alone = 1 / np.sqrt(np.diag(precision)), np.sqrt(np.diag(covariance))
    first, second = (
        _at_nodes(number) if sd >= _WIDE else _between_nodes((-_REACH * reach, _REACH * reach), sd, number)
        for sd, reach, number in zip(given, alone, shape, strict=True)
    )
    x, y = first.at[:, None], second.at
    distance = precision[0, 0] * x**2 + 2 * precision[0, 1] * x * y + precision[1, 1] * y**2
    density = np.exp(-0.5 * distance) * np.sqrt(np.linalg.det(precision)) / (2 * np.pi)
    density *= first.weight[:, None] * second.weight
    return first.share.T @ density @ second.share


def _at_nodes(number: int) -> _Places:
    at = np.arange(1 - number, number)
    return _Places(at, np.ones(len(at)), np.eye(len(at)))


def _between_nodes(ends: tuple[float, float], scale: float, number: int) -> _Places:
    low, high = max(ends[0], -number - _SIDE), min(ends[1], number + _SIDE)
    breaks = np.union1d(np.arange(np.ceil(low), high), np.arange(low, high, scale))
    breaks = np.append(breaks, high)
    point, weight = np.polynomial.legendre.leggauss(_POINTS)
    middle, half = (breaks[1:] + breaks[:-1]) / 2, (breaks[1:] - breaks[:-1]) / 2
    at = (middle[:, None] + half[:, None] * point).ravel()
    lowest = np.repeat(np.floor(middle).astype(int), _POINTS)
    column = lowest[:, None] + _NEAR + number - 1
    kept = (column >= 0) & (column < 2 * number - 1)
    share = np.zeros((len(at), 2 * number - 1))
    row = np.broadcast_to(np.arange(len(at))[:, None], column.shape)
    polynomials = np.vander(at - lowest - _MIDDLE, len(_NEAR)) @ _POLYNOMIALS
    share[row[kept], column[kept]] = polynomials[kept]
    return _Places(at, (half[:, None] * weight).ravel(), share)


def _lagrange(nodes: np.ndarray, centre: float) -> np.ndarray:
    """The polynomials that are one at one of N nodes and zero at the others, one column each, shape (N, N).

    Coefficients of powers of the distance from `centre`, the highest first.
    """
    columns = []
    for node in nodes:
        others = nodes[nodes != node]
        columns.append(np.poly(others - centre) / np.prod((node - others).astype(float)))
    return np.stack(columns, axis=1)


# Nodes near a place, counted from the last one below it, and their polynomials around the middle of that gap:
# no power is above one there, so nothing cancels.
_NEAR, _MIDDLE = np.arange(1 - _SIDE, _SIDE + 1), 0.5
_POLYNOMIALS = _lagrange(_NEAR, _MIDDLE)
