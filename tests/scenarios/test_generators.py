"""Random curves: against the generators' definitions, drawn by trial and error, and closed forms."""

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import chisquare, ks_2samp, kstest, norm, pearsonr

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.rules.mtd import ClosestTo
from bayesdose.scenarios.murray import murray_scenarios
from bayesdose.scenarios.prior_predictive import prior_predictive_scenarios
from bayesdose.scenarios.pseudo_uniform import pseudo_uniform_scenarios

# Seeds are fixed, so a test fails always or never; at this level one in 10,000 is wrong.
LEVEL = 1e-4


def grid(num_doses):
    return DoseGrid.of_levels(num_doses)


def curves_of(scenarios):
    return np.array([scenario.prob_dlt for scenario in scenarios])


def kinds_of(scenarios):
    return np.array([int(scenario.name.rpartition(" ")[2]) for scenario in scenarios])


def uniform_pvalue(values, number):
    return chisquare(np.bincount(values, minlength=number)).pvalue


@pytest.mark.parametrize("target", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("num_doses", [1, 2, 6])
def test_pseudo_uniform_mtd_is_uniform(num_doses, target):
    curves = curves_of(pseudo_uniform_scenarios(grid(num_doses), target, 10_000, rng=3))
    assert curves.shape == (10_000, num_doses)
    assert np.all(np.diff(curves, axis=1) > 0)
    assert curves.min() > 0
    assert curves.max() < 1
    mtd = ClosestTo(target).mtd(curves)
    assert num_doses == 1 or uniform_pvalue(mtd, num_doses) > LEVEL


def by_definition(random, level, num_doses, target, number):
    """The published algorithm for one MTD: a bound for each curve, then draws until the MTD is right."""
    bound = target + (1 - target) * random.beta(max(num_doses - 1 - level, 0.5), 1, size=number)
    curves = np.empty((number, num_doses))
    pending = np.arange(number)
    while len(pending):
        # Many attempts at a time where few curves are left, and the first that is good counts.
        tried = np.repeat(pending, max(1, 50_000 // len(pending)))
        drawn = np.sort(random.random((len(tried), num_doses)) * bound[tried][:, None], axis=1)
        good = np.flatnonzero(np.argmin(abs(drawn - target), axis=1) == level)
        done, first = np.unique(tried[good], return_index=True)
        curves[done] = drawn[good[first]]
        pending = np.setdiff1d(pending, done)
    return curves


@pytest.mark.parametrize(("num_doses", "target"), [(1, 0.3), (2, 0.6), (4, 0.25)])
def test_pseudo_uniform_is_the_published_algorithm(num_doses, target):
    curves = curves_of(pseudo_uniform_scenarios(grid(num_doses), target, 12_000, rng=1))
    mtd = ClosestTo(target).mtd(curves)
    random = np.random.default_rng(2)
    for level in range(num_doses):
        found = curves[mtd == level]
        expected = by_definition(random, level, num_doses, target, 2_000)
        for dose in range(num_doses):
            assert ks_2samp(found[:, dose], expected[:, dose]).pvalue > LEVEL, (level, dose)
        # Not only each dose: also the step from the first to the last.
        assert ks_2samp(np.ptp(found, axis=1), np.ptp(expected, axis=1)).pvalue > LEVEL or num_doses == 1


def test_pseudo_uniform_margin_and_gap():
    scenarios = pseudo_uniform_scenarios(grid(6), 0.3, 6_000, margin=0.05, gap=(0.05, 0.3), rng=5)
    curves = curves_of(scenarios)
    mtd = ClosestTo(0.3).mtd(curves)
    assert uniform_pvalue(mtd, 6) > LEVEL
    assert abs(curves[np.arange(6_000), mtd] - 0.3).max() <= 0.05
    gaps = np.diff(curves, axis=1)
    for level in range(6):
        beside = gaps[mtd == level][:, max(level - 1, 0) : level + 1]
        assert beside.min() > 0.05
        assert beside.max() < 0.3
    # Farther away, nothing is asked of the gaps.
    assert gaps.min() < 0.05
    assert gaps.max() > 0.3
    assert scenarios[0].source.startswith("pseudo-uniform (Clertant and O'Quigley 2017), target 0.3, margin")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": 0}, "target: got 0; wanted a number above 0 and below 1"),
        ({"number": 0}, "number: got 0; wanted a whole number of at least 1"),
        ({"margin": 0}, "margin: got 0; wanted a number above 0"),
        ({"gap": (0.3, 0.05)}, "gap: got .*the lower one first"),
        ({"gap": 0.3}, "gap: got 0.3; wanted 2 values"),
        ({"rng": -1}, "rng: got -1"),
        # A dose within 0.05 of 0.3 has no neighbour below that is more than 0.4 away.
        ({"gap": (0.4, 0.5), "margin": 0.05}, "margin and gap: got .*1000 attempts: widen them"),
    ],
)
def test_pseudo_uniform_refused(options, message):
    with pytest.raises(InputError, match=message):
        pseudo_uniform_scenarios(**({"grid": grid(3), "target": 0.3, "number": 5, "rng": 1} | options))


def test_murray_types_are_uniform():
    scenarios = murray_scenarios(grid(6), 0.3, 10_000, delta=0.07, rng=11)
    assert uniform_pvalue(kinds_of(scenarios), 8) > LEVEL
    some = murray_scenarios(grid(6), 0.3, 6_000, delta=0.07, types=range(1, 7), rng=11)
    kinds = kinds_of(some)
    assert uniform_pvalue(kinds - 1, 6) > LEVEL
    assert np.array_equal(ClosestTo(0.3).mtd(curves_of(some)), kinds - 1)


@pytest.mark.parametrize(("target", "delta"), [(0.3, 0.07), (0.1, 0.025), (0.8, 0.1)])
def test_murray_types_are_as_defined(target, delta):
    num_doses = 4
    scenarios = murray_scenarios(grid(num_doses), target, 12_000, delta=delta, rng=12)
    curves, kinds = curves_of(scenarios), kinds_of(scenarios)
    assert np.all(np.diff(curves, axis=1) > 0)
    random = np.random.default_rng(13)

    def sorted_uniforms(start, end, number):
        start, end = np.broadcast_to(start, 4_000)[:, None], np.broadcast_to(end, 4_000)[:, None]
        return np.sort(start + (end - start) * random.random((4_000, number)), axis=1)

    for kind in range(num_doses + 2):
        if kind == 0:
            expected = sorted_uniforms(random.uniform(target + delta, 1, 4_000), 1, num_doses)
        elif kind == num_doses + 1:
            expected = sorted_uniforms(0, random.uniform(0, target - delta, 4_000), num_doses)
        else:
            mtd = random.uniform(target - delta, target + delta, 4_000)
            far = abs(mtd - target)
            top = random.uniform(target + far, 1)
            below = sorted_uniforms(0, target - far, kind - 1)
            above = sorted_uniforms(target + far, top, num_doses - kind)
            expected = np.hstack([below, mtd[:, None], above])
        found = curves[kinds == kind]
        for dose in range(num_doses):
            assert ks_2samp(found[:, dose], expected[:, dose]).pvalue > LEVEL, (kind, dose)
        assert ks_2samp(np.ptp(found, axis=1), np.ptp(expected, axis=1)).pvalue > LEVEL, kind


def test_murray_source_and_names():
    found = murray_scenarios(grid(3), 0.3, 2, delta=0.07, types=[2], rng=4)
    assert [scenario.name for scenario in found] == ["Murray 1, type 2", "Murray 2, type 2"]
    assert found[0].source == "Murray's generator (RIDE software 2019), target 0.3, delta 0.07, seed 4"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": 1}, "target: got 1"),
        ({"number": 1.5}, "number: got 1.5"),
        ({"delta": 0}, "delta: got 0; wanted a number above 0"),
        ({"delta": 0.3}, "delta: got 0.3; wanted a distance below 0.3"),
        ({"types": []}, "types: got .*with at least 1 of them"),
        ({"types": [5]}, "types: got .*5.*; wanted .*from 0 to 4"),
    ],
)
def test_murray_refused(options, message):
    with pytest.raises(InputError, match=message):
        murray_scenarios(**({"grid": grid(3), "target": 0.3, "number": 5, "delta": 0.07} | options))


