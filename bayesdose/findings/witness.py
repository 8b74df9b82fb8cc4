"""Shortest paths through a trial graph, in the notation of outcomes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdose.categories import LETTERS, dlts_in
from bayesdose.designs.optional import plans_outside
from bayesdose.findings.walk import Walk
from bayesdose.treatments import written_level

__all__ = ["ShortestPaths", "shortest_paths"]

# A path's cost: DLTs count less than any patient.
_PATIENT = 1000


@dataclass(frozen=True, eq=False)
class ShortestPaths:
    """The cheapest step into each state of a graph: fewest patients, and among these fewest DLTs.

    Parameters
    ----------
    walk : Walk
        The states.
    cost : tuple of ndarray
        For each layer, the cost of the path through each of its steps.
    best : tuple of ndarray
        For each layer, the step that leads to each merged state that goes on.
    """

    walk: Walk
    cost: tuple[np.ndarray, ...]
    best: tuple[np.ndarray, ...]

    def to_one_of(self, steps: np.ndarray) -> tuple[str, int]:
        """A shortest path that ends with one of these steps, and the position of that step.

        Parameters
        ----------
        steps : ndarray of bool, shape (E,)
            A mask of steps, not all false.
        """
        number = int(np.searchsorted(self.walk.first_step, steps.argmax(), side="right")) - 1
        start, end = self.walk.first_step[number : number + 2]
        which = np.flatnonzero(steps[start:end])
        last = int(which[self.cost[number][which].argmin()])
        step, cohorts = last, []
        for layer_number in range(number, -1, -1):
            layer = self.walk.graph.layers[layer_number]
            cohort = self._cohort(int(layer.level[step]), int(layer.outcome[step]))
            beside = self._beside and layer.stage is not None and layer.stage[layer.parent[step]] > 0
            cohorts.append(f"({cohort})" if beside else cohort)
            if layer_number:
                step = int(self.best[layer_number - 1][layer.parent[step]])
        return " ".join(reversed(cohorts)), int(start) + last

    @cached_property
    def _beside(self) -> bool:
        return plans_outside(self.walk.design)

    def _cohort(self, level: int, outcome: int) -> str:
        counts = self.walk.graph.outcomes[outcome].tolist()
        letters = LETTERS[len(counts)]
        return written_level(self.walk.design.grid, level) + "".join(
            letter * number for letter, number in zip(letters, counts, strict=True)
        )


def shortest_paths(walk: Walk) -> ShortestPaths:
    """The shortest paths to all states of a graph, in one pass."""
    costs, best = [], []
    own = walk.graph.outcomes.sum(axis=1) * _PATIENT + dlts_in(walk.graph.outcomes)
    before = np.zeros(1, dtype=int)
    for layer in walk.graph.layers:
        cost = before[layer.parent] + own[layer.outcome]
        least = np.minimum.reduceat(cost, layer.child_start)
        child = np.repeat(np.arange(len(least)), np.diff(layer.child_start, append=len(cost)))
        attains = np.where(cost == least[child], np.arange(len(cost)), len(cost))
        costs.append(cost)
        best.append(np.minimum.reduceat(attains, layer.child_start)[~layer.stops])
        before = least[~layer.stops]
    return ShortestPaths(walk, tuple(costs), tuple(best))
