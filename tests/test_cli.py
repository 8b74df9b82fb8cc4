"""The command line: what it prints and writes, and how it fails."""

import json
import re
import subprocess
import sys
import warnings
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bayesdose.__main__ import main
from bayesdose.cli import app
from bayesdose.errors import ConvergenceWarning, PriorWarning
from bayesdose.grid import DoseGrid
from bayesdose.protocols.designs import design_names, is_assumed, protocol_designs
from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.protocols.sourced_table import table_in_words
from bayesdose.scenarios.files import save_scenarios
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.operating_characteristics import operating_characteristics

FILES = [
    "characteristics.csv",
    "characteristics.nc",
    "correct-by-patients.png",
    "provenance.json",
    "selection.csv",
    "selection.png",
]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command in an empty folder; returns what it printed, on lines as long as they like."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(tmp_path)

    def command(*words):
        with pytest.raises(SystemExit) as ended:
            app([str(word) for word in words])
        assert not ended.value.code
        return capsys.readouterr().out

    return command


def failure(monkeypatch, *words):
    """The message with which a command ends, through the entry point that the console script calls."""
    monkeypatch.setattr(sys, "argv", ["bayesdose", *words])
    with warnings.catch_warnings():
        # Cyclopts suspects a test that forgot its words; these are in sys.argv on purpose.
        warnings.filterwarnings("ignore", "Cyclopts application invoked without tokens")
        with pytest.raises(SystemExit) as ended:
            main()
    return ended.value.code


def test_compare_writes_what_it_prints(run, tmp_path):
    out = tmp_path / "there"
    printed = run("compare", "IMP7068", "--designs", "3+3", "--verbose", "--out", out)
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert "IMP7068, " in printed
    # A table's title is broken at the table's width.
    assert "ASSUMED DOSE GRID" in " ".join(printed.split())
    assert "exact, no Monte Carlo error" in printed

    protocol = load_protocol("IMP7068")
    rule = protocol.mtd_rule.value
    expected = operating_characteristics(
        protocol_designs(protocol, ["3+3"]),
        builtin_scenarios(protocol.grid.value, rule),
        mtd_rule=rule,
        dlt_window=protocol.regimens[0].dlt_window_days.value,
    )
    with xr.open_dataset(out / "characteristics.nc", engine="h5netcdf") as stored:
        xr.testing.assert_equal(stored.load(), expected)
        assert stored.attrs["mtd_rule"] == expected.attrs["mtd_rule"]
        assert stored.attrs["assumptions"].startswith("ASSUMED DOSE GRID")
    # The table's first column of the first scenario, rounded as it is printed.
    right = 100 * expected["correct_selection"].isel(design=0, scenario=0).item()
    first = next(line for line in printed.splitlines() if line.startswith("  3+3"))
    assert first.split()[1] == f"{right:.1f}"
    table = pd.read_csv(
        out / "selection.csv", comment="#", dtype={"recommendation": str}, keep_default_na=False
    )
    assert (out / "selection.csv").read_text(encoding="utf-8").startswith("# IMP7068. ASSUMED DOSE GRID. ")
    assert np.array_equal(table["selection_probability"], expected["selection_probability"].values.ravel())

    provenance = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["assumptions"] == [
        {"path": item.path, "value": table_in_words(item.value), "reason": item.reason}
        for item in protocol.assumptions()
    ]
    assert provenance["grid_is_assumed"] is True
    assert provenance["doses"] == list(protocol.grid.value.values)
    assert provenance["designs"] == {"3+3": expected["design_hash"].values[0]}
    assert {"bayesdose", "numpy", "pymc"} <= set(provenance["versions"])


def test_compare_in_scenarios_from_a_file(run, tmp_path):
    protocol = load_protocol("MIL97")
    grid, rule = protocol.grid.value, protocol.mtd_rule.value
    curves = builtin_scenarios(grid, rule)[:2]
    save_scenarios(tmp_path / "curves.csv", curves)
    printed = run("compare", "MIL97", "--designs", "3+3", "--scenarios", "curves.csv", "--out", "there")
    assert curves[1].name in printed
    assert json.loads(Path("there/provenance.json").read_text())["scenarios"] == "read from curves.csv"
    with xr.open_dataset("there/characteristics.nc", engine="h5netcdf") as stored:
        assert stored["scenario"].values.tolist() == [curve.name for curve in curves]
        assert np.array_equal(stored["true_prob_dlt"].values, [curve.prob_dlt for curve in curves])