def test_prior_draws_follow_the_prior():
    prior = NormalPrior(mean=(-1.2, 0.3), sd=(1.1, 0.4), reference_dose=4, correlation=-0.5)
    draws = curves_of(prior_predictive_scenarios(DoseGrid((2, 4, 8), "mg"), prior, 5_000, rng=6))
    logits = logit(draws)
    # At the reference dose the logit is log alpha; twice the dose adds beta log 2.
    log_alpha = logits[:, 1]
    log_beta = np.log((logits[:, 2] - logits[:, 1]) / np.log(2))
    assert kstest(log_alpha, norm(-1.2, 1.1).cdf).pvalue > LEVEL
    assert kstest(log_beta, norm(0.3, 0.4).cdf).pvalue > LEVEL
    # Fisher's z of the correlation has standard error 1 / sqrt(n - 3).
    z = np.arctanh(pearsonr(log_alpha, log_beta).statistic)
    assert abs(z - np.arctanh(-0.5)) < 4 / np.sqrt(5_000 - 3)
    np.testing.assert_allclose(logits[:, 0], 2 * logits[:, 1] - logits[:, 2], atol=1e-6)


def generators():
    prior = NormalPrior(mean=(-1, 0), sd=(2, 0.5), reference_dose=4)
    return {
        "pseudo-uniform": lambda rng: pseudo_uniform_scenarios(grid(5), 0.3, 20, rng=rng),
        "conditions": lambda rng: pseudo_uniform_scenarios(grid(5), 0.3, 20, margin=0.1, rng=rng),
        "Murray": lambda rng: murray_scenarios(grid(5), 0.3, 20, delta=0.07, rng=rng),
        "prior": lambda rng: prior_predictive_scenarios(grid(5), prior, 20, rng=rng),
    }


@pytest.mark.parametrize("name", list(generators()))
def test_the_recorded_seed_makes_the_curves_again(name):
    make = generators()[name]
    first = make(np.random.default_rng(9))
    seed = int(first[0].source.rpartition("seed ")[2])
    assert make(seed) == first
    assert make(np.random.default_rng(9)) == first
    assert curves_of(make(seed + 1)).tolist() != curves_of(first).tolist()
    # Without a seed, a fresh one is drawn and recorded.
    fresh = make(None)
    assert make(int(fresh[0].source.rpartition("seed ")[2])) == fresh
    assert fresh != first
    assert len({scenario.name for scenario in first}) == 20
