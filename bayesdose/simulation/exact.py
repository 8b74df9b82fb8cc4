"""Probability pushed through the trial graph: exact, with no Monte Carlo error."""

import numpy as np

from bayesdose.simulation.graph import TrialGraph
from bayesdose.simulation.states import multinomial_coefficients

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
        Rows sum to 1.
    """
    # Probability of each cohort outcome at each level, shape (S, K, O).
    powers = prob_outcome[:, :, None, :] ** graph.outcomes
    prob_cohort = powers.prod(axis=-1) * multinomial_coefficients(graph.outcomes)
    ended = []
    going_on = np.ones((len(prob_outcome), 1))
    for layer in graph.layers:
        flow = going_on[:, layer.parent] * prob_cohort[:, layer.level, layer.outcome]
        reached = np.add.reduceat(flow, layer.child_start, axis=1)
        ended.append(reached[:, layer.stops])
        going_on = reached[:, ~layer.stops]
    return np.concatenate(ended, axis=1)