def test_compare_with_another_regimen(run, monkeypatch):
    """MIL97's Q2W has a DLT window of 28 days, Q3W one of 21: only the durations change, by 28 / 21."""
    run("compare", "MIL97", "--designs", "3+3", "--out", "first")
    printed = run("compare", "MIL97", "--designs", "3+3", "--regimen", "q2w", "--verbose", "--out", "second")
    assert "MIL97, Q2W" in printed
    assert "The days are of regimen Q2W, every 2 weeks, DLT window 28 days" in printed
    assert "Not shown: regimen Q3W, every 3 weeks, DLT window 21 days" in printed
    assert json.loads(Path("second/provenance.json").read_text())["regimen"] == "Q2W"
    with (
        xr.open_dataset("first/characteristics.nc", engine="h5netcdf") as first,
        xr.open_dataset("second/characteristics.nc", engine="h5netcdf") as second,
    ):
        for name, value in first.items():
            expected = value * 28 / 21 if "duration" in name else value
            xr.testing.assert_allclose(second[name], expected, rtol=1e-9)
    message = failure(monkeypatch, "compare", "MIL97", "--regimen", "Q4W")
    assert "regimen of MIL97: got 'Q4W'; wanted one of Q3W, Q2W" in message


def test_compare_refuses_scenarios_on_other_doses(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    save_scenarios("curves.csv", [Scenario("a", DoseGrid((1, 2), "mg"), (0.1, 0.3))])
    message = failure(monkeypatch, "compare", "MIL97", "--designs", "3+3", "--scenarios", "curves.csv")
    assert "scenario 'a' in curves.csv, line 2: got 'doses " in message
    assert not (tmp_path / "results").exists()
    message = failure(monkeypatch, "compare", "MIL97", "--scenarios", "none.csv")
    assert "scenario file none.csv" in message


def test_designs(run, monkeypatch):
    assert "rolling_six" in run("designs")
    assert run("designs", "A_plus_B").startswith("@article{LinShih2001,")
    assert "Did you mean 'a_plus_b'?" in failure(monkeypatch, "designs", "a_plus_c")


@pytest.mark.parametrize("name", protocol_names())
def test_compare_every_protocol(run, tmp_path, name):
    printed = run("compare", name.lower(), "--verbose")
    files = sorted([*FILES, "robustness.csv"])
    assert sorted(path.name for path in (tmp_path / "results" / name).iterdir()) == files
    protocol = load_protocol(name)
    assert ("ASSUMED DOSE GRID" in " ".join(printed.split())) == protocol.grid_is_assumed
    for item in protocol.assumptions(stages=False):
        assert f"{item.path} = " in printed
    assert (tmp_path / "results" / name / "selection.png").read_bytes().startswith(b"\x89PNG")
    with xr.open_dataset(tmp_path / "results" / name / "characteristics.nc", engine="h5netcdf") as stored:
        own, *others = stored["design"].values.tolist()
        assumed = is_assumed(protocol)
        assert own == ("own (assumed)" if assumed else "own")
        assert tuple(name.removesuffix(", untitrated") for name in others) == design_names(protocol)[1:]
        # Every design enumerated to the end: sums of products of probabilities.
        assert np.abs(stored["selection_probability"].sum("recommendation") - 1).max() < 1e-12
        assert stored["dose"].attrs["units"] == protocol.grid.value.unit


def test_simulated_comparison_is_the_same_to_the_byte(run, tmp_path):
    options = ("--designs", "own", "3+3", "--method", "monte-carlo", "--trials", "200")
    contents = {}
    for folder, seed in [("a", 5), ("b", 5), ("c", 6)]:
        printed = run("compare", "MIL97", *options, "--seed", seed, "--out", tmp_path / folder)
        assert "200 simulated trials a row, ± one standard error" in printed
        files = ("characteristics.csv", "selection.csv", "provenance.json")
        contents[folder] = [(tmp_path / folder / file).read_bytes() for file in files]
    assert contents["a"] == contents["b"]
    assert contents["a"][0] != contents["c"][0]
    assert json.loads(contents["a"][2])["trials"] == 200


def test_next_dose_of_the_protocols_own_design(run):
    printed = run("next", "MIL97", "1N 2N 3NNT", "--design", "own", "--verbose")
    assert printed.startswith("Next: 3 patients at level 3 (0.1 mg/kg).")
    assert "design.following.variant = deescalation." in printed
    assert run("next", "MIL97", "", "--design", "own").startswith("Next: 1 patient at level 1 (0.01 mg/kg).")
    assert "Recommended: no dose." in run("next", "MIL97", "1T 1NT", "--design", "own")


def test_next_dose_with_follow_up(run, tmp_path):
    printed = run("next", "MIL97", "1N 2N 3N 3N@14/28 3N@3/28")
    rows = [line.split()[:4] for line in printed.splitlines() if line.lstrip().startswith("0.1 ")]
    # Three patients at 0.1 mg/kg without a DLT, two of them pending.
    assert rows == [["0.1", "3", "0", "2"]]
    assert "Now: 3 patients at level 4 (0.2 mg/kg).\n" in printed
    table = tmp_path / "patients.csv"
    dates = ["1,2026-01-01", "2,2026-01-15", "3,2026-01-29", "3,2026-02-12", "3,2026-02-23"]
    rows = "".join(f"{row},,2026-02-26\n" for row in dates)
    table.write_text("level,enrolled,dlt,last_seen\n" + rows, encoding="utf-8")
    # The third patient was followed for the whole window, from 29 January to 26 February.
    from_dates = run("next", "MIL97", str(table), "--window", "28")
    assert from_dates[from_dates.index("Now:") :] == printed[printed.index("Now:") :]
    early = run("next", "MIL97", "1N 2N 3TT 3N@14/28", "--design", "3+3", "--window", "28")
    assert early.startswith("Now: ")
    assert "Waiting does not change this" in early


def test_next_dose_of_the_blrm(run):
    printed = run("next", "MIL97", "1N 2N 3NNT", "--verbose")
    table = printed.partition("Admissible doses:")[0]
    rows = [line.split() for line in table.splitlines() if line.startswith((" 0.", "0.", "  0."))]
    # Dose, patients, DLTs in the first columns; the answer in the last.
    assert [row[:3] for row in rows] == [
        ["0.01", "1", "0"],
        ["0.03", "1", "0"],
        ["0.1", "3", "1"],
        ["0.2", "0", "0"],
        ["0.3", "0", "0"],
        ["0.45", "0", "0"],
    ]
    admissible = [row[-1] == "passed" for row in rows]
    overdose = [float(row[-2]) for row in rows]
    assert admissible == [probability < 0.25 for probability in overdose]
    decision = next(line for line in printed.splitlines() if line.startswith("Next: "))
    level = int(decision.split("level ")[1].split()[0])
    assert admissible[level - 1]
    assert "P(P(DLT) >= 0.33) < 0.25" in printed
    assert "prior = " in printed


def test_protocols(run):
    printed = run("protocols")
    assert all(name in printed for name in protocol_names())
    assert "ASSUMPTION" in printed
    shown = run("protocols", "IBB0979")
    protocol = load_protocol("IBB0979")
    assert shown.lstrip().startswith(f"IBB0979: {protocol.title}")
    for path, sourced in protocol.sourced():
        assert path in shown
        assert sourced.source != "record" or f"{path} (record: {sourced.place})" in shown
    for assumption in protocol.assumptions():
        assert assumption.path in shown


FIRST_FIVE = ("IBB0979", "IMM01", "IMM27M", "IMP7068", "MIL97")
WITH_PRIOR = [name for name in protocol_names() if load_protocol(name).prior is not None]


@pytest.mark.parametrize("name", WITH_PRIOR)
def test_prior_of_every_protocol(run, tmp_path, name):
    out = tmp_path / "there" / "prior.png"
    printed = run("prior", name.lower(), "--out", out)
    protocol = load_protocol(name)
    rows = [line.split() for line in printed.splitlines()]
    for label in protocol.grid.value.labels:
        assert any(row[:1] == [label] and row[-1] in ("passed", "-") for row in rows)
    printed = " ".join(printed.split())  # sentences are broken at the width of the terminal
    assert ("ASSUMED DOSE GRID" in printed) == protocol.grid_is_assumed
    assert "Built from " in printed
    assert f"The design starts at level {protocol.start_level} " in printed
    if name in FIRST_FIVE:
        assert "ASSUMED PRIOR" in printed
        assert "Built from quantiles: " in printed
        assert "The design starts at level 1 " in printed
        assert protocol.prior.whole.reason in printed
        assert "Warning:" not in printed
    assert out.read_bytes().startswith(b"\x89PNG")


def test_prior_says_what_is_wrong_with_it(run, tmp_path):
    text = resources.files("bayesdose.protocols").joinpath("data", "MIL97.toml").read_text(encoding="utf-8")
    begin = text.index('value.prior = "prior_from_end_quantiles"')
    end = text.index("# What the protocol's own design is compared with")
    lines = """value.prior = "minimally_informative"
value.lowest_bound = 0.6
value.highest_bound = 0.2
source = "record"
reason = "to be warned"

"""
    file = tmp_path / "mine.toml"
    file.write_text(text[:begin] + lines + text[end:], encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PriorWarning)
        printed = run("prior", file)
    assert "Warning: the correlation is on its bound, 0.95" in printed
    assert "Warning: the slope is nearly fixed" in printed
    assert "Worst difference from what was asked: " in printed
    assert "Why this prior:" in printed
    assert "to be warned" in printed
    assert "ASSUMED PRIOR" not in printed


def test_fit_writes_the_draws(run, tmp_path):
    out = tmp_path / "draws.nc"
    with warnings.catch_warnings():
        # Two chains of 200 draws are few, and the sampler is right to say so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        printed = run("fit", "MIL97", "1N 2N 3NNT", "--out", out, "--draws", "200", "--chains", "2")
    assert printed.startswith("MIL97 after 1N 2N 3NNT, BLRM: posterior mean of P(DLT) by dose (mg/kg)")
    with xr.open_datatree(out, engine="h5netcdf") as stored:
        draws = stored["posterior"]["prob_dlt"]
        assert dict(draws.sizes) == {"chain": 2, "draw": 200, "dose": 6}
        assert stored.attrs["protocol"] == "MIL97"
        assert "prior" in stored.attrs["assumed"]
        means = [f"{mean:.3f}" for mean in draws.mean(("chain", "draw")).values]
    assert [line.split()[1] for line in printed.splitlines()[1:7]] == means


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", "MIL79"), "got 'MIL79'; wanted one of IBB0979, .*Did you mean 'MIL97'?"),
        (
            ("compare", "MIL97", "--designs", "BRLM"),
            r"bayesdose: design \(a name, .*\): got 'BRLM'; .* Did you mean 'BLRM'?",
        ),
        (
            ("compare", "MIL97", "--trials", "10"),
            "bayesdose: trials: got 10; wanted none with",
        ),
        (
            ("compare", "nowhere.toml"),
            "bayesdose: file nowhere.toml: got 'No such file or directory'",
        ),
        (
            ("compare", "MIL97", "--method", "monte-carlo", "--seed=-1"),
            "bayesdose: rng: got -1; wanted .*a whole number of at least 0",
        ),
        (("prior", "MIL97", "--out", "prior.txt"), "bayesdose: out: got 'prior.txt'; wanted .* ends in .png"),
        (("next", "MIL97", "1Q"), "bayesdose: outcomes: got '1Q'; wanted a dose level from 1 and one letter"),
        (("next", "MIL97", "1N@30/28"), "bayesdose: patient 1: got 'a follow-up of 30 days'; wanted at most"),
        (
            ("next", "MIL97", "1N 7N@1/28"),
            "bayesdose: patient 2: got '7N@1/28'; wanted dose levels from 1 to 6",
        ),
        (("next", "MIL97", "7NNN"), "bayesdose: outcomes: got '7NNN'; wanted dose levels from 1 to 6"),
        (
            ("fit", "MIL97", "1N", "--out", "draws.txt"),
            "bayesdose: out: got 'draws.txt'; wanted .* ends in .nc",
        ),
    ],
)
def test_input_errors_are_one_line(monkeypatch, words, message):
    ended = failure(monkeypatch, *words)
    assert "\n" not in ended
    assert re.search(message, ended), ended


