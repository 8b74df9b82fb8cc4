"""The bivariate normal prior: its checks, and its distribution function against other quadrature."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from bayesdose.errors import InputError
from bayesdose.models.normal_prior import NormalPrior

GOOD = {"mean": (2.15, 0.52), "sd": (0.84, 0.80), "reference_dose": 250.0, "correlation": 0.2}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mean": (0.0,)}, "mean: got .* wanted 2 values"),
        ({"mean": (0.0, np.nan)}, r"mean.1.: got nan"),
        ({"sd": (1.0, 0.0)}, r"sd.1.: got 0.0"),
        ({"sd": (1.0, np.inf)}, r"sd.1.: got inf"),
        ({"correlation": 1.0}, "above -1 and below 1"),
        ({"correlation": -1.5}, "above -1 and below 1"),
        ({"correlation": np.nan}, "correlation: got nan"),
        ({"reference_dose": 0.0}, "reference_dose: got 0.0"),
    ],
)
def test_bad_prior(change, message):
    with pytest.raises(InputError, match=message):
        NormalPrior(**{**GOOD, **change})


@pytest.mark.parametrize(
    "covariance", [[[1, 2], [2, 1]], [[1, 0.5], [0.4, 1]], [[1, 0], [0, 0]], [[1]], [[-1, 0], [0, -1]]]
)
def test_covariance_not_positive_definite(covariance):
    with pytest.raises(InputError, match="symmetric, positive definite"):
        NormalPrior.from_covariance((0, 0), covariance, reference_dose=1)


def test_covariance_round_trip():
    prior = NormalPrior(**GOOD)
    again = NormalPrior.from_covariance(prior.mean, prior.covariance, prior.reference_dose)
    np.testing.assert_allclose(again.covariance, prior.covariance, rtol=1e-14)


def test_cdf_at_the_reference_dose_is_normal():
    # At the reference dose logit P(DLT) is log alpha itself, so the closed form is exact.
    logits = np.array([-3.0, 0.0, 2.15, 5.0])
    np.testing.assert_allclose(NormalPrior(**GOOD).cdf(0.0, logits), ndtr((logits - 2.15) / 0.84), atol=1e-13)


@pytest.mark.parametrize("log_ratio", [-3.0, -0.5, 0.7])
@pytest.mark.parametrize("logit", [-4.0, -1.0, 1.0])
@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.6])
def test_cdf_against_adaptive_quadrature(log_ratio, logit, correlation):
    # Oracle: scipy.integrate.quad over log beta, asked for 1e-11.
    m1, m2, s1, s2, r = -1.0, 0.2, 1.5, 0.7, correlation

    def integrand(z):
        mean = m1 + r * s1 * z + np.exp(m2 + s2 * z) * log_ratio
        return ndtr((logit - mean) / (s1 * np.sqrt(1 - r**2))) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    expected = quad(integrand, -9, 9, epsabs=1e-11, epsrel=1e-11, limit=200)[0]
    prior = NormalPrior((m1, m2), (s1, s2), reference_dose=1.0, correlation=correlation)
    assert prior.cdf(log_ratio, logit) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("sd", "correlation"), [((1.36, 0.66), 0.0), ((2.0, 1.0), 0.9), ((1.0, 1.0), 0.999), ((0.05, 1.0), 0.0)]
)
@pytest.mark.parametrize(("log_ratio", "logit"), [(-8.0, -40.0), (-6.0, -9.0), (-1.0, -3.0), (2.0, 15.0)])
def test_cdf_where_it_is_steep(sd, correlation, log_ratio, logit):
    # Little of log alpha is left given log beta, or the dose is far off: the integrand is close to a step.
    # Oracle: quad, told where the step is.
    (s1, s2), rest = sd, np.sqrt(1 - correlation**2)

    def distance(z):
        return (logit + 1.0 - correlation * s1 * z - np.exp(0.2 + s2 * z) * log_ratio) / (s1 * rest)

    grid = np.linspace(-9, 9, 20_001)
    values = distance(grid)
    crossings = grid[:-1][np.diff(np.sign(values)) != 0]
    near = [point for c in crossings for point in (c - 0.3, c - 0.03, c, c + 0.03, c + 0.3) if -9 < point < 9]
    edges = [-9.0, *sorted(near), 9.0]

    def integrand(z):
        return ndtr(distance(z)) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    expected = sum(
        quad(integrand, low, high, epsabs=1e-13, epsrel=1e-12, limit=500)[0] for low, high in pairwise(edges)
    )
    prior = NormalPrior((-1.0, 0.2), sd, reference_dose=1.0, correlation=correlation)
    # quad's own bound over a dozen pieces.
    assert float(prior.cdf(log_ratio, logit)) == pytest.approx(expected, abs=1e-11)


def test_cdf_of_points_of_any_shape():
    prior = NormalPrior(**GOOD)
    x, y = np.array([-3.0, -1.0, 0.0])[:, None], np.array([-4.0, 0.0])
    together = prior.cdf(x, y)
    assert together.shape == (3, 2)
    assert np.shape(prior.cdf(0.0, 1.0)) == ()
    for i, j in np.ndindex(3, 2):
        assert together[i, j] == pytest.approx(float(prior.cdf(x[i, 0], y[j])), abs=1e-14)
    assert prior.cdf(-1.0, [-np.inf, np.inf]).tolist() == [0.0, pytest.approx(1.0, abs=1e-14)]


def test_probability_of_a_steep_slope():
    # Closed form: log beta ~ N(0.52, 0.8).
    assert NormalPrior(**GOOD).prob_slope_above(np.exp(0.52)) == pytest.approx(0.5, abs=1e-15)
    assert NormalPrior(**GOOD).prob_slope_above(1.0) == pytest.approx(ndtr(0.52 / 0.8), abs=1e-15)


def test_a_prior_in_words():
    prior = NormalPrior(**GOOD, origin="a paper <1>", notes=("the slope is nearly fixed",))
    assert str(prior) == (
        "Prior: log alpha ~ N(2.1500, 0.8400²), log beta ~ N(0.5200, 0.8000²), correlation 0.2000, "
        "reference dose 250\n"
        "Origin: a paper <1>\n"
        "Note: the slope is nearly fixed"
    )
    assert "a paper &lt;1&gt;" in prior._repr_html_()
    assert prior.in_numbers("mg").endswith("reference dose 250 mg")
    assert repr(prior).startswith("NormalPrior(mean=(2.15, 0.52), sd=(0.84, 0.8), reference_dose=250.0, ")
