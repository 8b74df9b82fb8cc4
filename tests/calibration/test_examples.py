"""Calibrations whose answer is known from elsewhere: dfcrm's half width, where a cap changes a design."""

import itertools

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.priors.skeleton import indifference_interval_skeleton
from bayesdose.scenarios.scenario import Scenario

GRID6 = bd.DoseGrid.of_levels(6)


def half_width_crm(half_width, patients=36):
    """dfcrm's CRM with a skeleton of Lee and Cheung (2009) at its third of six doses."""
    skeleton = indifference_interval_skeleton(
        target=0.25, half_width=half_width, prior_mtd=3, number_of_doses=6
    )
    return bd.crm(
        GRID6,
        skeleton.curve,
        target=0.25,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=patients,
        increments=bd.rules.LevelsAboveCurrent(1) & bd.rules.Coherent(0.25),
        recommendation=bd.rules.BestOnGrid(),
    )


def test_a_half_width_has_the_correct_selection_that_dfcrm_simulates(golden):
    # crmsim's skeleton is getprior(0.05, 0.25, 3, 6); 5000 trials of 36 patients in cohorts of three.
    case = golden("dfcrm_crmsim_oc.json")["cases"][0]
    curve = Scenario(case["scenario"], GRID6, tuple(case["PI"]))
    rule = bd.rules.ClosestTo(case["target"])
    found = bd.calibrate(
        half_width_crm,
        {"half_width": (0.05, 0.1)},
        [curve],
        mtd_rule=rule,
        objective=f"maximise correct_selection in {curve.name}",
    )
    np.testing.assert_allclose(
        indifference_interval_skeleton(target=0.25, half_width=0.05, prior_mtd=3, number_of_doses=6).prob_dlt,
        case["skeleton"],
        atol=1e-9,
    )
    exact = found.tried["correct_selection"].sel(design="half_width=0.05").item()
    simulated = case["prob_select"][int(np.argmin(np.abs(np.array(case["PI"]) - case["target"])))]
    error = np.sqrt(exact * (1 - exact) / case["nsim"])
    assert abs(exact - simulated) < 3 * error
    # A width that matters: the other one is further from dfcrm's number than chance allows.
    other = found.tried["correct_selection"].sel(design="half_width=0.1").item()
    assert abs(other - simulated) > 3 * error


def test_a_cap_changes_a_design_only_where_it_passes_an_attained_probability():
    grid, rule = bd.DoseGrid((1, 3, 10), "mg"), bd.rules.HighestBelow(0.33)
    prior = bd.priors.NormalPrior((-1.0, 0.0), (2.0, 1.0), 10.0)

    def make(cap):
        return bd.blrm(grid, prior, target_interval=(0.16, 0.33), ewoc_cap=cap, stop_cap=0.9, max_patients=6)

    # Every data set of at most two cohorts of three, and the overdose probabilities above the lowest dose.
    data = [
        one
        for one in itertools.product(
            [(0, 0), *((3, y) for y in range(4)), *((6, y) for y in range(7))], repeat=3
        )
        if 0 < sum(n for n, _ in one) <= 6
    ]
    patients, dlts = np.array(data).transpose(2, 0, 1)
    over = 1 - make(0.25).tables[-1].posterior(patients, dlts).below(0.33)[:, 1:]
    attained = np.unique(over.round(9))
    attained = attained[(attained > 0.02) & (attained < 0.6)]
    low, high = attained[:-1], attained[1:]
    wide = np.flatnonzero(high - low > 1e-3)
    ends = [cap for gap in wide for cap in (low[gap] + 1e-4, high[gap] - 1e-4)]
    scenarios = bd.scenarios.builtin_scenarios(grid, rule)
    found = bd.calibrate(make, {"cap": ends}, scenarios, mtd_rule=rule)
    assert len(wide) > 10
    for name in ("selection_probability", "expected_patients", "stop_reason_probability"):
        first, last = found.tried[name].values[::2], found.tried[name].values[1::2]
        np.testing.assert_array_equal(first, last)
    # And some of these probabilities are reached: there are several designs.
    selection = found.tried["selection_probability"].values
    assert 2 < len(np.unique(selection.reshape(len(selection), -1), axis=0)) <= len(wide)


@pytest.mark.parametrize("bound", ["lower", "upper"])
def test_other_bounds_share_nothing_that_is_wrong(bound):
    # Designs with other target intervals have other tables: each agrees with itself alone.
    grid, rule = bd.DoseGrid((1, 3, 10), "mg"), bd.rules.HighestBelow(0.33)
    prior = bd.priors.NormalPrior((-1.0, 0.0), (2.0, 1.0), 10.0)
    scenarios = bd.scenarios.builtin_scenarios(grid, rule)

    def make(end, cap):
        interval = (end, 0.33) if bound == "lower" else (0.16, end)
        return bd.blrm(grid, prior, target_interval=interval, ewoc_cap=cap, stop_cap=0.5, max_patients=9)

    ends = (0.1, 0.2) if bound == "lower" else (0.3, 0.35)
    found = bd.calibrate(make, {"cap": (0.2, 0.3), "end": ends}, scenarios, mtd_rule=rule)
    alone = bd.operating_characteristics(found.designs, scenarios, mtd_rule=rule)
    np.testing.assert_allclose(
        found.tried["selection_probability"].values, alone["selection_probability"].values, rtol=0, atol=1e-12
    )
