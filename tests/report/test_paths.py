"""``bayesdose paths``: what it prints and what it writes."""

import re

import numpy as np
import pandas as pd
import pytest

from bayesdose.cli import app
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.protocols.designs import protocol_designs
from bayesdose.protocols.load import load_protocol
from bayesdose.report.next_dose import describe_decision
from bayesdose.report.paths import pathway_frame, show_pathways
from bayesdose.simulation.pathways import pathways


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs ``bayesdose paths`` in an empty folder on a terminal of 80 columns; returns what it printed."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)

    def command(*words):
        with pytest.raises(SystemExit) as ended:
            app(["paths", *map(str, words)])
        assert not ended.value.code
        return capsys.readouterr().out

    return command


def rows(printed):
    return [line.split() for line in printed.splitlines() if re.match(r" ?\d+ ", line)]


def test_pathways_of_a_running_titration(run):
    printed = run("MIL97", "1N", "--design", "own", "--cohorts", "1", "--scenario", "safe", "too toxic")
    assert printed.startswith("MIL97 after 1N, own (assumed): 2 pathways of the next cohort (doses in mg/kg)")
    # One patient at 0.03: none goes up to a cohort of three at 0.1, a DLT fills 0.03 up to three.
    # Curves at the second of six doses (docstring of builtin_scenarios): logit P = logit 0.25 + 0.8 steps.
    safe, toxic = (1 / (1 + 3 * np.exp(-0.8 * steps)) for steps in (1 - 5 - 2, 1 + 1.5))
    assert rows(printed) == [
        ["1", "0.03", "0/1", "0.1", "0.03", f"{1 - safe:.4f}", f"{1 - toxic:.4f}"],
        ["2", "0.03", "1/1", "0.03", "0.03", f"{safe:.4f}", f"{toxic:.4f}"],
    ]
    assert "design.trigger_dlts, design.following.variant (--verbose says" in " ".join(printed.split())
    assert "design.trigger_dlts = 1. " in run("MIL97", "1N", "--design", "own", "--cohorts", "1", "--verbose")


def test_stopped_pathways_say_so_once_and_why(run):
    printed = run("MIL97", "", "--design", "3+3", "--cohorts", "2")
    assert printed.startswith("MIL97 after no patients, 3+3: 10 pathways of the next 2 cohorts")
    assert rows(printed)[-2:] == [
        ["9", "0.01", "2/3", "STOP", "a", "none"],
        ["10", "0.01", "3/3", "STOP", "a", "none"],
    ]
    assert "STOP a: the lowest dose that may be given is too toxic." in printed


