"""Models with bounded priors, such as Babb's: an answer, or an error that says what to do."""

import numpy as np
import pymc as pm
import pytest

import bayesdose as bd

GRID = bd.DoseGrid((10, 20, 40, 80, 120), "mg")
DOSES = np.array(GRID.values)


def babb(lowest_bound):
    """Babb, Rogatko and Zacks (1998): P(DLT) at the lowest dose and the MTD at 0.33, both uniform."""

    def logit(prob):
        return pm.math.log(prob) - pm.math.log1p(-prob)

    with pm.Model(coords=bd.models.model_coords(GRID)) as model:
        lowest, mtd = pm.Uniform("lowest", 0, 0.33), pm.Uniform("mtd", lowest_bound, 150)
        slope = (logit(0.33) - logit(lowest)) / (mtd - GRID.values[0])
        bd.models.observe_dlts(pm.math.invlogit(logit(lowest) + slope * (DOSES - GRID.values[0])))
    return model


def test_babbs_parameters_are_refused_with_the_way_out():
    # Neither of them moves P(DLT) at every dose: the MTD does not at the lowest dose.
    model = babb(10.001)
    for ask in (
        lambda: bd.exact_posterior(model, "1NNN 2NNT", bounds=(0.33,)),
        lambda: bd.model_based(GRID, model, next_dose=bd.rules.ClosestMean(0.33), max_patients=12),
    ):
        with pytest.raises(
            bd.UnsupportedModelError, match="no free variable that moves P.DLT.*bayesdose.fit"
        ):
            ask()


def test_a_uniform_power_is_integrated_exactly():
    skeleton = np.array([0.05, 0.1, 0.2, 0.3, 0.5])
    with pm.Model(coords=bd.models.model_coords(GRID)) as model:
        power = pm.Uniform("power", 0, 3)
        bd.models.observe_dlts(pm.math.exp(power * np.log(skeleton)))
    found = bd.exact_posterior(model, "1NNN 2NNT", bounds=(0.33,))["mean"].values
    # Independently: the midpoint rule on a million nodes.
    nodes = (np.arange(1_000_000) + 0.5) * 3e-6
    prob = skeleton[:2, None] ** nodes
    weight = (1 - prob[0]) ** 3 * (1 - prob[1]) ** 2 * prob[1]
    expected = [(one**nodes * weight).sum() / weight.sum() for one in skeleton]
    assert found == pytest.approx(expected, abs=1e-7)


def test_two_bounded_parameters_are_refused_where_they_are_too_rough():
    with pm.Model(coords=bd.models.model_coords(GRID)) as model:
        intercept, slope = pm.TruncatedNormal("a", 0, 1, lower=-1, upper=2), pm.HalfNormal("b", 1)
        bd.models.observe_dlts(pm.math.invlogit(intercept - 2 + slope * np.log(DOSES / 40)))
    with pytest.raises(bd.InputError, match="tolerance: got .*Ask for a larger tolerance"):
        bd.exact_posterior(model, "1NNN 2NNT", bounds=(0.33,))
    # The way out that it names.
    bd.exact_posterior(model, "1NNN 2NNT", bounds=(0.33,), tolerance=1e-3)
