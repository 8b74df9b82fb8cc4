"""Node and cut weights against closed forms."""

import numpy as np
from scipy.special import ndtr

from bayesdose.quadrature import normal_nodes, sinc_cut_weights, uniform_nodes


def test_cut_weights_give_the_normal_distribution_function():
    nodes, step = uniform_nodes(-9, 9, 73)
    density = np.exp(-(nodes**2) / 2) / np.sqrt(2 * np.pi)
    cuts = np.linspace(-6, 6, 41).reshape(41, 1)
    below = np.tensordot(density, sinc_cut_weights(nodes, cuts), axes=1) * step
    # scipy.special.ndtr is exact to rounding; so is the rule at four nodes a standard deviation.
    np.testing.assert_allclose(below, ndtr(cuts), atol=1e-13)


def test_cuts_outside_take_all_or_nothing():
    nodes, _ = uniform_nodes(-1, 1, 5)
    weights = sinc_cut_weights(nodes, np.array([-np.inf, np.inf]))
    np.testing.assert_allclose(weights, [[0, 1]] * 5, atol=1e-15)


def test_normal_nodes_give_normal_moments():
    nodes, weights = normal_nodes()
    np.testing.assert_allclose([weights @ nodes**power for power in (0, 1, 2, 4)], [1, 0, 1, 3], atol=1e-13)
