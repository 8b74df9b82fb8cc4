"""BF-BOIN against published simulations: Zhao et al. (2024), bfboin, simFastBOIN."""

from functools import cache

import numpy as np
import pytest
from scipy import stats

import bayesdose as bd
from tests.late_onset.bf_boin import (
    DLTS,
    GRID,
    RESPONSES,
    RULE,
    boin_at_one_of_three,
    late,
    published_design,
    rows,
    scenario,
    simulate,
)

# What the publication's BOIN rows are off by, of a design whose results are exact, is the error of about so
# many simulated trials; the test of those rows says so.
PUBLISHED_TRIALS = 2500


def test_the_published_table_of_boin():
    """Its Table 1: at how many DLTs the decision changes, for 3, 4, ..., 30 patients."""
    table = published_design().design.table
    row = slice(2, 30)
    assert table.boundaries("E")[row] == [*[0] * 3, *[1] * 5, *[2] * 5, *[3] * 5, *[4] * 5, *[5] * 5]
    fewest = [*[2] * 4, *[3] * 4, *[4] * 3, *[5] * 3, *[6] * 4, *[7] * 3, *[8] * 3, *[9] * 4]
    assert table.boundaries("D")[row] == fewest
    out = [
        *[3] * 3,
        *[4] * 3,
        *[5] * 2,
        *[6] * 3,
        *[7] * 3,
        *[8] * 3,
        *[9] * 3,
        *[10] * 3,
        *[11] * 3,
        *[12] * 2,
    ]
    assert table.boundaries("U")[row] == out


def test_boin_without_backfill_exactly():
    scenarios = [bd.scenarios.Scenario(str(number), GRID, curve) for number, curve in DLTS.items()]
    found = bd.operating_characteristics({"BOIN": boin_at_one_of_three()}, scenarios, mtd_rule=RULE)
    # Computed apart, exactly; printed with one and two digits.
    assert 100 * found["correct_selection"].values[0] == pytest.approx(
        [75.6, 55.7, 56.0, 53.1, 64.7], abs=0.05
    )
    assert found["expected_sample_size"].values[0] == pytest.approx(
        [15.22, 20.93, 24.06, 25.76, 24.91], abs=0.005
    )
    here = found.isel(design=0)
    published = {
        name: np.array([float(row[name]) for row in rows() if row["method"] == "BOIN"])
        for name in ("correct", "n_total")
    }
    correct, size = here["correct_selection"].values, here["expected_sample_size"].values
    each = (here["sample_size_probability"] * (here["patients"] - here["expected_sample_size"]) ** 2).sum(
        "patients"
    )
    away = {"correct": published["correct"] / 100 - correct, "n_total": published["n_total"] - size}
    assert np.abs(away["correct"]).max() < 0.016
    assert 0.2 < np.abs(away["n_total"]).max() < 0.25
    # Ten squares, in units of the variance of one trial, are a chi-square variable over the number of trials.
    squares = away["correct"] ** 2 / (correct * (1 - correct)) + away["n_total"] ** 2 / each.values
    lowest, highest = stats.chi2.ppf([0.025, 0.975], 10)
    assert lowest < PUBLISHED_TRIALS * squares.sum() < highest


@cache
def published_run(first, last, trials):
    return simulate({"BF-BOIN": published_design()}, [scenario(n) for n in range(first, last + 1)], trials)


