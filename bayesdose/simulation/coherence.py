"""How probable it is that a trial escalates right after a cohort with many DLTs."""

from collections.abc import Sequence

import numpy as np

from bayesdose.rules.increments import share_reached
from bayesdose.simulation.graph import TrialGraph
from bayesdose.simulation.probability_flow import flow_to_children
from bayesdose.simulation.states import prob_of_outcomes
from bayesdose.treatments import regimens_of

__all__ = ["incoherent_probability", "probability_of_a_step"]


def incoherent_probability(graph: TrialGraph, prob_outcome: np.ndarray, share: float) -> np.ndarray:
    """Probability of a trial with an incoherent step, in each scenario.

    A step is incoherent if the next cohort gets a higher dose, of the same regimen, than one of whose
    patients this share or more had a DLT.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose.
    share : float
        Share of DLTs in a cohort from which escalation is incoherent.

    Returns
    -------
    ndarray, shape (S,)

    References
    ----------
    Cheung YK (2005). Coherence principles in dose-finding studies. Biometrika 92:863-873.
    """
    return probability_of_a_step(graph, prob_outcome, _incoherent_edges(graph, share))


def probability_of_a_step(
    graph: TrialGraph, prob_outcome: np.ndarray, steps: Sequence[np.ndarray]
) -> np.ndarray:
    """Probability of a trial with at least one of certain steps, in each scenario.

    The probability that flows through the graph is lost at the first such step; what is missing at the ends
    is the answer.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose.
    steps : sequence of ndarray of bool
        For each layer, which of its edges are such steps.

    Returns
    -------
    ndarray, shape (S,)
    """
    last = max((number for number, edges in enumerate(steps) if edges.any()), default=-1)
    prob_cohort = prob_of_outcomes(prob_outcome, graph.outcomes)
    # One more outcome, which never happens, in place of those that such a step follows.
    blocked = np.concatenate([prob_cohort, np.zeros((*prob_cohort.shape[:2], 1))], axis=2)
    lost = np.zeros(len(prob_outcome))
    going_on = np.ones((len(prob_outcome), 1))
    for layer, edges in zip(graph.layers[: last + 1], steps, strict=False):
        outcome = np.where(edges, len(graph.outcomes), layer.outcome)
        reached = flow_to_children(going_on, layer.parent, layer.level, outcome, layer.child_start, blocked)
        # Only what such a step takes away: ends and states left out of a graph do not count.
        if edges.any():
            every = flow_to_children(
                going_on, layer.parent, layer.level, layer.outcome, layer.child_start, prob_cohort
            )
            lost += every.sum(axis=1) - reached.sum(axis=1)
        going_on = reached[:, ~layer.stops]
    return lost


def _incoherent_edges(graph: TrialGraph, share: float) -> list[np.ndarray]:
    """For each layer, whether an edge's cohort has so many DLTs and the next cohort gets a higher dose."""
    many = share_reached(graph.outcomes[:, -1], graph.outcomes.sum(axis=1), share)
    masks, regimen = [], regimens_of(graph.design.grid)
    for layer, after in zip(graph.layers, [*graph.layers[1:], None], strict=True):
        # The level that follows each child; a trial that stops goes nowhere.
        following = np.full(len(layer.stops), -1)
        if after is not None:
            going_on = np.flatnonzero(~layer.stops)
            following[going_on[after.parent]] = after.level
        edges_of_child = np.diff(layer.child_start, append=len(layer.parent))
        child = np.repeat(np.arange(len(layer.stops)), edges_of_child)
        higher = (following[child] > layer.level) & (regimen[following[child]] == regimen[layer.level])
        masks.append(many[layer.outcome] & higher)
    return masks
