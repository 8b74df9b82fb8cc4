"""Where nodes lie, and where P(DLT) crosses a bound between them, for priors with closed forms."""

import numpy as np
import pymc as pm
import pytest

from bayesdose.grid import DoseGrid
from bayesdose.inference.box import NodeBox, _curvature_scale, cut_positions, find_box
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.probes import probe_data
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior

GRID = DoseGrid((1, 3, 10), unit="mg")


def one_intercept(prior):
    """Logit P(DLT) is theta - 1, theta and theta + 1."""
    with pm.Model(coords=model_coords(GRID)) as model:
        observe_dlts(pm.math.invlogit(prior("theta") + np.arange(-1, 2)))
    return compile_model(model)


@pytest.fixture(scope="module")
def logistic():
    return compile_model(two_parameter_logistic(GRID, NormalPrior((-2, 0), (1.5, 0.6), 3.0, -0.6)))


def test_spread_of_a_normal_variable_given_the_other(logistic):
    # The conditional standard deviation is sd * sqrt(1 - correlation^2), and differences of a quadratic
    # are exact: what is left is rounding, 1e-16 over the square of a step of 1e-3.
    found = _curvature_scale(logistic, np.array([-2.0, 0.0]))
    np.testing.assert_allclose(found, [1.5 * 0.8, 0.6 * 0.8], rtol=1e-6)


def test_box_of_a_normal_prior(logistic):
    # exp(-z^2 / 2) falls to exp(-36) at sqrt(72). The box ends at the next node of a grid with steps of
    # 0.2 standard deviations, or at the one after.
    box = find_box(logistic)
    for end in (-box.lower, box.upper):
        assert np.all((end >= 72**0.5) & (end <= 72**0.5 + 0.2))
    np.testing.assert_allclose(box.centre, [-2, 0], atol=1e-6)
    covariance = [[1.5**2, -0.6 * 1.5 * 0.6], [-0.6 * 1.5 * 0.6, 0.6**2]]
    np.testing.assert_allclose(box.axes @ box.axes.T, covariance, atol=1e-6)


def test_box_of_a_prior_with_a_heavier_tail():
    # exp(-|theta| / 2) falls to exp(-36) at 72, which is 25.5 standard deviations of sqrt(8).
    box = find_box(one_intercept(lambda name: pm.Laplace(name, 0, 2)))
    low, high = np.sort(box.points(np.array([box.lower, box.upper])).ravel())
    # The grid reaches 28 standard deviations to both sides in 2000 steps.
    step = 56 / 2000 * 8**0.5
    assert 72 <= high <= 72 + 2 * step
    assert 72 <= -low <= 72 + 2 * step


def test_where_a_curve_crosses_bounds():
    compiled = one_intercept(lambda name: pm.Normal(name, 0, 1))
    box = NodeBox(np.zeros(1), np.eye(1), np.array([-1.0]), np.array([1.0]))
    # Logit bounds in units of theta at the middle dose; half a width beyond the box nothing is looked for.
    logits = np.array([0.25, -0.5, 1.9, -1.9, 2.1, -2.1])
    bound = 1 / (1 + np.exp(-logits))
    middle = np.ones(6, dtype=int)
    found = cut_positions(compiled, box, np.zeros((1, 1)), middle, bound)
    np.testing.assert_allclose(found, [[0.25, -0.5, 1.9, -1.9, np.inf, -np.inf]], atol=1e-6)
    # The average of P(DLT) at the lowest and the highest dose is a half where theta is 0.
    found = cut_positions(compiled, box, np.zeros((1, 1)), np.array([0]), np.array([0.5]), np.array([2]))
    np.testing.assert_allclose(found, [[0.0]], atol=1e-6)


def test_cuts_are_taken_along_the_first_direction(logistic):
    # logit P(DLT) = log alpha + beta log(dose / 3): at 3 mg it is the first variable, whatever the second.
    box = NodeBox(np.zeros(2), np.eye(2), np.full(2, -3.0), np.full(2, 3.0))
    lines = np.array([[0.0, -1.0], [0.0, 0.5]])
    dose, bound = np.array([1, 2]), np.array([0.3, 0.4])
    found = cut_positions(logistic, box, lines, dose, bound)
    slope = np.exp(lines[:, 1]) * np.log(10 / 3)
    expected = np.stack([np.full(2, np.log(0.3 / 0.7)), np.log(0.4 / 0.6) - slope], axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_probes_that_are_not_random():
    patients, dlts = probe_data(4, 7, number=2)
    kinds = [
        ((0, 0, 0, 0), (0, 0, 0, 0)),
        *[(tuple(row), (0, 0, 0, 0)) for row in 7 * np.eye(4, dtype=int)],
        *[(tuple(row), tuple(row)) for row in 7 * np.eye(4, dtype=int)],
        *[(tuple(row), tuple(row // 3)) for row in 7 * np.eye(4, dtype=int)],
        # A curve that falls: DLTs alone at the lowest dose, none at the highest.
        ((3, 0, 0, 4), (3, 0, 0, 0)),
    ]
    assert list(zip(map(tuple, patients[:14]), map(tuple, dlts[:14]), strict=True)) == kinds
    assert len(patients) == 16
