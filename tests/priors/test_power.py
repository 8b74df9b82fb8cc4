"""The power prior at its ends and in between, against the exact engine on whole counts."""

import numpy as np
import pytest
from scipy.special import expit

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_cdf, exact_posterior
from bayesdose.inference.weighted import weighted_posterior
from bayesdose.models.earlier_trials import HistoricalTrial
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes
from bayesdose.priors.power import power_prior

GRID = DoseGrid((1, 3, 10), unit="mg")
INITIAL = NormalPrior((-0.85, 0.0), (2.0, 1.0), reference_dose=10, correlation=-0.2, origin="weak")
EARLIER = HistoricalTrial("earlier", GRID, (4, 6, 12), (0, 2, 6), reference_dose=10)


def exact(patients, dlts, prior=INITIAL):
    model = two_parameter_logistic(GRID, prior)
    return exact_posterior(model, Outcomes.from_counts(patients, dlts), bounds=(0.33,), quantiles=(0.5,))


@pytest.fixture(scope="module")
def pooled():
    return power_prior(GRID, INITIAL, EARLIER, 1)


@pytest.mark.parametrize("initial", [INITIAL, NormalMixture((0.4, 0.6), (INITIAL, INITIAL))])
def test_discount_0_gives_the_initial_prior_itself(initial):
    result = power_prior(GRID, initial, EARLIER, 0)
    assert result.prior is initial
    assert np.array_equal(result.distance, np.zeros(3))
    assert result.error == 0


def test_discount_1_has_the_posteriors_moments(pooled):
    expected = exact(EARLIER.patients, EARLIER.dlts)
    # Both quadratures' tolerances, 1e-7 and 1e-8.
    np.testing.assert_allclose(pooled.prior.mean, expected["parameter_mean"], rtol=0, atol=2e-7)
    np.testing.assert_allclose(pooled.prior.sd, expected["parameter_sd"], rtol=0, atol=2e-7)
    assert pooled.error <= 1e-7
    assert pooled.prior.origin == (
        "power prior of earlier: 8 DLTs in 22 patients at discount 1; initial: weak"
    )


def test_correlation_is_the_posteriors(pooled):
    # By the trapezoid rule on a wide, dense grid.
    first, second = np.meshgrid(np.linspace(-16, 14, 1201), np.linspace(-7, 6, 901), indexing="ij")
    p = np.clip(expit(first[..., None] + np.exp(second)[..., None] * EARLIER.log_ratio), 1e-300, 1 - 1e-16)
    z = np.stack([(first + 0.85) / 2.0, second])
    quadratic = (z[0] ** 2 + 0.4 * z[0] * z[1] + z[1] ** 2) / (1 - 0.04)
    patients, dlts = np.array(EARLIER.patients), np.array(EARLIER.dlts)
    weights = np.exp(-0.5 * quadratic + np.log(p) @ dlts + np.log1p(-p) @ (patients - dlts))
    weights /= weights.sum()
    mean = np.array([(weights * first).sum(), (weights * second).sum()])
    covariance = (weights * (first - mean[0]) * (second - mean[1])).sum()
    np.testing.assert_allclose(pooled.prior.covariance[0, 1], covariance, rtol=0, atol=1e-6)


def test_half_the_weight_is_half_the_patients():
    half = power_prior(GRID, INITIAL, EARLIER, 0.5).prior
    expected = exact((2, 3, 6), (0, 1, 3))
    np.testing.assert_allclose(half.mean, expected["parameter_mean"], rtol=0, atol=2e-7)
    np.testing.assert_allclose(half.sd, expected["parameter_sd"], rtol=0, atol=2e-7)


def test_distance_is_to_the_exact_posterior(pooled):
    model = two_parameter_logistic(GRID, INITIAL)
    levels = np.linspace(-8, 4, 33)
    patients, dlts = (np.tile(counts, (len(levels), 1)) for counts in (EARLIER.patients, EARLIER.dlts))
    below = exact_cdf(model, patients, dlts, np.tile(expit(levels)[:, None], 3), tolerance=1e-4)
    summary = pooled.prior.cdf(EARLIER.log_ratio, levels[:, None])
    worst = np.abs(below - summary).max(axis=0)
    # Both maxima are over a grid: between its points a difference of two smooth curves moves little.
    np.testing.assert_allclose(pooled.distance, worst, rtol=0.1, atol=5e-4)
    assert 0.001 < float(pooled.distance.max()) < 0.1


def test_doses_correspond_by_their_reference_doses():
    # The same trial in micrograms, of a compound of which 7 times as much corresponds.
    other = DoseGrid(tuple(7000.0 * dose for dose in GRID.values), "ug")
    moved = HistoricalTrial("earlier", other, EARLIER.patients, EARLIER.dlts, reference_dose=70_000)
    here, there = (power_prior(GRID, INITIAL, trial, 0.3) for trial in (EARLIER, moved))
    np.testing.assert_allclose(there.prior.mean, here.prior.mean, rtol=0, atol=2e-7)
    np.testing.assert_allclose(there.prior.sd, here.prior.sd, rtol=0, atol=2e-7)
    np.testing.assert_allclose(there.distance, here.distance, rtol=0, atol=2e-5)


def test_doses_that_only_the_new_trial_has():
    new = DoseGrid((0.3, 1, 2, 20), "mg")
    result = power_prior(new, INITIAL, EARLIER, 1)
    assert result.distance["dose"].values.tolist() == [0.3, 1, 2, 20]
    expected = exact(EARLIER.patients, EARLIER.dlts)
    np.testing.assert_allclose(result.prior.mean, expected["parameter_mean"], rtol=0, atol=2e-7)


def test_fractions_reach_the_likelihood():
    # PyMC's own binomial would cut 0.9 DLTs to none.
    model = two_parameter_logistic(GRID, INITIAL)
    none = np.array([], dtype=int)
    weak, strong = (
        weighted_posterior(model, share * np.array([1, 0, 0]), share * np.array([1, 0, 0]), none, none)
        for share in (0.45, 0.9)
    )
    assert INITIAL.mean[0] < weak.mean[0] < strong.mean[0]


def test_distribution_function_of_counts_that_are_whole():
    model = two_parameter_logistic(GRID, INITIAL)
    dose, value = np.array([0, 2]), np.array([0.1, 0.33])
    found = weighted_posterior(model, EARLIER.patients, EARLIER.dlts, dose, value)
    patients, dlts = np.array([EARLIER.patients]), np.array([EARLIER.dlts])
    expected = exact_cdf(model, patients, dlts, np.array([[0.1, 0.5, 0.33]]), tolerance=1e-8)
    np.testing.assert_allclose(found.prob_below, expected[0, [0, 2]], rtol=0, atol=2e-7)


def test_accuracy_out_of_reach_is_refused():
    model = two_parameter_logistic(GRID, INITIAL)
    none = np.array([], dtype=int)
    with pytest.raises(InputError, match="an accuracy that 500000 nodes can reach"):
        weighted_posterior(model, EARLIER.patients, EARLIER.dlts, none, none, tolerance=1e-30)


@pytest.mark.parametrize("discount", [-0.01, 1.01, float("nan")])
def test_bad_discounts_are_refused(discount):
    with pytest.raises(InputError, match="discount: got .*; wanted a number of at least 0 and at most 1"):
        power_prior(GRID, INITIAL, EARLIER, discount)
