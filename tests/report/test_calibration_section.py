"""A report's section of a calibration: what was tried, the front and the chosen design."""

import csv
import itertools

import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.report.calibrate import calibrate_study_file
from bayesdose.report.page.command import report_study_file

HEAD = """
mtd_rule = { rule = "HighestBelow", limit = 0.33 }
findings = false

[grid]
values = [1, 3, 10]
unit = "mg"
"""
BOIN = """
[designs.BOIN]
design = "boin"
target = 0.25
max_patients = 12
"""
CALIBRATE = """
[calibrate]
objective = ["maximise mean correct_selection", "minimise mean expected_sample_size"]
constraints = ["correct_selection in too toxic >= 0.8"]

[calibrate.over]
target = [0.2, 0.25, 0.3]
max_patients = [9, 12, 15]
"""
SAFE = '\n[[scenarios]]\nscenarios = "Scenario"\nname = "safe"\nprob_dlt = [0.01, 0.02, 0.05]\n'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study and its calibration, in the folder where the command looks for it."""
    folder = tmp_path_factory.mktemp("calibrated")
    (folder / "boin.toml").write_text(HEAD + BOIN + CALIBRATE)
    calibrate_study_file(folder / "boin.toml", out=folder / "results" / "boin-calibrated")
    return folder


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        next(file)
        return list(csv.DictReader(file))


def _by_hand():
    """Each design run alone, and the front by its definition."""
    grid, rule = bd.DoseGrid((1, 3, 10), "mg"), bd.rules.HighestBelow(0.33)
    scenarios = bd.scenarios.builtin_scenarios(grid, rule)
    found = {}
    for target, patients in itertools.product((0.2, 0.25, 0.3), (9, 12, 15)):
        design = bd.boin(grid, target, max_patients=patients)
        alone = bd.operating_characteristics({"it": design}, scenarios, mtd_rule=rule).isel(design=0)
        found[f"target={target:g}, max_patients={patients}"] = (
            float(alone["correct_selection"].mean()),
            float(alone["expected_sample_size"].mean()),
            float(alone["correct_selection"].sel(scenario="too toxic")),
        )
    within = {name: one for name, one in found.items() if one[2] >= 0.8}

    def dominated(one):
        return any(
            other[0] >= one[0] and other[1] <= one[1] and other[:2] != one[:2] for other in within.values()
        )

    front = {name: one for name, one in within.items() if not dominated(one)}
    return len(within), sorted(front.items(), key=lambda item: -item[1][0])


def test_the_section_holds_the_front_and_the_chosen_design(folder, monkeypatch):
    monkeypatch.chdir(folder)
    report_study_file(folder / "boin.toml", out=folder / "page.html")
    page = (folder / "page.html").read_text(encoding="utf-8")
    within, front = _by_hand()
    assert 0 < within < 9, "the constraint says something"
    assert len(front) > 1
    assert '<section id="calibration">' in page
    assert f"9 designs tried, {within} of them within all constraints, {len(front)} on the front" in page
    assert f"Chosen: {front[0][0]}." in page
    assert "No design of this report is the chosen one" in page
    rows = _rows(folder / "page-tables" / "calibration-front.csv")
    assert [row["design"] for row in rows] == [name for name, _ in front]
    assert [row["chosen"] for row in rows] == ["chosen", *("" for _ in front[1:])]
    numbers = [[float(row[key]) for key in ("objective_1", "objective_2", "constraint_1")] for row in rows]
    # The same sums in another order.
    assert numbers == [pytest.approx(one, rel=1e-12) for _, one in front]
    values = _rows(folder / "page-tables" / "calibration-values.csv")
    assert [row["values"] for row in values] == ["0.2, 0.25, 0.3", "9, 12, 15"]
    # From another folder the command does not find it, unless it is told where.
    monkeypatch.chdir(folder.parent)
    report_study_file(folder / "boin.toml", out=folder / "without.html")
    assert 'id="calibration"' not in (folder / "without.html").read_text(encoding="utf-8")


def test_the_chosen_design_is_recognised(folder):
    _, front = _by_hand()
    target, patients = front[0][0].removeprefix("target=").split(", max_patients=")
    mine = BOIN.replace("target = 0.25", f"target = {target}").replace("= 12", f"= {patients}")
    (folder / "mine.toml").write_text(HEAD + mine.replace("designs.BOIN", "designs.mine"))
    report_study_file(
        folder / "mine.toml", out=folder / "mine.html", calibration=folder / "results" / "boin-calibrated"
    )
    assert f"Chosen: {front[0][0]}. It is mine in this report" in (folder / "mine.html").read_text("utf-8")


def test_a_calibration_in_other_scenarios_is_not_shown(folder, tmp_path, monkeypatch, capsys):
    """Found in the default folder it is left out, and said to be; asked for it is refused."""
    monkeypatch.chdir(folder)
    (tmp_path / "boin.toml").write_text(HEAD + SAFE + BOIN)
    report_study_file(tmp_path / "boin.toml", out=tmp_path / "page.html")
    assert "is in other scenarios than the study" in " ".join(capsys.readouterr().out.split())
    assert 'id="calibration"' not in (tmp_path / "page.html").read_text(encoding="utf-8")
    calibrated = folder / "results" / "boin-calibrated"
    with pytest.raises(InputError, match="calibration: got .*; wanted a calibration in the scenarios"):
        report_study_file(tmp_path / "boin.toml", out=tmp_path / "no.html", calibration=calibrated)
    with pytest.raises(InputError, match="wanted the folder that `bayesdose calibrate` wrote"):
        report_study_file(tmp_path / "boin.toml", out=tmp_path / "no.html", calibration=tmp_path)
    study = bd.load_study(tmp_path / "boin.toml")
    result = bd.run_study(study)
    with pytest.raises(InputError, match="calibration: got 'no objective_value"):
        bd.write_report(study, result, tmp_path / "no.html", calibration=result)
    assert not (tmp_path / "no.html").exists()


def test_without_a_design_within_the_constraints(tmp_path):
    wishes = CALIBRATE.replace(">= 0.8", ">= 1.0").replace(', "minimise mean expected_sample_size"', "")
    (tmp_path / "boin.toml").write_text(HEAD + BOIN + wishes)
    calibrate_study_file(tmp_path / "boin.toml", out=tmp_path / "found")
    report_study_file(tmp_path / "boin.toml", out=tmp_path / "page.html", calibration=tmp_path / "found")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "0 of them within all constraints, 0 on the front" in page
    assert "No design meets all constraints: none was chosen." in page
    assert not (tmp_path / "page-tables" / "calibration-front.csv").exists()