def test_a_file_where_the_folder_should_be(monkeypatch, tmp_path):
    (tmp_path / "taken").write_text("")
    ended = failure(monkeypatch, "compare", "MIL97", "--designs", "3+3", "--out", str(tmp_path / "taken"))
    assert "wanted a folder, or a name that is still free" in ended
    assert (tmp_path / "taken").read_text() == ""


def test_errors_go_to_stderr_with_a_status():
    run = subprocess.run(
        [sys.executable, "-m", "bayesdose", "next", "MIL97", "1NNQ"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("bayesdose: outcomes: got '1NNQ'; wanted")


def test_unknown_command_and_option_say_so(capsys):
    for words in (["compere", "MIL97"], ["compare", "MIL97", "--methd", "exact"]):
        with pytest.raises(SystemExit) as ended:
            app(words)
        assert ended.value.code
        assert words[0 if words[0] == "compere" else 2] in capsys.readouterr().err


def test_brackets_in_a_protocol_file_are_printed_as_they_stand(run, tmp_path):
    text = resources.files("bayesdose.protocols").joinpath("data", "MIL97.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('unit = "mg/kg"', 'unit = "mg [/kg]"'), encoding="utf-8")
    assert "(0.03 mg [/kg])" in run("next", file, "1N", "--design", "own")


def test_a_protocol_name_is_a_folder_name(monkeypatch, tmp_path):
    text = resources.files("bayesdose.protocols").joinpath("data", "MIL97.toml").read_text(encoding="utf-8")
    file = tmp_path / "mine.toml"
    file.write_text(text.replace('name = "MIL97"', 'name = "../MIL97"'), encoding="utf-8")
    assert "wanted a text of letters, digits" in failure(monkeypatch, "compare", str(file))
