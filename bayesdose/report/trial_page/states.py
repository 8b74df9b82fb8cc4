"""Every state of a design that a page holds: what it answers there, and where each outcome leads."""

from dataclasses import dataclass

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.optional import plans_outside, stage_positions
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.graph import Asked, trial_graph
from bayesdose.trial import StopReason, TrialState

__all__ = ["MOST_STATES", "PageStates", "page_states"]

# A page of so many is a few megabytes; more are for `bayesdose next`, which holds none.
MOST_STATES = 250_000


@dataclass(frozen=True, eq=False)
class PageStates:
    """N states after at least one cohort, in the order of the number of cohorts, and what follows from each.

    Parameters
    ----------
    state : TrialState
        The states.
    stop : ndarray of int, shape (N,)
        `StopReason.code`.
    level, size : ndarray of int, shape (N,)
        The next cohort where the trial goes on.
    dose : ndarray of int, shape (N,)
        Index of the recommended dose where it stops, `NO_DOSE` for none.
    stage : ndarray of int, shape (N,)
        Position of the part of the design to which the next cohort belongs.
    first_child : ndarray of int, shape (N,)
        Where the outcomes of the next cohort begin in `child`; 0 where the trial stops.
    child : ndarray of int, shape (E,)
        The state that each outcome leads to, in the order of `cohort_outcomes`; those of the first cohort
        come first.
    """

    state: TrialState
    stop: np.ndarray
    level: np.ndarray
    size: np.ndarray
    dose: np.ndarray
    stage: np.ndarray
    first_child: np.ndarray
    child: np.ndarray

    def __len__(self) -> int:
        return len(self.stop)


def page_states(design: Design, progress: Progress = no_progress) -> PageStates:
    """All states that a design asks about, by the same enumeration that its exact characteristics rest on.

    Parameters
    ----------
    design : Design
        Any design.
    progress : callable, optional
        Called with the share of the work done.

    Raises
    ------
    InputError
        If they are too many for a page, or the design backfills.
    """
    if plans_outside(design):
        raise InputError(
            "page",
            got="a design that backfills",
            wanted="one whose cohorts follow one another: a page is asked about those",
            fix="bayesdose next and bayesdose paths decide one trial of any design.",
        )
    asked: list[Asked] = []

    def seen(one: Asked) -> None:
        asked.append(one)
        if sum(len(each.state) for each in asked) > MOST_STATES:
            raise InputError(
                "page",
                got="a design of more states",
                wanted=f"at most {MOST_STATES:,} states, so that the page stays a few megabytes",
                fix="bayesdose next and bayesdose paths decide one trial of any design.",
            )

    graph = trial_graph(design, progress, seen=seen)
    children, first_child, before = [], [], 0
    # Where the children of each state that goes on begin: first those of the one state without patients.
    for layer, one in zip(graph.layers, asked, strict=True):
        order = np.lexsort((layer.outcome, layer.parent))
        children.append(before + one.reached[order])
        before += len(one.state)
    starts = np.cumsum([0, *map(len, children)])
    for number, one in enumerate(asked):
        goes_on = one.following.stop == StopReason.GOES_ON.code
        here = np.zeros(len(one.state), dtype=np.int64)
        if goes_on.any():
            later = graph.layers[number + 1].parent
            begins = starts[number + 1] + np.searchsorted(np.sort(later), np.arange(later.max() + 1))
            position = np.cumsum(~graph.layers[number].stops) - 1
            here[goes_on] = begins[position[one.kind[goes_on]]]
        first_child.append(here)
    following = [one.following for one in asked]
    phase = np.concatenate([one.phase for one in following])
    return PageStates(
        TrialState(
            *(
                np.concatenate([getattr(one.state, name) for one in asked])
                for name in ("counts", "level", "phase")
            )
        ),
        stop=np.concatenate([one.stop for one in following]),
        level=np.concatenate([one.level for one in following]),
        size=np.concatenate([one.size for one in following]),
        dose=np.concatenate([one.recommendation for one in asked]),
        stage=stage_positions(design, phase),
        first_child=np.concatenate(first_child),
        child=np.concatenate(children),
    )
