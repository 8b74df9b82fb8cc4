"""Ends weighed by scenarios, against probability that flows through the graph in each scenario."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.simulation.ends import Ends
from bayesdose.simulation.graph import trial_graph

GRID = bd.DoseGrid((1, 3, 10, 30), "mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10)
THREE = bd.three_plus_three(GRID, "deescalation")
DESIGNS = {
    "BOIN": bd.boin(GRID, 0.3, max_patients=30),
    "BLRM": bd.blrm(GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.3, max_patients=18),
    "plan": bd.plan(THREE, (bd.ExpansionCohort(6, escalation_patients=False),)),
}
# A dose that never and one that always has a DLT are among them.
CURVES = np.array(
    [[0.0, 0.1, 0.3, 1.0], [0.05, 0.1, 0.2, 0.3], [0.5, 0.6, 0.7, 0.8], [1e-9, 0.25, 0.25, 0.9]]
)
PROB = np.stack([1 - CURVES, CURVES], axis=-1)


def some_steps(graph, kind):
    """Steps that no rule chose, so that a trial may take several of them, and probabilities of steps."""
    rng = np.random.default_rng(5)
    if kind == "steps":
        return [rng.random(len(layer.parent)) < 0.1 for layer in graph.layers]
    return [rng.random(len(layer.parent)) * 0.3 for layer in graph.layers]


@pytest.mark.parametrize("name", DESIGNS)
def test_both_ways_agree(name, monkeypatch):
    graph = trial_graph(DESIGNS[name])
    kinds = [some_steps(graph, "steps"), some_steps(graph, "chances")]
    ends = Ends(graph, kinds)
    assert ends._counts_tell
    found, stepped = ends.probabilities(PROB), ends.with_steps(PROB)
    monkeypatch.setattr(Ends, "_counts_tell", False)
    # Products and sums in another order: rounding.
    np.testing.assert_allclose(found, ends.probabilities(PROB), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(stepped, ends.with_steps(PROB), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-13)
    assert (stepped > 0).all()


def test_counts_that_were_left_out_are_not_weighed():
    moderates = bd.accelerated_titration(THREE, 2, trigger_moderates=2)
    assert not Ends(trial_graph(moderates))._counts_tell
    plan = bd.plan(bd.boin(GRID, 0.3, max_patients=12), (bd.ExpansionCohort(3, escalation_patients=False),))
    assert not Ends(trial_graph(plan, closes=True))._counts_tell


@pytest.mark.parametrize("name", DESIGNS)
def test_every_step_of_the_first_cohort(name):
    """A step that each trial takes has probability 1, one that none takes 0."""
    graph = trial_graph(DESIGNS[name])
    first = [np.full(len(layer.parent), number == 0) for number, layer in enumerate(graph.layers)]
    none = [np.zeros(len(layer.parent), dtype=bool) for layer in graph.layers]
    always, never = Ends(graph, [first, none]).with_steps(PROB)
    np.testing.assert_allclose(always, 1, atol=1e-13)
    assert (never == 0).all()
