"""Decision tables as values."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.rules.decision_table import DecisionTable
from bayesdose.rules.decision_table_shown import rows_by_dlts

TABLE = DecisionTable(("", "", "ESDU", "", "", "EESDDUU"), source="by hand")


def test_entries_by_patients_and_dlts():
    assert TABLE.patients == (3, 6)
    assert [TABLE.decision(6, dlts) for dlts in range(7)] == list("EESDDUU")
    assert TABLE.codes.shape == (7, 7)
    assert TABLE.codes[6].tolist() == [0, 0, 1, 2, 2, 3, 3]
    assert TABLE.codes[3].tolist() == [0, 1, 2, 3, -1, -1, -1]
    assert np.all(TABLE.codes[[0, 1, 2, 4, 5]] == -1)


def test_boundaries_and_decisions_that_never_happen():
    assert [TABLE.boundaries(decision) for decision in "EDU"] == [[0, 1], [2, 3], [3, 5]]
    never = DecisionTable(("SS", "UUU"))
    assert [never.boundaries(decision) for decision in "EDU"] == [[None, None], [None, 0], [None, 0]]


def test_printed_form():
    printed = str(DecisionTable(("ED", "", "", "", "", "", "", "", "", "EEEESDDUUUU")))
    lines = printed.splitlines()
    assert lines[0] == "DLTs  n=1  n=10"
    assert lines[1] == "   0    E     E"
    assert lines[3] == "   2          E"
    assert len(lines) == 12


def test_it_is_a_value():
    same = DecisionTable(["", "", "ESDU", "", "", "EESDDUU"], source="by hand")
    assert same == TABLE
    assert hash(same) == hash(TABLE)
    with pytest.raises(ValueError, match="read-only"):
        TABLE.codes[3, 0] = 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((), "DecisionTable, rows: got (); wanted at least one row of decisions"),
        (("", ""), "wanted at least one row of decisions"),
        (("ESD",), "rows, for 1 patients: got 'ESD'; wanted 2 letters"),
        (
            ("EX",),
            "rows, for 1 patients: got 'EX'; wanted 2 letters, one for each number of DLTs, of E, S, D, U",
        ),
        (("", "DSU"), "rows, for 2 patients: got 'DSU'; wanted no milder decision with more DLTs"),
        (
            ("EE",),
            "wanted decisions that depend on the DLTs; these escalate even where every patient had one",
        ),
        (("", "EEE"), "wanted decisions that depend on the DLTs"),
        (("",) * 1000 + ("S" * 1002,), "a row for each number of patients up to 500"),
        ((1, 2), "DecisionTable, rows[0]: got 1; wanted a text"),
        ("ES", "DecisionTable, rows: got 'ES'; wanted a list of texts"),
    ],
)
def test_bad_tables(rows, message):
    with pytest.raises(InputError) as caught:
        DecisionTable(rows)
    assert message in str(caught.value)


@pytest.mark.parametrize(("patients", "dlts"), [(4, 0), (3, 4), (3, -1), (7, 0), (0, 0)])
def test_entries_that_are_not_there(patients, dlts):
    with pytest.raises(InputError, match="wanted one of 3, 6 patients and at most as many DLTs"):
        TABLE.decision(patients, dlts)


def test_rows_for_a_reader_are_the_table():
    table = DecisionTable(("", "", "ESDU", "", "", "EESDUUU"), source="protocol <1>, section 5")
    rows = rows_by_dlts(table)
    assert rows[-1] == ("4 or more", ["", "U"])
    for dlts, letters in rows[:-1]:
        for patients, letter in zip(table.patients, letters, strict=True):
            there = int(dlts) <= patients
            assert letter == (table.decision(patients, int(dlts)) if there else "")
    assert all(table.decision(6, dlts) == "U" for dlts in (4, 5, 6))
    assert rows_by_dlts(DecisionTable(("ED",))) == [("0", ["E"]), ("1", ["D"])]
    page = table._repr_html_()
    assert "protocol &lt;1&gt;, section 5" in page
    assert "<tr><th>1</th><td>S</td><td>E</td></tr>" in page
    assert 'colspan="2" style="text-align: center">patients</th></tr><tr><th>3</th><th>6</th></tr>' in page
    assert page.count("<tr>") == 2 + len(rows)
