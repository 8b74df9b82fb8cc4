"""Skeletons against dfcrm, and the least informative variance against its definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from bayesdose.errors import InputError
from bayesdose.priors.skeleton import (
    Skeleton,
    indifference_interval_skeleton,
    indifference_intervals,
    least_informative_sd,
    prior_mtd_probability,
)


def as_dfcrm(case):
    return indifference_interval_skeleton(
        target=case["target"],
        half_width=case["halfwidth"],
        prior_mtd=case["nu"],
        number_of_doses=case["nlevel"],
        model=case["model"],
        intercept=case["intcpt"],
    )


def test_every_skeleton_of_dfcrm(golden):
    data = golden("dfcrm_getprior.json")
    cases = data["cases"] + data["nu1_cases"]
    assert len(cases) == 362
    for case in cases:
        # The file has 15 decimals; the recursion loses a few digits at most.
        np.testing.assert_allclose(as_dfcrm(case).prob_dlt, case["skeleton"], atol=1e-12, err_msg=str(case))


@pytest.mark.parametrize(
    ("settings", "skeleton"),
    [
        ((0.05, 0.25, 3, 5), [0.08397349, 0.15674102, 0.25, 0.35450043, 0.46034311]),
        ((0.05, 0.25, 4, 6), [0.03646051, 0.08397349, 0.15674102, 0.25, 0.35450043, 0.46034311]),
        ((0.1, 0.25, 3, 6), [0.01081272, 0.08166297, 0.25, 0.46433775, 0.65408422, 0.79063485]),
        ((0.05, 0.3, 3, 5), [0.12252936, 0.20395601, 0.3, 0.40181944, 0.50134645]),
        ((0.06, 0.25, 3, 5), [0.061579, 0.14004969, 0.25, 0.37619627, 0.50184923]),
        ((0.05, 0.2, 3, 6), [0.04909161, 0.11052781, 0.2, 0.30848729, 0.42341589, 0.53366071]),
        ((0.04, 0.2, 3, 5), [0.07037729, 0.12660246, 0.2, 0.2855483, 0.37680129]),
        ((0.07, 0.3, 3, 6), [0.07203005, 0.16869229, 0.3, 0.44286021, 0.57636212, 0.68882322]),
        ((0.05, 0.25, 2, 5), [0.15674102, 0.25, 0.35450043, 0.46034311, 0.55970781]),
        ((0.05, 0.3, 3, 6), [0.12252936, 0.20395601, 0.3, 0.40181944, 0.50134645, 0.59281405]),
        ((0.05, 0.2, 4, 7), [0.016168, 0.049092, 0.110528, 0.2, 0.308487, 0.423416, 0.533661]),
    ],
)
def test_skeletons_of_another_computation(settings, skeleton):
    # The recursion of Lee and Cheung (2009), computed independently; six decimals or more.
    half_width, target, prior_mtd, number = settings
    found = indifference_interval_skeleton(
        target=target, half_width=half_width, prior_mtd=prior_mtd, number_of_doses=number
    )
    np.testing.assert_allclose(found.prob_dlt, skeleton, atol=5.1e-7)


def test_indifference_intervals_of_dfcrm(golden):
    for case in golden("dfcrm_crmsens.json")["cases"]:
        skeleton = Skeleton(tuple(case["prior"]), case["model"], case["intcpt"])
        edges, neighbours = indifference_intervals(skeleton, case["target"])
        # dfcrm bisects until a sum of two probabilities is within 1e-6 of twice the target.
        np.testing.assert_allclose(edges[1:-1], np.array(case["H"])[1:, 0], atol=3e-6)
        expected = np.array([[np.nan if v is None else v for v in pair] for pair in case["kset"]])
        np.testing.assert_allclose(neighbours, expected, atol=3e-6, equal_nan=True)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    target=st.floats(0.1, 0.5),
    share=st.floats(0.1, 0.5),
    number=st.integers(2, 8),
    logistic=st.booleans(),
    data=st.data(),
)
def test_the_interval_is_the_same_at_every_dose(target, share, number, logistic, data):
    # The property that defines the construction (Lee and Cheung 2009).
    half_width = share * min(target, 0.2)
    skeleton = indifference_interval_skeleton(
        target=target,
        half_width=half_width,
        prior_mtd=data.draw(st.integers(1, number)),
        number_of_doses=number,
        model="logistic" if logistic else "empiric",
    )
    _, neighbours = indifference_intervals(skeleton, target)
    np.testing.assert_allclose(neighbours[1:, 0], target - half_width, atol=1e-9)
    np.testing.assert_allclose(neighbours[:-1, 1], target + half_width, atol=1e-9)


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
    closest = np.abs(skeleton.curve(theta) - 0.25).argmin(axis=1)
    share = np.bincount(closest, minlength=5) / len(theta)
    # Four standard errors of a share near 0.2 are 0.0036.
    np.testing.assert_allclose(prior_mtd_probability(skeleton, 0.25, 0.8), share, atol=0.0036)


def test_tails_do_not_cancel():
    mass = prior_mtd_probability(Skeleton((1e-12, 1e-6, 0.25, 0.3, 0.99)), 0.25, 0.3)
    assert np.all(mass > 0)
    assert mass.sum() == pytest.approx(1, abs=1e-12)


def test_curves_have_a_last_axis_of_doses():
    skeleton = Skeleton((0.1, 0.25, 0.5))
    assert skeleton.curve(np.zeros((4, 2))).shape == (4, 2, 3)
    np.testing.assert_allclose(skeleton.curve(np.log(2.0)), [0.01, 0.0625, 0.25], rtol=1e-14)
    logistic = Skeleton((0.1, 0.25, 0.5), "logistic", 3.0)
    # By hand: logit(0.5) = 0, so the codified dose is -3 and exp(log 2) doubles it.
    assert logistic.curve(np.log(2.0))[2] == pytest.approx(1 / (1 + np.exp(3)), rel=1e-14)


GOOD = {"target": 0.25, "half_width": 0.05, "prior_mtd": 2, "number_of_doses": 4}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prior_mtd": 5}, "a level number from 1 to 4"),
        ({"prior_mtd": 0}, "prior_mtd"),
        ({"number_of_doses": 2.5}, "number_of_doses"),
        ({"half_width": 0.25}, "inside (0, 1)"),
        ({"half_width": 0.0}, "positive half width"),
        ({"model": "logit"}, "Did you mean 'logistic'?"),
        ({"model": "logistic", "intercept": -1.0}, "intercept"),
    ],
)
def test_bad_construction(change, message):
    with pytest.raises(InputError) as caught:
        indifference_interval_skeleton(**{**GOOD, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize("prob_dlt", [(), (0.1, 0.1), (0.3, 0.2), (0.0, 0.2), (0.2, 1.0), (0.1, np.nan)])
def test_bad_skeleton(prob_dlt):
    with pytest.raises(InputError, match="rising probabilities"):
        Skeleton(prob_dlt)


def test_bad_questions():
    skeleton = Skeleton((0.1, 0.3))
    for target, sd in itertools.product((0.0, 1.0), (1.0,)):
        with pytest.raises(InputError, match="target"):
            prior_mtd_probability(skeleton, target, sd)
    with pytest.raises(InputError, match="standard deviation"):
        prior_mtd_probability(skeleton, 0.2, 0.0)
    with pytest.raises(InputError, match="at least two doses"):
        indifference_intervals(Skeleton((0.2,)), 0.2)
    # Two doses are the more evenly probable the wider the prior: there is no minimum.
    with pytest.raises(InputError, match="least informative"):
        least_informative_sd(skeleton, 0.25)
