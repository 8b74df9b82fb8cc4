"""The CRM's curves, in numpy and in PyMC."""

import numpy as np
import pytest
from scipy.special import expit

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.compiled import compile_model
from bayesdose.models.crm import crm_model, exponential_crm_model
from bayesdose.models.curves import LogisticCurve, PowerCurve, codified_doses

SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)
GRID = DoseGrid.of_levels(5)
THETA = np.array([-2.0, -0.3, 0.0, 0.7, 1.5])


@pytest.mark.parametrize(
    ("intercept", "expected"),
    # Cheung (2011), Dose Finding by the Continual Reassessment Method: printed to two decimals.
    [(3.0, [-5.94, -4.99, -4.10, -3.41, -2.80]), (0.0, [-2.94, -1.99, -1.10, -0.41, 0.20])],
)
def test_codified_doses(intercept, expected):
    assert codified_doses(SKELETON, intercept) == pytest.approx(expected, abs=0.005 + 1e-9)


@pytest.mark.parametrize("curve", [PowerCurve(SKELETON), LogisticCurve(SKELETON), LogisticCurve(SKELETON, 4)])
def test_pymc_and_numpy_write_the_same_curve(curve):
    compiled = compile_model(crm_model(GRID, curve, sd=1.2))
    prob_dlt = compiled.prob_dlt(THETA[:, None])
    assert np.exp(curve.log_prob_dlt(THETA)) == pytest.approx(prob_dlt, abs=1e-14)
    # theta = 0 is the skeleton.
    assert prob_dlt[2] == pytest.approx(SKELETON, abs=1e-14)


def test_the_curves_by_hand():
    compiled = compile_model(crm_model(GRID, PowerCurve(SKELETON), sd=1.2))
    assert compiled.prob_dlt(np.array([[np.log(2)]]))[0] == pytest.approx(np.array(SKELETON) ** 2, abs=1e-14)
    compiled = compile_model(crm_model(GRID, LogisticCurve(SKELETON, 3), sd=1.2))
    expected = expit(3 + 2 * (np.log(np.array(SKELETON) / (1 - np.array(SKELETON))) - 3))
    assert compiled.prob_dlt(np.array([[np.log(2)]]))[0] == pytest.approx(expected, abs=1e-14)
    # The standard deviation, not the variance: log density at one sd is 1/2 below that at 0.
    assert np.diff(compiled.log_prior(np.array([[1.2], [0.0]]))) == pytest.approx(0.5, abs=1e-12)


def test_the_first_crm_is_the_power_model_in_a():
    compiled = compile_model(exponential_crm_model(GRID, SKELETON))
    points = np.log([[0.5], [2.0]])
    assert compiled.parameter(points) == pytest.approx(np.array([[0.5], [2.0]]), abs=1e-14)
    assert compiled.prob_dlt(points)[0] == pytest.approx(np.sqrt(SKELETON), abs=1e-14)
    # Exp(1) on the scale of log a: density a * exp(-a).
    assert np.exp(compiled.log_prior(points)) == pytest.approx(
        [0.5 * np.exp(-0.5), 2 * np.exp(-2)], abs=1e-14
    )


@pytest.mark.parametrize("curve", [PowerCurve(SKELETON), LogisticCurve(SKELETON)])
def test_score_is_the_derivative_in_a(curve):
    patients, dlts = np.array([[3, 6, 3, 0, 2]]), np.array([[0, 1, 1, 0, 2]])

    def log_likelihood(a):
        log_p = curve.log_prob_dlt(np.log([a]))
        return (dlts * log_p + (patients - dlts) * np.log1p(-np.exp(log_p))).sum()

    for theta in THETA:
        a, step = np.exp(theta), 1e-6 * np.exp(theta)
        numeric = (log_likelihood(a + step) - log_likelihood(a - step)) / (2 * step)
        assert curve.score(np.array([theta]), dlts, patients - dlts)[0] == pytest.approx(numeric, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: PowerCurve((0.1, 0.1)),
            "skeleton: got .0.1, 0.1.; wanted a list .* that increase",
        ),
        (lambda: PowerCurve((0.0, 0.1)), r"skeleton.0.: got 0.0"),
        (lambda: PowerCurve((0.5, 1.0)), r"skeleton.1.: got 1.0"),
        (lambda: PowerCurve(()), "skeleton: got"),
        (lambda: LogisticCurve(SKELETON, 0), "intercept: got 0.0; wanted more than 0.2007, the logit"),
        (lambda: LogisticCurve(SKELETON, float("nan")), "intercept: got nan"),
        (lambda: crm_model(GRID, PowerCurve((0.1, 0.2)), 1), "skeleton: got '2 values'; wanted the grid's 5"),
        (
            lambda: crm_model(GRID, PowerCurve(SKELETON), 0),
            "crm_model, sd: got 0; wanted a number above 0 and finite",
        ),
        (lambda: exponential_crm_model(GRID, (0.1, 0.2)), "skeleton: got '2 values'"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()
