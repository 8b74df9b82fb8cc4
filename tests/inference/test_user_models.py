"""Models that users write in PyMC: the exact engines and NUTS against hand-written densities."""

from dataclasses import dataclass
from functools import cache

import arviz_stats
import numpy as np
import pymc as pm
import pytest
from scipy.integrate import cubature
from scipy.special import expit, gammaln, logit

from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.posterior import posterior
from bayesdose.inference.sampling import fit
from bayesdose.inference.table import tabulate
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.outcomes import parse_outcomes

GRID = DoseGrid((1, 3, 6, 10), unit="mg")
LOG_RATIO = np.log(np.array(GRID.values) / 6.0)
SKELETON = np.array([0.05, 0.12, 0.25, 0.4])
# Dose labels at which a one-parameter logistic with intercept 3 has that P(DLT) at slope 1.
LABELS = logit(SKELETON) - 3.0
DATA = "1NNN 2NNN 3NNT 3NNN 4NTT"
BOUNDS = (0.16, 0.33)


@dataclass(frozen=True)
class Case:
    """A user's model and the same density by hand.

    `log_prior` and `prob_dlt` take the unconstrained variables, one array each. `cut` is the value of
    the first of them at which P(DLT) at a dose (index) is a bound, given the others; `sign` is 1 if
    P(DLT) rises in it. `box` holds the ends of the region of integration, far in the tails.
    """

    build: object
    log_prior: object
    prob_dlt: object
    cut: object
    box: tuple
    sign: int = 1
    tolerance: float = 1e-8


def normal(x, mean, sd):
    return -0.5 * ((x - mean) / sd) ** 2 - np.log(sd)


def power():
    theta = pm.Normal("theta", 0.0, 1.1)
    observe_dlts(SKELETON ** pm.math.exp(theta))


def one_parameter_logistic():
    slope = pm.Normal("log_slope", 0.0, 0.8)
    observe_dlts(pm.math.invlogit(3.0 + pm.math.exp(slope) * LABELS))


MIXED = ((0.7, (-1.0, 0.0), (1.0, 0.5), 0.3), (0.3, (0.5, 0.4), (0.6, 0.3), -0.2))


def covariance(sd, correlation):
    return np.outer(sd, sd) * np.array([[1, correlation], [correlation, 1]])


def mixture():
    parts = [
        pm.MvNormal.dist(mu=np.array(mean), cov=covariance(sd, rho), shape=2) for _, mean, sd, rho in MIXED
    ]
    theta = pm.Mixture("theta", w=np.array([part[0] for part in MIXED]), comp_dists=parts)
    observe_dlts(pm.math.invlogit(theta[0] + pm.math.exp(theta[1]) * LOG_RATIO))


def mixture_log_prior(log_alpha, log_beta):
    density = 0.0
    for share, mean, sd, rho in MIXED:
        z1, z2 = (log_alpha - mean[0]) / sd[0], (log_beta - mean[1]) / sd[1]
        exponent = -0.5 * (z1**2 - 2 * rho * z1 * z2 + z2**2) / (1 - rho**2)
        density = density + share * np.exp(exponent) / (sd[0] * sd[1] * np.sqrt(1 - rho**2))
    return np.log(np.maximum(density, 1e-300))


def upper_asymptote():
    log_alpha = pm.Normal("log_alpha", -0.5, 1.0)
    log_beta = pm.Normal("log_beta", 0.0, 0.4)
    top = pm.Normal("top", 2.0, 0.4)
    observe_dlts(pm.math.invlogit(top) * pm.math.invlogit(log_alpha + pm.math.exp(log_beta) * LOG_RATIO))


def gamma_slope():
    log_alpha = pm.Normal("log_alpha", -1.0, 1.2)
    slope = pm.Gamma("slope", alpha=4.0, beta=3.0)
    observe_dlts(pm.math.invlogit(log_alpha + slope * LOG_RATIO))


