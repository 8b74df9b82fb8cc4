"""Simulated trials in time: against the exact engine on the same grid, and what their numbers depend on."""

import numpy as np
import pytest
import xarray as xr

import bayesdose as bd
from tests.late_onset.eager import Eager
from tests.simulation.test_monte_carlo import assert_agree as agree_without_time

TRIALS = 10_000
GRID = bd.DoseGrid.of_levels(4)
SCENARIOS = [
    bd.scenarios.Scenario("low", GRID, (0.05, 0.1, 0.2, 0.3)),
    bd.scenarios.Scenario("high", GRID, (0.3, 0.5, 0.6, 0.8)),
]
THREE = bd.three_plus_three(GRID, "deescalation")
BOIN = bd.boin(GRID, 0.3, max_patients=12)
DESIGNS = {
    "waiting 3+3": bd.late_onset.WaitsForOutcomes(THREE),
    "early 3+3": bd.late_onset.DecidesEarly(THREE),
    "waiting BOIN": bd.late_onset.WaitsForOutcomes(BOIN),
    "early BOIN": bd.late_onset.DecidesEarly(BOIN),
    "staggered": bd.late_onset.StaggersSinglePatients(bd.accelerated_titration(THREE, 3), 0.25),
    "eager": Eager(GRID, 12),
}
# Which variables of time are no probability, and how large each could be: trials end within 120 weeks.
RANGES = {
    "expected_duration": 7 * 120,
    "expected_time_suspended": 7 * 120,
    "expected_patients_turned_away": 120,
    "expected_contradicted_decisions": 12,
}


def run(designs=DESIGNS, scenarios=SCENARIOS, *, arrivals, **settings):
    settings = {"dlt_window": 28, "onset": bd.late_onset.WeibullOnset(0.7)} | settings
    return bd.late_onset.operating_characteristics(
        designs, scenarios, mtd_rule=bd.rules.ClosestTo(0.3), arrivals=arrivals, **settings
    )


def assert_agree(exact: xr.Dataset, simulated: xr.Dataset) -> int:
    """Every variable within five standard errors and the part that rare events need (see the other test)."""
    trials, of_time = simulated.attrs["trials"], {*RANGES, "duration_distribution"}
    compared = 0
    for name in of_time:
        value, error, spread = exact[name], simulated[f"{name}_mcse"], RANGES.get(name, 1)
        longest = max(value.sizes.get("days", 0), simulated.sizes["days"])
        if "days" in value.dims:
            # Beyond its last day a distribution stays as it is.
            days = [{"days": 7 * np.arange(longest)}, {"method": "ffill"}]
            value, error = value.reindex(*days[:1], **days[1]), error.reindex(*days[:1], **days[1])
            found = simulated[name].reindex(*days[:1], **days[1])
            error = np.maximum(error, np.sqrt(np.clip(value * (1 - value), 0, None) / trials))
        else:
            found = simulated[name]
        left_out = float(exact.attrs["unresolved_probability"]) * spread
        excess = np.abs(found - value) - (5 * error + 4.2 * spread / trials + left_out)
        assert (excess < 0).all(), f"{name} is {float(excess.max()):.2g} beyond its tolerance"
        compared += value.size
    without = [name for name in exact.data_vars if name.removesuffix("_mcse") not in of_time]
    return compared + agree_without_time(exact[without], simulated)


@pytest.mark.parametrize(
    "arrivals",
    [
        bd.late_onset.Arrivals(7),
        bd.late_onset.Arrivals(14, capacity=3),
        bd.late_onset.Arrivals(7, waiting_room=2),
        bd.late_onset.Arrivals(42),
    ],
    ids=str,
)
def test_agrees_with_the_exact_engine(arrivals):
    exact = run(arrivals=arrivals)
    simulated = run(arrivals=arrivals, method=bd.MonteCarlo(trials=TRIALS, rng=5))
    assert assert_agree(exact, simulated) > 1000


def test_agrees_with_arrivals_at_random():
    grid = bd.DoseGrid.of_levels(2)
    scenarios = [bd.scenarios.Scenario("one", grid, (0.15, 0.4))]
    three = bd.three_plus_three(grid, "deescalation")
    designs = {
        "early": bd.late_onset.DecidesEarly(three),
        "waits": bd.late_onset.WaitsForOutcomes(three),
        "eager": Eager(grid, 9),
    }
    for site in ({}, {"capacity": 2, "waiting_room": 1}):
        arrivals = bd.late_onset.Arrivals(14, "at random", **site)
        exact = run(designs, scenarios, arrivals=arrivals, method=bd.Exact(max_unresolved=1e-5))
        method = bd.MonteCarlo(trials=TRIALS, rng=6)
        assert assert_agree(exact, run(designs, scenarios, arrivals=arrivals, method=method)) > 100


