"""Sensitivity to the prior is the exact comparison of the designs that the priors give."""

from functools import partial

import numpy as np
import pytest
import xarray as xr

from bayesdose.designs.blrm import blrm
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.priors.robust import robustify
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.sensitivity import prior_sensitivity

GRID = DoseGrid((1, 3, 10), unit="mg")
RULE = HighestBelow(0.3)
SCENARIOS = builtin_scenarios(GRID, RULE)
HISTORY = NormalPrior((-2.5, -0.2), (0.4, 0.3), reference_dose=10, origin="earlier trial")
VAGUE = NormalPrior((-0.85, 0.0), (2.0, 1.0), reference_dose=10, origin="weak")
BUILD = partial(blrm, GRID, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=12)


@pytest.fixture(scope="module")
def priors():
    return {"history": HISTORY, "robust": robustify(HISTORY, 0.3, VAGUE), "vague": VAGUE}


@pytest.fixture(scope="module")
def result(priors):
    return prior_sensitivity(priors, BUILD, SCENARIOS, mtd_rule=RULE, dlt_window=28)


def test_each_prior_is_a_design_of_the_exact_comparison(result):
    alone = operating_characteristics({"x": BUILD(HISTORY)}, SCENARIOS, mtd_rule=RULE, dlt_window=28)
    counts = ["refined_states", "unsettled_states"]
    one = result.sel(prior="history", drop=True).drop_vars(["prior_origin", *counts])
    xr.testing.assert_equal(one, alone.sel(design="x", drop=True).drop_vars(counts))
    assert result.attrs["method"] == "exact"


def test_priors_keep_their_names_order_and_origin(result):
    assert result["prior"].values.tolist() == ["history", "robust", "vague"]
    assert "design" not in result.dims
    assert result["prior_origin"].values.tolist()[::2] == ["earlier trial", "weak"]
    assert "vague component of weight 0.3" in result["prior_origin"].values[1]


def test_a_prior_that_trusts_history_finds_the_top_dose_more_often(result):
    # The history says that even the highest dose is safe (P(DLT) 0.08 there); the vague prior does not.
    selected = result["correct_selection"].sel(scenario="MTD 10 mg")
    assert selected.sel(prior="history") > selected.sel(prior="robust") > selected.sel(prior="vague")
    overdosed = result["proportion_overdosed"].sel(scenario="MTD 1 mg")
    assert overdosed.sel(prior="history") > overdosed.sel(prior="vague")


def test_robust_weights_0_and_1_behave_like_the_priors_themselves(result):
    ends = {weight: robustify(HISTORY, weight, VAGUE) for weight in (0, 1)}
    found = prior_sensitivity(
        {f"weight {weight}": prior for weight, prior in ends.items()}, BUILD, SCENARIOS, mtd_rule=RULE
    )
    for label, name in (("weight 0", "history"), ("weight 1", "vague")):
        np.testing.assert_array_equal(
            found["selection_probability"].sel(prior=label), result["selection_probability"].sel(prior=name)
        )


def test_whatever_the_builder_takes_can_be_varied():
    variants = {name: name for name in ("deescalation", "no-deescalation")}
    found = prior_sensitivity(variants, partial(ThreePlusThree, GRID), SCENARIOS, mtd_rule=RULE)
    designs = {name: ThreePlusThree(GRID, name) for name in variants}
    expected = operating_characteristics(designs, SCENARIOS, mtd_rule=RULE)
    np.testing.assert_array_equal(found["correct_selection"], expected["correct_selection"])
    assert found["prior_origin"].values.tolist() == ["", ""]


@pytest.mark.parametrize(
    ("priors", "build", "message"),
    [
        ({}, BUILD, "priors: got {}; wanted a dict from names to values with at least 1 of them"),
        ([HISTORY], BUILD, "wanted a dict from names to values"),
        ({"history": HISTORY}, GRID, "build: got "),
    ],
)
def test_bad_input_is_refused(priors, build, message):
    with pytest.raises(InputError) as error:
        prior_sensitivity(priors, build, SCENARIOS, mtd_rule=RULE)
    assert message in str(error.value)
