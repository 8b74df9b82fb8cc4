"""A choice on other scenarios and for other values of a parameter, against what it means."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError

GRID = bd.DoseGrid((1, 3, 10, 30), "mg")
RULE = bd.rules.HighestBelow(0.33)
SCENARIOS = bd.scenarios.builtin_scenarios(GRID, RULE)
PRIORS = {
    "wide": bd.priors.NormalPrior((-1.0, 0.0), (2.0, 1.0), 10.0),
    "narrow": bd.priors.NormalPrior((-1.5, 0.2), (0.7, 0.3), 10.0),
}


def make(cap, prior="wide"):
    return bd.blrm(
        GRID,
        PRIORS[prior] if isinstance(prior, str) else prior,
        target_interval=(0.16, 0.33),
        ewoc_cap=cap,
        stop_cap=0.5,
        max_patients=12,
    )


def test_held_out_scenarios():
    some, others = SCENARIOS[:3], SCENARIOS[3:]
    found = bd.calibrate(make, {"cap": (0.2, 0.3, 0.4)}, some, mtd_rule=RULE)
    there = found.held_out(others)
    alone = bd.operating_characteristics(found.designs, others, mtd_rule=RULE)
    mean = alone["correct_selection"].mean("scenario").values
    np.testing.assert_allclose(there["objective_value"].values[:, 0], mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(there["loss"].values, mean.max() - mean, rtol=0, atol=1e-11)
    here = found.tried["correct_selection"].mean("scenario").values
    np.testing.assert_array_equal(there["calibrated_value"].values[:, 0], here)
    assert there["chosen"].values.tolist() == found.tried["chosen"].values.tolist()


def test_held_out_wants_the_scenarios_that_are_named():
    wish = "maximise correct_selection in too toxic"
    found = bd.calibrate(make, {"cap": (0.2, 0.3)}, SCENARIOS, mtd_rule=RULE, objective=wish)
    with pytest.raises(InputError, match="held_out, scenario of maximise correct_selection in too toxic"):
        found.held_out([one for one in SCENARIOS if one.name != "too toxic"])


def test_the_best_for_each_prior():
    over = {"cap": (0.2, 0.25, 0.3, 0.4), "prior": PRIORS}
    found = bd.calibrate(make, over, SCENARIOS, mtd_rule=RULE)
    table = found.best_by("prior")
    alone = {
        prior: bd.calibrate(
            lambda cap, one=prior: make(cap, one), {"cap": over["cap"]}, SCENARIOS, mtd_rule=RULE
        )
        for prior in PRIORS
    }
    mean = {
        prior: dict(zip(over["cap"], one.tried["objective_value"].values[:, 0], strict=True))
        for prior, one in alone.items()
    }
    for prior in PRIORS:
        best = alone[prior].parameters["cap"]
        assert str(table["best"].sel(prior=prior).item()) == f"cap={best:g}, prior={prior}"
        assert float(table["objective_value"].sel(prior=prior)) == pytest.approx(mean[prior][best], abs=1e-12)
        for other in PRIORS:
            cap = alone[other].parameters["cap"]
            loss = float(table["loss"].sel(prior=prior, chosen_for=other))
            assert loss == pytest.approx(mean[prior][best] - mean[prior][cap], abs=1e-11)
    # The example is one in which the prior matters for the choice.
    assert len({one.parameters["cap"] for one in alone.values()}) == 2
    with pytest.raises(InputError, match="Did you mean 'prior'"):
        found.best_by("priors")


def test_no_best_where_no_design_meets_the_constraints():
    found = bd.calibrate(
        make, {"cap": (0.2, 0.3), "prior": PRIORS}, SCENARIOS, mtd_rule=RULE, constraints="mean dlt_rate <= 0"
    )
    table = found.best_by("prior")
    assert table["best"].values.tolist() == ["", ""]
    assert np.isnan(table["loss"].values).all()
