"""Every state that a trial with pending patients can reach, step by step, with equal ones merged.

A state holds the known outcomes, the pending patients by dose and follow-up, level and phase.
"""

from dataclasses import dataclass, replace

import numpy as np

from bayesdose.errors import InputError
from bayesdose.late_onset.arrivals import Arrivals, check_steps, prob_arrival, whole_steps
from bayesdose.late_onset.asking import Asked, ask, differs, recommended
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.distinct import distinct
from bayesdose.late_onset.steps import Branch, FollowUpGraph, Step, flow_of_step
from bayesdose.late_onset.trials import FollowedTrials
from bayesdose.late_onset.ways import number_of_ways, ways_of_pending
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.graph_size import MEMORY_BUDGET, GraphSize
from bayesdose.simulation.truncation import Truncation

__all__ = ["follow_up_graph"]

# Completions of pending patients that a design is asked about at a time.
_BLOCK = 200_000


@dataclass(frozen=True, eq=False)
class _States:
    """Trials that go on, with what a step needs beside them."""

    trials: FollowedTrials
    stop: np.ndarray
    queue: np.ndarray
    suspended: np.ndarray

    def take(self, which: np.ndarray) -> "_States":
        return _States(self.trials.take(which), self.stop[which], self.queue[which], self.suspended[which])

    def merged(self) -> tuple["_States", np.ndarray]:
        trials = self.trials
        columns = (trials.counts, trials.pending, trials.level, trials.phase)
        first, kind = distinct(*columns, self.stop, self.queue, self.suspended)
        return self.take(first), kind


def follow_up_graph(
    design: FollowUpDesign,
    arrivals: Arrivals,
    *,
    window: int,
    step: float,
    truncation: Truncation | None = None,
    hazards: np.ndarray | None = None,
    memory_budget: float = float(MEMORY_BUDGET),
    progress: Progress = no_progress,
) -> FollowUpGraph:
    """Every state that a trial can reach, or all but the least likely.

    Parameters
    ----------
    design : FollowUpDesign
        The design.
    arrivals : Arrivals
        A fixed gap, or at random.
    window : int
        Steps of the DLT window, W.
    step : float
        Days of a step.
    truncation : Truncation, optional
        What may be left out. It is needed for arrivals at random: a trial may then take any time.
    hazards : ndarray, shape (S, K, W), optional
        Probability of a DLT in each step, for the truncation.
    memory_budget : float
        Bytes that the graph and the work on it may take.
    progress : callable, optional
        Called with the share of the patients enrolled by all trials.

    Raises
    ------
    InputError
        If the arrivals do not fit the step, are a Poisson process, or are at random without truncation.
    GraphTooLargeError
        If the graph would not fit; before the step that would not.
    SimulationError
        If the design waits although every outcome is known.
    """
    _check(arrivals, step, truncation)
    growth = _Growth(design, arrivals, window, step)
    doses = len(design.grid)
    size = GraphSize(doses * (2 + window), 0 if truncation is None or hazards is None else len(hazards))
    states, steps, now = growth.start(), [], 0
    going = np.ones((0 if hazards is None else len(hazards), 1))
    resolved, share, decisions, number = np.zeros(len(going)), 0.0, 0, 1
    while len(states.stop):
        now += 1
        edges = growth.number_of_edges(states)
        size.check(edges, min(share, 1.0), memory_budget)
        followed, one = growth.followed(states)
        after, one = growth.asked(followed, one, now)
        decisions += len(followed.stop)
        ends = one.end >= 0
        if truncation is not None and hazards is not None:
            reached = flow_of_step(one, going, hazards)[1]
            resolved = resolved + reached[:, ends].sum(axis=1)
            of_patients = reached[:, ~ends] @ one.share[~ends]
            share = max(share, float((resolved + of_patients).min()))
            keeps = np.ones(len(ends), dtype=bool)
            # Half of what may be left out is for rare states. Trials that take very long are left out
            # together: the rest is for them.
            rare = truncation.kept(reached[:, ~ends], resolved, min(share, 1.0) / 2)
            keeps[~ends] = rare & (1 - resolved.min() > truncation.max_unresolved)
            one, after, ends, going = one.kept(keeps), after.take(keeps), ends[keeps], reached[:, keeps]
            going = going[:, ~ends]
        else:
            share = max(share, float(one.share.min(initial=1.0)))
        size.add(edges, len(ends), int(ends.sum()))
        steps.append(one)
        number += len(ends)
        states = after.take(~ends)
        progress(min(share, 1.0))
    return FollowUpGraph(tuple(steps), growth.final(), number, decisions, truncation is not None)


def _check(arrivals: Arrivals, step: float, truncation: Truncation | None) -> None:
    check_steps(arrivals, step)
    if arrivals.process in ("poisson", "uniform"):
        raise InputError(
            "arrivals, process",
            got=arrivals.process,
            wanted="'fixed' or 'at random' for exact results",
            fix="Take Arrivals(..., process='at random') with a short step, or MonteCarlo.",
        )
    if arrivals.process == "at random" and truncation is None:
        raise InputError(
            "method",
            got="Exact(max_unresolved=0) with arrivals at random",
            wanted="a probability of trials that may be left out: a trial may take any time",
            fix="Pass Exact(max_unresolved=1e-6).",
        )


