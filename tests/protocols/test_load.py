"""Mistakes in a protocol file are named by file and key."""

import subprocess
import sys
from importlib.resources import files

import pytest

from bayesdose.designs.three_plus_three import ThreePlusThree, ThreePlusThreeVariant
from bayesdose.errors import InputError
from bayesdose.protocols import TitrationTrigger, load_protocol
from bayesdose.rules.mtd import ClosestTo

MIL97 = (files("bayesdose.protocols") / "data" / "MIL97.toml").read_text(encoding="utf-8")


@pytest.fixture
def edited(tmp_path):
    """Load MIL97 with one text replaced."""

    def load(old, new):
        assert old in MIL97
        path = tmp_path / "mine.toml"
        path.write_text(MIL97.replace(old, new, 1), encoding="utf-8")
        return load_protocol(path)

    return load


GRID = 'value = { values = [0.01, 0.03, 0.1, 0.2, 0.3, 0.45], unit = "mg/kg" }'
START = "[start_dose]\nvalue = 0.01"
RULE = 'value = { rule = "HighestBelow", limit = 0.30 }'


def test_path_of_a_file_may_be_text(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MIL97, encoding="utf-8")
    assert load_protocol(str(path)) == load_protocol(path) == load_protocol("mil97")


def test_loaded_choices_are_enum_members():
    design = load_protocol("MIL97").design
    assert isinstance(design.trigger.value, TitrationTrigger)
    assert isinstance(design.variant.value, ThreePlusThreeVariant)


def test_whole_number_is_a_number(edited):
    assert isinstance(edited("value = 28\n", "value = 27\n").regimens[1].dlt_window_days.value, float)


def test_other_mtd_rule(edited):
    protocol = edited(RULE, 'value = { rule = "ClosestTo", target = 0.25, too_toxic = 0.4 }')
    assert protocol.mtd_rule.value == ClosestTo(0.25, too_toxic=0.4)


def test_protocol_without_titration_is_a_plain_three_plus_three():
    assert isinstance(load_protocol("IMP7068").own_design(), ThreePlusThree)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("[start_dose]", "[start_does]", ["key start_does:", "'start_dose'?"]),
        (START, START.replace("value", "valeu"), ["key start_dose.valeu:", "'value'?"]),
        (GRID, GRID.replace("unit", "units"), ["key grid.value.units:", "'unit'?"]),
        (RULE, RULE.replace("limit", "limt"), ["key mtd_rule.value.limt:", "'limit'?"]),
        ("value.ewoc_cap", "value.ewok_cap", ["key blrm.value.ewok_cap:", "'ewoc_cap'?"]),
        ('name = "Q2W"', 'nmae = "Q2W"', ["key regimens[1].nmae:", "'name'?", "Also key regimens[1].name"]),
    ],
)
def test_misspelt_key_is_named_with_the_nearest(edited, old, new, parts):
    with pytest.raises(InputError) as caught:
        edited(old, new)
    for part in ["mine.toml", *parts]:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (START, START.replace("0.01", '"0.01"'), ["start_dose.value", "'0.01'", "a number"]),
        (START, START.replace("0.01", "true"), ["start_dose.value", "True", "a number"]),
        (GRID, GRID.replace("0.2", '"0.2"'), ["grid.value.values[3]", "a number"]),
        (GRID, GRID.replace('"mg/kg"', "3"), ["grid.value.unit", "a text"]),
        (GRID, "value = 0.01", ["grid.value", "a table with the keys values"]),
        ("[0.16, 0.33]", "[0.16]", ["blrm.value.target_interval", "a list of 2"]),
        ("[0.16, 0.33]", '"narrow"', ["blrm.value.target_interval", "a list"]),
        ("max_patients = 36", "max_patients = 36.5", ["max_patients", "a whole number"]),
        ("max_patients = 36", "max_patients = true", ["max_patients", "a whole number"]),
    ],
)
def test_wrong_type_is_named_and_not_converted(edited, old, new, parts):
    with pytest.raises(InputError) as caught:
        edited(old, new)
    for part in ["mine.toml, key ", *parts]:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (START, START.replace("0.01", "0.02"), ["start_dose", "0.02", "0.01, 0.03"]),
        (GRID, GRID.replace("0.2", "0.1"), ["grid.value", "strictly increasing"]),
        ("[0.16, 0.33]", "[0.33, 0.16]", ["key blrm.value", "target_interval"]),
        ("limit = 0.30", "limit = 30", ["mtd_rule.value", "probability"]),
        ("highest-below", "nearest", ["mtd_rule.value", "closest-to"]),
        ('"first-dlt"', '"first-dtl"', ["design.trigger.value", "Did you mean 'first-dlt'?"]),
        ('"first-dlt"', '"none"', ["key design, trigger", "titration_levels is 0"]),
        ('"deescalation"', '"de-escalation"', ["design.variant.value", "'deescalation'?"]),
        ("value.lowest_upper = 0.33", "value.lowest_upper = 1.0", ["prior.value", "lowest_upper"]),
        ("value = 28\n", "value = 0\n", ["regimens[1]", "positive"]),
        ('name = "Q2W"', 'name = "Q3W"', ["regimens", "its own name"]),
        (f'{GRID}\nsource = "record"', 'source = "not-disclosed"', ["key grid", "assumption"]),
        (f'{GRID}\nsource = "record"', 'source = "record"', ["grid.value", "missing"]),
        (f'{GRID}\nsource = "record"', f'{GRID}\nsource = "recrod"', ["grid.source", "'record'?"]),
        (
            '[compound]\nsource = "not-disclosed"',
            '[compound]\nvalue = "an antibody"\nsource = "not-disclosed"',
            ["key compound", "no value"],
        ),
        (f'{START}\nsource = "record"', f'{START}\nsource = "assumption"', ["key start_dose", "reason"]),
        ("[grid]", "[grid", ["TOML"]),
        ("value = 2\n", "value = 7\n", ["single-patient levels", "at most 6"]),
    ],
)
def test_unusable_value_is_named(edited, old, new, parts):
    with pytest.raises(InputError) as caught:
        edited(old, new)
    for part in ["mine.toml", *parts]:
        assert part in str(caught.value)


def test_unknown_name_lists_the_names_and_the_nearest():
    with pytest.raises(InputError, match=r"'IMM27'.*IBB0979, IMM01, IMM27M, IMP7068, MIL97.*'IMM27M'\?"):
        load_protocol("IMM27")


def test_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent\.toml"):
        load_protocol(tmp_path / "absent.toml")


def test_file_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"binary\.toml"):
        load_protocol(path)


def test_import_leaves_the_heavy_packages_alone():
    code = (
        "import sys, bayesdose.protocols\n"
        "heavy = {'pymc', 'pytensor', 'xarray', 'arviz', 'scipy.stats'} & set(sys.modules)\n"
        "print(*sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
