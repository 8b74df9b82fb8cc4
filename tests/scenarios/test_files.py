"""Scenario tables: what is written is read back to the last bit, and mistakes are named."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.families import with_moderate_toxicity
from bayesdose.scenarios.files import load_scenarios, save_scenarios
from bayesdose.scenarios.pseudo_uniform import pseudo_uniform_scenarios
from bayesdose.scenarios.scenario import Scenario

GRID = DoseGrid((0.1, 2, 4), "mg/kg")
HEADER = "scenario,dose,unit,prob_dlt"
GOOD = f"{HEADER}\na,0.1,mg/kg,0.1\na,2,mg/kg,0.2\na,4,mg/kg,0.3\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("tables") / "scenarios.csv"


probabilities = st.lists(st.floats(0, 1), min_size=3, max_size=3).map(lambda p: tuple(sorted(p)))
# What a name or source may hold in a CSV cell, commas, quotes and line ends among it.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(',"\n'), max_size=12)


@given(st.dictionaries(texts.filter(bool), probabilities, min_size=1, max_size=4), texts, st.booleans())
def test_round_trip_is_exact(path, curves, source, moderate):
    scenarios = tuple(Scenario(name, GRID, curve, source=source) for name, curve in curves.items())
    if moderate:
        scenarios = (with_moderate_toxicity(scenarios[0], 1.5), *scenarios[1:])
    save_scenarios(path, scenarios)
    assert load_scenarios(path) == scenarios
    assert load_scenarios(path, GRID) == scenarios


def test_round_trip_of_generated_curves_and_labels(path):
    grid = DoseGrid((1, 2.5, 1 / 3 + 3), "mg", ("low", "mid, of three", "high"))
    scenarios = pseudo_uniform_scenarios(grid, 0.3, 500, rng=1)
    save_scenarios(str(path), scenarios)
    assert load_scenarios(path) == scenarios
    assert [entry.name for entry in path.parent.iterdir()] == ["scenarios.csv"]


def test_the_table_is_one_row_a_dose(path):
    save_scenarios(path, [Scenario("a", GRID, (0.1, 0.2, 0.3))])
    assert path.read_text(encoding="utf-8").splitlines() == [
        "scenario,dose,unit,prob_dlt",
        "a,0.1,mg/kg,0.1",
        "a,2.0,mg/kg,0.2",
        "a,4.0,mg/kg,0.3",
    ]
    save_scenarios(path, [Scenario("a", GRID, (0.1, 0.2, 0.3), (0.1, 0.2, 0.3), "made up")])
    with path.open(newline="", encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    assert (first["prob_moderate"], first["source"]) == ("0.1", "made up")


def test_tables_from_elsewhere_are_read(path):
    # Columns in another order, a byte order mark, Windows line ends and empty lines, as spreadsheets write.
    lines = [
        "prob_dlt,scenario,unit,dose,label",
        "0.1,a,mg/kg,0.1,I",
        "0.2,a,mg/kg,2,II",
        "",
        "0.3,a,mg/kg,4,III",
    ]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert load_scenarios(path) == (
        Scenario("a", DoseGrid((0.1, 2, 4), "mg/kg", ("I", "II", "III")), (0.1, 0.2, 0.3)),
    )


def test_labels_of_a_given_grid(path):
    labelled = DoseGrid((0.1, 2, 4), "mg/kg", ("I", "II", "III"))
    path.write_text(GOOD)
    assert load_scenarios(path, labelled) == (Scenario("a", labelled, (0.1, 0.2, 0.3)),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns of .*got \\[\\]; wanted scenario, dose, unit, prob_dlt, and if need be label"),
        (f"{HEADER}\n", "got .no row below the header.; wanted at least one scenario"),
        (GOOD.replace("unit", "units"), "columns of .*got .*'units'"),
        (GOOD.replace("unit", "dose"), "columns of .*each once"),
        (GOOD.replace("a,2,mg/kg,0.2", "a,2,mg/kg"), "line 3: got '3 cells'; wanted 4, one for each column"),
        (GOOD.replace("0.2", "0.2,"), "line 3: got '5 cells'"),
        (GOOD.replace("0.2", "a fifth"), "scenario 'a' .*line 2, prob_dlt: got .*'a fifth' on line 3"),
        (
            GOOD.replace("0.2", "20"),
            "scenario 'a' in .*, line 2, Scenario, prob_dlt.1.: got 20.0; wanted a number of at least 0",
        ),
        (GOOD.replace("0.2", "nan"), "scenario 'a' in .*, line 2, Scenario, prob_dlt.1.: got nan"),
        (GOOD.replace("0.2", "0.4"), "P.DLT. of scenario 'a': got .*wanted probabilities that do not fall"),
        (GOOD.replace("a,2,mg/kg", "a,2,mg"), "scenario 'a' .*got 'units mg, mg/kg'; wanted one unit"),
        (GOOD.replace("a,2,", "a,8,"), "got .*8.0.*strictly increasing"),
        (GOOD + "b,0.1,mg/kg,0.1\nb,2,mg/kg,0.2\n", "scenario 'b' in .*line 5: got .*wanted .*the doses"),
        (GOOD + GOOD.replace(f"{HEADER}\na", "b", 1), "scenario 'b' .*line 5"),
        (
            GOOD + GOOD.removeprefix(f"{HEADER}\n").replace("a,", "b,") + "a,0.1,mg/kg,0.1\n",
            "scenario 'a' .*line 8: got 'the name a second time'; wanted a scenario's rows together",
        ),
        (
            f"{HEADER},prob_moderate\na,1,mg,0.1,0.1\na,2,mg,0.2,\n",
            "scenario 'a' .*got .P.moderate. at some doses.; wanted it at all doses, or at none",
        ),
        (f'{HEADER}\n"a,1,mg,0.1\n', "scenario file .*wanted a readable CSV table"),
    ],
)
def test_refused(path, text, message):
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        load_scenarios(path)


def test_refused_grid_and_files(path, tmp_path):
    path.write_text(GOOD)
    for other in (DoseGrid((1, 2, 4), "mg/kg"), DoseGrid((0.1, 2, 4), "mg"), DoseGrid((0.1, 2), "mg/kg")):
        with pytest.raises(InputError, match="scenario 'a' .*line 2: got .*wanted .*the doses"):
            load_scenarios(path, other)
    with pytest.raises(InputError, match="scenario file .*none.csv: got .No such file"):
        load_scenarios(tmp_path / "none.csv")
    path.write_bytes(GOOD.encode() + b"\xff")
    with pytest.raises(InputError, match="scenario file .*readable CSV table"):
        load_scenarios(path)


def test_nothing_is_written_for_refused_scenarios(tmp_path):
    one = Scenario("a", GRID, (0.1, 0.2, 0.3))
    with pytest.raises(InputError, match="scenarios: got \"two named 'a'\""):
        save_scenarios(tmp_path / "x.csv", [one, one])
    with pytest.raises(InputError, match="scenarios: got"):
        save_scenarios(tmp_path / "x.csv", [])
    assert list(tmp_path.iterdir()) == []