def logistic(log_alpha, log_slope):
    return expit(log_alpha[..., None] + np.exp(log_slope)[..., None] * LOG_RATIO)


def logistic_cut(dose, bound, log_slope):
    return logit(bound) - np.exp(log_slope) * LOG_RATIO[dose]


CASES = {
    "power": Case(
        power,
        lambda theta: normal(theta, 0, 1.1),
        lambda theta: SKELETON ** np.exp(theta)[..., None],
        lambda dose, bound: np.log(np.log(bound) / np.log(SKELETON[dose])),
        ((-8.0, 4.0),),
        sign=-1,
    ),
    "one-parameter logistic": Case(
        one_parameter_logistic,
        lambda slope: normal(slope, 0, 0.8),
        lambda slope: expit(3 + np.exp(slope)[..., None] * LABELS),
        lambda dose, bound: np.log((logit(bound) - 3) / LABELS[dose]),
        ((-6.5, 3.5),),
        sign=-1,
    ),
    "mixture": Case(mixture, mixture_log_prior, logistic, logistic_cut, ((-9.0, 7.0), (-4.5, 3.5))),
    "upper asymptote": Case(
        upper_asymptote,
        lambda a, b, t: normal(a, -0.5, 1) + normal(b, 0, 0.4) + normal(t, 2, 0.4),
        lambda a, b, t: expit(t)[..., None] * logistic(a, b),
        lambda dose, bound, b, t: logit(np.minimum(bound / expit(t), 1.0)) - np.exp(b) * LOG_RATIO[dose],
        ((-8.0, 7.0), (-3.0, 3.0), (-1.0, 5.0)),
        tolerance=1e-6,
    ),
    "gamma slope": Case(
        gamma_slope,
        # On the log of the slope: the density of Gamma(4, rate 3) times the slope.
        lambda a, s: normal(a, -1, 1.2) + 4 * np.log(3.0) - gammaln(4.0) + 4 * s - 3 * np.exp(s),
        logistic,
        logistic_cut,
        ((-10.0, 8.0), (-9.0, 3.0)),
    ),
}


@cache
def built(name):
    with pm.Model(coords=model_coords(GRID)) as model:
        CASES[name].build()
    return model


def panels(low, high, number=12, order=16):
    """Nodes and weights of Gauss-Legendre on equal panels."""
    x, w = np.polynomial.legendre.leggauss(order)
    edges = np.linspace(low, high, number + 1)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (x + 1)).ravel(), (half * w).ravel()


def density(case, p, *variables):
    """Prior times likelihood of `DATA`, not normalised."""
    counts = parse_outcomes(DATA).counts(4)
    p = np.clip(p, 1e-300, 1 - 1e-16)
    return np.exp(case.log_prior(*variables) + np.log(p) @ counts[:, 1] + np.log1p(-p) @ counts[:, 0])


@cache
def expected(name):
    """Means and P(P(DLT) < bound), shape (K,) and (K, bounds), on Gauss-Legendre panels."""
    case = CASES[name]
    few = 4 if len(case.box) == 3 else 12
    others = [panels(low, high, few) for low, high in case.box[1:]]
    outer = [axis.ravel() for axis in np.meshgrid(*[x for x, _ in others], indexing="ij")]
    outer_weight = np.ones(1)
    for _, w in others:
        outer_weight = np.multiply.outer(outer_weight, w).ravel()

    def integral(low, high):
        # The first variable runs from `low` to `high`, which may vary with the others.
        x, w = panels(0.0, 1.0, few)
        length = np.broadcast_to(high - low, outer_weight.shape)
        first = low + x[:, None] * length
        p = case.prob_dlt(first, *[np.broadcast_to(axis, first.shape) for axis in outer])
        weights = density(case, p, first, *outer) * w[:, None] * length * outer_weight
        return weights.sum(), np.einsum("ij,ijk->k", weights, p)

    low, high = case.box[0]
    total, first_moment = integral(np.full(len(outer_weight), low), np.full(len(outer_weight), high))
    below = np.empty((4, len(BOUNDS)))
    for dose in range(4):
        for column, bound in enumerate(BOUNDS):
            cut = np.clip(np.broadcast_to(case.cut(dose, bound, *outer), outer_weight.shape), low, high)
            ends = (low, cut) if case.sign > 0 else (cut, high)
            below[dose, column] = integral(*ends)[0] / total
    return first_moment / total, below


