"""Edges of a trial graph while it grows."""

from dataclasses import dataclass, replace

import numpy as np

from bayesdose.errors import InputError
from bayesdose.simulation.states import MOST_OUTCOMES, cohort_outcomes, number_of_outcomes

__all__ = ["Edges", "OutcomeCatalogue"]


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of one layer: position of the parent, level, outcome, and position of the child."""

    parent: np.ndarray
    level: np.ndarray
    outcome: np.ndarray
    child: np.ndarray

    def take(self, which: np.ndarray) -> "Edges":
        """The edges that a mask or an index array selects."""
        return Edges(self.parent[which], self.level[which], self.outcome[which], self.child[which])

    @property
    def child_start(self) -> np.ndarray:
        """First edge of each child; edges are sorted by child and every child has one."""
        return np.flatnonzero(np.diff(self.child, prepend=-1))

    def kept(self, children: np.ndarray) -> "Edges":
        """The edges to the children that a mask selects, which are numbered anew."""
        edges = self.take(children[self.child])
        return replace(edges, child=(np.cumsum(children) - 1)[edges.child])

    def by_child(self) -> "Edges":
        """The same edges, sorted by child."""
        return self.take(np.argsort(self.child, kind="stable"))


class OutcomeCatalogue:
    """Numbers the outcomes of cohorts of all sizes in the order in which sizes are met."""

    def __init__(self, categories: int) -> None:
        self._categories = categories
        self._offset: dict[int, int] = {}
        self._tables: list[np.ndarray] = []

    def edges(self, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One edge for each outcome of each trial's cohort: (trial, outcome number)."""
        parents, outcomes = [], []
        for size in np.unique(sizes).tolist():
            number = number_of_outcomes(size, self._categories)
            if size not in self._offset:
                self._offset[size] = sum(map(len, self._tables))
                self._check(self._offset[size] + number)
                self._tables.append(cohort_outcomes(size, self._categories))
            trials = np.flatnonzero(sizes == size)
            # Narrow types: edges are most of a graph's memory.
            parents.append(np.repeat(trials.astype(np.int32), number))
            outcomes.append(np.tile(np.arange(number, dtype=np.int16) + self._offset[size], len(trials)))
        return np.concatenate(parents), np.concatenate(outcomes)

    def _check(self, total: int) -> None:
        if total > MOST_OUTCOMES:
            sizes = ", ".join(map(str, sorted(self._offset)))
            raise InputError(
                "cohorts",
                got=f"{total:,} results of cohorts of {sizes} patients",
                wanted=f"at most {MOST_OUTCOMES:,}",
                fix="MonteCarlo simulates larger cohorts.",
            )

    def all_rows(self) -> np.ndarray:
        """Counts of every outcome so far, shape (O, C)."""
        return np.concatenate(self._tables)