class _Growth:
    """A graph while it grows: one half of a step after the other, and the ends so far."""

    def __init__(self, design: FollowUpDesign, arrivals: Arrivals, window: int, step: float) -> None:
        self._design, self._arrivals, self._window = design, arrivals, window
        self._gap = whole_steps("arrivals", arrivals.mean_gap, step) if arrivals.process == "fixed" else 0
        self._prob = prob_arrival(arrivals, step)
        self._ends: list[tuple[FollowedTrials, np.ndarray]] = []
        self._number_of_ends = 0

    def start(self) -> _States:
        """The trial whose first patient was just enrolled."""
        first, doses = self._design.first_patient(), len(self._design.grid)
        pending = np.zeros((1, doses, self._window), dtype=np.int16)
        pending[0, first.level[0], 0] = 1
        counts, zero = np.zeros((1, doses, 2), dtype=np.int16), np.zeros(1, dtype=int)
        trials = FollowedTrials(counts, pending, first.level.astype(int), first.phase.astype(int))
        return _States(trials, zero, zero, zero.astype(bool))

    def number_of_edges(self, states: _States) -> int:
        """How many edges the next step has."""
        return int(number_of_ways(states.trials.pending).sum())

    def followed(self, states: _States) -> tuple[_States, Step]:
        """The states after every pending patient was followed for one step more."""
        trials = states.trials
        found = ways_of_pending(trials.pending)
        parent, way = found.trial, found.way
        without = (found.numbers - found.taken).reshape(-1, *trials.pending.shape[1:]).astype(np.int16)
        dlts = found.taken.reshape(without.shape).sum(axis=-1)
        shown = np.stack([without[..., -1], dlts], axis=-1)
        later = np.zeros_like(without)
        later[..., 1:] = without[..., :-1]
        after = FollowedTrials(
            trials.counts[parent] + shown[way].astype(np.int16),
            later[way],
            trials.level[parent],
            trials.phase[parent],
        )
        rest = (states.stop[parent], states.queue[parent], states.suspended[parent])
        merged, child = _States(after, *rest).merged()
        order = np.argsort(child, kind="stable")
        start = np.flatnonzero(np.diff(child[order], prepend=-1))
        none = np.zeros(0)
        return merged, Step(
            parent[order],
            way[order],
            start,
            found.numbers,
            found.taken,
            branches=(),
            end=none,
            suspended=none,
            share=none,
        )

    def asked(self, states: _States, step: Step, now: int) -> tuple[_States, Step]:
        """The states after the design was asked, if nobody came and if somebody did."""
        at_random = {0: 1.0 - self._prob, 1: self._prob}
        comes = {int(now % self._gap == 0): 1.0} if self._gap else at_random
        answers = [(weight, self._ask(states, who)) for who, weight in comes.items() if weight > 0]
        after = [_States(one.trials, one.stop, one.queue, one.suspended) for _, one in answers]
        joined = _States(
            FollowedTrials.join([one.trials for one in after]),
            *(
                np.concatenate([getattr(one, name) for one in after])
                for name in ("stop", "queue", "suspended")
            ),
        )
        merged, kind = joined.merged()
        targets = np.split(kind.astype(np.int32), len(after))
        branches = tuple(
            self._branch(weight, target, one) for (weight, one), target in zip(answers, targets, strict=True)
        )
        ends = (merged.stop != 0) & merged.trials.complete
        end = np.full(len(ends), -1)
        end[ends] = self._number_of_ends + np.arange(ends.sum())
        self._ends.append((merged.trials.take(ends), merged.stop[ends]))
        self._number_of_ends += int(ends.sum())
        share = merged.trials.enrolled.sum(axis=1) / self._design.max_patients
        return merged, replace(step, branches=branches, end=end, suspended=merged.suspended, share=share)

    def final(self) -> FinalTrials:
        """All ends."""
        trials = FollowedTrials.join([trials for trials, _ in self._ends])
        stop = np.concatenate([stop for _, stop in self._ends])
        nothing = np.zeros((len(stop), 0), dtype=np.int16)
        dose = recommended(self._design, trials, stop)
        return FinalTrials(trials.counts, dose, stop, np.zeros(len(stop), dtype=int), nothing)

    def _ask(self, states: _States, comes: int) -> Asked:
        ready = states.queue + comes
        return ask(self._design, self._arrivals, states.trials, states.stop, states.suspended, ready)

    def _branch(self, weight: float, target: np.ndarray, asked: Asked) -> Branch:
        """A branch, with the ways in which pending patients would have changed what was decided."""
        found = ways_of_pending(asked.before.pending)
        shape = (len(found.taken), *asked.before.pending.shape[1:])
        shown = found.taken.reshape(shape).sum(axis=-1)
        pairs = [np.zeros((0, 2), dtype=np.int32)]
        for start in range(0, len(found.trial), _BLOCK):
            decision, way = found.trial[start : start + _BLOCK], found.way[start : start + _BLOCK]
            completed = _completed(asked.before.take(decision), shown[way])
            changed = differs(self._design, completed, asked.answer.take(decision))
            pairs.append(np.stack([asked.decided[decision], way], axis=1)[changed].astype(np.int32))
        turned_away, contradicted = asked.turned_away.astype(np.int16), np.concatenate(pairs)
        return Branch(weight, target, turned_away, contradicted, found.numbers, found.taken)


def _completed(trials: FollowedTrials, dlts: np.ndarray) -> FollowedTrials:
    """The trials once their pending patients have shown so many DLTs at each dose, shape (B, K)."""
    counts = trials.as_known().counts
    counts[..., 0] -= dlts.astype(counts.dtype)
    counts[..., 1] += dlts.astype(counts.dtype)
    return FollowedTrials(counts, np.zeros_like(trials.pending), trials.level, trials.phase)
