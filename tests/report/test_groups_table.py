"""What becomes of a study's groups, on the terminal and in the report."""

import csv

import pytest
import tomli_w

import bayesdose as bd
from bayesdose.grammar.writing import plain_value
from bayesdose.report.page.command import report_study_file
from bayesdose.report.page.groups import groups_table
from bayesdose.report.run import run_study_file

STUDY = """
outputs = ["groups.csv"]
grid = { values = [1, 3, 10], unit = "mg" }
mtd_rule = { rule = "HighestBelow", limit = 0.3 }

[designs."3+3"]
design = "three_plus_three"
variant = "deescalation"
"""
RATES = {"MDS worse": (0.1, 0.4)}
# P(stop) and expected patients of ten at rates of 0.1 and 0.4: exact sums over the boundary, computed apart.
STOP, PATIENTS = (0.112068, 0.638472), (9.025969, 5.321759)
ANY = 1 - (1 - STOP[0]) * (1 - STOP[1])
RULE = bd.rules.BetaMonitoring(bd.rules.BetaElimination(0.3, 0.9))
PLAN = bd.simulation.GroupExpansion(("AML", "MDS"), 10, bd.rules.EachGroupAlone(RULE))


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.toml"
    groups = {"groups": {**plain_value(PLAN), "rates": RATES}}
    path.write_text(STUDY + tomli_w.dumps(groups), encoding="utf-8")
    return path


def test_the_table_has_the_numbers_of_each_group_and_of_all():
    table = groups_table(bd.simulation.group_characteristics(PLAN, RATES))
    *each, together = table.rows
    for row, group, stop, patients, rate in zip(
        each, ("AML", "MDS"), STOP, PATIENTS, (0.1, 0.4), strict=True
    ):
        assert (row["scenario"], row["group"], row["true_rate"]) == ("MDS worse", group, rate)
        assert row["stop_probability"] == pytest.approx(stop, abs=1e-6)
        assert row["expected_patients"] == pytest.approx(patients, abs=1e-6)
        assert row["expected_events"] == pytest.approx(rate * patients, abs=1e-6)
    assert together["stop_probability"] == pytest.approx(ANY, abs=2e-6)
    assert together["expected_patients"] == pytest.approx(sum(PATIENTS), abs=2e-6)
    assert str(PLAN.monitoring) in table.caption


def test_run_prints_them(file, capsys):
    run_study_file(file)
    lines = capsys.readouterr().out.splitlines()
    (row,) = [line for line in lines if line.startswith("  MDS ")]
    assert row.split()[1:] == ["40.0", "63.8", "5.3", "2.1"]
    (row,) = [line for line in lines if line.startswith("  any, all")]
    assert row.split()[2:] == [f"{100 * ANY:.1f}", "14.3", "3.0"]
    assert (file.parent / "results" / "mine" / "groups.csv").is_file()


def test_the_report_has_them(file):
    report_study_file(file)
    page = (file.parent / "results" / "mine" / "report.html").read_text(encoding="utf-8")
    assert "Groups expanded at the chosen dose" in page
    with (file.parent / "results" / "mine" / "report-tables" / "groups.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(line for line in table if not line.startswith("#")))
    assert [row["group"] for row in rows] == ["AML", "MDS", "any, all"]
    assert float(rows[1]["stop_probability"]) == pytest.approx(STOP[1], abs=1e-6)
