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
    lost = np.zeros(len(prob_outcome))
    for scenario, prob in enumerate(prob_cohort):
        going_on = np.ones(1)
        for layer, lapses in zip(walk.graph.layers, by_layer, strict=True):
            flow = going_on[layer.parent] * prob[layer.level, layer.outcome]
            lost[scenario] += flow @ lapses
            going_on = np.add.reduceat(flow * (1 - lapses), layer.child_start)[~layer.stops]
    return lost
