"""Every public function that makes scenarios can stand in a file."""

from pathlib import Path

import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.grammar.registry import members
from bayesdose.grammar.structuring import Context, structured
from bayesdose.treatments import first_doses

GRID = bd.DoseGrid.of_levels(5)
RULE = bd.rules.ClosestTo(0.25, too_toxic=0.45)
CURVE = {"scenarios": "Scenario", "name": "one", "prob_dlt": [0.1, 0.2, 0.3, 0.4, 0.5]}
PRIOR = {"prior": "NormalPrior", "mean": [-1, 0], "sd": [2, 0.5], "reference_dose": 3}
BOTH = {"regimens": [{"name": "Q3W"}, {"name": "Q2W"}]}
TABLES = [
    CURVE,
    {"scenarios": "builtin_scenarios", "prob_at_mtd": 0.25},
    {"scenarios": "load_scenarios", "path": "curves.csv"},
    {"scenarios": "published_scenarios", "study": "iasonos-2008", "names": ["iasonos-2008 S1"]},
    {"scenarios": "murray_scenarios", "target": 0.25, "number": 5, "delta": 0.05, "rng": 1},
    {
        "scenarios": "pseudo_uniform_scenarios",
        "target": 0.25,
        "number": 5,
        "margin": 0.1,
        "gap": [0.01, 0.9],
        "rng": 1,
    },
    {"scenarios": "prior_predictive_scenarios", "prior": PRIOR, "number": 3, "rng": 1},
    {"scenarios": "logistic_scenario", "name": "l", "low": [1, 0.1], "high": [4, 0.3]},
    {"scenarios": "emax_scenario", "name": "e", "low": [1, 0.1], "high": [4, 0.2], "hill": 1},
    {"scenarios": "with_moderate_toxicity", "scenario": CURVE, "shift": 1},
    {"scenarios": "scenarios_from_curves", "prob_dlt": [CURVE["prob_dlt"]], "names": ["a"]},
    {"scenarios": "near_limit_scenarios", "gap": 0.03},
    {"scenarios": "on_treatments", "scenario": CURVE, "treatments": BOTH, "log_odds": [0.4]},
]


@pytest.fixture
def context(tmp_path):
    bd.scenarios.save_scenarios(tmp_path / "curves.csv", bd.scenarios.builtin_scenarios(GRID, RULE))
    return Context(tmp_path, {"grid": GRID, "mtd_rule": RULE})


def read(table, context):
    return structured(table, bd.scenarios.Scenario, context, "study.toml", "scenarios")


def test_none_is_forgotten():
    assert {table["scenarios"] for table in TABLES} == set(members(bd.scenarios.Scenario))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["scenarios"])
def test_a_table_makes_scenarios(table, context):
    found = read(table, context)
    many = found if isinstance(found, tuple) else (found,)
    assert len(many) > 0
    assert all(first_doses(scenario.grid) == GRID for scenario in many)


def test_a_table_makes_what_the_call_makes(context):
    called = bd.scenarios.murray_scenarios(GRID, 0.25, 5, delta=0.05, rng=1)
    assert read(TABLES[4], context) == called
    assert read(TABLES[2], context) == read(TABLES[1], context)


def test_a_mistake_is_named_with_its_key(context):
    with pytest.raises(InputError, match=r"study.toml, key scenarios.delta: got 'x'; wanted a number"):
        read(TABLES[4] | {"delta": "x"}, context)
    with pytest.raises(
        InputError, match=r"study.toml, key scenarios, scenario file /none.csv: got .No such file"
    ):
        read({"scenarios": "load_scenarios", "path": "none.csv"}, Context(Path("/"), {"grid": GRID}))
