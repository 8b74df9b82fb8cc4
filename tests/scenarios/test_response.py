"""Scenarios with responses: margins, association, files."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.files import load_scenarios, save_scenarios
from bayesdose.scenarios.scenario import Scenario

GRID = DoseGrid((1, 2, 4), "mg")
DLT, RESPONSE = (0.05, 0.2, 0.6), (0.3, 0.5, 0.4)


@pytest.mark.parametrize("ratio", [0.01, 0.5, 0.999999, 1.0, 1.000001, 3.0, 250.0])
def test_cells_have_the_margins_and_the_odds_ratio(ratio):
    one = Scenario("one", GRID, DLT, prob_response=RESPONSE, dlt_response_odds_ratio=ratio)
    none, response, both, dlt = one.prob_outcome(4).T
    # Rounding of sums of four numbers below 1.
    np.testing.assert_allclose(none + response + both + dlt, 1, rtol=0, atol=1e-15)
    np.testing.assert_allclose(both + dlt, DLT, rtol=0, atol=1e-15)
    np.testing.assert_allclose(response + both, RESPONSE, rtol=0, atol=1e-15)
    # The smallest cell is about 1e-4 with rounding of 1e-16.
    np.testing.assert_allclose(both * none / (response * dlt), ratio, rtol=1e-10)


def test_dlts_are_those_of_the_scenario_without_responses():
    one = Scenario("one", GRID, DLT, prob_response=RESPONSE)
    np.testing.assert_array_equal(one.prob_outcome(2), Scenario("one", GRID, DLT).prob_outcome(2))


def test_responses_survive_a_file(tmp_path):
    scenarios = (
        Scenario("one", GRID, DLT, prob_response=RESPONSE, dlt_response_odds_ratio=2.5, source="made up"),
        Scenario("two", GRID, DLT),
    )
    save_scenarios(tmp_path / "two.csv", scenarios)
    assert load_scenarios(tmp_path / "two.csv") == scenarios


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prob_response": (0.1, 0.2)}, r"P\(response\) of scenario 'one': got '2 probabilities"),
        ({"prob_response": (0.1, 0.2, 1.3)}, "prob_response.*wanted a number of at least 0 and at most 1"),
        ({"dlt_response_odds_ratio": 2.0}, r"odds ratio .*wanted P\(response\) beside it"),
        ({"prob_response": RESPONSE, "dlt_response_odds_ratio": 0}, "dlt_response_odds_ratio.*above 0"),
    ],
)
def test_bad_responses_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        Scenario("one", GRID, DLT, **given)


def test_a_design_that_looks_at_responses_needs_them():
    with pytest.raises(InputError, match=r"wanted P\(response\) at each dose"):
        Scenario("one", GRID, DLT).prob_outcome(4)


def test_responses_are_given_at_all_doses_of_a_file_or_at_none(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text(
        "scenario,dose,unit,prob_dlt,prob_response\none,1,mg,0.1,0.2\none,2,mg,0.2,\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"got 'P\(response\) at some doses"):
        load_scenarios(path)
