"""How probable each end of a trial is, and how probable a trial with certain steps.

Where the counts of an end tell all that patients showed, every order in which they showed it has the same
likelihood. The ways that lead to each end are then counted once, without any scenario, and scenarios only
weigh the ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdose.simulation.graph import Layer, TrialGraph
from bayesdose.simulation.probability_flow import flow_to_children
from bayesdose.simulation.states import multinomial_coefficients, prob_of_outcomes

__all__ = ["Ends", "end_probabilities"]

# Ends that are weighed at a time: their likelihoods in 20 scenarios are 1 MB, which stays in cache.
_BLOCK = 2**13

type _Steps = Sequence[np.ndarray]


@dataclass(frozen=True, eq=False)
class Ends:
    """The T ways in which trials of a graph end, and M kinds of steps that trials may take on the way.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    kinds : sequence of sequence of ndarray
        For each kind and each layer, which of the layer's edges are such steps; or the probability with which
        each of them is one, independently of the others.
    """

    graph: TrialGraph
    kinds: Sequence[_Steps] = ()

    def probabilities(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Probability of each end.

        Parameters
        ----------
        prob_outcome : ndarray, shape (S, K, C)
            True probability of each outcome category at each dose in S scenarios.

        Returns
        -------
        ndarray, shape (S, T)
            Rows sum to 1, or to less by the probability of what a truncated graph leaves out.
        """
        if not self._counts_tell:
            return _pushed(self.graph, prob_of_outcomes(prob_outcome, self.graph.outcomes), ())[0]
        found = np.empty((len(prob_outcome), len(self._ways[0])))
        for block, likelihood in self._weighed(prob_outcome):
            likelihood *= self._ways[0][block, None]
            found[:, block] = likelihood.T
        return found

    def with_steps(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Probability of a trial with at least one step of each kind, shape (M, S); argument as above.

        Trials that a truncated graph leaves out do not count.
        """
        found = np.zeros((len(self.kinds), len(prob_outcome)))
        taken = [number for number, kind in enumerate(self.kinds) if any(steps.any() for steps in kind)]
        if taken and self._counts_tell:
            for block, likelihood in self._weighed(prob_outcome):
                for number in taken:
                    found[number] += self._ways[1 + number][block] @ likelihood
        elif taken:
            prob_cohort = prob_of_outcomes(prob_outcome, self.graph.outcomes)
            for number in taken:  # one at a time: in all scenarios the flow of many takes gigabytes
                found[number] = _pushed(self.graph, prob_cohort, [self.kinds[number]])[1].sum(axis=1)
        return found

    @property
    def _counts_tell(self) -> bool:
        """Whether final counts hold all that patients showed.

        A plan may close doses. With more than two categories a design may forget moderate toxicities.
        """
        graph = self.graph
        forgets = graph.outcomes.shape[1] > 2 and hasattr(graph.design, "forget")
        return not forgets and not any(layer.closed for layer in graph.layers)

    @cached_property
    def _ways(self) -> list[np.ndarray]:
        """Orders of outcomes that lead to each end: all, and those with steps of each kind; (T,) each."""
        one = multinomial_coefficients(self.graph.outcomes)
        everywhere = np.broadcast_to(one, (1, len(self.graph.design.grid), len(one)))
        return [ways[0] for ways in _pushed(self.graph, everywhere, self.kinds)]

    def _weighed(self, prob_outcome: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Some ends at a time, with the likelihood of their counts in one order, shape (B, S)."""
        counts = self.graph.final.counts.reshape(len(self.graph.final.counts), -1)
        patients = np.arange(counts.max() + 1)[:, None]
        # For each dose and category, the probability of so many patients in each scenario.
        powers = [column**patients for column in prob_outcome.reshape(len(prob_outcome), -1).T]
        for start in range(0, len(counts), _BLOCK):
            block = slice(start, start + _BLOCK)
            likelihood = np.ones((len(counts[block]), len(prob_outcome)))
            for power, number in zip(powers, counts[block].T, strict=True):
                likelihood *= power.take(number, axis=0)
            yield block, likelihood


def end_probabilities(graph: TrialGraph, prob_outcome: np.ndarray) -> np.ndarray:
    """Probability of each way in which a trial can end, in each scenario; as `Ends.probabilities`."""
    return Ends(graph).probabilities(prob_outcome)


def _pushed(graph: TrialGraph, prob_cohort: np.ndarray, kinds: Sequence[_Steps]) -> list[np.ndarray]:
    """What reaches each end, in all and after a step of each kind; shape (S, T) each.

    `prob_cohort`, shape (S, K, O), is by what each cohort outcome at each dose multiplies what flows.
    """
    every, after = np.ones((len(prob_cohort), 1)), [np.zeros((len(prob_cohort), 1)) for _ in kinds]
    ends: list[list[np.ndarray]] = [[] for _ in range(1 + len(kinds))]
    for number, layer in enumerate(graph.layers):
        edges = (layer.parent, layer.level, layer.outcome, layer.child_start, prob_cohort)
        reached = [flow_to_children(every, *edges)]
        for kind, before in zip(kinds, after, strict=True):
            reached.append(_after_a_step(every, before, kind[number], layer, prob_cohort))
        for place, flow in enumerate(reached):
            ends[place].append(flow[:, layer.stops])
        every, *after = (flow[:, ~layer.stops] for flow in reached)
    return [np.concatenate(parts, axis=1) for parts in ends]


def _after_a_step(
    every: np.ndarray, before: np.ndarray, steps: np.ndarray, layer: Layer, prob_cohort: np.ndarray
) -> np.ndarray:
    """What reaches each child after a step of a kind, if `before` is what had one before; shape (S, N')."""
    reached = np.zeros((len(every), len(layer.stops)))
    begins, went_on = steps.any(), before.any()
    if not begins and not went_on:
        return reached
    cell = layer.level.astype(np.int32) * prob_cohort.shape[2] + layer.outcome
    for scenario, prob_cell in enumerate(prob_cohort.reshape(len(prob_cohort), -1)):
        flow = before[scenario].take(layer.parent)
        if begins:
            flow += (every - before)[scenario].take(layer.parent) * steps
        flow *= prob_cell.take(cell)
        np.add.reduceat(flow, layer.child_start, out=reached[scenario])
    return reached
