"""The example of docs/studies.md is a study file, and its table has all keys."""

import re
from pathlib import Path

import pandas as pd

import bayesdose as bd
from bayesdose.checks.arguments import hints_of
from bayesdose.grammar.registry import members
from bayesdose.scenarios.scenario import Scenario
from bayesdose.studies.load import _File

PAGE = (Path(__file__).parents[2] / "docs/studies.md").read_text(encoding="utf-8")


def test_the_example_runs(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1], encoding="utf-8")
    study = bd.load_study(path)
    assert list(study.designs) == ["3+3", "BOIN", "CRM", "BLRM"]
    result = bd.run_study(study, tmp_path / "out")
    # Exactly 0.25 at the fourth dose, which the MTD rule is closest to.
    assert result["mtd"].sel(scenario="steep").item() == "30"
    table = pd.read_csv(
        tmp_path / "out" / "characteristics.csv", comment="#", index_col=["scenario", "design"]
    )
    # In so steep a scenario every design finds the MTD more often than any other dose, or none.
    selection = result["selection_probability"].sel(scenario="steep")
    assert (selection.idxmax("recommendation") == "30").all()
    assert (table.loc["steep", "correct_selection"] > 0.4).all()


def test_every_key_is_described():
    described = re.findall(r"^\| (`[^|]*`) \|", PAGE, re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", " ".join(described)))
    assert named >= set(hints_of(_File))


def test_every_source_of_scenarios_is_described():
    described = set(re.findall(r'`"(\w+)"`', PAGE))
    assert described >= set(members(Scenario))
