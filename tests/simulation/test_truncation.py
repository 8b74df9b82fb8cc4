"""Truncated graphs: what is left out is bounded, and what is kept is exact."""

import numpy as np
import pytest

from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.simulation.exact import end_probabilities
from bayesdose.simulation.flow import flow_to_children
from bayesdose.simulation.graph import trial_graph
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


def test_blocks_do_not_matter(monkeypatch):
    graph = trial_graph(DESIGN)
    whole = end_probabilities(graph, PROB_OUTCOME)
    monkeypatch.setattr("bayesdose.simulation.flow._BLOCK", 1)
    assert np.array_equal(end_probabilities(graph, PROB_OUTCOME), whole)


@pytest.mark.parametrize("budget", [0, 1, -0.1, np.nan])
def test_a_budget_is_a_probability(budget):
    with pytest.raises(InputError, match="max_unresolved"):
        Truncation(PROB_OUTCOME, budget)
