"""Probability of a trial in which some decision is another one, when each may be so by chance."""

import numpy as np

from bayesdose.findings.walk import Walk
from bayesdose.simulation.states import prob_of_outcomes

__all__ = ["probability_of_a_lapse"]


def probability_of_a_lapse(walk: Walk, prob_outcome: np.ndarray, lapse: np.ndarray) -> np.ndarray:
    """Probability that at least one decision of a trial is another one, in each scenario.

    Parameters
    ----------
    walk : Walk
        The states.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose.
    lapse : ndarray, shape (D,)
        Probability that the decision in each state is another one, independently of those before.

    Returns
    -------
    ndarray, shape (S,)
    """
    prob_cohort = prob_of_outcomes(prob_outcome, walk.graph.outcomes)
    by_layer = np.split(lapse[walk.to], walk.first_step[1:-1])
    prob_cell = prob_cohort.reshape(len(prob_cohort), -1)
    going_on, kept = np.ones((len(prob_outcome), 1)), np.zeros(len(prob_outcome))
    for layer, lapses in zip(walk.graph.layers, by_layer, strict=True):
        cell = layer.level.astype(np.int32) * prob_cohort.shape[2] + layer.outcome
        stays = 1 - lapses
        reached = np.empty((len(prob_outcome), len(layer.stops)))
        for scenario in range(len(prob_outcome)):
            flow = going_on[scenario].take(layer.parent)
            flow *= prob_cell[scenario].take(cell)
            flow *= stays
            np.add.reduceat(flow, layer.child_start, out=reached[scenario])
        kept += reached[:, layer.stops].sum(axis=1)
        going_on = reached[:, ~layer.stops]
    return 1 - kept
