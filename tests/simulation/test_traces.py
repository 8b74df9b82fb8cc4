"""Traces of single trials: the simulation's own patients, trial by trial and cohort by cohort."""

import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.monte_carlo import latent_uniforms
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.traces import trace_table, trial_traces, write_traces
from bayesdose.trial import TrialState

GRID = DoseGrid((1.0, 2.0, 4.0), "mg")
DESIGNS = {
    "3+3": ThreePlusThree(GRID, "deescalation-six"),
    "titration": AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), 2, trigger_moderates=1),
}
SCENARIOS = [
    Scenario("low", GRID, (0.05, 0.1, 0.2), prob_moderate=(0.1, 0.2, 0.3)),
    Scenario("high", GRID, (0.3, 0.5, 0.6), prob_moderate=(0.4, 0.5, 0.4)),
]
TRIALS, SEED = 700, 5


@pytest.fixture(scope="module")
def traces():
    return trial_traces(DESIGNS, SCENARIOS, trials=TRIALS, rng=SEED)


def test_means_are_the_simulations_results(traces):
    """The same trials; frequencies and sums are whole numbers, so only the last bits may differ."""
    result = operating_characteristics(
        DESIGNS,
        SCENARIOS,
        mtd_rule=HighestBelow(0.3),
        method=MonteCarlo(trials=TRIALS, rng=SEED),
        dlt_window=21,
    )
    assert traces.attrs["seed"] == result.attrs["seed"] == SEED
    assert traces["design_hash"].values.tolist() == result["design_hash"].values.tolist()
    recommended = traces["recommendation"] == result["recommendation"].astype(object)
    stopped = traces["stop_reason"] == result["stop_reason"].astype(object)
    total = traces["patients"].sum("dose")
    expected = {
        "selection_probability": recommended,
        "stop_reason_probability": stopped,
        "expected_patients": traces["patients"],
        "expected_dlts": traces["dlts"],
        "expected_sample_size": total,
        "expected_duration": 21 * traces["cohorts"],
        "correct_selection": traces["recommendation"] == result["mtd"].astype(object),
        "mean_trial_dlt_rate": traces["dlts"].sum("dose") / total,
    }
    for name, values in expected.items():
        mean, found = xr.align(values.mean("trial"), result[name], join="exact")
        np.testing.assert_allclose(
            mean.transpose(*found.dims).values, found.values, rtol=1e-12, atol=1e-15, err_msg=name
        )


def test_cohorts_add_up_to_trials(traces):
    for cohort_name, trial_name in (("cohort_size", "patients"), ("cohort_dlts", "dlts")):
        at_dose = traces["cohort_dose"] == traces["dose"]
        summed = traces[cohort_name].where(at_dose, 0).sum("cohort")
        assert np.array_equal(summed.transpose(*traces[trial_name].dims), traces[trial_name])
    given = traces["cohort_size"] > 0
    assert np.array_equal(given.sum("cohort"), traces["cohorts"])
    assert np.array_equal(given, traces["cohort_dose"].notnull())
    # The two designs differ in their longest trial, so one of them was filled up.
    longest = given.any(["scenario", "trial"]).sum("cohort")
    assert longest.max() == traces.sizes["cohort"] > longest.min()
    # Only the titration looks at moderate toxicity.
    moderates = traces["cohort_moderates"].where(given)
    assert moderates.sel(design="3+3").isnull().all()
    assert np.array_equal(moderates.sel(design="titration").notnull(), given.sel(design="titration"))
    assert (
        (moderates + traces["cohort_dlts"] <= traces["cohort_size"])
        .sel(design="titration")
        .where(given.sel(design="titration"), True)
        .all()
    )


