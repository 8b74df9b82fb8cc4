"""All states that a design can reach and all steps between them, as flat arrays that predicates look at."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.designs.base import Design
from bayesdose.designs.optional import stage_positions
from bayesdose.findings.remembering import Remembering
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.progress import Progress, no_progress
from bayesdose.short_rows import across
from bayesdose.simulation.answering import Answering
from bayesdose.simulation.graph import Asked, TrialGraph, trial_graph
from bayesdose.treatments import regimens_of
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["Walk", "walk_through"]


@dataclass(frozen=True, eq=False)
class Walk:
    """D states in which a design was asked, and E steps (cohorts with their outcome) that lead to them.

    Histories with the same counts, level and phase are one state. Steps stand in the order of the graph's
    edges, layer after layer.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    state : TrialState
        The states.
    following : Cohorts
        What the design answered in each.
    recommendation : ndarray of int, shape (D,)
        Recommended dose where the trial ends, `NO_DOSE` elsewhere.
    first_state : ndarray of int, shape (L + 1,)
        Position of the first state of each layer, and D.
    to : ndarray of int, shape (E,)
        State to which each step leads.
    closed : ndarray of int, shape (D, 2)
        Patients and DLTs that the counts of an ended trial lack, because its plan has closed their doses.
    posteriors : (BatchPosterior, ndarray of shape (D,)) or None
        Posteriors of the states of a design with a model, and the largest error of each; None for another
        design, and for one that hands trials over to such a design.
    """

    graph: TrialGraph
    state: TrialState
    following: Cohorts
    recommendation: np.ndarray
    first_state: np.ndarray
    to: np.ndarray
    closed: np.ndarray
    posteriors: tuple[BatchPosterior, np.ndarray] | None = None

    @property
    def design(self) -> Design:
        """The design."""
        return self.graph.design

    @cached_property
    def goes_on(self) -> np.ndarray:
        """Whether the trial goes on after each state, shape (D,)."""
        return self.following.stop == StopReason.GOES_ON.code

    @cached_property
    def totals(self) -> tuple[np.ndarray, np.ndarray]:
        """Patients and DLTs in each state, (D,) each; where a trial has ended, with those at closed doses."""
        closed = self.closed.T
        return self.state.num_patients + closed[0], self.state.dlts.sum(axis=1) + closed[1]

    @property
    def escalation(self) -> Design:
        """The design that escalates: that of a plan, any other one itself."""
        return getattr(self.design, "escalation", self.design)

    @cached_property
    def regimen(self) -> np.ndarray:
        """Position of the regimen of each dose or treatment, shape (K,)."""
        return regimens_of(self.design.grid)

    @cached_property
    def highest_tried(self) -> np.ndarray:
        """Index of the highest dose that has patients in the regimen of the next cohort; shape (D,).

        -1 where there is none.
        """
        alike = self.regimen == self.regimen[self.following.level][:, None]
        tried = (self.state.patients > 0) & alike
        return across(np.maximum, np.where(tried, np.arange(len(self.regimen)), -1))

    @cached_property
    def at_level(self) -> tuple[np.ndarray, np.ndarray]:
        """Patients and DLTs at the last cohort's dose in each state, shape (D,) each."""
        which = np.arange(len(self.state)), self.state.level
        return self.state.patients[which], self.state.dlts[which]

    @cached_property
    def first_step(self) -> np.ndarray:
        """Position of the first step of each layer, and E; shape (L + 1,)."""
        return np.cumsum([0, *(len(layer.parent) for layer in self.graph.layers)])

    @cached_property
    def level(self) -> np.ndarray:
        """Level index of each step's cohort, shape (E,)."""
        return np.concatenate([layer.level for layer in self.graph.layers])

    @cached_property
    def outcome(self) -> np.ndarray:
        """Row of each step's outcome in the graph's `outcomes`, shape (E,)."""
        return np.concatenate([layer.outcome for layer in self.graph.layers])

    @cached_property
    def patients(self) -> np.ndarray:
        """Patients of each step's cohort, shape (E,)."""
        return self.graph.outcomes.sum(axis=1)[self.outcome]

    @cached_property
    def dlts(self) -> np.ndarray:
        """DLTs of each step's cohort, shape (E,)."""
        return dlts_in(self.graph.outcomes)[self.outcome]

    @cached_property
    def rises(self) -> np.ndarray:
        """Whether the next cohort gets a higher dose, in the same stage of the trial; shape (E,)."""
        return (self._within & (self.following.level > self.state.level))[self.to]

    @cached_property
    def falls(self) -> np.ndarray:
        """Whether the next cohort gets a lower dose, in the same stage of the trial; shape (E,)."""
        return (self._within & (self.following.level < self.state.level))[self.to]

    @cached_property
    def _within(self) -> np.ndarray:
        """Whether the trial goes on in the same stage and regimen.

        What a plan hands over is no decision on a cohort, and doses of two regimens are not compared.
        """
        before, after = (stage_positions(self.design, one.phase) for one in (self.state, self.following))
        alike = self.regimen[self.state.level] == self.regimen[self.following.level]
        return self.goes_on & (before == after) & alike

    def by_layer(self, steps: np.ndarray) -> list[np.ndarray]:
        """A mask of steps, layer by layer."""
        return np.split(steps, self.first_step[1:-1])


def walk_through(design: Design, progress: Progress = no_progress) -> Walk:
    """Ask a design in every state that it can reach.

    Doses that a plan says no longer matter are closed, as in its graph.

    Raises
    ------
    GraphTooLargeError
        If the graph would not fit in 8 GiB.
    """
    layers: list[Asked] = []
    kept = Remembering(design) if hasattr(design, "answers") else None
    asked = design if kept is None else Answering(design, kept.conclude)
    graph = trial_graph(asked, progress, closes=True, seen=layers.append)
    posteriors = None if kept is None else kept.posteriors()
    first_state = np.cumsum([0, *(len(one.state) for one in layers)])
    return Walk(
        graph=replace(graph, design=design),
        state=TrialState(
            *(
                np.concatenate([getattr(one.state, name) for one in layers])
                for name in ("counts", "level", "phase")
            )
        ),
        following=Cohorts.join([one.following for one in layers]),
        recommendation=np.concatenate([one.recommendation for one in layers]),
        first_state=first_state,
        to=np.concatenate([one.reached + start for one, start in zip(layers, first_state[:-1], strict=True)]),
        closed=np.concatenate([_closed(one.record) for one in layers]),
        posteriors=posteriors,
    )


def _closed(record: np.ndarray) -> np.ndarray:
    """The last two columns of a record; a design without stages records nothing, and closes nothing."""
    return record[:, -2:] if record.shape[1] else np.zeros((len(record), 2), dtype=int)