def test_slow_arrivals_treat_the_patients_of_today():
    # The same seed makes the same patients as without time, so that not one trial differs.
    method = bd.MonteCarlo(trials=500, rng=8)
    designs = {"3+3": THREE, "BOIN": BOIN}
    rule = bd.rules.ClosestTo(0.3)
    today = bd.operating_characteristics(designs, SCENARIOS, mtd_rule=rule, method=method)
    for wrapper in (bd.late_onset.WaitsForOutcomes, bd.late_onset.DecidesEarly):
        timed = {name: wrapper(design) for name, design in designs.items()}
        found = run(timed, arrivals=bd.late_onset.Arrivals(30), step=1, method=method)
        for name in ("selection_probability", "expected_patients", "expected_dlts", "dlt_rate"):
            assert np.array_equal(found[name], today[name]), name


@pytest.mark.parametrize("process", ["at random", "poisson"])
def test_results_do_not_depend_on_how_the_work_is_shared(process):
    arrivals = bd.late_onset.Arrivals(9, process, waiting_room=1)
    designs = {name: DESIGNS[name] for name in ("early BOIN", "eager")}
    whole = run(designs, arrivals=arrivals, step=1, method=bd.MonteCarlo(trials=300, rng=2))
    method = bd.MonteCarlo(trials=300, rng=2, chunk_size=77)
    shared = run(designs, arrivals=arrivals, step=1, method=method)
    xr.testing.assert_identical(whole, shared)


def test_workers_give_the_same(tmp_path):
    designs = {"early": DESIGNS["early BOIN"]}
    arrivals = bd.late_onset.Arrivals(14, "poisson")
    here = run(designs, arrivals=arrivals, method=bd.MonteCarlo(trials=200, rng=3, chunk_size=100))
    with bd.simulation.worker_processes(1) as pool:
        method = bd.MonteCarlo(trials=200, rng=3, chunk_size=100, executor=pool)
        xr.testing.assert_identical(here, run(designs, arrivals=arrivals, method=method))


def test_a_longer_run_begins_with_the_shorter_one():
    # Trial 777 is the same alone and in a batch.
    from bayesdose.late_onset.onset import UniformOnset, prob_by_step
    from bayesdose.late_onset.walk import Calendar, walk
    from bayesdose.simulation.monte_carlo import latent_uniforms

    reached = prob_by_step(UniformOnset(), np.array([one.prob_dlt for one in SCENARIOS]), 28)
    arrivals = bd.late_onset.Arrivals(10, "poisson", waiting_room=1)

    def walked(first, last):
        uniforms = latent_uniforms(4, first, last, 12)
        calendar = Calendar(arrivals, 1, 4, first, last)
        return walk(Eager(GRID, 12), reached, uniforms, arrivals, calendar)

    batch, alone = walked(0, 1000), walked(777, 778)
    for name in ("duration", "suspended", "turned_away", "contradicted"):
        assert np.array_equal(getattr(batch, name)[:, 777:778], getattr(alone, name)), name
    assert np.array_equal(batch.final.counts[batch.end[:, 777]], alone.final.counts[alone.end[:, 0]])


def test_poisson_arrivals_take_the_time_that_theory_says():
    # 3+3 at a single safe dose is over with its first three patients.
    grid = bd.DoseGrid.of_levels(1)
    safe = [bd.scenarios.Scenario("safe", grid, (0.0,))]
    designs = {"3+3": bd.late_onset.WaitsForOutcomes(bd.three_plus_three(grid, "deescalation"))}
    arrivals = bd.late_onset.Arrivals(10, "poisson")
    method = bd.MonteCarlo(trials=TRIALS, rng=7)
    found = run(designs, safe, arrivals=arrivals, dlt_window=1, step=0.01, method=method)
    # Two gaps of 10 days on average, and a day of follow-up; a gap is rounded up by half a step.
    error = float(found["expected_duration_mcse"].squeeze())
    assert abs(float(found["expected_duration"].squeeze()) - (2 * 10 + 1 + 0.005)) < 5 * error
    assert abs(error * TRIALS**0.5 - 10 * 2**0.5) < 0.3  # the spread of two exponential gaps
