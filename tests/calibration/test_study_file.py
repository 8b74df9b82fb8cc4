"""``bayesdose calibrate``: a study file's section, and what it writes."""

import numpy as np
import pandas as pd
import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.report.calibrate import calibrate_study_file
from bayesdose.studies.calibration import calibrate_study

STUDY = """
mtd_rule = { rule = "HighestBelow", limit = 0.33 }

[grid]
values = [1, 3, 10]
unit = "mg"

[designs.BOIN]
design = "boin"
target = 0.25
max_patients = 12

[designs."3+3"]
design = "three_plus_three"
variant = "deescalation"

[calibrate]
design = "BOIN"
objective = ["maximise mean correct_selection", "minimise mean expected_sample_size"]
constraints = ["correct_selection in too toxic >= 0.5"]

[calibrate.over]
target = [0.2, 0.25, 0.3]
max_patients = { from = 9, to = 15, number = 3 }
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "boin.toml"
    path.write_text(STUDY)
    return path


def test_the_section_is_what_calibrate_takes(study):
    found = calibrate_study(study)
    grid, rule = bd.DoseGrid((1, 3, 10), "mg"), bd.rules.HighestBelow(0.33)
    python = bd.calibrate(
        lambda target, max_patients: bd.boin(grid, target, max_patients=int(max_patients)),
        {"target": (0.2, 0.25, 0.3), "max_patients": (9, 12, 15)},
        bd.scenarios.builtin_scenarios(grid, rule),
        mtd_rule=rule,
        objective=("maximise mean correct_selection", "minimise mean expected_sample_size"),
        constraints="correct_selection in too toxic >= 0.5",
    )
    assert list(found.designs.values()) == list(python.designs.values())
    assert found.tried.drop_attrs().equals(python.tried.drop_attrs())
    # The file is a study too.
    assert list(bd.load_study(study).designs) == ["BOIN", "3+3"]


def test_the_command_writes_what_was_found(study, tmp_path, capsys):
    out = tmp_path / "out"
    found = calibrate_study_file(study, out=out)
    printed = capsys.readouterr().out
    assert f"Chosen: {found.name}." in printed
    assert "On the front" in printed
    assert sorted(path.name for path in out.iterdir()) == [
        "chosen.toml",
        "front.png",
        "tried.csv",
        "tried.nc",
    ]
    table = pd.read_csv(out / "tried.csv", index_col="design")
    assert len(table) == 9
    assert table.index[table["chosen"]].tolist() == [found.name]
    np.testing.assert_allclose(
        table["maximise mean correct_selection"], found.tried["objective_value"].values[:, 0], atol=1e-15
    )
    chosen = bd.load_study(out / "chosen.toml")
    assert list(chosen.designs.values()) == [found.chosen]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[calibrate]", "[calibrat]", "calibrat"),
        ('design = "BOIN"\nobjective', "objective", "key calibrate.design: .*one of the designs, BOIN, 3"),
        ('design = "BOIN"\nobjective', 'design = "BLRM"\nobjective', "design of study file"),
        ("max_patients = { from", "max_patient = { from", "known key"),
        ("from = 9", "start = 9", "calibrate, over, max_patients: .*the keys from, to and number"),
        (
            "number = 3 }",
            "number = 3 }\n[method]\nmethod = 'MonteCarlo'\ntrials = 9\nrng = 1",
            "Exact: nothing",
        ),
        ("maximise mean", "maximize mean", "objective"),
    ],
)
def test_mistakes(study, old, new, message):
    assert old in STUDY
    study.write_text(STUDY.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        calibrate_study(study)


def test_a_study_without_the_section(study):
    study.write_text(STUDY.split("[calibrate]")[0])
    with pytest.raises(InputError, match="key calibrate: got None; wanted a table with `over`"):
        calibrate_study(study)
