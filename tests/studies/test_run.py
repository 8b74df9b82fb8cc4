"""A study run twice gives the same bytes; its provenance says what it was."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import bayesdose as bd

COMMON = """
grid = { values = [1, 3, 10], unit = "mg" }
mtd_rule = { rule = "HighestBelow", limit = 0.3 }
dlt_window = 21

[designs."3+3"]
design = "three_plus_three"
variant = "deescalation"

[designs.BOIN]
design = "boin"
target = 0.25
max_patients = 12

[designs.BLRM]
design = "blrm"
target_interval = [0.16, 0.33]
ewoc_cap = 0.25
max_patients = 9

[designs.BLRM.prior]
prior = "prior_from_end_quantiles"
lowest_median = 0.02
lowest_upper = 0.33
highest_median = 0.3
highest_upper = 0.8
upper_probability = 0.95
"""
METHODS = {
    "exact": 'method = { method = "Exact" }\n',
    "monte-carlo": 'method = { method = "MonteCarlo", trials = 400, rng = 11 }\n',
}
NUMERIC = ("characteristics.csv", "selection.csv")


def run_in_a_fresh_process(path, out, workers=1):
    command = [
        sys.executable,
        "-m",
        "bayesdose",
        "run",
        str(path),
        "--out",
        str(out),
        "--workers",
        str(workers),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("method", METHODS)
def test_a_rerun_gives_the_same_bytes(tmp_path, method):
    path = tmp_path / "study.toml"
    path.write_text(METHODS[method] + COMMON, encoding="utf-8")
    first, second = tmp_path / "first", tmp_path / "second"
    bd.run_study(bd.load_study(path), first)
    # In another process, with another layout of the file, and for simulated patients more workers.
    moved = tmp_path / "elsewhere" / "study.toml"
    moved.parent.mkdir()
    moved.write_text(
        "# again\n" + METHODS[method] + COMMON.replace("[1, 3, 10]", "[1.0, 3.0, 10.0]"), encoding="utf-8"
    )
    shown = run_in_a_fresh_process(moved, second, workers=1 if method == "exact" else 2)
    assert "BOIN" in shown
    for name in NUMERIC:
        assert (first / name).read_bytes() == (second / name).read_bytes()
    with (
        xr.open_dataset(first / "characteristics.nc") as one,
        xr.open_dataset(second / "characteristics.nc") as other,
    ):
        assert list(one.variables) == list(other.variables)
        for name in one.variables:
            assert one[name].values.tobytes() == other[name].values.tobytes() or one[name].dtype == object
        assert one.identical(other)
    assert (first / "provenance.json").read_bytes() == (second / "provenance.json").read_bytes()


def test_provenance(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(METHODS["monte-carlo"] + COMMON.partition("[designs.BLRM]")[0], encoding="utf-8")
    study = bd.load_study(path)
    result = bd.run_study(study, tmp_path / "out")
    record = json.loads((tmp_path / "out" / "provenance.json").read_text(encoding="utf-8"))
    assert record["study"] == "mine"
    assert record["command"] == "bayesdose run mine.toml"
    assert (record["seed"], record["trials"], record["method"]) == (11, 400, "monte-carlo")
    assert record["study_hash"] == study.content_hash == result.attrs["study_hash"]
    # The hash can be had from the record alone, with the designs in their order.
    content = record["content"] | {"designs": [[*one] for one in record["content"]["designs"].items()]}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == record["study_hash"]
    assert record["designs"] == {name: bd.design_hash(design) for name, design in study.designs.items()}
    assert set(record["versions"]) >= {"bayesdose", "numpy", "scipy", "xarray", "pymc"}


def test_it_is_the_comparison_that_it_says(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(METHODS["exact"] + COMMON.partition("[designs.BLRM]")[0], encoding="utf-8")
    grid, rule = bd.DoseGrid((1, 3, 10), "mg"), bd.rules.HighestBelow(0.3)
    designs = {"3+3": bd.three_plus_three(grid, "deescalation"), "BOIN": bd.boin(grid, 0.25, max_patients=12)}
    wanted = bd.operating_characteristics(
        designs, bd.scenarios.builtin_scenarios(grid, rule), mtd_rule=rule, dlt_window=21
    )
    found = bd.run_study(bd.load_study(path), tmp_path / "out")
    xr.testing.assert_equal(found, wanted)
    table = pd.read_csv(tmp_path / "out" / "characteristics.csv", comment="#", index_col=[0, 1])
    for design in designs:
        row = table.loc[(design, "MTD 3 mg"), "correct_selection"]
        assert row == float(wanted["correct_selection"].sel(design=design, scenario="MTD 3 mg"))
    assert not np.isnan(table["expected_duration"]).any()


def test_only_the_outputs_asked_for(tmp_path):
    path = tmp_path / "mine.toml"
    text = 'outputs = ["selection.csv"]\n' + COMMON.partition("[designs.BLRM]")[0]
    path.write_text(text, encoding="utf-8")
    bd.run_study(bd.load_study(path), tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"selection.csv", "provenance.json"}


def test_workers_that_have_nothing_to_do_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(COMMON.partition("[designs.BLRM]")[0], encoding="utf-8")
    command = [sys.executable, "-m", "bayesdose", "run", str(path), "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "workers" in done.stderr
    assert not (tmp_path / "results").exists()
