"""The MTD's median and spread, against draws of another making."""

import math

import numpy as np
import pytest
from scipy.optimize import root_scalar
from scipy.stats import norm

import bayesdose as bd

GRID = bd.DoseGrid((10, 20, 40, 80), "mg")
PRIOR = bd.priors.NormalPrior((-0.85, 0.5), (1.0, 0.5), reference_dose=80)
DATA = bd.Outcomes.from_counts(patients=(3, 3, 6, 6), dlts=(0, 0, 0, 2))


def by_weighted_draws(target, number=1_000_000):
    """Draws from the prior, weighted by the likelihood: no part of the package's integration."""
    rng = np.random.default_rng(1)
    log_alpha = rng.normal(-0.85, 1.0, number)
    beta = np.exp(rng.normal(0.5, 0.5, number))
    logits = log_alpha[:, None] + beta[:, None] * np.log(np.array(GRID.values) / 80)
    log_weight = logits[:, 3] * 2 - np.logaddexp(0, logits) @ np.array([3, 3, 6, 6])
    weight = np.exp(log_weight - log_weight.max())
    mtd = 80 * np.exp((np.log(target / (1 - target)) - log_alpha) / beta)
    median = weighted_median(mtd, weight)
    return median, weighted_median(np.abs(mtd - median), weight)


def weighted_median(values, weight):
    order = np.argsort(values)
    share = np.cumsum(weight[order])
    return values[order][np.searchsorted(share, share[-1] / 2)]


def test_the_published_rule_s_number():
    # crmPack's issue 93: 3, 3, 6, 6 patients on 10 to 80, two DLTs at 80: .295 by 400,000 draws, with the
    # reference dose 80 and the target 0.3; precise enough under the rule CV <= 0.30.
    found = bd.inference.mtd_precision(GRID, PRIOR, DATA, target=0.3)
    assert found.cv == pytest.approx(0.295, abs=1e-3)


@pytest.mark.parametrize("target", [0.2, 0.33])
def test_against_weighted_draws(target):
    median, mad = by_weighted_draws(target)
    found = bd.inference.mtd_precision(GRID, PRIOR, DATA, target=target)
    # A million draws with some 100,000 effective ones: medians to about half a percent.
    assert found.median == pytest.approx(median, rel=5e-3)
    assert found.mad == pytest.approx(mad, rel=1e-2)
    assert found.cv == 1.4826 * found.mad / found.median


def test_before_any_patient_with_a_fixed_slope():
    # The logarithm of the MTD is normal then: its median is where its mean is, and the MAD solves
    # Phi(log(1 + m) / sd) - Phi(log(1 - m) / sd) = 1/2, with m the MAD as a share of the median.
    prior = bd.priors.NormalPrior((-1.0, 0.0), (0.4, 1e-4), reference_dose=40)
    found = bd.inference.mtd_precision(GRID, prior, "", target=0.3)
    assert found.median == pytest.approx(40 * math.exp(math.log(3 / 7) + 1.0), rel=2e-3)
    share = root_scalar(
        lambda m: norm.cdf(math.log1p(m) / 0.4) - norm.cdf(math.log1p(-m) / 0.4) - 0.5, bracket=(1e-6, 0.999)
    ).root
    assert found.cv == pytest.approx(1.4826 * share, rel=3e-3)


def test_a_mixture_of_one_prior_with_itself_is_that_prior():
    mixture = bd.priors.NormalMixture((0.3, 0.7), (PRIOR, PRIOR))
    one, other = (bd.inference.mtd_precision(GRID, prior, DATA, target=0.3) for prior in (PRIOR, mixture))
    assert one.median == pytest.approx(other.median, rel=1e-9)


def test_what_is_refused():
    with pytest.raises(bd.InputError, match="dose levels from 1 to 4"):
        bd.inference.mtd_precision(GRID, PRIOR, "5N", target=0.3)
    nowhere = bd.priors.NormalPrior((-15.0, -4.0), (0.5, 0.1), reference_dose=80)
    with pytest.raises(bd.InputError, match="wanted an MTD of a size that a dose can have"):
        bd.inference.mtd_precision(GRID, nowhere, "", target=0.3)
