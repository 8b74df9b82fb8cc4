"""Trials in time, exactly: against every trial one by one, against today's engine, and its limits."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import GraphTooLargeError, InputError, SimulationError
from bayesdose.late_onset.onset import PiecewiseOnset, UniformOnset, prob_by_step
from bayesdose.late_onset.trials import Enrolment
from tests.late_onset.eager import Eager, every_trial

GRID = bd.DoseGrid.of_levels(3)
SCENARIOS = [
    bd.scenarios.Scenario("low", GRID, (0.05, 0.15, 0.3)),
    bd.scenarios.Scenario("high", GRID, (0.3, 0.5, 0.7)),
]
RULE = bd.rules.ClosestTo(0.3)
# Sums of some thousand products of probabilities.
ROUNDING = 1e-12
EXACT = bd.Exact()
THREE = bd.three_plus_three(GRID, "deescalation")
BOIN = bd.boin(GRID, 0.3, max_patients=12)
TITRATION = bd.accelerated_titration(THREE)


def characteristics(design, arrivals, *, onset=UniformOnset(), window=28, step=7, method=EXACT):
    result = bd.late_onset.operating_characteristics(
        {"design": design},
        SCENARIOS,
        mtd_rule=RULE,
        dlt_window=window,
        arrivals=arrivals,
        onset=onset,
        step=step,
        method=method,
    )
    return result.squeeze("design")


@pytest.mark.parametrize("gap", [1, 2])
@pytest.mark.parametrize("site", [{}, {"capacity": 2}, {"capacity": 1, "waiting_room": 2}])
@pytest.mark.parametrize(
    "design",
    [
        Eager(GRID, 5),
        bd.late_onset.StaggersSinglePatients(bd.boin(GRID, 0.3, max_patients=4, cohort_size=1), 0.5),
    ],
)
def test_every_trial_one_by_one(design, gap, site):
    onset, window = PiecewiseOnset((0.2, 0.3, 0.5)), 3
    arrivals = bd.late_onset.Arrivals(gap, **site)
    found = characteristics(design, arrivals, onset=onset, window=window, step=1)
    for scenario in SCENARIOS:
        by_step = prob_by_step(onset, np.array(scenario.prob_dlt), window)
        wanted = every_trial(design, by_step, gap, **site)
        here = found.sel(scenario=scenario.name)
        for name, measure in {
            "duration": "expected_duration",
            "suspended": "expected_time_suspended",
            "turned away": "expected_patients_turned_away",
            "contradicted": "expected_contradicted_decisions",
            "patients": "expected_sample_size",
        }.items():
            assert abs(wanted[name] - float(here[measure])) < 100 * ROUNDING, name
        takes = np.array([wanted[f"takes {days}"] for days in range(here.sizes["days"])])
        assert np.abs(np.cumsum(takes) - here["duration_distribution"]).max() < ROUNDING
        chosen = [wanted[f"recommends {dose}"] for dose in range(-1, 3)]
        assert np.abs(chosen - here["selection_probability"]).max() < ROUNDING


def test_the_small_design_is_contradicted_at_times():
    # Without this the test above would not see decisions that are contradicted.
    found = characteristics(Eager(GRID, 5), bd.late_onset.Arrivals(1), window=3, step=1)
    assert (found["expected_contradicted_decisions"] > 0.01).all()


SAME_AS_TODAY = (
    "selection_probability",
    "expected_patients",
    "expected_dlts",
    "sample_size_probability",
    "stop_reason_probability",
    "correct_selection",
    "selection_loss",
)


@pytest.mark.parametrize("design", [THREE, BOIN, TITRATION, bd.rolling_six(GRID, 4, True)], ids=type)
@pytest.mark.parametrize("wrapper", [bd.late_onset.WaitsForOutcomes, bd.late_onset.DecidesEarly])
@pytest.mark.parametrize(
    "arrivals",
    [bd.late_onset.Arrivals(7), bd.late_onset.Arrivals(14, waiting_room=3), bd.late_onset.Arrivals(35)],
    ids=str,
)
def test_waiting_and_deciding_early_are_todays_trial(design, wrapper, arrivals):
    # However fast patients come, the same patients are treated at the same doses.
    today = bd.operating_characteristics({"design": design}, SCENARIOS, mtd_rule=RULE).squeeze("design")
    found = characteristics(wrapper(design), arrivals)
    for name in SAME_AS_TODAY:
        assert np.abs(found[name] - today[name]).max() < ROUNDING, name
    assert (found["expected_contradicted_decisions"] == 0).all()


@pytest.mark.parametrize("gap", [7, 14])
@pytest.mark.parametrize("design", [THREE, BOIN, TITRATION], ids=type)
def test_deciding_early_saves_time(design, gap):
    arrivals = bd.late_onset.Arrivals(gap)
    waits = characteristics(bd.late_onset.WaitsForOutcomes(design), arrivals)
    early = characteristics(bd.late_onset.DecidesEarly(design), arrivals)
    assert (early["expected_duration"] < waits["expected_duration"]).all()
    assert (early["expected_time_suspended"] < waits["expected_time_suspended"]).all()


def test_single_patients_apart():
    arrivals = bd.late_onset.Arrivals(7)
    waits = characteristics(bd.late_onset.WaitsForOutcomes(TITRATION), arrivals)
    durations = []
    for gap in (0.25, 0.5, 1):
        found = characteristics(bd.late_onset.StaggersSinglePatients(TITRATION, gap), arrivals)
        durations.append(found["expected_duration"].values)
    assert (np.diff(durations, axis=0) > 0).all()
    # The whole window apart is waiting.
    for name in waits.data_vars:
        if np.issubdtype(waits[name].dtype, np.floating) and name in found:
            assert np.nanmax(np.abs(found[name] - waits[name])) < 1e-9, name


def test_slow_arrivals_make_every_design_wait():
    # One patient after the other, 35 days apart; the last is followed for at most 28.
    found = characteristics(bd.late_onset.WaitsForOutcomes(THREE), bd.late_onset.Arrivals(35))
    assert (found["expected_patients_turned_away"] == 0).all()
    assert (found["expected_time_suspended"] == 0).all()
    most = 35 * (found["expected_sample_size"] - 1) + 28
    assert (found["expected_duration"] <= most).all()
    assert (found["expected_duration"] > most - 28).all()


@pytest.mark.parametrize("max_unresolved", [1e-2, 1e-4])
def test_what_is_left_out_is_bounded(max_unresolved):
    arrivals = bd.late_onset.Arrivals(14, "at random")
    method = bd.Exact(max_unresolved=max_unresolved)
    found = characteristics(bd.late_onset.DecidesEarly(BOIN), arrivals, method=method)
    today = bd.operating_characteristics({"design": BOIN}, SCENARIOS, mtd_rule=RULE).squeeze("design")
    assert (found["unresolved_probability"] > 0).all()
    assert (found["unresolved_probability"] <= max_unresolved).all()
    for name in ("selection_probability", "expected_patients", "correct_selection"):
        assert (found[f"{name}_lower"] <= today[name] + ROUNDING).all()
        assert (found[f"{name}_upper"] >= today[name] - ROUNDING).all()
    by_then = found["duration_distribution"]
    assert (found["duration_distribution_lower"] <= by_then).all()
    assert (found["duration_distribution_upper"] >= by_then - ROUNDING).all()


def test_certain_arrivals_at_random_are_a_fixed_gap():
    design = bd.late_onset.DecidesEarly(BOIN)
    fixed = characteristics(design, bd.late_onset.Arrivals(7))
    method = bd.Exact(max_unresolved=1e-9)
    random = characteristics(design, bd.late_onset.Arrivals(7, "at random"), method=method)
    for name in ("selection_probability", "expected_duration", "expected_time_suspended"):
        assert np.abs(fixed[name] - random[name]).max() < 1e-5, name


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"arrivals": bd.late_onset.Arrivals(10)}, "arrivals, mean_gap: got '10 days with steps of 7'"),
        ({"dlt_window": 30}, "dlt_window: got '30 days with steps of 7'"),
        ({"arrivals": bd.late_onset.Arrivals(3, "at random")}, "wanted at least a step"),
        ({"arrivals": bd.late_onset.Arrivals(14, "at random")}, "Pass Exact(max_unresolved=1e-6)"),
        ({"arrivals": bd.late_onset.Arrivals(14, "poisson")}, "'fixed' or 'at random' for exact results"),
        ({"method": bd.MonteCarlo(target_mcse=0.01)}, "Pass MonteCarlo(trials=10_000)"),
        ({"designs": {"today": THREE}}, "designs"),
        ({"designs": {"other": Eager(bd.DoseGrid.of_levels(2), 3)}}, "dose grid of 'other'"),
        ({"designs": {}}, "designs"),
        ({"scenarios": [SCENARIOS[0]] * 2}, "two named 'low'"),
        ({"step": 0}, "step: got 0"),
    ],
)
def test_bad_input(wrong, message):
    given = {
        "designs": {"eager": Eager(GRID, 5)},
        "scenarios": SCENARIOS,
        "mtd_rule": RULE,
        "dlt_window": 28,
        "arrivals": bd.late_onset.Arrivals(7),
    }
    with pytest.raises(InputError) as error:
        bd.late_onset.operating_characteristics(**{**given, **wrong})
    assert message in str(error.value)


def test_a_graph_that_does_not_fit_is_refused_before_it_grows():
    with pytest.raises(GraphTooLargeError, match="may take"):
        characteristics(Eager(GRID, 60), bd.late_onset.Arrivals(7), method=bd.Exact(memory_budget=2**20))


class WaitsForEver(Eager):
    """Never lets the second patient in."""

    def next_patient(self, trials):
        nobody = np.zeros(len(trials), dtype=int)
        return Enrolment(level=trials.level, phase=trials.phase, stop=nobody, waits=nobody == 0)


@pytest.mark.parametrize("method", [bd.Exact(), bd.MonteCarlo(trials=10, rng=1)])
def test_a_design_that_never_goes_on_is_told_so(method):
    with pytest.raises(SimulationError, match="waits although every outcome is known"):
        characteristics(WaitsForEver(GRID, 5), bd.late_onset.Arrivals(7), method=method)


def test_moderate_toxicity_has_no_time():
    looks = bd.accelerated_titration(THREE, trigger_moderates=1)
    for wrapper in (bd.late_onset.WaitsForOutcomes, bd.late_onset.DecidesEarly):
        with pytest.raises(InputError, match="looks at moderate toxicity or responses"):
            wrapper(looks)