def test_each_trial_followed_by_hand(traces):
    """One patient at a time: a DLT where the uniform is below P(DLT), and one decision at a time."""
    uniforms = latent_uniforms(SEED, 0, 60, max(design.max_patients for design in DESIGNS.values()))
    for name, design in DESIGNS.items():
        for scenario in SCENARIOS:
            for trial in range(60):
                one = traces.sel(design=name, scenario=scenario.name, trial=trial)
                counts = np.zeros((1, 3, design.outcome_categories), dtype=np.int16)
                patient, following = 0, design.first_cohort()
                for cohort in range(int(one["cohorts"])):
                    assert following.stop[0] == 0
                    level = int(following.level[0])
                    assert one["cohort_dose"].values[cohort] == GRID.values[level]
                    assert one["cohort_size"].values[cohort] == following.size[0]
                    dlts = moderates = 0
                    for u in uniforms[trial, patient : patient + following.size[0]]:
                        dlt = u < scenario.prob_dlt[level]
                        moderate = not dlt and u < scenario.prob_dlt[level] + scenario.prob_moderate[level]
                        looks = design.outcome_categories == 3
                        counts[0, level, -1 if dlt else int(moderate and looks)] += 1
                        dlts, moderates = dlts + dlt, moderates + moderate
                    assert one["cohort_dlts"].values[cohort] == dlts
                    if design.outcome_categories == 3:
                        assert one["cohort_moderates"].values[cohort] == moderates
                    patient += following.size[0]
                    following = design.next_cohort(TrialState(counts, following.level, following.phase))
                assert one["stop_reason"].item() == following.reason(0).value


def test_trials_do_not_depend_on_how_many_follow(traces):
    fewer = trial_traces(DESIGNS, SCENARIOS, trials=40, rng=SEED)
    same = traces.isel(trial=slice(40), cohort=slice(fewer.sizes["cohort"]))
    assert fewer.identical(same)


def test_no_column_of_moderates_where_no_design_looks():
    found = trial_traces({"3+3": DESIGNS["3+3"]}, SCENARIOS, trials=5, rng=1)
    assert "cohort_moderates" not in found


def test_tables_and_parquet(traces, tmp_path):
    pytest.importorskip("pyarrow", reason="the extra bayesdose[parquet] is not installed")
    for rows in ("trials", "cohorts"):
        path = tmp_path / f"{rows}.parquet"
        write_traces(traces, path, rows)
        found, table = pd.read_parquet(path), trace_table(traces, rows)
        assert found.attrs["seed"] == str(SEED)
        pd.testing.assert_frame_equal(found.astype(table.dtypes.to_dict()), table, check_names=False)
        assert len(table) == (
            traces["recommendation"].size if rows == "trials" else int(traces["cohorts"].sum())
        )
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["cohorts.parquet", "trials.parquet"]
    row = trace_table(traces).query("design == 'titration' and scenario == 'high' and trial == 17").iloc[0]
    one = traces.sel(design="titration", scenario="high", trial=17)
    assert row["recommendation"] == one["recommendation"].item()
    assert [row[f"patients_{label}"] for label in GRID.labels] == one["patients"].values.tolist()
    assert [row[f"dlts_{label}"] for label in GRID.labels] == one["dlts"].values.tolist()


def test_progress_reaches_one():
    shares = []
    trial_traces(DESIGNS, SCENARIOS, trials=10, rng=1, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_refused(traces, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="trials: got 0; wanted a whole number"):
        trial_traces(DESIGNS, SCENARIOS, trials=0)
    with pytest.raises(InputError, match="designs: got {}"):
        trial_traces({}, SCENARIOS, trials=1)
    with pytest.raises(InputError, match="rows: got 'patients'; wanted one of 'trials', 'cohorts'"):
        trace_table(traces, "patients")
    with pytest.raises(InputError, match="write_traces, path: got 3"):
        write_traces(traces, 3)
    with pytest.raises(InputError, match="ends in .parquet"):
        write_traces(traces, tmp_path / "traces.csv")
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it were not installed
    with pytest.raises(InputError, match=r"got 'no pyarrow'; .* pip install 'bayesdose\[parquet\]'"):
        write_traces(traces, tmp_path / "traces.parquet")
    assert not list(tmp_path.iterdir())
