"""Probability through a trial graph, one layer after the other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bayesdose.simulation.graph import Layer, TrialGraph

__all__ = ["flow_through", "flow_to_children"]

# Products of so many edges and scenarios are 1 MB, which stays in cache: larger blocks take up to twice as
# long.
_BLOCK = 2**17


def flow_to_children(
    going_on: np.ndarray,
    parent: np.ndarray,
    level: np.ndarray,
    outcome: np.ndarray,
    child_start: np.ndarray,
    prob_cohort: np.ndarray,
) -> np.ndarray:
    """Probability of each child, in each scenario.

    Parameters
    ----------
    going_on : ndarray, shape (S, N)
        Probability of each parent in S scenarios.
    parent, level, outcome : ndarray of int, shape (E,)
        Edges, sorted by child: position of the parent, level index of the cohort, row of its outcome.
    child_start : ndarray of int, shape (N',)
        First edge of each child.
    prob_cohort : ndarray, shape (S, K, O)
        Probability of each cohort outcome at each dose.

    Returns
    -------
    ndarray, shape (S, N')
        Working memory beside it is about 3 MB, or that of one scenario's edges if they are more.
    """
    num_scenarios, _, num_outcomes = prob_cohort.shape
    cell = level.astype(np.int32) * num_outcomes + outcome
    prob_cell = prob_cohort.reshape(num_scenarios, -1)
    reached = np.empty((num_scenarios, len(child_start)))
    rows = max(1, _BLOCK // len(parent))
    for start in range(0, num_scenarios, rows):
        block = slice(start, start + rows)
        flow = going_on[block][:, parent]
        flow *= prob_cell[block][:, cell]
        np.add.reduceat(flow, child_start, axis=1, out=reached[block])
    return reached


def flow_through(
    graph: "TrialGraph", prob_cohort: np.ndarray
) -> Iterator[tuple["Layer", np.ndarray, np.ndarray]]:
    """Each layer of a graph with the probability of its parents and of its children, (S, N) and (S, N').

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    prob_cohort : ndarray, shape (S, K, O)
        Probability of each cohort outcome at each dose.
    """
    going_on = np.ones((len(prob_cohort), 1))
    for layer in graph.layers:
        reached = flow_to_children(
            going_on, layer.parent, layer.level, layer.outcome, layer.child_start, prob_cohort
        )
        yield layer, going_on, reached
        going_on = reached[:, ~layer.stops]
