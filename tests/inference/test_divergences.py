"""Priors of every builder with little data, on all protocols' grids: the defaults sample them cleanly."""

from functools import cache

import attrs
import numpy as np
import pytest

import bayesdose as bd
from bayesdose.inference import sampling
from bayesdose.inference.sampling import Sampler
from bayesdose.outcomes import parse_outcomes

SEVEN = bd.DoseGrid((10, 25, 50, 100, 200, 400, 800), "mg")
GRIDS = {"seven doses": SEVEN} | {
    name: bd.load_protocol(name).grid.value for name in bd.protocols.protocol_names()
}
OUTCOMES = "1NNN 2NNN 3NNT"


def weak(grid):
    """P(DLT) of 0.25 at the fifth dose, or the highest, with standard deviations of 2 and 1."""
    return bd.priors.weakly_informative(
        grid,
        prob_dlt=0.25,
        sd_logit=2.0,
        sd_log_slope=1.0,
        anticipated_mtd=grid.values[min(4, len(grid) - 1)],
    )


def from_ends(grid):
    """As the protocols state it."""
    return bd.priors.prior_from_end_quantiles(
        grid,
        lowest_median=0.02,
        lowest_upper=0.33,
        highest_median=0.3,
        highest_upper=0.8,
        upper_probability=0.95,
    )


def vague(grid):
    """No DLTs at the lowest dose, or DLTs in all at the highest, surprise in one of twenty cases."""
    return bd.priors.minimally_informative(grid, lowest_bound=0.4, highest_bound=0.1)


def earlier(grid):
    """A trial on the same doses with one DLT in nine patients, and the reference dose of `weak`."""
    patients = (3, 3, 3, *(0,) * (len(grid) - 3))
    dlts = (0, 0, 1, *(0,) * (len(grid) - 3))
    return bd.priors.HistoricalTrial("earlier", grid, patients, dlts, weak(grid).reference_dose)


@cache
def by_power(grid):
    """Half of the earlier trial's patients."""
    return bd.priors.power_prior(grid, weak(grid), earlier(grid), 0.5).prior


def robust(grid):
    """A fifth for the case that the earlier trial says nothing."""
    return bd.priors.robustify(by_power(grid), 0.2, attrs.evolve(weak(grid), asked=(), notes=()))


# The weakest on all grids, every builder's on three of them.
CASES = [(name, weak) for name in GRIDS] + [
    (name, builder)
    for name in ("seven doses", "MIL97", "IMP7068")
    for builder in (from_ends, vague, by_power, robust)
]


@cache
def built(name, builder):
    """One object for each grid and prior, so that PyMC compiles it once for all tests."""
    return bd.models.two_parameter_logistic(GRIDS[name], builder(GRIDS[name]))


def divergences(model, **settings):
    sampler = Sampler(model, **settings)
    draws = [sampler.sample(parse_outcomes(OUTCOMES), seed) for seed in range(5)]
    return [int(one["sample_stats"]["diverging"].sum()) for one in draws]


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_no_divergences_by_default(name, builder):
    assert divergences(built(name, builder)) == [0] * 5


def test_the_usual_acceptance_would_have_some():
    # So the test above can fail.
    assert sum(divergences(built("seven doses", weak), target_accept=0.8)) > 0


def test_a_fit_is_the_exact_posterior():
    model = built("seven doses", weak)
    draws = bd.fit(model, OUTCOMES, rng=1)
    assert draws.attrs["target_accept"] == 0.99
    exact = bd.exact_posterior(model, OUTCOMES, bounds=(0.33,))["mean"].values
    sampled = draws["posterior"]["prob_dlt"]
    # 4,000 draws with at least 400 effective ones: standard errors of at most sd / 20.
    error = sampled.std(("chain", "draw")).values / 20
    assert np.all(np.abs(sampled.mean(("chain", "draw")).values - exact) < 3 * error)


def test_what_is_advised_is_what_helps():
    one = sampling.problem_report({"": ["1 divergent transition"]})
    assert "1 divergent transition." in one
    assert "`target_accept` closer to 1" in one
    assert "raise `tune`" not in one, "more draws cure no divergences"
    both = sampling.problem_report({"a": ["3 divergent transitions", "R-hat 1.050, above 1.01"]})
    assert "`target_accept` closer to 1" in both
    assert "raise `tune` and `draws`" in both
    assert "target_accept" not in sampling.problem_report({"": ["R-hat 1.050, above 1.01"]})
