"""Designs and the benchmark on the same patients, against trials that are followed one by one."""

import numpy as np
import pytest

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import ClosestTo
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation import paired_benchmark
from bayesdose.simulation.benchmark import optimal_benchmark
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.monte_carlo import latent_uniforms
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.paired_benchmark import paired_efficiency
from bayesdose.trial import StopReason, TrialState

GRID = DoseGrid((1.0, 2.0, 4.0), "mg")
DESIGNS = {
    "3+3": ThreePlusThree(GRID, "deescalation"),
    "titration": AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), single_patient_levels=2),
}
SCENARIOS = [Scenario("a", GRID, (0.1, 0.25, 0.5)), Scenario("b", GRID, (0.02, 0.05, 0.2))]
RULE, TRIALS, SEED, PATIENTS = ClosestTo(0.25), 200, 5, 12
MTD = {"a": 1, "b": 2}


def design_is_right(design, scenario, uniforms):
    """Follow one trial, patient by patient."""
    counts = np.zeros((1, 3, 2), dtype=int)
    cohort, patient = design.first_cohort(), 0
    while cohort.stop[0] == StopReason.GOES_ON.code:
        level = int(cohort.level[0])
        for _ in range(int(cohort.size[0])):
            counts[0, level, int(uniforms[patient] < scenario.prob_dlt[level])] += 1
            patient += 1
        state = TrialState(counts, cohort.level, cohort.phase)
        cohort = design.next_cohort(state)
    return int(design.recommend(state)[0]) == MTD[scenario.name]


def benchmark_share(scenario, uniforms):
    """Share of the right dose among those closest to one quarter, in whole numbers."""
    far = [abs(4 * sum(u < p for u in uniforms[:PATIENTS]) - PATIENTS) for p in scenario.prob_dlt]
    tied = [level for level, one in enumerate(far) if one == min(far)]
    return (MTD[scenario.name] in tied) / len(tied)


@pytest.fixture(scope="module")
def found():
    return paired_efficiency(DESIGNS, SCENARIOS, PATIENTS, RULE, trials=TRIALS, rng=SEED, ties="split")


def test_against_trials_followed_one_by_one(found):
    uniforms = latent_uniforms(SEED, 0, TRIALS, 18)
    for scenario in SCENARIOS:
        bench = np.array([benchmark_share(scenario, u) for u in uniforms])
        assert np.sum((bench > 0) & (bench < 1)) > 0
        at = found.sel(scenario=scenario.name)
        # Sums of 200 numbers in another order: 1e-12 is rounding.
        assert float(at["benchmark_correct_selection"]) == pytest.approx(bench.mean(), abs=1e-12)
        error = bench.std() / np.sqrt(TRIALS)
        assert float(at["benchmark_correct_selection_mcse"]) == pytest.approx(error, rel=1e-9)
        for name, design in DESIGNS.items():
            own = np.array([design_is_right(design, scenario, u) for u in uniforms], dtype=float)
            ratio = own.mean() / bench.mean()
            row = at.sel(design=name)
            assert float(row["correct_selection"]) == pytest.approx(own.mean(), abs=1e-12)
            assert float(row["efficiency"]) == pytest.approx(ratio, abs=1e-12)
            assert float(row["difference_from_benchmark"]) == pytest.approx((own - bench).mean(), abs=1e-12)
            error = np.std(own - bench) / np.sqrt(TRIALS)
            assert float(row["difference_from_benchmark_mcse"]) == pytest.approx(error, rel=1e-9)
            error = np.std(own - ratio * bench) / bench.mean() / np.sqrt(TRIALS)
            assert float(row["efficiency_mcse"]) == pytest.approx(error, rel=1e-9)


def test_the_patients_are_those_of_the_simulation(found):
    simulated = operating_characteristics(
        DESIGNS, SCENARIOS, mtd_rule=RULE, method=MonteCarlo(trials=TRIALS, rng=SEED)
    )
    for name in ("correct_selection", "correct_selection_mcse"):
        np.testing.assert_allclose(found[name], simulated[name], rtol=1e-12)


def test_pairing_pays(found):
    apart = np.hypot(found["correct_selection_mcse"], found["benchmark_correct_selection_mcse"])
    assert np.all(found["difference_from_benchmark_mcse"] < apart)


def test_blocks_do_not_matter(found, monkeypatch):
    monkeypatch.setattr(paired_benchmark, "_TRIALS_AT_ONCE", 14)
    shares = []
    again = paired_efficiency(
        DESIGNS, SCENARIOS, PATIENTS, RULE, trials=TRIALS, rng=SEED, ties="split", progress=shares.append
    )
    for name in found:
        np.testing.assert_allclose(again[name], found[name], rtol=1e-12)
    assert len(shares) == 29
    assert shares[-1] == 1


def test_near_the_exact_numbers():
    simulated = paired_efficiency(DESIGNS, SCENARIOS, 18, RULE, trials=10_000, rng=2, ties="higher")
    benchmark = optimal_benchmark(SCENARIOS, 18, RULE, ties="higher")["correct_selection"].values
    designs = operating_characteristics(DESIGNS, SCENARIOS, mtd_rule=RULE)["correct_selection"].values
    # Four standard errors for each of six numbers; the seed is fixed.
    away = abs(simulated["benchmark_correct_selection"].values - benchmark)
    assert np.all(away < 4 * simulated["benchmark_correct_selection_mcse"].values)
    away = abs(simulated["efficiency"].values - designs / benchmark)
    assert np.all(away < 4 * simulated["efficiency_mcse"].values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"designs": {}}, "designs: got .*with at least 1"),
        ({"scenarios": []}, "scenarios: got"),
        ({"trials": 1}, "trials: got 1; wanted a whole number of at least 2"),
        ({"num_patients": 0}, "num_patients: got 0"),
        ({"ties": "lowest"}, "ties: got 'lowest'"),
        ({"rng": -1}, "rng: got -1"),
        (
            {"scenarios": [Scenario("x", DoseGrid.of_levels(3), (0.1, 0.2, 0.3))]},
            "dose grid of 'x': got .*wanted .*the same grid",
        ),
    ],
)
def test_refused(change, message):
    arguments = {
        "designs": DESIGNS,
        "scenarios": SCENARIOS,
        "num_patients": 12,
        "mtd_rule": RULE,
        "trials": 5,
    }
    with pytest.raises(InputError, match=message):
        paired_efficiency(**(arguments | change))