def test_no_number_is_cut_on_a_narrow_terminal(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    printed = run("IMM01", "", "--design", "own", "--cohorts", "3", "--scenario", "safe", "too toxic")
    assert "…" not in printed
    first = next(line.split() for line in printed.splitlines() if line.startswith(" 1 "))
    # Number, three cohorts with what was seen, next dose, recommended dose, two probabilities.
    assert len(first) == 11
    assert first[:9] == ["1", "0.003", "0/1", "0.01", "0/1", "0.03", "0/3", "0.1", "0.03"]
    assert "ASSUMED DOSE GRID" in " ".join(printed.split())


def test_table_and_figure_are_written(run, tmp_path):
    files = [tmp_path / "new" / name for name in ("paths.csv", "paths.png", "paths.pdf", "paths.svg")]
    run("MIL97", "1N 2N 3NNT", "--design", "3+3", "--scenario", "safe", "--out", *files)
    assert [path.exists() for path in files] == [True] * 4
    assert files[0].read_text(encoding="utf-8").startswith("# MIL97 after 1N 2N 3NNT, 3+3. Assumed, not in")
    table = pd.read_csv(files[0], comment="#", dtype=str, keep_default_na=False)
    assert table.columns.tolist() == [
        "pathway", "dose_4", "patients_4", "dlts_4", "dose_5", "patients_5", "dlts_5",
        "next_dose", "next_patients", "stop_reason", "recommendation", "probability: safe",
    ]  # fmt: skip
    # Full precision in the file; a sum of 13 products of probabilities.
    assert abs(table["probability: safe"].astype(float).sum() - 1) < 1e-14
    # 3+3 at level 3 after 1 of 3: three more there whatever was seen; then up, or three at the dose below.
    assert table["dose_4"].unique().tolist() == ["0.1"]
    assert table["dose_5"].unique().tolist() == ["0.2", "0.03"]
    assert files[1].read_bytes().startswith(b"\x89PNG")
    assert files[2].read_bytes().startswith(b"%PDF")


def test_frame_with_three_outcomes():
    design = AcceleratedTitration(
        ThreePlusThree(DoseGrid((1, 2), "mg"), "deescalation"), 1, trigger_moderates=1
    )
    frame = pathway_frame(pathways(design, cohorts=2))
    assert frame.columns.tolist()[:8] == [
        "dose_1", "patients_1", "dlts_1", "moderates_1", "dose_2", "patients_2", "dlts_2", "moderates_2",
    ]  # fmt: skip
    # One patient first: none goes up to three at 2 mg (10 outcomes), else two more at 1 mg (6 outcomes).
    assert frame["dose_2"].tolist() == ["2"] * 10 + ["1"] * 12
    assert frame["moderates_1"].tolist() == [0] * 10 + [1] * 6 + [0] * 6
    assert frame["dlts_1"].tolist() == [0] * 16 + [1] * 6


def test_frame_is_empty_after_a_stop():
    frame = pathway_frame(pathways(ThreePlusThree(DoseGrid((1, 2), "mg"), "deescalation"), cohorts=2))
    last = frame.iloc[-1]
    assert (last["dose_1"], last["dlts_1"], last["dose_2"], last["next_dose"]) == ("1", 3, "STOP", "STOP")
    assert last["patients_2"] == 0
    assert pd.isna(last["dlts_2"])


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("MIL97", "7N", "own"), {}, "outcomes: got '7N'; wanted dose levels from 1 to 6"),
        (("MIL97", "", "own"), {"cohorts": 4}, "cohorts: got 4; wanted a whole number from 1 to 3"),
        (("MIL97", "", "own"), {"scenario_names": ["sage"]}, "scenario: got 'sage'; .*Did you mean 'safe'?"),
        (("MIL97", "", "own"), {"out": ["a.txt"]}, "out: got 'a.txt'; wanted a file name that ends in .csv"),
        (
            ("MIL97", "", "own"),
            {"out": ["a.png"], "scenario_names": ["safe", "too toxic"]},
            "scenario: got '2 scenarios'; wanted at most one where a figure is written",
        ),
        (
            ("MIL97", "", "ownn"),
            {},
            r"design \(a name, or the path of a .toml file\): got 'ownn'; .* Did you mean 'own'?",
        ),
        (("MIL97", "1TT", "3+3"), {}, "wanted a trial that goes on. This one stops: the lowest dose"),
    ],
)
def test_input_errors(tmp_path, arguments, options, message):
    if "out" in options:
        options = options | {"out": [tmp_path / name for name in options["out"]]}
        message = message.replace("'a.txt'", ".*a.txt'")
    with pytest.raises(InputError, match=message):
        show_pathways(*arguments, **options)
    assert not list(tmp_path.iterdir())


def test_the_blrm_of_a_protocol(run):
    printed = run("MIL97", "1N 2N 3NNT", "--cohorts", "1")
    (design,) = protocol_designs(load_protocol("MIL97"), ["BLRM"]).values()
    found = rows(printed)
    assert len(found) == 4
    for row, letters in zip(found, ["NNN", "NNT", "NTT", "TTT"], strict=True):
        assert row[1] == "0.1"
        sentence = describe_decision(design, parse_outcomes(f"1N 2N 3NNT 3{letters}"))
        assert f"({row[3]} mg/kg)" in sentence
