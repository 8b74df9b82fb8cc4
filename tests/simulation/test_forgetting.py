"""Histories that are merged because they have the same future: no probability goes astray by it."""

from collections import defaultdict
from math import comb, prod

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.designs.optional import forgotten
from bayesdose.simulation.ends import end_probabilities
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.states import start_state
from bayesdose.simulation.truncation import Truncation
from bayesdose.trial import StopReason, TrialState

GRID = bd.DoseGrid((1.0, 2.5, 5.0), "mg")
TWO = bd.DoseGrid((1.0, 2.5), "mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=5.0)
# P(no toxicity that matters), P(moderate), P(DLT) at each dose.
PROB_OUTCOME = np.array([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25], [0.3, 0.3, 0.4]])


def blrm():
    return bd.blrm(GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=6)


def boin():
    return bd.boin(GRID, 0.3, max_patients=6)


DESIGNS = {
    "3+3 that de-escalates": lambda: bd.three_plus_three(TWO, "deescalation"),
    "BOIN": boin,
    "coherent BLRM": blrm,
    "titration, two moderate toxicities, BOIN": lambda: bd.accelerated_titration(boin(), trigger_moderates=2),
    "titration, one moderate toxicity, BLRM": lambda: bd.accelerated_titration(blrm(), trigger_moderates=1),
    "confirmed titration, 3+3": lambda: bd.nct04202003_titration(bd.three_plus_three(TWO, "deescalation")),
    "titration, titration, BOIN": lambda: bd.accelerated_titration(
        bd.accelerated_titration(boin(), trigger_moderates=2), 1, trigger_moderates=1
    ),
    "capped titration": lambda: bd.capped(bd.accelerated_titration(boin(), trigger_moderates=2), 5),
}


def outcomes_of(size, categories):
    """Counts per category of a cohort, with their multinomial coefficients."""
    if categories == 1:
        return [((size,), 1)]
    return [
        ((first, *rest), comb(size, first) * ways)
        for first in range(size + 1)
        for rest, ways in outcomes_of(size - first, categories - 1)
    ]


def ends_history_by_history(design, prob_outcome):
    """Probability of each end, every history followed by itself; nothing is merged and nothing forgotten."""
    ends = defaultdict(float)
    nobody = start_state(len(design.grid), design.outcome_categories)
    waiting = [(nobody, design.first_cohort(), 1.0, 1)]
    while waiting:
        state, cohort, probability, number = waiting.pop()
        level, size = int(cohort.level[0]), int(cohort.size[0])
        for outcome, ways in outcomes_of(size, design.outcome_categories):
            chance = ways * prod(p**n for p, n in zip(prob_outcome[level], outcome, strict=True))
            counts = state.counts.copy()
            counts[0, level] += outcome
            reached = TrialState(counts, cohort.level, cohort.phase)
            following = design.next_cohort(reached)
            if following.stop[0] == StopReason.GOES_ON.code:
                waiting.append((reached, following, probability * chance, number + 1))
                continue
            key = (reached.patients.tobytes(), reached.dlts.astype(np.int64).tobytes())
            end = (*key, int(following.stop[0]), int(design.recommend(reached)[0]), number)
            ends[end] += probability * chance
    return ends


def ends_of_graph(design, prob_outcome, truncation=None):
    graph = trial_graph(design, truncation=truncation)
    of_doses = prob_outcome[None, : len(design.grid)]
    weights, final = end_probabilities(graph, of_doses)[0], graph.final
    ends = defaultdict(float)
    for number, weight in enumerate(weights):
        counts = final.counts[number].astype(np.int64)
        key = (counts.sum(axis=-1).tobytes(), counts[:, -1].tobytes())
        others = (final.stop[number], final.recommendation[number], final.cohorts[number])
        ends[(*key, *map(int, others))] += weight
    return ends


@pytest.mark.parametrize("name", DESIGNS)
def test_the_ends_of_the_graph_are_those_of_single_histories(name):
    design = DESIGNS[name]()
    seen = PROB_OUTCOME
    if design.outcome_categories == 2:
        seen = np.stack([PROB_OUTCOME[:, :2].sum(axis=1), PROB_OUTCOME[:, 2]], axis=1)
    expected, found = ends_history_by_history(design, seen), ends_of_graph(design, seen)
    assert set(found) == set(expected)
    # Sums of some ten thousand products, in another order.
    np.testing.assert_allclose([found[end] for end in expected], list(expected.values()), rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in DESIGNS if "titration" in name])
def test_a_truncated_graph_loses_what_it_says(name):
    design, budget = DESIGNS[name](), 0.05
    expected = ends_history_by_history(design, PROB_OUTCOME)
    truncation = Truncation(PROB_OUTCOME[None], budget)
    found = ends_of_graph(design, PROB_OUTCOME, truncation)
    assert set(found) < set(expected)
    missing = {end: expected[end] - found.get(end, 0.0) for end in expected}
    assert min(missing.values()) > -1e-12, "truncation only ever takes probability away"
    lost = 1 - sum(found.values())
    assert 0 < lost <= budget
    np.testing.assert_allclose(sum(missing.values()), lost, rtol=0, atol=1e-12)


def test_moderate_toxicities_are_forgotten_when_the_titration_is_over():
    design = DESIGNS["titration, two moderate toxicities, BOIN"]()
    counts = np.array([[[0, 1, 0], [1, 1, 1], [0, 0, 0]]] * 2)
    # Phase 0 is the titration, 1 what follows it.
    state = TrialState(counts, np.array([1, 1]), np.array([0, 1]))
    remembered, over = forgotten(design, state).counts
    assert remembered.tolist() == counts[0].tolist()
    assert over.tolist() == [[1, 0, 0], [2, 0, 1], [0, 0, 0]]


def test_a_design_without_a_method_for_it_forgets_nothing():
    state = TrialState(np.array([[[2, 1], [0, 0], [0, 0]]]), np.array([0]), np.array([0]))
    assert forgotten(boin(), state) is state


def test_titration_for_moderate_toxicities_stays_small():
    # 6,582,411 states where every moderate toxicity is remembered to the end.
    design = bd.accelerated_titration(
        bd.boin(bd.DoseGrid.of_levels(6), 0.3, max_patients=24), trigger_moderates=2
    )
    assert trial_graph(design).num_decisions == 28_627