@pytest.mark.parametrize("name", CASES)
def test_reference(name):
    """The Gauss-Legendre reference itself, at one dose, against scipy's adaptive cubature."""
    case, dose = CASES[name], 2
    low, high = case.box[0]

    def integrand(points):
        share, *others = points.T
        cut = np.clip(np.broadcast_to(case.cut(dose, 0.33, *others), share.shape), low, high)
        starts = np.stack([np.full(len(share), low), np.full(len(share), low) if case.sign > 0 else cut])
        ends = np.stack([np.full(len(share), high), cut if case.sign > 0 else np.full(len(share), high)])
        first = starts + share * (ends - starts)
        p = case.prob_dlt(first, *[np.broadcast_to(axis, first.shape) for axis in others])
        values = density(case, p, first, *others) * (ends - starts)
        return np.stack([values[0], values[1], values[0] * p[0, :, dose]], axis=1)

    ends = np.array([(0.0, 1.0), *case.box[1:]])
    # Of higher order than Genz and Malik's, which took forty times as long in three dimensions.
    rule = "gk15" if len(case.box) == 3 else "gk21"
    rtol = 1e-6 if len(case.box) == 3 else 1e-9
    result = cubature(integrand, ends[:, 0], ends[:, 1], rule=rule, rtol=rtol, atol=0)
    assert result.status == "converged"
    mean, below = expected(name)
    # The relative error that cubature was asked for, of a ratio of two integrals.
    np.testing.assert_allclose(result.estimate[1] / result.estimate[0], below[dose, 1], rtol=2 * rtol)
    np.testing.assert_allclose(result.estimate[2] / result.estimate[0], mean[dose], rtol=2 * rtol)


@pytest.mark.parametrize("name", CASES)
def test_table(name):
    mean, below = expected(name)
    (table,) = tabulate(built(name), bounds=BOUNDS, max_patients=15, tolerances=(1e-6,))
    counts = parse_outcomes(DATA).counts(4)
    found = posterior(table, counts.sum(axis=1)[None], counts[:, 1][None])
    # The tolerance that was asked for; the reference is checked in `test_reference`.
    np.testing.assert_allclose(found.prob_below[0], below, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found.mean[0], mean, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_exact_posterior_and_nuts(name):
    mean, below = expected(name)
    case = CASES[name]
    exact = exact_posterior(built(name), DATA, bounds=BOUNDS, quantiles=(0.5,), tolerance=case.tolerance)
    found = exact["interval_probability"].values.cumsum(axis=1)[:, : len(BOUNDS)]
    np.testing.assert_allclose(found, below, rtol=0, atol=1e-6)
    np.testing.assert_allclose(exact["mean"], mean, rtol=0, atol=1e-6)

    draws = fit(built(name), DATA, rng=20080615, draws=2000)["posterior"].to_dataset()[["prob_dlt"]]
    parts = {"mean": (draws, mean)}
    for column, bound in enumerate(BOUNDS):
        parts[f"below {bound}"] = ((draws < bound).astype(float), below[:, column])
    for what, (values, reference) in parts.items():
        mcse = arviz_stats.mcse(values)["prob_dlt"].values
        away = np.abs(values["prob_dlt"].mean(("chain", "draw")).values - reference)
        # Four Monte Carlo standard errors: the seed is fixed, and 60 normal deviates stay below 4 with
        # probability 0.996. Where no draw falls, or all do, the standard error is 0 and P is within 1e-3.
        np.testing.assert_array_less(away, np.where(mcse > 0, 4 * mcse, 1e-3), err_msg=what)
