"""Days of each part of a trial: sums, cohorts by hand, and trials that are walked through."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.simulation.monte_carlo import latent_uniforms, simulate_trials

GRID = bd.DoseGrid((1, 3, 10), "mg")
BOTH = bd.TreatmentGrid((bd.Regimen("Q3W", GRID, 21), bd.Regimen("Q2W", GRID, 28)))
THREE = bd.three_plus_three(GRID, "deescalation")
RULE = bd.rules.HighestBelow(0.3)
CURVES = [
    bd.scenarios.Scenario("low", GRID, (0.25, 0.4, 0.55)),
    bd.scenarios.Scenario("high", GRID, (0.05, 0.1, 0.2)),
]
OF_BOTH = [bd.scenarios.on_treatments(one, BOTH, log_odds=(0.4,)) for one in CURVES]
EXPANSION = bd.ExpansionCohort(8, bd.rules.MoreDLTsThan(2), looks=2, on_stop="dose below")
PLAN = bd.plan(bd.accelerated_titration(THREE, 2), (EXPANSION,))
SECOND = bd.SecondRegimen(BOTH, bd.rules.ThreePlusThreeAtLevel(), "two after a DLT")
WITH_SECOND = bd.plan(bd.accelerated_titration(THREE, 2), (SECOND, EXPANSION))


def characteristics(designs, curves=CURVES, **how):
    return bd.operating_characteristics(designs, curves, mtd_rule=RULE, dlt_window=21, **how)


@pytest.mark.parametrize("accrual", [None, bd.Accrual(9), bd.Accrual(9, "fixed")])
def test_parts_add_up_and_the_escalation_takes_what_it_takes_alone(accrual):
    designs = {"whole": PLAN, "alone": PLAN.escalation}
    found = characteristics(designs, accrual=accrual)
    days = found["expected_stage_duration"]
    assert days.attrs["units"] == "days"
    assert np.abs(days.sum("stage") - found["expected_duration"]).max() < 1e-10
    alone = found["expected_duration"].sel(design="alone").values
    assert np.abs(days.sel(stage="escalation") - alone).max() < 1e-10
    assert np.all(days.sel(design="alone", stage="expansion") == 0)
    assert float(days.sel(design="whole", stage="expansion").min()) > 10


def test_an_expansion_by_hand():
    """Eight new patients by four: two cohorts wherever the escalation has found a dose."""
    cohort = bd.ExpansionCohort(8, looks=4, escalation_patients=False)
    found = characteristics({"whole": bd.plan(THREE, (cohort,))}, accrual=bd.Accrual(5)).squeeze("design")
    begun = 1 - found["escalation_selection_probability"].sel(recommendation="none")
    days = found["expected_stage_duration"].sel(stage="expansion")
    assert np.abs(days - begun * (2 * 21 + 8 * 5)).max() < 1e-10


def test_each_cohort_is_followed_for_its_own_regimens_window():
    """20,000 trials walked through, their cohorts counted; five standard errors."""
    found = characteristics({"whole": WITH_SECOND}, OF_BOTH, accrual=bd.Accrual(5)).squeeze("design")
    days = found["expected_stage_duration"].values
    assert "28" not in str(found.attrs["dlt_window_days"])
    assert "DLT window of its regimen" in found.attrs["duration_assumption"]
    # Cohorts of three under the second regimen.
    patients = found["expected_stage_patients"].values
    assert np.abs(days[:, 1] - patients[:, 1] * (28 / 3 + 5)).max() < 1e-10
    assert np.abs(days.sum(axis=1) - found["expected_duration"]).max() < 1e-10
    assert "duration_quantile" not in found
    windows, trials = np.repeat([21, 28], 3), 20_000
    walked = np.zeros((2 * trials, 3))

    def watch(walking, states):
        np.add.at(walked, (walking, WITH_SECOND.stage(states.phase)), windows[states.level])

    outcome = np.stack([one.prob_outcome(WITH_SECOND.outcome_categories) for one in OF_BOTH])
    uniforms = latent_uniforms(3, 0, trials, WITH_SECOND.max_patients)
    simulate_trials(WITH_SECOND, outcome, uniforms, watch=watch)
    walked = walked.reshape(2, trials, 3)
    waited = patients * 5
    error = walked.std(axis=1) / np.sqrt(trials)
    assert np.all(np.abs(walked.mean(axis=1) + waited - days) < 5 * error)


def test_simulated_trials_of_several_regimens_have_no_duration():
    how = {"method": bd.MonteCarlo(trials=100, rng=1)}
    assert "expected_duration" not in characteristics({"whole": WITH_SECOND}, OF_BOTH, **how)
    one_regimen = characteristics({"whole": PLAN}, **how)
    assert "expected_duration" in one_regimen
    assert "expected_stage_duration" not in one_regimen
    # The same window under both regimens is one window.
    same = bd.TreatmentGrid((bd.Regimen("Q3W", GRID, 21), bd.Regimen("Q2W", GRID)))
    design = bd.plan(THREE, (bd.SecondRegimen(same, bd.rules.ThreePlusThreeAtLevel()),))
    curves = [bd.scenarios.on_treatments(one, same, log_odds=(0.4,)) for one in CURVES]
    assert "duration_quantile" in characteristics({"whole": design}, curves, **how)


def test_bounds_hold_what_is_left_out():
    exact = characteristics({"whole": WITH_SECOND}, OF_BOTH)
    bounded = characteristics({"whole": WITH_SECOND}, OF_BOTH, method=bd.Exact(max_unresolved=0.02))
    assert 0 < float(bounded["unresolved_probability"].max()) <= 0.02
    for name in ("expected_stage_duration", "expected_duration"):
        assert np.all(bounded[f"{name}_lower"] <= exact[name] + 1e-9)
        assert np.all(exact[name] <= bounded[f"{name}_upper"] + 1e-9)
        assert np.all(bounded[f"{name}_upper"] > bounded[f"{name}_lower"])
        # What is left out is rare, and longer than others.
        assert np.allclose(bounded[name], exact[name], rtol=0.05)
