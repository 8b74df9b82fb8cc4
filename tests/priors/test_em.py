"""EM against maximum likelihood in closed form, known mixtures, and its own invariances."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from bayesdose.errors import InputError
from bayesdose.priors.fit_mixture import fit_normal_mixture

WEIGHTS = np.array([0.6, 0.3, 0.1])
MEANS = np.array([[-1.0, 0.0], [1.5, 0.5], [0.0, -2.0]])
COVARIANCES = np.array([[[0.5, 0.1], [0.1, 0.2]], [[0.3, -0.1], [-0.1, 0.2]], [[1.5, 0.0], [0.0, 0.5]]])


@pytest.fixture(scope="module")
def draws():
    rng = np.random.default_rng(1977)
    part = rng.choice(3, size=40_000, p=WEIGHTS)
    factors = np.linalg.cholesky(COVARIANCES)
    return MEANS[part] + np.einsum("nij,nj->ni", factors[part], rng.normal(size=(40_000, 2)))


@pytest.fixture(scope="module")
def fitted(draws):
    return fit_normal_mixture(draws)


def log_likelihood(draws, weights, means, covariances):
    parts = zip(weights, means, covariances, strict=True)
    return np.log(sum(w * multivariate_normal(m, c).pdf(draws) for w, m, c in parts)).sum()


def test_one_component_is_the_maximum_likelihood_normal(draws):
    fitted = fit_normal_mixture(draws, max_components=1)
    np.testing.assert_allclose(fitted.means[0], draws.mean(axis=0), rtol=0, atol=1e-10)
    # The ridge adds a millionth of the covariance.
    np.testing.assert_allclose(fitted.covariances[0], np.cov(draws.T, bias=True), rtol=2e-6, atol=1e-9)


def test_known_mixture_is_recovered(fitted):
    np.testing.assert_allclose(fitted.weights.sum(), 1, rtol=0, atol=1e-12)
    # Five standard errors, were each draw's component known: 0.0025 of a weight, and a component of 4000
    # draws with sd 1.2 has 0.02 of a mean; twice that for overlap.
    np.testing.assert_allclose(fitted.weights, WEIGHTS, rtol=0, atol=0.025)
    np.testing.assert_allclose(fitted.means, MEANS, rtol=0, atol=0.2)
    np.testing.assert_allclose(fitted.covariances, COVARIANCES, rtol=0, atol=0.25)


def test_the_fit_is_at_least_as_likely_as_the_truth(draws, fitted):
    at_fit = log_likelihood(draws, fitted.weights, fitted.means, fitted.covariances)
    # Rounding of sums over 40,000 draws.
    np.testing.assert_allclose(fitted.log_likelihood, at_fit, rtol=1e-9)
    at_truth = log_likelihood(draws, WEIGHTS, MEANS, COVARIANCES)
    # Twice the gain is chi-square with 17 degrees of freedom: above 0, and below 60 with p = 1e-6.
    assert 0 < fitted.log_likelihood - at_truth < 30
    np.testing.assert_allclose(fitted.bic, 17 * np.log(40_000) - 2 * at_fit, rtol=1e-9)


def test_bic_takes_one_component_where_there_is_one():
    normal = np.random.default_rng(7).normal(size=(5000, 2)) @ np.array([[2.0, 0.3], [0.0, 0.1]])
    assert len(fit_normal_mixture(normal).weights) == 1


def test_a_heavy_tail_takes_shells():
    # A scale mixture: all components share one centre, so slices alone would not find it.
    rng = np.random.default_rng(3)
    scale = np.where(rng.random(20_000) < 0.2, 5.0, 1.0)
    fitted = fit_normal_mixture(rng.normal(size=(20_000, 2)) * scale[:, None], max_components=2)
    np.testing.assert_allclose(fitted.weights, (0.8, 0.2), rtol=0, atol=0.02)  # five standard errors
    np.testing.assert_allclose(np.sqrt(np.diag(fitted.covariances[1])), 5.0, rtol=0.1)


def test_same_draws_give_the_same_fit(draws, fitted):
    again = fit_normal_mixture(draws)
    for name in ("weights", "means", "covariances"):
        assert np.array_equal(getattr(again, name), getattr(fitted, name))


def test_scales_and_units_do_not_matter(draws, fitted):
    change = np.diag([1000.0, 0.01])
    moved = fit_normal_mixture(draws @ change + [5.0, -3.0])
    np.testing.assert_allclose(moved.weights, fitted.weights, rtol=0, atol=1e-6)
    np.testing.assert_allclose(moved.means, fitted.means @ change + [5.0, -3.0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(moved.covariances, change @ fitted.covariances @ change, rtol=1e-4, atol=1e-4)


def test_no_component_shrinks_onto_repeated_draws():
    draws = np.random.default_rng(5).normal(size=(1000, 2))
    draws[:300] = (0.5, 0.5)
    fitted = fit_normal_mixture(draws)
    assert np.all(np.isfinite(fitted.covariances))
    assert np.all(np.linalg.eigvalsh(fitted.covariances) > 0)


@pytest.mark.parametrize(
    ("draws", "message"),
    [
        (np.zeros((149, 2)), "N of at least 150"),
        (np.zeros(200), "shape (200,)"),
        (np.full((200, 2), np.nan), "finite numbers"),
        (np.ones((200, 2)), "singular covariance"),
        (np.repeat(np.arange(200.0)[:, None], 2, axis=1), "singular covariance"),
    ],
)
def test_bad_draws_are_refused(draws, message):
    with pytest.raises(InputError) as error:
        fit_normal_mixture(draws)
    assert message in str(error.value)
