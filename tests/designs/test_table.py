"""Decision tables as CSV files."""

import attrs
import numpy as np
import pytest

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.boin import boin
from bayesdose.designs.i3_plus_3 import i3_plus_3
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.keyboard import keyboard
from bayesdose.designs.mtpi import mtpi, mtpi2
from bayesdose.designs.printed_table import decision_table
from bayesdose.designs.references import bibtex, citation
from bayesdose.designs.tpi import tpi
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.decision_table import DecisionTable
from bayesdose.rules.decision_table_file import load_decision_table, save_decision_table
from bayesdose.rules.mtd_selection import IsotonicClosest
from bayesdose.simulation.graph import trial_graph

GRID = DoseGrid.of_levels(4)
CSV = "patients,dlts,decision\n3,0,E\n3,1,S\n3,2,D\n3,3,DU\n"


@pytest.fixture
def csv_file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


@pytest.mark.parametrize("make", [boin, mtpi, mtpi2, keyboard, tpi, i3_plus_3])
def test_written_and_read_again(tmp_path, make):
    path = tmp_path / "table.csv"
    design = make(GRID, 0.25, max_patients=20)
    for table in (design.table, decision_table(design)):
        save_decision_table(table, path)
        again = load_decision_table(path)
        assert again.patients == table.patients
        assert [again.rows[n - 1] for n in again.patients] == [table.rows[n - 1] for n in table.patients]
        assert again.source == "table.csv"
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


def test_a_design_read_from_a_table_is_the_design_that_wrote_it(tmp_path):
    original = boin(GRID, 0.3, max_patients=14)
    save_decision_table(decision_table(original), tmp_path / "boin.csv")
    table = load_decision_table(tmp_path / "boin.csv", source="a protocol, page 31")
    design = IntervalDesign(GRID, table, IsotonicClosest(0.3), max_patients=14)
    assert table.source == "a protocol, page 31"
    assert design.citation == '"a protocol, page 31"'
    # Words are no keys of references: such a design cites nothing, also after a titration.
    assert citation(design) == ""
    assert citation(AcceleratedTitration(design)) == bibtex("Simon1997")
    # The table that a rule filled cites what the rule cites.
    assert citation(attrs.evolve(original, rule=original.table)) == citation(original) != ""
    quoted = DecisionTable(("ED",), source='"final", page 3')
    assert bibtex(f"{quoted.citation}, LiuYuan2015") == bibtex("LiuYuan2015")
    one, other = trial_graph(original), trial_graph(design)
    assert one.num_states == other.num_states
    for name in ("counts", "recommendation", "stop"):
        assert np.array_equal(getattr(one.final, name), getattr(other.final, name))


@pytest.mark.parametrize(
    "text",
    [
        CSV,
        "Patients, DLTs, Decision\n\n3,3,u\n3,2,d\n 3 ,1, s\n3,0,e\n",  # any order and case, blank lines
        CSV.replace("\n", "\r\n"),
        CSV + "3,3,U\n",  # the same entry twice does not contradict itself
    ],
)
def test_forms_that_are_read(csv_file, text):
    for encoding in ("utf-8", "utf-8-sig"):
        table = load_decision_table(csv_file(text, encoding))
        assert table.rows == ("", "", "ESDU")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "table.csv: got ''; wanted a first line patients,dlts,decision"),
        ("n,y,decision\n3,0,E\n", "got 'n,y,decision'; wanted a first line patients,dlts,decision"),
        ("patients,dlts,decision\n", "got 'no decisions'"),
        (CSV + "6,0,X\n", "table.csv, line 6: got 'X'; wanted a decision E, S, D, or U (or DU)"),
        (CSV + "6,0,\n", "line 6: got ''; wanted a decision"),
        (CSV + "6,0\n", "line 6: got '6,0'; wanted patients, DLTs (whole numbers) and a decision"),
        (CSV + "6,-1,E\n", "line 6: got '6,-1,E'; wanted patients, DLTs (whole numbers)"),
        (CSV + "6,1.0,E\n", "line 6: got '6,1.0,E'; wanted patients, DLTs (whole numbers)"),
        (CSV + "6,7,D\n", "line 6: got '6,7,D'; wanted at least one patient and at most as many DLTs"),
        (CSV + "0,0,E\n", "line 6: got '0,0,E'; wanted at least one patient"),
        (
            CSV + "3,1,D\n",
            "line 6: got 'D for 1 DLTs in 3 patients'; wanted one decision for it; an earlier line says S",
        ),
        (CSV + "6,0,E\n6,2,S\n", "table.csv: got 'no decision for 1 DLTs in 6 patients'"),
        (CSV.replace("3,1,S", "3,1,D").replace("3,2,D", "3,2,S"), "wanted no milder decision with more DLTs"),
    ],
)
def test_files_that_are_refused(csv_file, text, message):
    with pytest.raises(InputError) as caught:
        load_decision_table(csv_file(text))
    assert message in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="decision table none.csv: got .*; wanted a CSV file"):
        load_decision_table(tmp_path / "none.csv")


def test_a_table_too_small_for_the_design(csv_file):
    table = load_decision_table(csv_file(CSV))
    with pytest.raises(InputError) as caught:
        IntervalDesign(GRID, table, IsotonicClosest(0.3), max_patients=12)
    assert "got 'rows for 3 patients'" in str(caught.value)
    assert "rows for every number of patients at a dose: 6, 9, 12 too" in str(caught.value)
    # A last cohort of one makes totals of 1 and 4.
    with pytest.raises(InputError, match="at a dose: 1, 4 too"):
        IntervalDesign(GRID, table, IsotonicClosest(0.3), max_patients=4)
    IntervalDesign(GRID, table, IsotonicClosest(0.3), max_patients=3)
