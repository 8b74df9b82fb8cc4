"""Leaving out the least likely states of a trial graph, with a certified bound on what is lost."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability
from bayesdose.simulation.edges import Edges
from bayesdose.simulation.probability_flow import flow_to_children
from bayesdose.simulation.states import prob_of_outcomes

__all__ = ["Pruning", "Truncation"]


@checked_value
class Truncation:
    """Leave out states as long as no scenario loses more than a given probability.

    Parameters
    ----------
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose in the scenarios that the graph is for.
    max_unresolved : float
        Largest probability, in any of these scenarios, of the trials that are left out. The budget is
        spent in proportion to the patients treated.

    Raises
    ------
    InputError
        If `max_unresolved` is not between 0 and 1.
    """

    prob_outcome: np.ndarray = attrs.field(eq=False)
    max_unresolved: InnerProbability

    def kept(self, reached: np.ndarray, resolved: np.ndarray, share: float) -> np.ndarray:
        """Which states of a layer stay in the graph.

        Parameters
        ----------
        reached : ndarray, shape (S, N)
            Probability of each state in each scenario.
        resolved : ndarray, shape (S,)
            Probability that trials have ended already.
        share : float
            Share of the maximum number of patients that is treated by now.

        Returns
        -------
        ndarray of bool, shape (N,)
        """
        lost = 1.0 - resolved - reached.sum(axis=1)
        allowed = share * self.max_unresolved - lost
        rarest_first = np.argsort(reached.max(axis=0), kind="stable")
        # One scenario at a time: a cumulative sum of all would double the memory of the graph's growth.
        number = min(
            int(np.searchsorted(np.cumsum(row[rarest_first]), limit, side="right"))
            for row, limit in zip(reached, allowed, strict=True)
        )
        kept = np.ones(reached.shape[1], dtype=bool)
        kept[rarest_first[:number]] = False
        return kept


class Pruning:
    """Probability of the states while a graph grows, so that rare ones can be left out."""

    def __init__(self, truncation: Truncation) -> None:
        self._truncation = truncation
        self._going_on = np.ones((len(truncation.prob_outcome), 1))
        self._ended = np.zeros(len(truncation.prob_outcome))

    def kept(self, edges: Edges, outcomes: np.ndarray, share: float) -> np.ndarray:
        """Which of a layer's states stay."""
        prob_cohort = prob_of_outcomes(self._truncation.prob_outcome, outcomes)
        reached = flow_to_children(
            self._going_on, edges.parent, edges.level, edges.outcome, edges.child_start, prob_cohort
        )
        kept = self._truncation.kept(reached, self._ended, share)
        self._going_on = reached[:, kept]
        return kept

    def end(self, kind: np.ndarray, stops: np.ndarray) -> None:
        """Merge the states, shape (N,), to their kinds, and take out the kinds (N',) that end the trial."""
        self._going_on = np.stack([np.bincount(kind, row, len(stops)) for row in self._going_on])
        self._ended += self._going_on[:, stops].sum(axis=1)
        self._going_on = self._going_on[:, ~stops]
