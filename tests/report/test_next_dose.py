"""Sentences and files that people read."""

import stat

import pytest

from bayesdose.designs.running import running_state
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.files import write_atomically
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.studies.provenance import write_json

DESIGN = ThreePlusThree(DoseGrid((0.01, 0.03), "mg/kg", labels=("low", "high")), "deescalation")


def test_decision_names_level_dose_and_unit():
    assert describe_decision(DESIGN, parse_outcomes("1NNN")) == "Next: 3 patients at level 2 (high mg/kg)."
    stopped = describe_decision(DESIGN, parse_outcomes("1NNN 2NNN"))
    assert stopped == "Stop: the highest dose is accepted. Recommended: level 2 (high mg/kg)."


def test_running_state_refuses_no_patients_and_unknown_levels():
    with pytest.raises(InputError, match="outcomes: got ''; wanted at least one treated cohort"):
        running_state(DESIGN, parse_outcomes(""))
    with pytest.raises(InputError, match="outcomes: got '3NNN'; wanted dose levels from 1 to 2"):
        running_state(DESIGN, parse_outcomes("1NNN 3NNN"))


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "result.json"
    write_json(path, {"dose": "0.01 mg/kg", "ünicode": 1})
    assert path.read_text(encoding="utf-8") == '{\n  "dose": "0.01 mg/kg",\n  "ünicode": 1\n}\n'
    assert path.stat().st_mode & stat.S_IRUSR

    def fail(temporary):
        temporary.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)
    assert path.read_text(encoding="utf-8").startswith('{\n  "dose"')
    assert [item.name for item in path.parent.iterdir()] == ["result.json"]
