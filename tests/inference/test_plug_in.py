"""Plug-in estimates and comparisons of medians in tables of one-parameter models."""

import dataclasses

import numpy as np
import pytest

from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.posterior import Needs, posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.crm import crm_model, exponential_crm_model
from bayesdose.models.curves import LogisticCurve, PowerCurve
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.rules.next_dose_by_estimate import ClosestMedian

SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)
GRID = DoseGrid.of_levels(5)
# Nobody, a usual trial, all DLTs at the lowest and none at the highest dose, a curve that falls.
PATIENTS = np.array([[0, 0, 0, 0, 0], [3, 6, 9, 3, 0], [24, 0, 0, 0, 0], [0, 0, 0, 0, 24], [12, 0, 0, 0, 12]])
DLTS = np.array([[0, 0, 0, 0, 0], [0, 1, 2, 2, 0], [24, 0, 0, 0, 0], [0, 0, 0, 0, 0], [12, 0, 0, 0, 0]])
TEXTS = ["", "1NNN 2NNNNNT 3NNNNNNNTT 4NTT", f"1{24 * 'T'}", f"5{24 * 'N'}", f"1{12 * 'T'} 5{12 * 'N'}"]
MODELS = {
    "power": (crm_model(GRID, PowerCurve(SKELETON), 1.34**0.5), PowerCurve(SKELETON)),
    "logistic": (crm_model(GRID, LogisticCurve(SKELETON), 0.8), LogisticCurve(SKELETON)),
}


@pytest.fixture(scope="module", params=MODELS)
def case(request):
    """A model, its curve in numpy, and each data set's exact mean of theta and medians of P(DLT)."""
    model, curve = MODELS[request.param]
    exact = [exact_posterior(model, text, bounds=(0.25,), quantiles=(0.5,), tolerance=1e-9) for text in TEXTS]
    theta = np.array([one["parameter_mean"].item() for one in exact])
    return model, curve, theta, np.array([one["quantile"].values[:, 0] for one in exact])


def test_plug_in_is_the_curve_at_the_posterior_mean(case):
    model, curve, theta, _ = case
    (table,) = tabulate(model, bounds=(0.25,), max_patients=24, tolerances=(1e-9,), plug_in=True)
    summary = posterior(table, PATIENTS, DLTS)
    # Another rule, with nodes laid over each posterior, which promises 1e-9 for P(DLT) and not for theta.
    assert summary.parameter_mean == pytest.approx(theta, abs=1e-7)
    # The formula in numpy at that mean; the spline between 1,601 values is what is tested.
    expected = np.exp(curve.log_prob_dlt(summary.parameter_mean))
    assert summary.plug_in == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("target", [0.16, 0.27, 0.41])
def test_closest_median_agrees_with_the_quantiles(case, target):
    model, _, _, medians = case
    (table,) = tabulate(model, bounds=(target,), max_patients=24, tolerances=(1e-9,), averages_below=target)
    summary = posterior(table, PATIENTS, DLTS)
    rule, every = ClosestMedian(target), np.ones((len(PATIENTS), 5), dtype=bool)
    distance = np.abs(medians - target)
    assert rule.choose(summary, every).tolist() == distance.argmin(axis=1).tolist()
    without_the_best = ~np.eye(5, dtype=bool)[distance.argmin(axis=1)]
    second = np.where(without_the_best, distance, np.inf).argmin(axis=1)
    assert rule.choose(summary, without_the_best).tolist() == second.tolist()


def test_plug_in_on_the_parameters_own_scale():
    (table,) = tabulate(
        exponential_crm_model(GRID, SKELETON),
        bounds=(0.25,),
        max_patients=24,
        tolerances=(1e-9,),
        plug_in=True,
    )
    # Without patients a ~ Exp(1) has mean 1 (on the scale of log a it would be exp(-0.577) = 0.561).
    summary = posterior(table, PATIENTS, DLTS)
    assert summary.parameter_mean[0] == pytest.approx(1.0, abs=1e-9)
    assert summary.plug_in[0] == pytest.approx(SKELETON, abs=1e-9)
    assert summary.plug_in == pytest.approx(np.array(SKELETON) ** summary.parameter_mean[:, None], abs=1e-10)


def test_only_models_with_one_parameter():
    model = two_parameter_logistic(GRID, NormalPrior((-1.0, 0.0), (1.5, 0.7), reference_dose=3))
    for asked in ({"plug_in": True}, {"averages_below": 0.25}):
        with pytest.raises(UnsupportedModelError, match="got '2 free dimensions'; wanted one, for plug-in"):
            tabulate(model, bounds=(0.25,), max_patients=6, **asked)


def test_what_a_table_offers_and_is():
    settings = {"bounds": (0.25,), "max_patients": 6, "tolerances": (1e-2,)}
    (plain,) = tabulate(MODELS["power"][0], **settings)
    (rich,) = tabulate(MODELS["power"][0], **settings, plug_in=True, averages_below=0.25)
    assert plain.offers(Needs((0.25,)))
    assert not plain.offers(Needs((0.3,)))
    assert not plain.offers(Needs((0.25,), plug_in=True))
    assert not plain.offers(Needs((0.25,), averages_below=0.25))
    assert rich.offers(Needs((0.25,), plug_in=True, averages_below=0.25))
    assert not rich.offers(Needs((0.25,), averages_below=0.3))
    assert posterior(plain, PATIENTS[:1], DLTS[:1]).plug_in is None
    assert posterior(plain, PATIENTS[:1], DLTS[:1]).averages_below is None
    other_curve = dataclasses.replace(rich.plug_in, coefficients=rich.plug_in.coefficients + 1)
    assert dataclasses.replace(rich, plug_in=other_curve) != rich == dataclasses.replace(rich)
    with pytest.raises(InputError, match="averages_below: got"):
        tabulate(MODELS["power"][0], **settings, averages_below=1.0)
