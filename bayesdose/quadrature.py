"""Nodes and weights: the trapezoid rule, and sinc weights for the mass below a cut.

On the whole line the trapezoid rule converges exponentially for smooth, fast-decaying
integrands. An integral that ends at a cut has no such integrand; sinc (indefinite-integration)
weights give it the same kind of convergence on the same nodes (Stenger 1993, Numerical Methods
Based on Sinc and Analytic Functions, section 3.6).
"""

from functools import cache

import numpy as np
from scipy.special import sici

__all__ = ["normal_nodes", "sinc_cut_weights", "uniform_nodes"]


def uniform_nodes(lower: float, upper: float, number: int) -> tuple[np.ndarray, float]:
    """Equally spaced nodes from `lower` to `upper`, and their spacing."""
    nodes = np.linspace(lower, upper, number)
    return nodes, float(nodes[1] - nodes[0])


def sinc_cut_weights(nodes: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """Share of each node that lies below a cut.

    ``f(nodes) @ weights * step`` is then the integral of f from minus infinity to the cut.

    Parameters
    ----------
    nodes : ndarray, shape (N,)
        Equally spaced nodes that cover the integrand.
    cut : ndarray, any shape
        Upper ends; minus or plus infinity give weights of 0 or 1.

    Returns
    -------
    ndarray, shape (N,) + cut.shape

    Examples
    --------
    >>> nodes, step = uniform_nodes(-8, 8, 65)
    >>> density = np.exp(-nodes**2 / 2) / np.sqrt(2 * np.pi)
    >>> below = density @ sinc_cut_weights(nodes, np.array([1.0])) * step
    >>> bool(abs(below[0] - 0.8413447460685429) < 1e-12)
    True
    """
    step = nodes[1] - nodes[0]
    distance = (cut - nodes.reshape((-1,) + (1,) * cut.ndim)) / step
    return 0.5 + sici(np.pi * distance)[0] / np.pi


@cache
def normal_nodes(number: int = 321, half_width: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights that integrate smooth functions against the standard normal density."""
    nodes, _ = uniform_nodes(-half_width, half_width, number)
    weights = np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()
