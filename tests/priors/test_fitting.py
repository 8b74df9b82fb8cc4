"""Gradients and solvers behind the builders, against differences and closed forms."""

import numpy as np
import pytest
from scipy.special import expit

from bayesdose.priors.optimise_normal import (
    box,
    cdf_and_gradient,
    fit_least_squares,
    fit_minimax,
    prior_at,
    quantile_and_gradient,
)

X = np.array([-4.0, -1.0, 0.0, 0.7])


@pytest.mark.parametrize("parameters", [(-1.0, 0.3, 0.2, -0.5, 0.6), (0.5, -0.7, -0.8, -1.5, -0.9)])
def test_gradients_against_differences(parameters):
    parameters = np.array(parameters)
    level = np.array([-5.0, -2.0, -0.5, 1.0])
    cdf, gradient, density = cdf_and_gradient(parameters, X, level, 1281)
    np.testing.assert_allclose(cdf, prior_at(parameters, 1.0).cdf(X, level), atol=1e-12)
    probability = np.array([0.025, 0.5, 0.9, 0.975])
    position, slope = quantile_and_gradient(parameters, X, probability, 1281)
    np.testing.assert_allclose(prior_at(parameters, 1.0).cdf(X, position), probability, atol=1e-11)
    step = 1e-5
    for number in range(5):
        moved = [parameters.copy(), parameters.copy()]
        moved[0][number] -= step
        moved[1][number] += step
        low, high = (prior_at(p, 1.0).cdf(X, level) for p in moved)
        # Central differences: error about step^2, 1e-10, times third derivatives of order one to ten.
        np.testing.assert_allclose(gradient[:, number], (high - low) / (2 * step), atol=1e-8)
        low, high = (quantile_and_gradient(p, X, probability, 1281)[0] for p in moved)
        np.testing.assert_allclose(slope[:, number], (high - low) / (2 * step), rtol=1e-6, atol=1e-6)
    low, high = (prior_at(parameters, 1.0).cdf(X, level + side) for side in (-step, step))
    np.testing.assert_allclose(density, (high - low) / (2 * step), atol=1e-8)


def test_quantiles_far_from_the_first_guess():
    # A wide slope far below the reference dose: the median is -exp(3), the lower tail hundreds below.
    parameters = np.array([0.0, 0.0, 1.0, np.log(2.0), 0.0])
    position, _ = quantile_and_gradient(parameters, np.array([-8.0, -8.0]), np.array([0.1, 0.999]), 5121)
    below = prior_at(parameters, 1.0).cdf(np.array([-8.0, -8.0]), position)
    # So far out the distribution function is steep in log beta, and 5121 nodes give it to 2e-6.
    np.testing.assert_allclose(below, [0.1, 0.999], atol=3e-6)
    assert position[0] < -100


def line(parameters):
    """Differences of a line from the values 0, 1, 0 at -1, 0, 1."""
    basis = np.array([[1.0, -1.0], [1.0, 0.0], [1.0, 1.0]])
    return basis @ parameters - np.array([0.0, 1.0, 0.0]), basis


def test_solvers_in_closed_form():
    low, high = np.full(2, -5.0), np.full(2, 5.0)
    start = np.array([3.0, 2.0])
    # Least squares: the mean, 1/3. Minimax: halfway, 1/2, with all three differences 1/2.
    np.testing.assert_allclose(fit_least_squares(line, start, low, high), [1 / 3, 0], atol=1e-8)
    np.testing.assert_allclose(fit_minimax(line, start, low, high), [0.5, 0], atol=1e-8)


def test_box_holds_the_correlation():
    lower, upper = box(0.95)
    assert (lower[-1], upper[-1]) == (-0.95, 0.95)
    assert expit(lower[0]) > 0
    assert np.all(lower < upper)
