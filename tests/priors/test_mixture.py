"""Normal mixtures as priors: moments, distribution functions, robust weights, and both engines."""

import arviz_stats
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import multivariate_normal, norm

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.posterior import posterior
from bayesdose.inference.sampling import fit
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import parse_outcomes
from bayesdose.priors.robust import robustify

GRID = DoseGrid((1, 3, 6, 10), unit="mg")
HISTORY = NormalPrior((-1.5, 0.1), (0.5, 0.3), reference_dose=6, correlation=0.3, origin="history")
VAGUE = NormalPrior((-0.7, 0.0), (2.0, 1.0), reference_dose=6, origin="weak")
MIXTURE = NormalMixture((0.5, 0.3, 0.2), (HISTORY, NormalPrior((0.5, 0.4), (0.6, 0.3), 6, -0.2), VAGUE))
DATA = "1NNN 2NNN 3NNT 3NNN 4NTT"
LOG_RATIO = np.log(np.array(GRID.values) / 6.0)


def density(points, mixture=MIXTURE):
    parts = zip(mixture.weights, mixture.components, strict=True)
    return sum(w * multivariate_normal(part.mean, part.covariance).pdf(points) for w, part in parts)


def test_moments_are_those_of_the_density():
    # Total expectation from the second moments; the same in exact arithmetic.
    second = sum(
        w * (part.covariance + np.outer(part.mean, part.mean))
        for w, part in zip(MIXTURE.weights, MIXTURE.components, strict=True)
    )
    np.testing.assert_allclose(MIXTURE.mean, (-0.74, 0.17), rtol=0, atol=1e-12)  # by hand
    np.testing.assert_allclose(
        MIXTURE.covariance, second - np.outer(MIXTURE.mean, MIXTURE.mean), rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(MIXTURE.sd, np.sqrt(np.diag(MIXTURE.covariance)), rtol=1e-12)
    assert MIXTURE.reference_dose == 6


@pytest.mark.parametrize(("log_ratio", "level"), [(-1.8, -3.0), (0.0, -0.7), (0.5, 0.3)])
def test_cdf_by_adaptive_quadrature(log_ratio, level):
    def below(log_beta):
        total = 0.0
        for w, part in zip(MIXTURE.weights, MIXTURE.components, strict=True):
            (m1, m2), (s1, s2), r = part.mean, part.sd, part.correlation
            centre, spread = m1 + r * s1 * (log_beta - m2) / s2, s1 * np.sqrt(1 - r * r)
            below_cut = norm.cdf(level - np.exp(log_beta) * log_ratio, centre, spread)
            total += w * norm.pdf(log_beta, m2, s2) * below_cut
        return total

    expected = quad(below, -9, 9, epsabs=1e-11, limit=400)[0]
    # quad's own bound is 1e-11.
    np.testing.assert_allclose(MIXTURE.cdf(log_ratio, level), expected, rtol=0, atol=1e-9)


@given(weight=st.floats(0, 1), log_ratio=st.floats(-4, 2), level=st.floats(-8, 6))
def test_robust_prior_is_the_weighted_sum(weight, log_ratio, level):
    robust = robustify(HISTORY, weight, VAGUE)
    expected = (1 - weight) * HISTORY.cdf(log_ratio, level) + weight * VAGUE.cdf(log_ratio, level)
    np.testing.assert_allclose(robust.cdf(log_ratio, level), expected, rtol=0, atol=1e-12)


def test_robust_weights_0_and_1_give_the_priors_themselves():
    assert robustify(MIXTURE, 0, VAGUE) is MIXTURE
    assert robustify(MIXTURE, 1, VAGUE) is VAGUE
    robust = robustify(MIXTURE, 0.4, VAGUE)
    np.testing.assert_allclose(robust.weights, (0.3, 0.18, 0.12, 0.4), rtol=0, atol=1e-15)
    assert robust.components[:3] == MIXTURE.components
    assert "vague component of weight 0.4" in robust.origin
    assert "weak" in robust.components[3].origin


@pytest.mark.parametrize(
    ("weights", "components", "message"),
    [
        ((), (), "components: got (); wanted"),
        ((1.0,), (HISTORY, VAGUE), "1 weights and 2 components"),
        ((0.5, 0.5000001), (HISTORY, VAGUE), "positive numbers with sum 1"),
        ((1.0, 0.0), (HISTORY, VAGUE), "weights[1]: got 0.0"),
        ((1.5, -0.5), (HISTORY, VAGUE), "weights[1]: got -0.5"),
        ((float("nan"), 0.5), (HISTORY, VAGUE), "weights[0]: got nan"),
        ((0.5, 0.5), (HISTORY, NormalPrior((0, 0), (1, 1), 5)), "got [5.0, 6.0]"),
    ],
)
def test_bad_mixtures_are_refused(weights, components, message):
    with pytest.raises(InputError) as error:
        NormalMixture(weights, components)
    assert message in str(error.value)


def test_weights_may_miss_1_by_rounding():
    assert NormalMixture((0.5, 0.5 + 9e-10), (HISTORY, VAGUE)).weights[1] == 0.5 + 9e-10
    with pytest.raises(InputError):
        NormalMixture((0.5, 0.5 + 1.1e-9), (HISTORY, VAGUE))


@pytest.mark.parametrize("weight", [-0.01, 1.01, float("nan")])
def test_bad_robust_weights_are_refused(weight):
    with pytest.raises(InputError, match="weight: got .*; wanted a number of at least 0 and at most 1"):
        robustify(HISTORY, weight, VAGUE)


def test_robust_component_has_the_same_reference_dose():
    with pytest.raises(InputError, match="that of the informative prior, 6"):
        robustify(HISTORY, 0.2, NormalPrior((0, 0), (2, 1), 10))


@pytest.fixture(scope="module")
def model():
    return two_parameter_logistic(GRID, MIXTURE)


def test_model_has_the_mixtures_density(model):
    points = np.array([[-1.5, 0.1], [0.6, 0.5], [3.0, -1.5]])
    np.testing.assert_allclose(compile_model(model).log_prior(points), np.log(density(points)), rtol=1e-12)


def test_model_of_one_component_is_the_normal_one():
    points = np.array([[-1.5, 0.1], [3.0, -1.5]])
    single = compile_model(two_parameter_logistic(GRID, NormalMixture((1.0,), (HISTORY,))))
    expected = multivariate_normal(HISTORY.mean, HISTORY.covariance).logpdf(points)
    np.testing.assert_allclose(single.log_prior(points), expected, rtol=1e-12)


@pytest.fixture(scope="module")
def expected_mean():
    """Posterior mean of P(DLT) by the trapezoid rule on a wide, dense grid, written out by hand."""
    first, second = np.meshgrid(np.linspace(-12, 12, 801), np.linspace(-6, 6, 601), indexing="ij")
    p = expit(first[..., None] + np.exp(second)[..., None] * LOG_RATIO)
    counts = parse_outcomes(DATA).counts(4)
    p = np.clip(p, 1e-300, 1 - 1e-16)
    weights = density(np.stack([first, second], axis=-1))
    weights = weights * np.exp(np.log(p) @ counts[:, 1] + np.log1p(-p) @ counts[:, 0])
    return np.einsum("ij,ijk->k", weights, p) / weights.sum()


def test_exact_engines(model, expected_mean):
    exact = exact_posterior(model, DATA, bounds=(0.33,), quantiles=(0.5,))
    np.testing.assert_allclose(exact["mean"], expected_mean, rtol=0, atol=1e-8)  # the engine's tolerance
    (table,) = tabulate(model, bounds=(0.33,), max_patients=15, tolerances=(1e-4,))
    counts = parse_outcomes(DATA).counts(4)
    found = posterior(table, counts.sum(axis=1)[None], counts[:, 1][None])
    np.testing.assert_allclose(found.mean[0], expected_mean, rtol=0, atol=1e-4)  # the table's tolerance


def test_nuts(model, expected_mean):
    draws = fit(model, DATA, rng=20140304)["posterior"].to_dataset()[["prob_dlt"]]
    mcse = arviz_stats.mcse(draws)["prob_dlt"].values
    # Four standard errors at a fixed seed; 4 normal deviates stay below with probability 0.9997.
    away = np.abs(draws["prob_dlt"].mean(("chain", "draw")).values - expected_mean)
    np.testing.assert_array_less(away, 4 * mcse)
