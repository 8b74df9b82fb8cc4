"""TITE designs through both engines: exact against simulated, and slow arrivals against waiting."""

from functools import cache

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.late_onset.waiting import WaitsForOutcomes

GRID = bd.DoseGrid((1, 2.5, 5, 10), "mg")
SCENARIOS = [
    bd.scenarios.Scenario("third", GRID, (0.05, 0.12, 0.25, 0.40)),
    bd.scenarios.Scenario("steep", GRID, (0.10, 0.35, 0.60, 0.70)),
]
RULE = bd.rules.ClosestTo(0.25)


@cache
def designs():
    prior = bd.priors.NormalPrior((-1.1, 0), (2, 0.7), reference_dose=5)
    curve = bd.models.PowerCurve((0.05, 0.12, 0.25, 0.40))
    late = bd.late_onset
    return {
        "boin": late.tite_boin(GRID, 0.25, max_patients=12),
        "boin ess": late.tite_boin_ess(GRID, 0.25, max_patients=12),
        "crm": late.tite_crm(
            GRID, curve, target=0.25, prior_sd=1.1, estimate="plug-in", max_patients=9, cohort_size=1
        ),
        "blrm": late.tite_blrm(
            GRID,
            prior,
            target_interval=(0.16, 0.33),
            ewoc_cap=0.25,
            max_patients=12,
            suspension=late.AccrualSuspension(0.5),
        ),
        "rolling six": late.rolling_six(bd.DoseGrid((1, 2.5), "mg"), complete_highest=True),
    }


def characteristics(design, gap, method):
    scenarios = [
        bd.scenarios.Scenario(one.name, design.grid, one.prob_dlt[: len(design.grid)]) for one in SCENARIOS
    ]
    return bd.late_onset.operating_characteristics(
        {"design": design},
        scenarios,
        mtd_rule=RULE,
        dlt_window=28,
        arrivals=bd.late_onset.Arrivals(gap),
        method=method,
    )


@pytest.mark.parametrize("name", ["boin", "boin ess", "crm", "blrm", "rolling six"])
def test_exact_and_simulated(name):
    exact = characteristics(designs()[name], 7, bd.Exact())
    simulated = characteristics(designs()[name], 7, bd.MonteCarlo(trials=4000, rng=20180915))
    compared = 0
    for quantity in simulated.data_vars:
        if f"{quantity}_mcse" not in simulated or quantity not in exact:
            continue
        error = simulated[f"{quantity}_mcse"].values
        # Five standard errors; 1e-9 where a probability is 0 or 1 in every simulated trial, or so rare that
        # none has it: fewer than three in 4000 are expected then.
        away = np.abs(simulated[quantity].values - exact[quantity].values)
        rare = np.where(error > 0, 0, 3 / 4000 * np.maximum(1, np.abs(exact[quantity].values)))
        assert np.all(away <= 5 * error + np.maximum(rare, 1e-9)), quantity
        compared += 1
    assert compared >= 5


@pytest.mark.parametrize("name", ["boin", "boin ess", "crm", "blrm"])
def test_slow_arrivals_are_the_waiting_design(name):
    design = designs()[name]
    slow = characteristics(design, 28, bd.Exact())
    waiting = characteristics(WaitsForOutcomes(design.design), 28, bd.Exact())
    assert np.all(slow["expected_time_suspended"] == 0)
    for quantity in ("selection_probability", "expected_patients", "expected_dlts"):
        assert np.array_equal(slow[quantity].values, waiting[quantity].values), quantity
    # Of the same trials once more by the engine that knows no time: sums in another order, 1e-12.
    timeless = bd.operating_characteristics({"design": design.design}, SCENARIOS, mtd_rule=RULE)
    for quantity in ("selection_probability", "expected_patients"):
        assert slow[quantity].values == pytest.approx(timeless[quantity].values, abs=1e-12)
