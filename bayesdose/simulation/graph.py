"""The trial graph: every state that a design can reach, with histories that share a state merged.

A design decides from counts, current level and phase, so two histories with the same ones have
the same future. Merging them turns the tree of histories into a small acyclic graph, in which each
decision is taken once. Scenarios only weigh its edges.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from threadpoolctl import threadpool_limits

from bayesdose.designs.base import Design
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.flow import flow_to_children
from bayesdose.simulation.states import (
    cohort_outcomes,
    distinct_states,
    expand,
    prob_of_outcomes,
    start_state,
)
from bayesdose.simulation.truncation import Truncation
from bayesdose.trial import StopReason, TrialState

__all__ = ["FinalTrials", "Layer", "TrialGraph", "trial_graph"]


@dataclass(frozen=True, eq=False)
class FinalTrials:
    """Distinct ways in which trials end, T of them.

    Parameters
    ----------
    counts : ndarray of int, shape (T, K, C)
        Patients per dose and outcome category.
    recommendation : ndarray of int, shape (T,)
        Index of the recommended dose, -1 for none.
    stop : ndarray of int, shape (T,)
        `StopReason.code`.
    cohorts : ndarray of int, shape (T,)
        Number of cohorts treated.
    """

    counts: np.ndarray
    recommendation: np.ndarray
    stop: np.ndarray
    cohorts: np.ndarray

    @classmethod
    def join(cls, parts: list["FinalTrials"]) -> "FinalTrials":
        """All trials of several parts, in order."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True, eq=False)
class Layer:
    """Edges from the S trials that go on after some number of cohorts, sorted by child.

    Parameters
    ----------
    parent : ndarray of int, shape (E,)
        Position among the trials of this layer that go on.
    level : ndarray of int, shape (E,)
        Level index of the cohort.
    outcome : ndarray of int, shape (E,)
        Row in the graph's `outcomes`.
    child_start : ndarray of int, shape (S',)
        First edge of each state of the next layer.
    stops : ndarray of bool, shape (S',)
        Whether each state of the next layer ends the trial.
    """

    parent: np.ndarray
    level: np.ndarray
    outcome: np.ndarray
    child_start: np.ndarray
    stops: np.ndarray


@dataclass(frozen=True, eq=False)
class TrialGraph:
    """Layers of states, one a cohort, and the ways in which trials end.

    Parameters
    ----------
    design : Design
        The design that was enumerated.
    outcomes : ndarray of int, shape (O, C)
        Every count per category that a cohort can show.
    layers : tuple of Layer
        One for each cohort.
    final : FinalTrials
        End states in the order in which the layers reach them.
    refined : tuple of int
        Number of states whose next cohort was decided at once, after one refinement, after two, ...
    """

    design: Design
    outcomes: np.ndarray
    layers: tuple[Layer, ...]
    final: FinalTrials
    refined: tuple[int, ...]

    @property
    def num_states(self) -> int:
        """Number of states, the one without patients not counted."""
        return sum(len(layer.stops) for layer in self.layers)

    def num_histories(self) -> int:
        """Number of trial histories (paths) that end, cohort outcomes counted without order.

        Examples
        --------
        >>> from bayesdose.designs.three_plus_three import ThreePlusThree
        >>> from bayesdose.grid import DoseGrid
        >>> trial_graph(ThreePlusThree(DoseGrid.of_levels(2), "no-deescalation")).num_histories()
        19
        """
        ended, going_on = 0, np.array([1], dtype=object)
        for layer in self.layers:
            reached = np.add.reduceat(going_on[layer.parent], layer.child_start)
            ended += int(reached[layer.stops].sum())
            going_on = reached[~layer.stops]
        return ended


