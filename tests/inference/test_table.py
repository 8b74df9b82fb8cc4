"""Tables hold the accuracy they claim, and refuse models that they cannot hold."""

import numpy as np
import pymc as pm
import pytest
from scipy.integrate import cubature
from scipy.special import expit

from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.ladder import numbers_of
from bayesdose.inference.posterior import BatchPosterior, posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior

GRID = DoseGrid((1, 3, 10), unit="mg")
PRIOR = NormalPrior((-1.0, 0.2), (1.5, 0.6), reference_dose=3.0, correlation=-0.3)
LOG_RATIO = np.log(np.array(GRID.values) / 3.0)


@pytest.fixture(scope="module")
def tables():
    return tabulate(
        two_parameter_logistic(GRID, PRIOR), bounds=(0.16, 0.33), max_patients=12, tolerances=(1e-3, 1e-7)
    )


def below_by_cubature(patients, dlts, dose, bound):
    """``P(P(DLT) < bound)`` by adaptive cubature over (logit P(DLT) at the dose, log beta)."""
    precision = np.linalg.inv(PRIOR.covariance)

    def density(x):
        logit, log_beta = x.T
        log_alpha = logit - np.exp(log_beta) * LOG_RATIO[dose]
        p = expit(log_alpha[:, None] + np.exp(log_beta)[:, None] * LOG_RATIO)
        away = np.stack([log_alpha, log_beta], axis=1) - np.array(PRIOR.mean)
        prior = np.exp(-0.5 * np.einsum("mi,ij,mj->m", away, precision, away))
        return prior * np.prod(p**dlts * (1 - p) ** (patients - dlts), axis=1)

    cut = np.log(bound / (1 - bound))
    parts = [
        cubature(density, [low, -4.0], [high, 4.4], rule="gk21", rtol=1e-10, atol=0).estimate
        for low, high in ((-40.0, cut), (cut, 40.0))
    ]
    return parts[0] / sum(parts)


def test_claimed_errors_hold(tables):
    rng = np.random.default_rng(7)
    for _ in range(3):
        patients = rng.integers(0, 5, size=3)
        dlts = rng.binomial(patients, [0.1, 0.3, 0.6])
        dose, bound = int(rng.integers(3)), int(rng.integers(2))
        expected = below_by_cubature(patients, dlts, dose, (0.16, 0.33)[bound])
        for table in tables:
            found = posterior(table, patients[None], dlts[None]).prob_below[0, dose, bound]
            # scipy's cubature is asked for a relative 1e-10.
            assert abs(found - expected) <= table.error + 1e-9


def test_what_the_claimed_error_is_of():
    mean, sd, prob_below = np.array([[0.2, 0.5]]), np.array([[0.1, 0.3]]), np.array([[[0.4], [0.7]]])
    answer = BatchPosterior(mean=mean, sd=sd, prob_below=prob_below, bounds=(0.3,), error=0.0)
    # Probabilities, means, and second moments: the squares of mean and standard deviation, added.
    np.testing.assert_allclose(numbers_of(answer), [[0.4, 0.7, 0.2, 0.5, 0.05, 0.34]], rtol=1e-14)


def test_tables_meet_their_tolerances(tables):
    coarse, fine = tables
    assert coarse.error <= 1e-3
    assert fine.error <= 1e-7
    assert np.prod(coarse.shape) < np.prod(fine.shape)


def test_a_table_is_accurate_to_a_millionth_unless_told_otherwise():
    (table,) = tabulate(two_parameter_logistic(GRID, PRIOR), bounds=(0.16,), max_patients=12)
    assert table.error <= 1e-6


def test_tables_are_values(tables):
    again = tabulate(
        two_parameter_logistic(GRID, PRIOR), bounds=(0.33, 0.16), max_patients=12, tolerances=(1e-3,)
    )
    assert again[0] == tables[0]
    assert hash(again[0]) == hash(tables[0])
    assert tables[0] != tables[1]


