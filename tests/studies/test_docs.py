"""The example of docs/studies.md."""

import re
from pathlib import Path

import pandas as pd
from bayesdose.studies.scenarios import SCENARIO_SOURCES

import bayesdose as bd
from bayesdose.grammar.reading import keys_of
from bayesdose.grammar.registry import DESIGN
from bayesdose.studies.load import _File

PAGE = (Path(__file__).parents[2] / "docs/studies.md").read_text(encoding="utf-8")


def test_the_example_runs(tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "study.toml"
    path.write_text(example, encoding="utf-8")
    study = bd.load_study(path)
    result = bd.run_study(study, tmp_path / "out")
    assert list(study.designs) == ["3+3", "BOIN", "CRM", "BLRM"]
    # Exactly 0.25 at the fourth dose, which the MTD rule is closest to.
    assert result["mtd"].sel(scenario="steep").item() == "30"
    table = pd.read_csv(
        tmp_path / "out" / "characteristics.csv", comment="#", index_col=["scenario", "design"]
    )
    # In so steep a scenario every design finds the MTD more often than any other dose, or none.
    selection = result["selection_probability"].sel(scenario="steep")
    assert (selection.idxmax("recommendation") == "30").all()
    assert (table.loc["steep", "correct_selection"] > 0.4).all()


def test_the_page_names_every_key_design_and_source():
    for key in keys_of(_File):
        assert f"`{key}`" in PAGE, key
    for design in DESIGN.names:
        assert f"`{design}`" in PAGE, design
    for source, kind in SCENARIO_SOURCES.items():
        assert f'`"{source}"`' in PAGE
        row = next(line for line in PAGE.splitlines() if line.startswith(f'| `"{source}"`'))
        for key in keys_of(kind):
            assert f"`{key}`" in row, (source, key)
