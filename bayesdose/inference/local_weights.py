"""Weights of a convolution on equally spaced nodes, for a density that may begin abruptly or be narrow.

What is convolved with the density is taken as the polynomial through the nodes on both sides of each place.
So a density narrower than the distance of the nodes does no harm, and weights reach few nodes beyond the
density: where it leaves next to nothing, the little that remains is right.
"""

from collections.abc import Callable

import numpy as np

__all__ = ["local_convolution_weights"]

# Nodes on each side that a polynomial goes through.
_SIDE = 7
# Points of the Gauss rule on each piece, on which the density is smooth and the polynomial one.
_POINTS = 16


def local_convolution_weights(
    density: Callable[[np.ndarray], np.ndarray], ends: tuple[float, float], scale: float, number: int
) -> np.ndarray:
    """Weight of each displacement between two nodes.

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
    low, high = max(ends[0], -number - _SIDE), min(ends[1], number + _SIDE)
    breaks = np.union1d(np.arange(np.ceil(low), high), np.arange(low, high, scale))
    breaks = np.append(breaks, high)
    point, weight = np.polynomial.legendre.leggauss(_POINTS)
    middle, half = (breaks[1:] + breaks[:-1]) / 2, (breaks[1:] - breaks[:-1]) / 2
    at = middle[:, None] + half[:, None] * point
    mass = density(at) * half[:, None] * weight
    near = np.arange(1 - _SIDE, _SIDE + 1)
    lowest = np.floor(middle).astype(int)
    through = _lagrange(near, at - lowest[:, None])
    weights = np.zeros(2 * number - 1)
    displacement = lowest[:, None] + near
    kept = np.abs(displacement) < number
    np.add.at(weights, displacement[kept] + number - 1, np.einsum("ig,ign->in", mass, through)[kept])
    return weights


def _lagrange(nodes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The polynomials that are one at one of N nodes and zero at the others; shape (..., N)."""
    basis = np.ones((*at.shape, len(nodes)))
    for index, node in enumerate(nodes):
        for other in nodes[nodes != node]:
            basis[..., index] *= (at - other) / (node - other)
    return basis
