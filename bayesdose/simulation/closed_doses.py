"""Patients of doses that a trial will not look at again: what is left of them is an average.

Where a design closes doses (see `bayesdose.designs.optional.closed`), histories that differ in them alone are
merged. What they had is remembered for the edges that lead there, so that the expected number at each dose
stays exact.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.designs.base import Design
from bayesdose.designs.optional import closed
from bayesdose.simulation.probability_flow import flow_through
from bayesdose.simulation.states import prob_of_outcomes
from bayesdose.trial import Cohorts, TrialState

if TYPE_CHECKING:
    from bayesdose.simulation.graph import TrialGraph

__all__ = ["ClosedDoses", "close_doses", "expected_at_closed"]

# Edges that are weighed at a time.
_BLOCK = 2**18


@dataclass(frozen=True, eq=False)
class ClosedDoses:
    """What edges of a layer leave behind.

    Parameters
    ----------
    edge : ndarray of int, shape (E,)
        Positions of edges to states that close doses.
    row : ndarray of int, shape (E,)
        Row in `counts` of each.
    counts : ndarray of int, shape (R, K, 2)
        Patients and DLTs at the doses that are closed there; zero at the others.
    """

    edge: np.ndarray
    row: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, before: np.ndarray, after: np.ndarray, child: np.ndarray) -> "ClosedDoses | None":
        """From counts of states before and after, shape (B, K, C), and the state to which each edge leads."""
        if after is before:  # a design that closes nothing gives its counts back
            return None
        left = before - after
        closes = left.any(axis=(1, 2))
        if not closes.any():
            return None
        row = np.cumsum(closes) - 1
        edge = np.flatnonzero(closes[child])
        counts = np.stack([left[closes].sum(axis=-1), dlts_in(left[closes])], axis=-1)
        return cls(edge, row[child[edge]], counts)


def close_doses(design: Design, state: TrialState, following: Cohorts) -> tuple[TrialState, Cohorts]:
    """The same trials and their next cohorts without what the design closes."""
    counts, phase = closed(design, state, following)
    return TrialState(counts, state.level, state.phase), Cohorts(
        following.level, following.size, phase, following.stop, following.refinement
    )


def expected_at_closed(graph: "TrialGraph", prob_outcome: np.ndarray) -> np.ndarray:
    """Expected patients and DLTs at doses that trials have closed, which their final counts lack.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose.

    Returns
    -------
    ndarray, shape (S, K, 2)
    """
    found = np.zeros((*prob_outcome.shape[:2], 2))
    if not any(layer.closed for layer in graph.layers):
        return found
    prob_cohort = prob_of_outcomes(prob_outcome, graph.outcomes)
    for layer, going_on, _ in flow_through(graph, prob_cohort):
        if layer.closed is None:
            continue
        rows = np.zeros((len(prob_outcome), len(layer.closed.counts)))
        for start in range(0, len(layer.closed.edge), _BLOCK):
            edge, row = (part[start : start + _BLOCK] for part in (layer.closed.edge, layer.closed.row))
            prob = going_on[:, layer.parent[edge]] * prob_cohort[:, layer.level[edge], layer.outcome[edge]]
            for scenario, weights in enumerate(prob):
                rows[scenario] += np.bincount(row, weights, len(layer.closed.counts))
        found += np.einsum("sr,rkc->skc", rows, layer.closed.counts)
    return found
