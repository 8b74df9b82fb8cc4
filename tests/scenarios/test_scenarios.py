"""Scenarios: the built-in ones, the numbers they hand to the engines, and refused input."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.protocols.load import load_protocol, protocol_names
from bayesdose.rules.mtd import ClosestTo, HighestBelow
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.scenario import Scenario, check_scenarios, scenarios_from_curves

GRID = DoseGrid((1, 2, 4), "mg")


@pytest.mark.parametrize("rule", [HighestBelow(0.30), ClosestTo(0.25, too_toxic=0.45)])
@pytest.mark.parametrize("num_doses", [1, 2, 5, 8])
def test_builtin_scenarios_put_the_mtd_at_each_level(rule, num_doses):
    scenarios = builtin_scenarios(DoseGrid.of_levels(num_doses), rule)
    curves = np.array([scenario.prob_dlt for scenario in scenarios])
    assert rule.mtd(curves).tolist() == [*range(num_doses), -1, num_doses - 1]
    assert [scenario.name for scenario in scenarios][-2:] == ["too toxic", "safe"]
    # 0.25 at the MTD is the documented default; logit and expit round in the last bits.
    assert np.abs(np.diag(curves) - 0.25).max() < 1e-15


def test_builtin_scenarios_of_every_protocol():
    for name in protocol_names():
        protocol = load_protocol(name)
        scenarios = builtin_scenarios(protocol.grid.value, protocol.mtd_rule.value)
        assert len(scenarios) == len(protocol.grid.value) + 2


def test_builtin_scenarios_that_do_not_fit_the_rule():
    message = "built-in scenarios: got .MTD rule .*no dose is the MTD.*wanted a rule for which 1 mg is"
    with pytest.raises(InputError, match=message):
        builtin_scenarios(GRID, HighestBelow(0.2), prob_at_mtd=0.25)
    with pytest.raises(InputError, match="prob_at_mtd: got 25; wanted a number above 0 and below 1"):
        builtin_scenarios(GRID, HighestBelow(0.2), prob_at_mtd=25)


def test_builtin_scenarios_follow_the_rule():
    # 5/6 of the limit at the MTD; the closest dose to a target exists however toxic all are.
    assert builtin_scenarios(GRID, HighestBelow(0.24))[0].prob_dlt[0] == pytest.approx(0.2, abs=1e-15)
    assert "too toxic" not in [scenario.name for scenario in builtin_scenarios(GRID, ClosestTo(0.2))]


def test_outcome_probabilities():
    scenario = Scenario("one", GRID, (0.1, 0.2, 0.3), prob_moderate=(0.2, 0.3, 0.7))
    assert np.array_equal(scenario.prob_outcome(2), [[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    # 1 - 0.1 - 0.2 in floating point: last bits only.
    expected = [[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 0.7, 0.3]]
    assert np.abs(scenario.prob_outcome(3) - expected).max() < 1e-15
    assert scenario.prob_outcome(3).min() == 0


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        (((0.1, 0.2),), r"P\(DLT\) of scenario 'x': got '2 probabilities .*'; wanted 3, one for each dose"),
        (
            ((0.1, 0.2, 1.2),),
            r"Scenario, prob_dlt\[2\]: got 1.2; wanted a number of at least 0 and at most 1",
        ),
        (
            ((-0.1, 0.2, 0.3),),
            r"Scenario, prob_dlt\[0\]: got -0.1; wanted a number of at least 0 and at most 1",
        ),
        (
            ((0.1, float("nan"), 0.3),),
            r"Scenario, prob_dlt\[1\]: got nan; wanted a number of at least 0 and at most 1",
        ),
        (
            ((0.1, 0.3, 0.2),),
            r"P\(DLT\) of scenario 'x': got .*; wanted probabilities that do not fall with dose",
        ),
        (((0.1, 0.2, 0.3), (0.1,)), r"P\(moderate\) of scenario 'x': got '1 probabilities .*'; wanted 3"),
        (
            ((0.1, 0.2, 0.3), (0.1, 0.2, 0.8)),
            r"P\(moderate\) of scenario 'x': got .*; wanted .* one minus P\(DLT\)",
        ),
    ],
)
def test_refused_probabilities(probabilities, message):
    with pytest.raises(InputError, match=message):
        Scenario("x", GRID, *probabilities)


def test_moderate_toxicity_that_was_not_given():
    with pytest.raises(InputError, match=r"scenario 'x': got 'no probability .* Pass prob_moderate"):
        Scenario("x", GRID, (0.1, 0.2, 0.3)).prob_outcome(3)


def test_many_curves_at_once():
    found = scenarios_from_curves(GRID, [[0.1, 0.2, 0.3], [0.0, 0.5, 1.0]], ["a", "b"], "drawn")
    assert found == (
        Scenario("a", GRID, (0.1, 0.2, 0.3), source="drawn"),
        Scenario("b", GRID, (0.0, 0.5, 1.0), source="drawn"),
    )
    with pytest.raises(InputError, match="prob_dlt: got 'shape .1, 3.'; wanted shape .2, 3., a name each"):
        scenarios_from_curves(GRID, [[0.1, 0.2, 0.3]], ["a", "b"])
    with pytest.raises(InputError, match="P.DLT. of scenario 'b': got .*do not fall"):
        scenarios_from_curves(GRID, [[0.1, 0.2, 0.3], [0.3, 0.2, 0.4]], ["a", "b"])


def test_scenarios_that_do_not_go_together():
    one = Scenario("a", GRID, (0.1, 0.2, 0.3))
    check_scenarios([one, Scenario("b", GRID, (0.1, 0.2, 0.3))])
    with pytest.raises(InputError, match="scenarios: got .*two named 'a'.*wanted different names"):
        check_scenarios([one, one])
    other = Scenario("b", DoseGrid((1, 2, 8), "mg"), (0.1, 0.2, 0.3))
    with pytest.raises(InputError, match="dose grid of 'b': got .*wanted .*the same grid for all"):
        check_scenarios([one, other])


def test_the_mtd_depends_on_the_rule():
    scenario = Scenario("a", GRID, (0.1, 0.25, 0.31))
    rules = (HighestBelow(0.3), HighestBelow(0.1), ClosestTo(0.3))
    assert [scenario.mtd(rule) for rule in rules] == [1, -1, 2]
