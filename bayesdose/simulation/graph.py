"""The trial graph: every state that a design can reach, with histories that share a state merged.

A design decides from counts, current level and phase, so two histories with the same ones have
the same future. Merging them turns the tree of histories into a small acyclic graph, in which each
decision is taken once. Scenarios only weigh its edges.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bayesdose.alike import distinct_in_parts
from bayesdose.categories import dlts_in
from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Positive
from bayesdose.designs.base import Design
from bayesdose.designs.optional import concluded, forgotten, recorded, stage_positions, stages_of
from bayesdose.progress import Progress, Share, counted, no_progress
from bayesdose.short_rows import across
from bayesdose.simulation.closed_doses import ClosedDoses, close_doses
from bayesdose.simulation.edges import Edges, OutcomeCatalogue
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.graph_size import MEMORY_BUDGET, GraphSize
from bayesdose.simulation.states import check_patients, expand, same_future, start_state
from bayesdose.simulation.truncation import Pruning, Truncation
from bayesdose.threads import one_thread
from bayesdose.trial import UNSETTLED, Cohorts, StopReason, TrialState

__all__ = ["Asked", "Layer", "TrialGraph", "conclusions", "trial_graph"]

# Decisions are taken for so many states at a time, which bounds the memory of their posteriors.
_STATES_A_BLOCK = 50_000


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
    closed : ClosedDoses, optional
        What edges to states that close doses leave behind.
    stage : ndarray of int, shape (S,), optional
        Part of the trial to which each parent's cohort belongs; None where there is one part, and for a graph
        that was read from a file.
    """

    parent: np.ndarray
    level: np.ndarray
    outcome: np.ndarray
    child_start: np.ndarray
    stops: np.ndarray
    closed: ClosedDoses | None = None
    stage: np.ndarray | None = None


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
    unsettled : int
        Number of states whose decision is within the design's smallest error of another one.
    truncated : bool, default False
        Whether rare states were left out.
    """

    design: Design
    outcomes: np.ndarray
    layers: tuple[Layer, ...]
    final: FinalTrials
    refined: tuple[int, ...]
    unsettled: int
    truncated: bool = False

    @property
    def num_states(self) -> int:
        """Number of states after merging those with the same counts and next cohort, or the same end."""
        return sum(len(layer.stops) for layer in self.layers)

    @property
    def num_decisions(self) -> int:
        """Number of different states in which the design was asked for a decision."""
        return sum(self.refined) + self.unsettled

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


@dataclass(frozen=True, eq=False)
class Asked:
    """What a design was asked after some number of cohorts, and what it answered.

    Parameters
    ----------
    state : TrialState
        The D different states in which it was asked.
    following : Cohorts
        Its answers.
    recommendation : ndarray of int, shape (D,)
        Recommended dose of the trials that end, `NO_DOSE` of those that go on.
    kind : ndarray of int, shape (D,)
        State of the graph's layer in which each of these is merged with those that have the same future.
    reached : ndarray of int, shape (E,)
        The one of these to which each edge of the layer leads.
    record : ndarray of int, shape (D, 3 + 2 S)
        As `FinalTrials.record`; zeros for trials that go on.
    """

    state: TrialState
    following: Cohorts
    recommendation: np.ndarray
    kind: np.ndarray
    reached: np.ndarray
    record: np.ndarray


def _unseen(asked: Asked) -> None:
    """Nobody looks at the states before they are merged."""


@checked
def trial_graph(
    design: Design,
    progress: Progress = no_progress,
    *,
    truncation: Truncation | None = None,
    memory_budget: Positive = MEMORY_BUDGET,
    closes: bool = False,
    seen: Callable[[Asked], None] = _unseen,
) -> TrialGraph:
    """Every state that a design can reach, or all but the least likely.

    Parameters
    ----------
    design : Design
        Any design; each of its decisions is taken once for each distinct state.
    progress : callable, optional
        Called with an estimate of the share of the work that is done, from 0 to 1.
    truncation : Truncation, optional
        What may be left out; by default nothing is.
    memory_budget : float, default 8 GiB
        Bytes that the graph and the work on it may take.
    closes : bool, default False
        Whether patients of doses that no longer matter to the design are left out of the states, where it
        says so: a graph of a plan is then much smaller, and its final counts lack them.
    seen : callable, optional
        Called for each layer with the states in which the design was asked, before they are merged.

    Returns
    -------
    TrialGraph
        The states by cohort, the edges between them and the ways in which trials end.

    Raises
    ------
    InputError
        If an argument is of another type, the design treats more than 500 patients, or a cohort can have
        more than 32,767 results.
    GraphTooLargeError
        As soon as the next layer would not fit; the message estimates what the whole would take.
    """
    check_patients(design)
    num_doses, categories = len(design.grid), design.outcome_categories
    catalogue = OutcomeCatalogue(categories)
    state, cohorts = start_state(num_doses, categories), design.first_cohort()
    layers, finals, refinements = [], [], []
    in_stages = len(stages_of(design)) > 1
    pruning = None if truncation is None else Pruning(truncation)
    size = GraphSize(num_doses * categories, 0 if truncation is None else len(truncation.prob_outcome))
    share, done = 0.0, Share(0.0, 0, "states")
    # Two BLAS threads on the small blocks of a posterior batch are slower than one.
    with one_thread():
        while len(state):
            parent, outcome = catalogue.edges(cohorts.size)
            stage = stage_positions(design, cohorts.phase).astype(np.int8) if in_stages else None
            size.check(len(parent), share, memory_budget)
            distinct, child = _reached(design, state, cohorts, parent, catalogue.all_rows(), outcome)
            edges = Edges(parent, cohorts.level[parent].astype(np.int16), outcome, child)
            share = max(share, float(distinct.counts[0].sum()) / design.max_patients)
            if pruning is not None:
                edges = edges.by_child()
                kept = pruning.kept(edges, catalogue.all_rows(), share)
                distinct, edges = distinct.take(kept), edges.kept(kept)
                if not len(distinct):
                    break
            after = Share(size.share_done(len(parent), share), done.done + len(distinct), "states")
            following, recommendation = conclusions(design, distinct, counted(progress, done, after))
            done = after
            refinements.append(following.refinement)
            ends = following.stop != StopReason.GOES_ON.code
            record = _record(design, distinct, ends)
            before, decided = distinct, following
            if closes:
                distinct, following = close_doses(design, before, following)
            first, kind = same_future(distinct.counts, following, recommendation, record)
            state, cohorts, stops = distinct.take(first), following.take(first), ends[first]
            order = np.argsort(kind[edges.child], kind="stable")
            edges = edges.take(order)
            seen(Asked(before, decided, recommendation, kind, edges.child, record))
            left = ClosedDoses.of(before.counts, distinct.counts, edges.child) if closes else None
            edges = replace(edges, child=kind[edges.child])
            start = edges.child_start
            layers.append(Layer(edges.parent, edges.level, edges.outcome, start, stops, left, stage))
            if pruning is not None:
                pruning.end(kind, stops)
            ended = first[stops]
            number = np.full(len(ended), len(layers))
            counts, stop = distinct.counts[ended], following.stop[ended]
            finals.append(FinalTrials(counts, recommendation[ended], stop, number, record[ended]))
            size.add(len(edges.parent), len(first), len(ended))
            state, cohorts = state.take(~stops), cohorts.take(~stops)
    refinement = np.concatenate(refinements)
    return TrialGraph(
        design=design,
        outcomes=catalogue.all_rows(),
        layers=tuple(layers),
        final=FinalTrials.join(finals),
        refined=tuple(np.bincount(refinement[refinement != UNSETTLED]).tolist()),
        unsettled=int((refinement == UNSETTLED).sum()),
        truncated=truncation is not None,
    )


def _reached(
    design: Design,
    state: TrialState,
    cohorts: Cohorts,
    parent: np.ndarray,
    outcomes: np.ndarray,
    outcome: np.ndarray,
) -> tuple[TrialState, np.ndarray]:
    """The distinct states that edges lead to, and for each edge the position of its state among them."""

    def states(edges: np.ndarray) -> TrialState:
        treated = expand(state.take(parent[edges]), cohorts.take(parent[edges]), outcomes[outcome[edges]])
        return forgotten(design, treated)

    def rows(edges: np.ndarray) -> tuple[np.ndarray, ...]:
        reached = states(edges)
        return reached.counts, reached.level, reached.phase

    dlts = across(np.add, state.dlts)[parent] + dlts_in(outcomes).astype(np.int16)[outcome]
    first, child = distinct_in_parts(dlts, rows)
    return states(first), child


def _record(design: Design, state: TrialState, ends: np.ndarray) -> np.ndarray:
    """What is reported of the stages of trials that end; zeros for those that go on."""
    found = recorded(design, state.take(ends))
    record = np.zeros((len(state), found.shape[1]), dtype=found.dtype)
    record[ends] = found
    return record


def conclusions(
    design: Design, state: TrialState, progress: Progress = no_progress
) -> tuple[Cohorts, np.ndarray]:
    """Next cohorts and, where trials stop, recommended doses; see `bayesdose.designs.optional.concluded`.

    Some trials are asked for at a time: posteriors of millions would take gigabytes.
    """
    cohorts, doses = [], []
    blocks = np.array_split(np.arange(len(state)), max(1, math.ceil(len(state) / _STATES_A_BLOCK)))
    for number, block in enumerate(blocks, start=1):
        following, dose = concluded(design, state.take(block))
        cohorts.append(following)
        doses.append(dose)
        progress(number / len(blocks))
    return cohorts[0] if len(cohorts) == 1 else Cohorts.join(cohorts), np.concatenate(doses)
