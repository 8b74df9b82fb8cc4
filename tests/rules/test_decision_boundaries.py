"""Decision tables as protocols print them: BOIN's for a target of 0.3, as its authors print it."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.rules import DecisionTable, IsotonicClosest, PatientsAtDose, PatientsInTrial, StaysAtDose

# Yan, Zhang, Zhou, Pan, Liu and Yuan (2020), Journal of Statistical Software 94(13), p. 11: get.boundary with
# target 0.3, cohorts of three.
PATIENTS = (3, 6, 9, 12)
ESCALATE, DEESCALATE, ELIMINATE = (0, 1, 2, 2), (2, 3, 4, 5), (3, 4, 5, 7)
CSV = "patients,3,6,9,12\nescalate if <=,0,1,2,2\nDe-escalate if >=,2,3,4,5\neliminate if >=,3,4,5,7\n"
GRID = bd.DoseGrid.of_levels(4)


def test_boin_as_its_authors_print_it():
    given = DecisionTable.from_boundaries(PATIENTS, ESCALATE, DEESCALATE, ELIMINATE)
    filled = bd.decision_table(bd.boin(GRID, 0.3, max_patients=12))
    assert given.rows == filled.rows
    for letter, numbers in zip("EDU", (ESCALATE, DEESCALATE, ELIMINATE), strict=True):
        assert given.boundaries(letter) == list(numbers)
    assert given.as_boundaries().splitlines() == [
        "                        n=3  n=6  n=9  n=12",
        "escalate if DLTs <=       0    1    2     2",
        "de-escalate if DLTs >=    2    3    4     5",
        "eliminate if DLTs >=      3    4    5     7",
    ]


def test_a_file_of_it(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(CSV, encoding="utf-8")
    table = bd.load_decision_table(path, source="a protocol, page 31")
    assert table == DecisionTable.from_boundaries(
        PATIENTS, ESCALATE, DEESCALATE, ELIMINATE, source="a protocol, page 31"
    )


def test_decisions_that_are_never_made():
    table = DecisionTable.from_boundaries((1, 2), (0, None), (None, 1), (None, 2))
    assert table.rows == ("ES", "SDU")
    assert table.as_boundaries().splitlines()[1:] == [
        "escalate if DLTs <=       0    -",
        "de-escalate if DLTs >=    -    1",
        "eliminate if DLTs >=      -    2",
    ]
    # Eliminate without a boundary of its own to de-escalate.
    assert DecisionTable.from_boundaries((2,), (0,), (None,), (2,)).rows == ("", "ESU")
    assert DecisionTable.from_boundaries((2,), (0,), (1,)).rows == ("", "EDD")


@pytest.mark.parametrize(
    ("boundaries", "message"),
    [
        (((3, 3), (0, 0), (2, 2)), "patients: got .3, 3.; wanted numbers of patients that increase"),
        (((3,), (0, 1), (2,)), "escalate: got .0, 1.; wanted 1 numbers, one for each"),
        (((3,), (2,), (2,)), "for 3 patients: got 'escalate up to 2, de-escalate from 2"),
        (((3,), (0,), (3,), (2,)), "wanted numbers of DLTs that rise in this order"),
        (((), (), ()), "decision boundaries|at least one row"),
    ],
)
def test_refused(boundaries, message):
    with pytest.raises(InputError, match=message):
        DecisionTable.from_boundaries(*boundaries)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("patients,3\nescalate,0\nstay,1\n", "line 3: got stay|line 3: got 'stay'; wanted one line each"),
        ("patients,3\nescalate,0\nescalate,0\n", "line 3"),
        ("patients,3\nescalate,x\n", "line 2: got 'escalate,x'; wanted 1 numbers of DLTs"),
        ("patients,3\nescalate,0\n", "no line deescalate"),
        ("patients,3,six\nescalate,0,1\n", "wanted a first line patients,dlts,decision, or patients,3,6,9"),
    ],
)
def test_files_that_are_none(tmp_path, text, message):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        bd.load_decision_table(path)


def protocol_design(stopping, max_patients=27, patients=(3, 6, 9)):
    numbers = len(patients)
    table = DecisionTable.from_boundaries(
        patients, ESCALATE[:numbers], DEESCALATE[:numbers], ELIMINATE[:numbers]
    )
    return bd.interval_design(GRID, table, IsotonicClosest(0.3), max_patients, stopping=stopping)


def test_a_table_ends_where_the_protocol_stops_at_a_dose():
    # No dose gets more than nine patients, so rows for 12 to 27 say nothing.
    design = protocol_design(PatientsAtDose(9))
    assert design.patients_at_dose == {3, 6, 9}
    by_rule = bd.boin(
        GRID, 0.3, max_patients=27, stopping=PatientsAtDose(9), mtd_selection=IsotonicClosest(0.3)
    )
    assert bd.decision_table(by_rule).patients == (3, 6, 9)
    assert bd.decision_table(by_rule).rows[:9] == design.rule.rows
    scenario = bd.scenarios.Scenario("rising", GRID, (0.1, 0.2, 0.3, 0.45))
    results = bd.operating_characteristics(
        {"table": design, "rule": by_rule}, [scenario], mtd_rule=bd.rules.ClosestTo(0.3)
    )
    for name in ("selection_probability", "expected_patients"):
        assert np.array_equal(*results[name].transpose("design", ...).values)
    # The engine asks for every state that can be reached: none lacks a row.
    final = bd.trial_graph(design).final
    assert final is not None


@pytest.mark.parametrize(
    ("stopping", "wanted"),
    [
        (None, "12, 15, 18, 21, 24, 27"),
        (StaysAtDose(9), "12, 15, 18, 21, 24, 27"),  # a trial may come back to a dose with nine
        (PatientsAtDose(12), "12 too"),
        (PatientsAtDose(9) & PatientsInTrial(15), "12, 15 too"),
    ],
)
def test_rows_that_can_still_be_reached_are_asked_for(stopping, wanted):
    with pytest.raises(InputError, match=f"wanted rows for every number of patients at a dose: {wanted}"):
        protocol_design(stopping)


def test_a_last_cohort_that_is_cut():
    # Up to 13 patients: a dose with 0, 3 or 6 can get the thirteenth alone, one with nine gets none.
    design = bd.boin(GRID, 0.3, max_patients=13, stopping=PatientsAtDose(9) | PatientsInTrial(30))
    assert design.patients_at_dose == {1, 3, 4, 6, 7, 9}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1NN 1N", "Next: 3 patients at level 2."),
        ("1NN 1NNNN", "Next: 3 patients at level 2."),
        ("1NN 2NNN", "Next: 3 patients at level 3."),
        ("1NNNN 2NNT 2NN 2N", "Next: 3 patients at level 3."),
        ("1NNNNT 2NTT", "Next: 3 patients at level 1."),
    ],
)
def test_an_odd_cohort_on_the_way_to_a_state_with_a_row(text, answer):
    assert bd.describe_decision(protocol_design(PatientsAtDose(9)), text).startswith(answer)


def test_no_hint_of_backfill_where_the_table_had_no_decision():
    text = bd.describe_decision(protocol_design(PatientsAtDose(9)), "1NN 1N")
    assert "cohort 2, 1N (it has no decision there)" in text
    assert "backfill" not in text
