"""What the check says of a study's designs, in its results and its report."""

import attrs
import numpy as np
import pandas as pd
import pytest

import bayesdose as bd
from bayesdose.report.page.findings import finding_tables

FILE = """
mtd_rule = { rule = "HighestBelow", limit = 0.30 }

[grid]
values = [1, 3, 10]
unit = "mg"

[designs."3+3"]
design = "three_plus_three"
variant = "deescalation"

[designs.BOIN]
design = "boin"
target = 0.3
max_patients = 12
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "mine.toml"
    path.write_text(FILE, encoding="utf-8")
    return bd.load_study(path)


def test_findings_stand_beside_the_results(study, tmp_path):
    bd.run_study(study, tmp_path)
    table = pd.read_csv(tmp_path / "findings.csv", comment="#", keep_default_na=False)
    assert list(dict.fromkeys(table["design"])) == list(study.designs)
    for name, design in study.designs.items():
        rows = table[table["design"] == name]
        check = bd.check_design(design, study.scenarios, mtd_rule=study.mtd_rule)
        assert rows["finding"].tolist() == [one.name for one in check.found]
        assert rows["severity"].tolist() == [one.severity.word for one in check.found]
        assert rows["witness"].tolist() == [one.witness for one in check.found]
        for number, scenario in enumerate(study.scenarios):
            wanted = [one.probability[number] for one in check.found]
            np.testing.assert_array_equal(rows[f"probability: {scenario.name}"].astype(float), wanted)
    # BOIN's known witness (see tests/findings/test_coherence.py) is among them.
    assert "1NNN 2NTT 1NNT" in table["witness"].tolist()


def test_the_key_leaves_the_check_out(study, tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text("findings = false\n" + FILE, encoding="utf-8")
    monkeypatch.setattr("bayesdose.studies.findings.check_design", lambda *given, **named: 1 / 0)
    without = bd.load_study(path)
    bd.run_study(without, tmp_path / "out")
    assert not (tmp_path / "out" / "findings.csv").exists()
    assert (tmp_path / "out" / "selection.csv").exists()
    assert finding_tables(without) == []


def test_a_design_that_the_check_refuses_is_named_with_the_reason(study, tmp_path):
    with_moderates = bd.accelerated_titration(study.designs["3+3"], 2, trigger_moderates=2)
    # Its scenarios say nothing of moderate toxicity, so that no result can be computed either.
    mixed = attrs.evolve(study, designs={**study.designs, "titration": with_moderates})
    (table,) = finding_tables(mixed)
    (row,) = [row for row in table.rows if row["design"] == "titration"]
    assert row["severity"] == "not checked"
    assert "moderate" in row["finding"]


def test_a_study_by_simulation_says_why_nothing_was_checked(study, tmp_path):
    simulated = attrs.evolve(study, method=bd.MonteCarlo(trials=200, rng=1))
    bd.run_study(simulated, tmp_path)
    table = pd.read_csv(tmp_path / "findings.csv", comment="#", keep_default_na=False)
    assert table["design"].tolist() == list(study.designs)
    assert set(table["severity"]) == {"not checked"}
    assert set(table["reason"]) == {"the study's method does not look at every state"}


def test_a_design_without_findings_has_a_row(study, tmp_path, monkeypatch):
    none = bd.check_design(study.designs["3+3"], study.scenarios, mtd_rule=study.mtd_rule)
    none = attrs.evolve(none, findings=tuple(attrs.evolve(one, states=0) for one in none.findings))
    monkeypatch.setattr("bayesdose.studies.findings.check_design", lambda *given, **named: none)
    bd.run_study(study, tmp_path)
    table = pd.read_csv(tmp_path / "findings.csv", comment="#", keep_default_na=False)
    assert table["severity"].tolist() == ["nothing found"] * 2
