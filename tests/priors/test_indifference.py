"""Indifference intervals against dfcrm, and the least informative variance against its definition."""

import itertools

import numpy as np
import pytest
from scipy.stats import norm

from bayesdose.errors import InputError
from bayesdose.priors.indifference import (
    indifference_intervals,
    least_informative_sd,
    prior_mtd_probability,
)
from bayesdose.priors.skeleton import Skeleton, indifference_interval_skeleton


def test_indifference_intervals_of_dfcrm(golden):
    for case in golden("dfcrm_crmsens.json")["cases"]:
        skeleton = Skeleton(tuple(case["prior"]), case["model"], case["intcpt"])
        edges, neighbours = indifference_intervals(skeleton, case["target"])
        # dfcrm bisects until a sum of two probabilities is within 1e-6 of twice the target.
        np.testing.assert_allclose(edges[1:-1], np.array(case["H"])[1:, 0], atol=3e-6)
        expected = np.array([[np.nan if v is None else v for v in pair] for pair in case["kset"]])
        np.testing.assert_allclose(neighbours, expected, atol=3e-6, equal_nan=True)


def test_least_informative_sd_on_the_home_sets_of_dfcrm(golden):
    # The search of the University of Virginia's web application, on dfcrm's own sets: standard deviations
    # from 0.1 to 2 by 0.001. It cuts the outer sets at -10 standard deviations and at 5.
    for case in golden("dfcrm_crmsens.json")["cases"]:
        upper = np.array(case["H"])[:, 1]
        candidates = np.arange(0.1, 2.0, 0.001)
        below = norm.cdf(upper[None] / candidates[:, None])
        mass = np.diff(np.concatenate([np.full((len(below), 1), norm.cdf(-10)), below], axis=1), axis=1)
        divergence = (mass * np.log(mass * mass.shape[1])).sum(axis=1)
        expected = candidates[divergence.argmin()]
        found = least_informative_sd(Skeleton(tuple(case["prior"])), case["target"])
        assert found == pytest.approx(expected, abs=6e-4)  # half of the application's step, and rounding


def test_least_informative_sd_favours_no_dose():
    skeleton = indifference_interval_skeleton(target=0.25, half_width=0.05, prior_mtd=3, number_of_doses=5)
    sd = least_informative_sd(skeleton, 0.25)

    def divergence(value):
        mass = prior_mtd_probability(skeleton, 0.25, value)
        assert mass.sum() == pytest.approx(1, abs=1e-12)
        return float(mass @ np.log(5 * mass))

    assert divergence(sd) < min(divergence(0.99 * sd), divergence(1.01 * sd))
    assert divergence(sd) < 0.01  # nearly uniform; 0 would be exactly so


def test_prior_mtd_probability_by_counting():
    # Plain Monte Carlo on the definition: the dose whose P(DLT) is closest to the target.
    skeleton = Skeleton((0.05, 0.12, 0.25, 0.40, 0.55), "logistic")
    theta = np.random.default_rng(2).normal(0, 0.8, 200_000)
    closest = np.abs(skeleton.prob_dlt_given(theta) - 0.25).argmin(axis=1)
    share = np.bincount(closest, minlength=5) / len(theta)
    # Four standard errors of a share near 0.2 are 0.0036.
    np.testing.assert_allclose(prior_mtd_probability(skeleton, 0.25, 0.8), share, atol=0.0036)


def test_tails_do_not_cancel():
    mass = prior_mtd_probability(Skeleton((1e-12, 1e-6, 0.25, 0.3, 0.99)), 0.25, 0.3)
    assert np.all(mass > 0)
    assert mass.sum() == pytest.approx(1, abs=1e-12)


def test_bad_questions():
    skeleton = Skeleton((0.1, 0.3))
    for target, sd in itertools.product((0.0, 1.0), (1.0,)):
        with pytest.raises(InputError, match="target"):
            prior_mtd_probability(skeleton, target, sd)
    with pytest.raises(InputError, match="sd: got 0.0"):
        prior_mtd_probability(skeleton, 0.2, 0.0)
    with pytest.raises(InputError, match="at least two doses"):
        indifference_intervals(Skeleton((0.2,)), 0.2)
    # Two doses are the more evenly probable the wider the prior: there is no minimum.
    with pytest.raises(InputError, match="least informative"):
        least_informative_sd(skeleton, 0.25)
