"""Probability pushed through the trial graph: exact, with no Monte Carlo error."""

import numpy as np

from bayesdose.simulation.flow import flow_to_children
from bayesdose.simulation.graph import TrialGraph
from bayesdose.simulation.states import prob_of_outcomes

__all__ = ["end_probabilities"]


def end_probabilities(graph: TrialGraph, prob_outcome: np.ndarray) -> np.ndarray:
    """Probability of each way in which a trial can end, in each scenario.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design, with T end states.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose in S scenarios.

    Returns
    -------
    ndarray, shape (S, T)
        Rows sum to 1, or to less by the probability of what a truncated graph leaves out.
    """
    prob_cohort = prob_of_outcomes(prob_outcome, graph.outcomes)
    ended = []
    going_on = np.ones((len(prob_outcome), 1))
    for layer in graph.layers:
        reached = flow_to_children(
            going_on, layer.parent, layer.level, layer.outcome, layer.child_start, prob_cohort
        )
        ended.append(reached[:, layer.stops])
        going_on = reached[:, ~layer.stops]
    return np.concatenate(ended, axis=1)
