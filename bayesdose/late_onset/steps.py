"""A graph of steps, and probability through one of them.

Each step has two halves. First every pending patient shows a DLT or not: an edge for each number of DLTs
among the patients of each dose and follow-up, whose probability differs between scenarios. Then nobody or
somebody is ready, and the design is asked.
"""

from dataclasses import dataclass, replace

import numpy as np

from bayesdose.late_onset.ways import prob_of_ways
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.probability_flow import flow_to_children

__all__ = ["Branch", "FollowUpGraph", "Step", "flow_of_step"]


@dataclass(frozen=True, eq=False)
class Branch:
    """What follows in a step if nobody comes, or if somebody does.

    Parameters
    ----------
    weight : float
        Its probability.
    target : ndarray of int, shape (M,)
        State after the step of each of the M states in which it is settled; one past the last for states that
        were left out.
    turned_away : ndarray of int, shape (M,)
        Patients who were turned away.
    contradicted : ndarray of int, shape (Q, 2)
        Of decisions taken with pending patients, position among the M states and row of `numbers` of each of
        the ways in which these patients would have changed it.
    numbers, taken : ndarray of int, shape (P, K * W)
        Pending patients by dose and follow-up, and how many of them turn out to have a DLT.
    """

    weight: float
    target: np.ndarray
    turned_away: np.ndarray
    contradicted: np.ndarray
    numbers: np.ndarray
    taken: np.ndarray


@dataclass(frozen=True, eq=False)
class Step:
    """One step, from N states of trials that go on to N' states.

    Parameters
    ----------
    parent, way, child_start : ndarray of int
        Edges sorted by child, E of them, to the M states after the follow-up: position of the parent, row of
        `numbers`; and the first edge of each child.
    numbers, taken : ndarray of int, shape (P, K * W)
        Pending patients by dose and follow-up, and how many of them show a DLT in this step.
    branches : tuple of Branch
        What follows.
    end : ndarray of int, shape (N',)
        Position among the ends of states that are an end, -1 of those that go on.
    suspended : ndarray of bool, shape (N',)
        Whether accrual is suspended.
    share : ndarray, shape (N',)
        Patients enrolled, as a share of the most.
    """

    parent: np.ndarray
    way: np.ndarray
    child_start: np.ndarray
    numbers: np.ndarray
    taken: np.ndarray
    branches: tuple[Branch, ...]
    end: np.ndarray
    suspended: np.ndarray
    share: np.ndarray

    def kept(self, which: np.ndarray) -> "Step":
        """The step without the states that a mask leaves out."""
        position = np.append(np.where(which, np.cumsum(which) - 1, which.sum()), which.sum())
        branches = tuple(replace(one, target=position[one.target]) for one in self.branches)
        arrays = {name: getattr(self, name)[which] for name in ("end", "suspended", "share")}
        return replace(self, branches=branches, **arrays)


@dataclass(frozen=True, eq=False)
class FollowUpGraph:
    """All steps, and the ways in which trials end.

    Parameters
    ----------
    steps : tuple of Step
        One for each step of time.
    final : FinalTrials
        Distinct ends; trials have no cohorts here.
    states : int
        Number of states, the same ones in two steps counted twice.
    decisions : int
        In how many of them somebody was ready.
    truncated : bool
        Whether rare states were left out.
    """

    steps: tuple[Step, ...]
    final: FinalTrials
    states: int
    decisions: int
    truncated: bool


def flow_of_step(step: Step, going: np.ndarray, hazards: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability of the states after the follow-up, (S, M), and after the step, (S, N').

    Parameters
    ----------
    step : Step
        The step.
    going : ndarray, shape (S, N)
        Probability of the states before it.
    hazards : ndarray, shape (S, K, W)
        Probability of a DLT in each step of the window.
    """
    prob = prob_of_ways(step.numbers, step.taken, hazards.reshape(len(hazards), -1))
    level = np.zeros(len(step.parent), dtype=np.int8)
    followed = flow_to_children(going, step.parent, level, step.way, step.child_start, prob[:, None, :])
    reached = np.zeros((len(going), len(step.end) + 1))
    for branch in step.branches:
        for row, weights in zip(reached, followed, strict=True):
            row += np.bincount(branch.target, branch.weight * weights, len(row))
    return followed, reached[:, :-1]
