"""Truncated graphs: what is left out is bounded, and what is kept is exact."""

import numpy as np
import pytest

from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import ClosestTo
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.duration import Accrual
from bayesdose.simulation.edges import Edges
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.method import Exact
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.probability_flow import flow_to_children
from bayesdose.simulation.truncation import Truncation

DESIGN = ThreePlusThree(DoseGrid.of_levels(5), "deescalation")
CURVES = np.array([[0.1, 0.2, 0.3, 0.4, 0.5], [0.02, 0.05, 0.1, 0.15, 0.2], [0.6, 0.7, 0.8, 0.9, 0.95]])
PROB_OUTCOME = np.stack([1 - CURVES, CURVES], axis=-1)


def ends(graph, scenario_weights):
    """Probability of each end by its counts; several levels can be the last with the same ones."""
    found = dict.fromkeys((counts.tobytes() for counts in graph.final.counts), 0.0)
    for counts, weight in zip(graph.final.counts, scenario_weights, strict=True):
        found[counts.tobytes()] += weight
    return found


@pytest.mark.parametrize("budget", [1e-9, 1e-6, 1e-3, 0.05, 0.5])
def test_no_more_is_lost_than_allowed(budget):
    whole = trial_graph(DESIGN)
    cut = trial_graph(DESIGN, truncation=Truncation(PROB_OUTCOME, budget))
    exact, kept = end_probabilities(whole, PROB_OUTCOME), end_probabilities(cut, PROB_OUTCOME)
    # Sums of a few hundred probabilities: 1e-13 is rounding.
    assert (1 - kept.sum(axis=1) <= budget + 1e-13).all()
    assert cut.num_states <= whole.num_states
    lost = np.zeros(len(CURVES))
    for scenario in range(len(CURVES)):
        true, found = ends(whole, exact[scenario]), ends(cut, kept[scenario])
        assert set(found) <= set(true)
        differences = np.array([probability - found.get(end, 0.0) for end, probability in true.items()])
        assert (differences >= -1e-13).all(), "truncation only ever takes probability away"
        lost[scenario] = differences.sum()
    # What is missing from the ends is what the sum of the rest says: nothing else is lost or made up.
    np.testing.assert_allclose(lost, 1 - kept.sum(axis=1), rtol=0, atol=1e-12)


def test_a_generous_budget_makes_a_smaller_graph():
    sizes = [
        trial_graph(DESIGN, truncation=Truncation(PROB_OUTCOME, budget)).num_states
        for budget in (1e-9, 1e-3, 0.05)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def test_the_rarest_states_go_first():
    truncation = Truncation(PROB_OUTCOME[:2], 0.1)
    reached = np.array([[0.02, 0.5, 0.03, 0.45], [0.04, 0.5, 0.01, 0.45]])
    # A budget of 0.051: the third state (at most 0.03) goes, and the first with it (0.05 together).
    kept = truncation.kept(reached, np.zeros(2), share=0.51)
    assert kept.tolist() == [False, True, False, True]
    # A little less budget, and the more likely of the two stays.
    assert truncation.kept(reached, np.zeros(2), share=0.49).tolist() == [True, True, False, True]
    # What was lost before counts: 0.045 are missing from the second scenario.
    before = reached - [[0, 0, 0, 0], [0, 0.045, 0, 0]]
    assert truncation.kept(before, np.zeros(2), share=0.51).tolist() == [True, True, True, True]


def test_one_step_by_hand():
    # Two parents of probability 0.25 and 0.75; the middle child has both.
    reached = flow_to_children(
        going_on=np.array([[0.25, 0.75]]),
        parent=np.array([0, 0, 1, 1]),
        level=np.array([0, 0, 1, 1]),
        outcome=np.array([0, 1, 0, 1]),
        child_start=np.array([0, 1, 3]),
        prob_cohort=np.array([[[0.9, 0.1], [0.6, 0.4]]]),
    )
    np.testing.assert_allclose(reached, [[0.225, 0.025 + 0.45, 0.3]], rtol=1e-15)


@pytest.mark.parametrize("module", ["ends", "probability_flow"])
def test_blocks_do_not_matter(monkeypatch, module):
    graph = trial_graph(DESIGN)
    whole = end_probabilities(graph, PROB_OUTCOME)
    monkeypatch.setattr(f"bayesdose.simulation.{module}._BLOCK", 1)
    assert np.array_equal(end_probabilities(graph, PROB_OUTCOME), whole)


@pytest.mark.parametrize("budget", [0, 1, -0.1, np.nan])
def test_a_budget_is_a_probability(budget):
    with pytest.raises(InputError, match="max_unresolved"):
        Truncation(PROB_OUTCOME, budget)


@pytest.mark.parametrize("budget", [1e-6, 0.01, 0.2])
def test_bounds_hold(budget):
    scenarios = [Scenario(str(number), DESIGN.grid, tuple(curve)) for number, curve in enumerate(CURVES)]
    options = {"mtd_rule": ClosestTo(0.25), "dlt_window": 21, "accrual": Accrual(5)}
    designs = {"3+3": DESIGN}
    exact = operating_characteristics(designs, scenarios, **options)
    found = operating_characteristics(designs, scenarios, method=Exact(max_unresolved=budget), **options)
    assert 0 < found.attrs["unresolved_probability"] <= budget + 1e-13
    bounded = [name for name in exact if f"{name}_lower" in found]
    assert len(bounded) == 21
    for name in bounded:
        lower, value, upper = found[f"{name}_lower"], found[name], found[f"{name}_upper"]
        for inside in (exact[name], value):
            # Sums over some hundred ends: 1e-9 is far above rounding, in patients and days too.
            assert bool(((inside >= lower - 1e-9) | inside.isnull()).all()), name
            assert bool(((inside <= upper + 1e-9) | inside.isnull()).all()), name
        # A tight budget gives tight bounds: at most the budget times the widest range, in days.
        if not name.startswith("duration"):
            assert float((upper - lower).max()) <= budget * 30 * 26 * 2, name


def test_without_truncation_there_are_no_bounds():
    scenario = Scenario("one", DESIGN.grid, tuple(CURVES[0]))
    exact = operating_characteristics({"3+3": DESIGN}, [scenario], mtd_rule=ClosestTo(0.25))
    assert not [name for name in exact if str(name).endswith(("_lower", "_upper"))]
    assert float(exact["unresolved_probability"].max()) == 0


def test_children_that_stay_are_numbered_anew():
    # Four edges to three children, the second of which is left out with its two edges.
    edges = Edges(np.array([0, 0, 1, 1]), np.zeros(4), np.array([0, 1, 0, 1]), child=np.array([0, 1, 1, 2]))
    left = edges.kept(np.array([True, False, True]))
    assert (left.parent.tolist(), left.outcome.tolist()) == ([0, 1], [0, 1])
    assert (left.child.tolist(), left.child_start.tolist()) == ([0, 1], [0, 1])
