"""What a design with backfill refuses, in one sentence each; and what its parts say and are in a file."""

import copy
import pickle

import pytest

import bayesdose as bd
from bayesdose.cli import app
from bayesdose.dose_optimization import (
    CloseFromRate,
    OpenAfterCohorts,
    OpenAfterPatients,
    OpenAfterResponses,
    OpenFromLevel,
    backfilled,
)
from bayesdose.errors import InputError
from bayesdose.report.trial_page.states import page_states
from bayesdose.rules.mtd_selection import IsotonicHighestBelow
from tests.in_words import code_in

GRID = bd.DoseGrid((1, 3, 10), "mg")
BOIN = bd.boin(GRID, 0.25, max_patients=15)
THREE = bd.three_plus_three(GRID, "deescalation")
TABLE = bd.interval_design(
    GRID,
    bd.rules.DecisionTable(("", "", "ESDU", "", "", "EESDUUU"), source="a protocol"),
    IsotonicHighestBelow(0.3),
    6,
)
WITH_MODERATE = bd.accelerated_titration(BOIN, trigger_moderates=2)
PLAN = bd.plan(THREE, (bd.ExpansionCohort(9),))


@pytest.mark.parametrize(
    ("escalation", "settings", "message"),
    [
        (
            BOIN,
            {"patients_per_cohort": -1},
            "patients_per_cohort: got -1; wanted a whole number of at least 0",
        ),
        (BOIN, {"priority": "random"}, "priority: got 'random'.*no exact probabilities"),
        (BOIN, {"conflict": "mean"}, "conflict: got 'mean'; wanted .*'pooled'"),
        (BOIN, {"cap_per_dose": 0}, "cap_per_dose: got 0; wanted a whole number of at least 1"),
        (BOIN, {"cap_in_all": 0}, "cap_in_all: got 0; wanted a whole number of at least 1"),
        (BOIN, {"ratio": 0}, "ratio: got 0; wanted a number.* above 0"),
        (BOIN, {"escalation_patients": 16}, "escalation_patients: got 16; wanted at most 15"),
        (BOIN, {"opening": OpenFromLevel(4)}, "opening: got 'level 4'; wanted a level number from 1 to 3"),
        (BOIN, {"opening": CloseFromRate(0.3)}, "opening: got .*wanted"),
        (BOIN, {"closing": OpenAfterPatients(3)}, "closing: got .*wanted"),
        (THREE, {}, "cap_in_all: got None; wanted a number of patients"),
        (
            THREE,
            {"cap_in_all": 3, "conflict": "pooled"},
            "conflict: got 'pooled'; wanted a design that decides",
        ),
        (THREE, {"cap_in_all": 3, "closing": CloseFromRate()}, "closing: got 'no rate.*Give for example"),
        (PLAN, {"cap_in_all": 3}, "escalation: got 'a design with the stages escalation, expansion'"),
        (
            WITH_MODERATE,
            {"cap_in_all": 3, "opening": OpenAfterResponses()},
            "opening: got .*3 categories.*wanted an escalation that looks at DLTs alone",
        ),
        (TABLE, {"patients_per_cohort": 2}, "decision table: got 'rows for 3, 6 patients'.*: 2, 4, 5 too"),
        (TABLE, {"conflict": "pooled"}, "conflict: got 'pooled, .*without rows for 1, 2, 4, 5 patients"),
        ("3+3", {}, "escalation: got '3\\+3'; wanted"),
    ],
)
def test_bad_input(escalation, settings, message):
    with pytest.raises(InputError, match=message):
        backfilled(escalation, **{"patients_per_cohort": 3} | settings)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: OpenFromLevel(0), "level: got 0; wanted a whole number of at least 1"),
        (lambda: OpenAfterCohorts(0), "number: got 0; wanted a whole number of at least 1"),
        (lambda: OpenAfterPatients(501), "number: got 501; wanted .*at most 500"),
        (lambda: OpenAfterResponses(0), "number: got 0; wanted a whole number of at least 1"),
        (lambda: CloseFromRate(1.0), "rate: got 1.0; wanted a number .*below 1"),
        (lambda: OpenFromLevel(1) & BOIN, "rules joined by &: got .*wanted"),
    ],
)
def test_bad_parts(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_a_duration_and_a_page_are_refused():
    design = backfilled(BOIN, 3)
    scenario = bd.scenarios.Scenario("one", GRID, (0.1, 0.25, 0.4))
    with pytest.raises(InputError, match="dlt_window: got \"a design that backfills, 'it'\""):
        bd.operating_characteristics(
            {"it": design}, [scenario], mtd_rule=bd.rules.ClosestTo(0.25), dlt_window=28
        )
    with pytest.raises(InputError, match="page: got 'a design that backfills'"):
        page_states(design)


OPENINGS = [
    OpenFromLevel(2),
    OpenAfterCohorts(3),
    OpenAfterPatients(6),
    OpenAfterResponses(),
    OpenAfterResponses(2, lower_doses=True),
    OpenFromLevel(2) & (OpenAfterResponses() | OpenAfterPatients(6)),
]


@pytest.mark.parametrize("opening", OPENINGS, ids=str)
def test_an_opening_rule_is_a_value_with_words_and_a_saved_form(opening, tmp_path):
    assert copy.deepcopy(opening) == opening == pickle.loads(pickle.dumps(opening))
    assert not code_in(str(opening))
    design = backfilled(BOIN, 3, opening, CloseFromRate(0.3))
    assert str(opening) in design.words["Backfill, open doses"]
    bd.save_design(design, tmp_path / "design.toml")
    assert bd.load_design(tmp_path / "design.toml") == design


def test_the_command_line_takes_it(tmp_path, capsys):
    path = tmp_path / "design.toml"
    bd.save_design(backfilled(BOIN, 2, OpenAfterPatients(3)), path)
    for words in (["next", path, "1NNN 2NNN"], ["paths", path, "1NNN 2NNN (1NN)", "--cohorts", "1"]):
        app([str(word) for word in words], result_action="return_value")
    printed = " ".join(capsys.readouterr().out.split())
    assert "Next: 2 patients at level 1 (1 mg), in the backfill." in printed
    assert "4 pathways of the next cohort" in printed


def test_the_check_names_those_beside_in_parentheses():
    check = bd.check_design(backfilled(BOIN, 3))
    witness = check["escalation after a cohort at the target"].witness
    assert "(1NNN)" in witness