@pytest.mark.parametrize("number", [0, 1])
def test_batch_equals_one_by_one(tables, number):
    table = tables[number]
    # Sums over a few thousand nodes in the table's precision: single (6e-8) for the coarse one, double.
    rounding = {0: 1e-5, 1: 1e-12}[number]
    assert table.log_prior.dtype == (np.float32, np.float64)[number]
    patients = np.array([[3, 0, 0], [3, 3, 6], [0, 0, 0]])
    dlts = np.array([[1, 0, 0], [0, 1, 2], [0, 0, 0]])
    batch = posterior(table, patients, dlts)
    for row in range(3):
        alone = posterior(table, patients[row : row + 1], dlts[row : row + 1])
        np.testing.assert_allclose(batch.mean[row], alone.mean[0], rtol=rounding)
        np.testing.assert_allclose(batch.prob_below[row], alone.prob_below[0], rtol=rounding)
    np.testing.assert_allclose(batch.between(0.16, 0.33), batch.below(0.33) - batch.below(0.16))
    with pytest.raises(InputError, match="tabulated for"):
        batch.below(0.25)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bounds": ()}, "tabulate, bounds: got"),
        ({"bounds": (0.0,)}, r"bounds.0.: got 0.0"),
        ({"bounds": (0.3, 1.2)}, r"bounds.1.: got 1.2"),
        ({"bounds": (float("nan"),)}, r"bounds.0.: got nan"),
        ({"max_patients": 0}, "max_patients"),
        ({"max_patients": 1.5}, "max_patients"),
        ({"max_patients": 10**9}, "at most 500"),
        ({"tolerances": ()}, "tolerances"),
        ({"tolerances": (1e-6, 1e-3)}, "decreasing order"),
        ({"tolerances": (1.0,)}, "tolerances"),
        ({"tolerances": (0.0,)}, "tolerances"),
        ({"tolerances": (1e-18,)}, "of at least 1e-12"),
    ],
)
def test_bad_arguments(change, message):
    arguments = {"bounds": (0.16,), "max_patients": 6, **change}
    with pytest.raises(InputError, match=message):
        tabulate(two_parameter_logistic(GRID, PRIOR), **arguments)


def four_dimensions():
    shift = pm.Normal("shift", 0, 1, shape=4)
    observe_dlts(pm.math.invlogit(shift.sum() + LOG_RATIO))


def discrete_variable():
    steep = pm.Bernoulli("steep", 0.5)
    intercept = pm.Normal("intercept", -1, 1)
    observe_dlts(pm.math.invlogit(intercept + (1 + steep) * LOG_RATIO))


def no_prob_dlt():
    intercept = pm.Normal("intercept", -1, 1)
    patients = pm.Data("patients", np.zeros(3, dtype="int64"), dims="dose")
    dlts = pm.Data("dlts", np.zeros(3, dtype="int64"), dims="dose")
    pm.Binomial("outcome", n=patients, p=pm.math.invlogit(intercept + LOG_RATIO), observed=dlts, dims="dose")


def overdispersed():
    intercept = pm.Normal("intercept", -1, 1)
    p = pm.Deterministic("prob_dlt", pm.math.invlogit(intercept + LOG_RATIO), dims="dose")
    patients = pm.Data("patients", np.zeros(3, dtype="int64"), dims="dose")
    dlts = pm.Data("dlts", np.zeros(3, dtype="int64"), dims="dose")
    pm.BetaBinomial("outcome", alpha=5 * p, beta=5 * (1 - p), n=patients, observed=dlts, dims="dose")


def no_free_variable():
    observe_dlts(pm.math.invlogit(LOG_RATIO))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (four_dimensions, "got '4 free dimensions'"),
        (discrete_variable, "discrete variables"),
        (no_prob_dlt, "without prob_dlt"),
        (overdispersed, "not a sum over patients"),
        (no_free_variable, "got '0 free dimensions'"),
    ],
)
def test_unsupported_models(build, message):
    with pm.Model(coords=model_coords(GRID)) as model:
        build()
    with pytest.raises(UnsupportedModelError, match=message):
        compile_model(model)


def test_model_without_a_rising_variable():
    # The slope turns doses around the reference in opposite directions: no variable moves all one way.
    with pm.Model(coords=model_coords(GRID)) as model:
        slope = pm.Normal("slope", 0, 1)
        observe_dlts(pm.math.invlogit(-1 + slope * LOG_RATIO))
    with pytest.raises(UnsupportedModelError, match="moves P\\(DLT\\) one way"):
        tabulate(model, bounds=(0.33,), max_patients=3)
