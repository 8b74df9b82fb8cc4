"""The package's models in numpy are the PyMC models of the same descriptions."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.designs.from_model import model_based
from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grammar.registry import members
from bayesdose.inference.compiled import compile_model
from bayesdose.models.curves import LogisticCurve, PowerCurve
from bayesdose.models.densities import NO_CHANCE, Densities
from bayesdose.models.description import (
    CRMModel,
    ExponentialCRMModel,
    ModelDescription,
    TwoParameterLogistic,
    built,
)
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior

GRID = bd.DoseGrid((0.5, 2.0, 6.0), "mg")
SKELETON = (0.05, 0.2, 0.4)
NORMAL = NormalPrior((-1.1, 0.2), (1.8, 0.7), reference_dose=4.0, correlation=-0.4)
OTHER = NormalPrior((-3.0, 0.5), (0.6, 0.3), reference_dose=4.0, correlation=0.6)
DESCRIPTIONS = {
    "normal prior": TwoParameterLogistic(NORMAL),
    "mixture": TwoParameterLogistic(NormalMixture((0.7, 0.3), (NORMAL, OTHER))),
    "mixture of one": TwoParameterLogistic(NormalMixture((1.0,), (NORMAL,))),
    "power": CRMModel(PowerCurve(SKELETON), 1.2),
    "logistic": CRMModel(LogisticCurve(SKELETON), 0.8),
    "exponential": ExponentialCRMModel(SKELETON),
}


def test_every_description_is_here():
    named = {type(description) for description in DESCRIPTIONS.values()}
    assert named == set(members(ModelDescription).values()), "add the model to DESCRIPTIONS"


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_the_densities_are_pymcs(name):
    description = DESCRIPTIONS[name]
    found = description.densities(GRID)
    expected = compile_model(built(description, GRID))
    assert isinstance(found, Densities)
    np.testing.assert_allclose(found.start, expected.start, rtol=1e-12, atol=1e-12)
    assert np.array_equal(found.doses, expected.doses)
    rng = np.random.default_rng(5)
    points = found.start + rng.normal(scale=2.0, size=(200, len(found.start)))
    # Both round in the last digits; the log prior is known up to a constant.
    for function in ("log_cells", "prob_dlt", "parameter"):
        mine, theirs = getattr(found, function)(points), getattr(expected, function)(points)
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-13)
    difference = found.log_prior(points) - expected.log_prior(points)
    np.testing.assert_allclose(difference, difference[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_outcomes_without_a_chance_stay_finite(name):
    found = DESCRIPTIONS[name].densities(GRID)
    far = np.array([[value] * len(found.start) for value in (-700.0, 700.0)])
    cells = found.log_cells(far)
    assert np.all(np.isfinite(cells))
    assert cells.min() >= NO_CHANCE


@pytest.mark.parametrize("sd", [(1e-200, 1.0), (1e200, 1.0)])
def test_a_covariance_that_double_precision_cannot_hold_is_refused(sd):
    prior = NormalPrior((0.0, 0.0), sd, reference_dose=4.0)
    with pytest.raises(UnsupportedModelError, match="what double precision can hold .the covariance"):
        bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=6)


def test_an_infinite_slope_is_refused():
    # At the reference dose it would be times zero.
    prior = NormalPrior((0.0, 0.0), (2.0, 100.0), reference_dose=GRID.values[-1])
    with pytest.raises(UnsupportedModelError, match="what double precision can hold .an infinite slope"):
        bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=6)


@pytest.mark.parametrize("prior_sd", [40.0, 100.0])
def test_a_crm_with_a_wide_prior_is_tabulated_without_a_warning(prior_sd):
    curve = PowerCurve(SKELETON)
    design = bd.crm(GRID, curve, target=0.2, max_patients=6, prior_sd=prior_sd, estimate="mean")
    assert design.tables[-1].error < 1e-9


@pytest.mark.parametrize("model", [CRMModel(PowerCurve((0.1, 0.3)), 1.0), ExponentialCRMModel((0.1, 0.3))])
def test_a_skeleton_of_another_length_is_refused(model):
    with pytest.raises(InputError, match="skeleton: got '2 values'; wanted the grid's 3"):
        model_based(GRID, model, next_dose=bd.rules.ClosestMean(0.25), max_patients=6)


class Described(ModelDescription):
    """A description of one's own, which has no numpy form."""

    def build(self, grid):
        return TwoParameterLogistic(NORMAL).build(grid)


def test_a_description_without_a_numpy_form_is_tabulated_by_pymc():
    settings = {
        "next_dose": bd.rules.MaxTargetProbability(0.16, 0.33),
        "max_patients": 6,
        "tolerances": (1e-3,),
    }
    (mine,) = model_based(GRID, Described(), **settings).tables
    (theirs,) = model_based(GRID, TwoParameterLogistic(NORMAL), **settings).tables
    assert mine.shape == theirs.shape
    np.testing.assert_allclose(mine.features, theirs.features, rtol=1e-6, atol=1e-7)