def trial_graph(
    design: Design, progress: Progress = no_progress, *, truncation: Truncation | None = None
) -> TrialGraph:
    """Every state that a design can reach, or all but the least likely.

    Parameters
    ----------
    design : Design
        Any design; each of its decisions is taken once for each distinct state.
    progress : callable, optional
        Called with the share of patients treated so far, from 0 to 1.
    truncation : Truncation, optional
        What may be left out; by default nothing is.

    Returns
    -------
    TrialGraph
    """
    num_doses, categories = len(design.grid), design.outcome_categories
    catalogue = _OutcomeCatalogue(categories)
    state, cohorts = start_state(num_doses, categories), design.first_cohort()
    layers, finals, refinements = [], [], []
    pruning = None if truncation is None else _Pruning(truncation)
    # Two BLAS threads on the small blocks of a posterior batch are slower than one.
    with threadpool_limits(1):
        while len(state):
            parent, outcome = catalogue.edges(cohorts.size)
            reached = expand(
                state.take(parent),
                cohorts.take(parent),
                catalogue.rows(outcome),
            )
            distinct, child = distinct_states(reached)
            level = cohorts.level[parent].astype(np.int16)
            edges = _Edges(parent, level, outcome, child).take(np.argsort(child, kind="stable"))
            share = float(distinct.counts[0].sum()) / design.max_patients
            if pruning is not None:
                kept = pruning.kept(edges, catalogue.all_rows(), share)
                distinct, edges = distinct.take(kept), edges.to_children(kept)
                if not len(distinct):
                    break
            following = design.next_cohort(distinct)
            stops = following.stop != StopReason.GOES_ON.code
            layers.append(Layer(edges.parent, edges.level, edges.outcome, edges.child_start, stops))
            if pruning is not None:
                pruning.end(stops)
            finals.append(final_trials(design, distinct.take(stops), following.stop[stops], len(layers)))
            state = distinct.take(~stops)
            cohorts = following.take(~stops)
            refinements.append(following.refinement)
            progress(share)
    refined = tuple(np.bincount(np.concatenate(refinements)).tolist())
    return TrialGraph(design, catalogue.all_rows(), tuple(layers), FinalTrials.join(finals), refined)


def final_trials(design: Design, ended: TrialState, stop: np.ndarray, num_cohorts: int) -> FinalTrials:
    """End states of trials that stopped after the same number of cohorts."""
    recommendation = design.recommend(ended) if len(ended) else np.zeros(0, dtype=int)
    return FinalTrials(ended.counts, recommendation, stop, np.full(len(ended), num_cohorts))


@dataclass(frozen=True, eq=False)
class _Edges:
    """Edges of one layer: position of the parent, level, outcome, and position of the child."""

    parent: np.ndarray
    level: np.ndarray
    outcome: np.ndarray
    child: np.ndarray

    def take(self, which: np.ndarray) -> "_Edges":
        return _Edges(self.parent[which], self.level[which], self.outcome[which], self.child[which])

    @property
    def child_start(self) -> np.ndarray:
        """First edge of each child; edges are sorted by child and every child has one."""
        return np.flatnonzero(np.diff(self.child, prepend=-1))

    def to_children(self, kept: np.ndarray) -> "_Edges":
        """The edges to some of the children, which are numbered anew."""
        edges = self.take(kept[self.child])
        return replace(edges, child=(np.cumsum(kept) - 1)[edges.child])


class _Pruning:
    """Probability of the states while a graph grows, so that rare ones can be left out."""

    def __init__(self, truncation: Truncation) -> None:
        self._truncation = truncation
        self._going_on = np.ones((len(truncation.prob_outcome), 1))
        self._ended = np.zeros(len(truncation.prob_outcome))

    def kept(self, edges: _Edges, outcomes: np.ndarray, share: float) -> np.ndarray:
        """Which of a layer's states stay."""
        prob_cohort = prob_of_outcomes(self._truncation.prob_outcome, outcomes)
        reached = flow_to_children(
            self._going_on, edges.parent, edges.level, edges.outcome, edges.child_start, prob_cohort
        )
        kept = self._truncation.kept(reached, self._ended, share)
        self._going_on = reached[:, kept]
        return kept

    def end(self, stops: np.ndarray) -> None:
        """Take out the states that end the trial."""
        self._ended += self._going_on[:, stops].sum(axis=1)
        self._going_on = self._going_on[:, ~stops]


class _OutcomeCatalogue:
    """Numbers the outcomes of cohorts of all sizes in the order in which sizes are met."""

    def __init__(self, categories: int) -> None:
        self._categories = categories
        self._offset: dict[int, int] = {}
        self._tables: list[np.ndarray] = []

    def edges(self, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One edge for each outcome of each trial's cohort: (trial, outcome number)."""
        parents, outcomes = [], []
        for size in np.unique(sizes).tolist():
            if size not in self._offset:
                self._offset[size] = sum(map(len, self._tables))
                self._tables.append(cohort_outcomes(size, self._categories))
            trials = np.flatnonzero(sizes == size)
            number = len(cohort_outcomes(size, self._categories))
            # Narrow types: edges are most of a graph's memory.
            parents.append(np.repeat(trials.astype(np.int32), number))
            outcomes.append(np.tile(np.arange(number, dtype=np.int16) + self._offset[size], len(trials)))
        return np.concatenate(parents), np.concatenate(outcomes)

    def all_rows(self) -> np.ndarray:
        return np.concatenate(self._tables)

    def rows(self, outcome: np.ndarray) -> np.ndarray:
        return self.all_rows()[outcome]
