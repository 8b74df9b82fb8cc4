"""Measures, objectives and constraints by hand."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import bayesdose as bd
from bayesdose.calibration.front import on_front
from bayesdose.calibration.measure import CHARACTERISTICS
from bayesdose.calibration.wishes import Constraint, Objective

NAMES = ["steep", "flat, wide", "too toxic"]
TRIED = xr.Dataset(
    {
        "correct_selection": (("design", "scenario"), [[0.5, 0.4, 0.9], [0.6, 0.1, 0.8], [0.0, 0.9, 0.9]]),
        "accuracy_index": (
            ("design", "scenario"),
            [[0.5, 0.4, np.nan], [0.6, 0.1, np.nan], [0, 0.9, np.nan]],
        ),
        "selection_probability": (
            ("design", "scenario", "recommendation"),
            np.arange(27).reshape(3, 3, 3) / 27,
        ),
    },
    coords={"design": ["a", "b", "c"], "scenario": NAMES, "recommendation": ["none", "1", "2"]},
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("maximise mean correct_selection", [0.6, 0.5, 0.6]),
        ("maximise worst correct_selection", [0.4, 0.1, 0.0]),
        ("minimise worst correct_selection", [0.9, 0.8, 0.9]),
        # Cube roots of 0.18 and 0.048; one scenario of 0 makes it 0.
        ("maximise geometric mean correct_selection", [0.18 ** (1 / 3), 0.048 ** (1 / 3), 0.0]),
        ("maximise correct_selection in flat, wide", [0.4, 0.1, 0.9]),
        ("maximise mean correct_selection in steep, too toxic", [0.7, 0.7, 0.45]),
        ("bring correct_selection in too toxic to 0.85", [0.9, 0.8, 0.9]),
        ("maximise mean accuracy_index", [0.45, 0.35, 0.45]),
        ("maximise selection_probability[none] in too toxic", [6 / 27, 15 / 27, 24 / 27]),
    ],
)
def test_measures_by_hand(text, values):
    objective = Objective.parse(text, NAMES)
    np.testing.assert_allclose(objective.values(TRIED), values, rtol=0, atol=1e-15)
    assert str(objective) == text
    assert Objective.parse(str(objective), NAMES) == objective


def test_scores():
    values = np.array([0.3, 0.5, 0.8])
    for aim, best in [("maximise", 2), ("minimise", 0), ("bring", 1)]:
        end = " to 0.45" if aim == "bring" else ""
        score = Objective.parse(f"{aim} mean correct_selection{end}", NAMES).score(values)
        assert int(score.argmax()) == best


def test_constraints_by_hand():
    most = Constraint.parse("worst correct_selection<=0.85", NAMES)
    assert str(most) == "worst correct_selection <= 0.85"
    assert most.values(TRIED).tolist() == [0.9, 0.8, 0.9]
    np.testing.assert_allclose(most.excess(most.values(TRIED)), [0.05, 0, 0.05], atol=1e-15)
    least = Constraint.parse("worst correct_selection >= 0.1", NAMES)
    assert least.values(TRIED).tolist() == [0.4, 0.1, 0.0]
    # Equality meets a limit, and what is not defined meets none.
    assert least.excess(np.array([0.4, 0.1, 0.0, np.nan])).tolist() == [0, 0, 0.1, np.inf]


def test_every_number_of_a_design_and_scenario_is_a_measure():
    grid, rule = bd.DoseGrid((1, 3), "mg"), bd.rules.HighestBelow(0.33)
    result = bd.operating_characteristics(
        {"3+3": bd.three_plus_three(grid, "deescalation")},
        bd.scenarios.builtin_scenarios(grid, rule),
        mtd_rule=rule,
        dlt_window=28,
    )
    numbers = {name for name, one in result.items() if one.dims == ("design", "scenario")}
    assert numbers == set(CHARACTERISTICS)


@given(arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 3)), elements=st.sampled_from([0, 0.5, 1])))
def test_the_front_is_what_nothing_dominates(scores):
    number, wishes = scores.shape
    for one in range(number):
        dominated = False
        for other in range(number):
            no_worse = all(scores[other, wish] >= scores[one, wish] for wish in range(wishes))
            better = any(scores[other, wish] > scores[one, wish] for wish in range(wishes))
            dominated = dominated or (no_worse and better)
        assert on_front(scores)[one] == (not dominated)