@pytest.mark.parametrize(("first", "last", "trials"), [(1, 5, 1500), (6, 12, 700)])
def test_the_published_simulation(first, last, trials):
    found = published_run(first, last, trials)
    compared = 0
    for row in rows():
        number = int(row["scenario"])
        if row["method"] != "BF-BOIN" or not first <= number <= last:
            continue
        here = found.sel(scenario=str(number)).squeeze()
        mtd = RESPONSES[number][0] - 1
        each, of_each = here["expected_patients"].values, here["expected_patients_mcse"].values
        parts = {"n_below": slice(0, mtd), "n_at": slice(mtd, mtd + 1), "n_over": slice(mtd + 1, 5)}
        measured = {name: (each[which].sum(), of_each[which].sum()) for name, which in parts.items()}
        for name, key, unit in (
            ("correct", "correct_selection", 100),
            ("over_selection", "overdose_selection", 100),
            ("n_total", "expected_sample_size", 1),
            ("duration", "expected_duration", 1 / 30),
        ):
            measured[name] = tuple(unit * float(here[kind]) for kind in (key, f"{key}_mcse"))
        for name, (value, error) in measured.items():
            if name in row:
                # Our error and the publication's; 77 comparisons, and a printed digit's half.
                both = error * np.sqrt(1 + trials / PUBLISHED_TRIALS)
                away = abs(value - float(row[name]))
                assert away < 3.5 * both + 0.05, f"{name} of scenario {number}: {value}"
                compared += 1
    assert compared == {1: 32, 6: 45}[first]


def test_the_reading_of_response_seen_matters():
    one = simulate(
        {"dose": published_design(lower_doses=False), "below": published_design()}, [scenario(5)], 600, step=1
    )
    dose, below = one["expected_sample_size"].values.ravel()
    # The publication has 34.4: the reading "at the dose" misses it by about a patient.
    assert below - dose > 0.5
    assert one["expected_backfilled_patients"].isel(dose=-1).max() == 0


def test_the_example_of_bfboin():
    """README of the R package bfboin 0.1.1: 100 trials of two doses, 75 % and 18 % selected."""
    grid = bd.DoseGrid.of_levels(2)
    design = late.bf_boin(
        grid, 0.25, max_patients=30, extra_safe=0.1, stopping=bd.rules.StaysAtDose(9),
        opening=bd.dose_optimization.OpenAfterResponses(), max_at_dose=13,
    )  # fmt: skip
    one = [bd.scenarios.Scenario("one", grid, (0.1, 0.5), prob_response=(0.001, 0.001))]
    found = simulate({"BF": design}, one, 2000, arrivals=late.Arrivals(30, "uniform"), step=1).squeeze()
    published = {
        "selection_probability": [0.07, 0.75, 0.18],
        "expected_patients": [10.54, 7.41],
        "expected_dlts": [1.01, 3.71],
        "expected_duration": 20.52315 * 30,
    }
    for name, values in published.items():
        # Three standard errors of its 100 trials and of ours.
        error = 3 * np.sqrt(1 + 100 / 2000) * found[f"{name}_mcse"].values * np.sqrt(2000 / 100)
        assert np.all(np.abs(found[name].values - values) < error), name


def test_the_reference_trials_of_simfastboin():
    """Sums over 300 trials of scenario 3 that two programs agree on (test-bf_boin_simulate.R)."""
    # There a patient who comes too early waits, and no other comes until that one is enrolled.
    arrivals = late.Arrivals(10, "poisson", waiting_room=1)
    found = simulate({"BF": published_design()}, [scenario(3)], 1500, arrivals=arrivals, step=1).squeeze()
    sums = {
        "expected_patients": [1812, 3313, 2978, 1082, 123],
        "expected_dlts": [70, 396, 744, 478, 82],
        "expected_backfilled_patients": [531, 1072, 617, 89, 0],
        "expected_duration": 4062.0022202492 * 30,
    }
    for name, values in sums.items():
        # Three standard errors of 300 trials and of ours.
        error = 3 * found[f"{name}_mcse"].values * np.sqrt(1500 / 300 + 1)
        assert np.all(np.abs(found[name].values - np.array(values) / 300) <= error), name
    stopped = float(found["stop_reason_probability"].sel(stop_reason=bd.StopReason.ENOUGH_AT_DOSE.value))
    assert abs(stopped - 216 / 300) < 3 * np.sqrt(0.72 * 0.28 / 300 * 1.2)
