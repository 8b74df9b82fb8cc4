"""``bayesdose check``: what it prints, writes and returns, and what it refuses."""

import csv
from importlib import resources

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.errors import InputError
from bayesdose.findings.finding import Severity
from bayesdose.report.check import check_frame
from benchmarks.findings.cases import SHIPPED
from benchmarks.findings.run import rows_of

GRID = bd.DoseGrid((1, 3, 10), "mg")
BOIN = bd.boin(GRID, 0.3, max_patients=12)


def status(*words):
    """Exit status of a command."""
    try:
        app(list(words), result_action="return_value")
    except SystemExit as end:
        return end.code
    return 0


@pytest.fixture
def design_file(tmp_path):
    bd.save_design(BOIN, tmp_path / "boin.toml")
    return str(tmp_path / "boin.toml")


def test_exit_status_by_severity(design_file, capsys):
    assert bd.check_design(BOIN).worst is Severity.WARNING
    assert status("check", design_file) == 0
    assert status("check", design_file, "--fail-on", "warning") == 1
    assert status("check", design_file, "--fail-on", "note") == 1
    printed = capsys.readouterr().out
    assert "1NNN 2NTT 1NNT: next level 2 (3 mg)." in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_a_plan_of_two_regimens_in_the_scenarios_of_its_protocol(capsys):
    assert status("check", "MIL97", "--design", "own", "--to-end", "--fail-on", "warning") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "least and the largest of 16 scenarios" in printed
    assert "Q2W odds x1.5 (assumed)" in printed
    assert "Doses are compared within a regimen alone." in printed


def test_every_scenario_and_the_table(design_file, tmp_path, capsys):
    out = tmp_path / "found.csv"
    assert status("check", design_file, "--verbose", "--out", str(out), "--limit", "0.3") == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "Definition: the next dose is higher although a patient of the last cohort had a DLT." in printed
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    check = bd.check_design(BOIN, mtd_rule=bd.rules.HighestBelow(0.3))
    assert [row["name"] for row in rows] == [one.name for one in check.findings]
    for row, one in zip(rows, check.findings, strict=True):
        for scenario, probability in zip(check.scenarios, one.probability, strict=True):
            assert float(row[f"probability: {scenario.name}"]) == pytest.approx(probability, abs=1e-15)
            assert f"{scenario.name} " in printed
    assert list(check_frame(check)["states"]) == [one.states for one in check.findings]


def test_a_protocol_and_scenarios_of_a_file(tmp_path, capsys):
    protocol = bd.load_protocol("IMM27M")
    grid = protocol.grid.value
    curve = bd.scenarios.Scenario("steep", grid, tuple(np.linspace(0.05, 0.6, len(grid)).tolist()))
    bd.scenarios.save_scenarios(tmp_path / "curves.csv", [curve])
    assert status("check", "IMM27M", "--design", "3+3", "--scenarios", str(tmp_path / "curves.csv")) == 0
    assert "IMM27M, 3+3" in capsys.readouterr().out


def test_a_check_is_a_dataset_and_a_table():
    check = bd.check_design(BOIN)
    result = check.to_dataset()
    assert result.sizes["finding"] == len(check.findings)
    assert result["probability"].dims == ("finding", "scenario")
    assert result.attrs["states"] == bd.trial_graph(BOIN).num_decisions
    html = check._repr_html_()
    assert html.count("<tr>") == len(check.found) + 1
    assert "1NNN 2NTT 1NNT" in html


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"margin": 0.0}, "check_design, margin: got 0.0"),
        ({"draws": 1}, "check_design, draws: got 1"),
        ({"scenarios": []}, "check_design, scenarios"),
        ({"design": "BOIN"}, "check_design, design: got 'BOIN'"),
    ],
)
def test_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        bd.check_design(**{"design": BOIN, **arguments})


def test_a_design_that_states_no_aim():
    rule = bd.rules.DecisionTable(("", "", "ESDU"))
    table = bd.interval_design(GRID, rule, bd.rules.IsotonicHighestBelow(1 / 3), 3)
    with pytest.raises(InputError, match="states no target and no limit of its own.*mtd_rule="):
        bd.check_design(table)
    assert bd.check_design(table, mtd_rule=bd.rules.HighestBelow(0.3)).num_states > 0


def test_refused_by_the_command(design_file, tmp_path):
    with pytest.raises(InputError, match="ends in .csv"):
        app(["check", design_file, "--out", str(tmp_path / "found.txt")], result_action="return_value")
    with pytest.raises(InputError, match="finding: got 'coherence'"):
        bd.check_design(BOIN)["coherence"]
    other = bd.scenarios.Scenario("one", bd.DoseGrid((1, 2), "mg"), (0.1, 0.2))
    with pytest.raises(InputError, match="the same grid for all"):
        bd.check_design(BOIN, [other])


def test_the_page_of_findings_is_up_to_date():
    """The designs of the page that take less than a second."""
    path = resources.files("bayesdose").joinpath("..", "docs", "design-check.csv")
    with path.open(newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    for name in ("3+3 with de-escalation", "rolling six", "BOIN", "TPI", "i3+3", "accelerated titration"):
        expected = [row for row in rows if row[0] == name]
        assert rows_of(name, bd.check_design(SHIPPED[name]())) == expected
