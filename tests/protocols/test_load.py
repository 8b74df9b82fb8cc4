"""Mistakes in a protocol file are named by file and key."""

import subprocess
import sys
from importlib.resources import files

import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.protocols.load import load_protocol, protocol_names
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


def test_whole_number_is_a_number(edited):
    assert isinstance(edited("value = 28\n", "value = 27\n").regimens[1].dlt_window_days.value, float)


def test_other_mtd_rule(edited):
    protocol = edited(RULE, 'value = { rule = "ClosestTo", target = 0.25, too_toxic = 0.4 }')
    assert protocol.mtd_rule.value == ClosestTo(0.25, too_toxic=0.4)


def test_protocol_without_a_named_scheme_can_use_the_patients_that_its_record_plans():
    protocol = load_protocol("IMP7068")
    (design,) = bd.protocol_designs(protocol, ["own"]).values()
    stopping = bd.rules.PatientsAtDose(18)
    assert design == bd.boin(protocol.grid.value, 0.25, max_patients=60, cohort_size=6, stopping=stopping)
    # The record's 60 to 100 patients of part 1.
    assert 60 <= design.max_patients <= 100


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("[start_dose]", "[start_does]", ["key start_does:", "'start_dose'?"]),
        (START, START.replace("value", "valeu"), ["key start_dose.valeu:", "'value'?"]),
        (GRID, GRID.replace("unit", "units"), ["key grid.value.units:", "'unit'?"]),
        (RULE, RULE.replace("limit", "limt"), ["key mtd_rule.value.limt:", "'limit'?"]),
        ("ewoc_cap", "ewok_cap", ["key comparators.value.BLRM.ewok_cap:", "'ewoc_cap'?"]),
        ("[design.trigger_dlts]", "[design.triger_dlts]", ["key design.triger_dlts:", "'trigger_dlts'?"]),
        ("[design.following.variant]", "[design.following.varient]", ["key design.following.varient:"]),
        ("value.lowest_upper", "value.lowest_uper", ["key prior.value.lowest_uper:", "'lowest_upper'?"]),
        ('name = "Q2W"', 'nmae = "Q2W"', ["key regimens[1].nmae:", "'name'?"]),
        ('design = "blrm"', 'design = "brlm"', ["key comparators.value.BLRM.design:", "'blrm'?"]),
        ('design = "accelerated_titration"', 'design = "titration"', ["key design.design: got 'titration'"]),
        ('rule = "PatientsAtDose"', 'rule = "PatientsAt"', ["BLRM.stopping.rule:", "'PatientsAtDose'?"]),
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
        (START, START.replace("0.01", "2026-01-02"), ["start_dose.value", "date(2026, 1, 2)", "a number"]),
        (START, START.replace("0.01", "nan"), ["start_dose.value", "nan", "a number"]),
        (GRID, GRID.replace("0.2", '"0.2"'), ["grid.value.values", "'0.2'", "a number"]),
        (GRID, GRID.replace('"mg/kg"', "3"), ["grid.value.unit", "a text"]),
        (GRID, "value = 0.01", ["grid.value", "a table with the keys values"]),
        ("[0.16, 0.33]", "[0.16]", ["comparators.value.BLRM.target_interval", "2 values"]),
        ("[0.16, 0.33]", '"narrow"', ["comparators.value.BLRM.target_interval", "2 values"]),
        ("max_patients = 36", "max_patients = 36.5", ["BLRM.max_patients", "a whole number"]),
        ("max_patients = 36", "max_patients = true", ["BLRM.max_patients", "a whole number"]),
        ("value = 2\n", 'value = "two"\n', ["design.single_patient_levels", "a whole number"]),
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
        (GRID, GRID.replace("0.2", "0.1"), ["grid.value", "increasing"]),
        ("[0.16, 0.33]", "[0.33, 0.16]", ["BLRM.target_interval", "the lower one first"]),
        ("limit = 0.30", "limit = 30", ["mtd_rule.value.limit", "at most 1"]),
        ('"HighestBelow"', '"Nearest"', ["mtd_rule.value.rule", "ClosestTo"]),
        ('"deescalation"', '"de-escalation"', ["design.following.variant", "'deescalation'?"]),
        ("value.lowest_upper = 0.33", "value.lowest_upper = 1.0", ["prior.value.lowest_upper", "below 1"]),
        ("value = 28\n", "value = 0\n", ["regimens[1].dlt_window_days.value", "above 0"]),
        ('name = "Q2W"', 'name = "Q3W"', ["regimens", "its own name"]),
        (f'{GRID}\nsource = "record"', 'source = "not-disclosed"', ["key grid:", "assumption"]),
        ('value = 28\nsource = "record"', 'source = "not-disclosed"', ["key regimens[1].dlt_window_days:"]),
        (f'{GRID}\nsource = "record"', 'source = "record"', ["grid.value", "missing"]),
        (f'{GRID}\nsource = "record"', f'{GRID}\nsource = "recrod"', ["grid.source", "'record'?"]),
        (
            'for injection"\nsource = "record"\nplace = "intervention"',
            'for injection"\nsource = "not-disclosed"',
            ["key compound", "no value"],
        ),
        (
            'place = "intervention"',
            'place = "interventions"',
            ["key compound, place", "'interventions'", "arms"],
        ),
        ('place = "intervention"', "place = 4", ["key compound.place", "got 4", "a text"]),
        ('place = "intervention"', 'plaec = "intervention"', ["key compound.plaec", "'place'?"]),
        ('place = "primary outcome"', 'place = "primary"', ["key conduct[2], place", "'primary'"]),
        (f'{START}\nsource = "record"', f'{START}\nsource = "assumption"', ["key start_dose", "reason"]),
        ("[grid]", "[grid", ["TOML"]),
        ("value = 2\n", "value = 7\n", ["key design", "single_patient_levels", "7"]),
        ('name = "MIL97"', 'name = "../MIL97"', ["key name: got '../MIL97'", "letters, digits"]),
        ('value."3+3"]', "value.OWN]", ["key comparators", "OWN", "names other than 'own'"]),
        ("value = 2\nsource", "value = 2\nsauce", ["key design.single_patient_levels", "source"]),
    ],
)
def test_unusable_value_is_named(edited, old, new, parts):
    with pytest.raises(InputError) as caught:
        edited(old, new)
    for part in ["mine.toml", *parts]:
        assert part in str(caught.value)


def test_unknown_name_lists_the_names_and_the_nearest():
    with pytest.raises(InputError, match=r"'IMM27'.*Did you mean 'IMM27M'\?") as caught:
        load_protocol("IMM27")
    assert ", ".join(protocol_names()) in str(caught.value)


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
        "import sys, bayesdose.protocols.load, bayesdose.protocols.designs\n"
        "heavy = {'pymc', 'pytensor', 'xarray', 'arviz', 'scipy.stats'} & set(sys.modules)\n"
        "print(*sorted(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
