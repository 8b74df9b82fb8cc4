"""A running trial: its state from its cohorts, and where it departed from its design."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design
from bayesdose.designs.optional import escalation_next, outside
from bayesdose.errors import InputError
from bayesdose.outcomes import Outcomes, as_outcomes, evaluable
from bayesdose.trial import Cohorts, TrialState

__all__ = ["Departure", "departures", "follow", "running_state"]


class Departure(NamedTuple):
    """A cohort that the design would not have given.

    Parameters
    ----------
    number : int
        Number of the cohort, 1 for the first.
    level : int
        Level number that it was given, 1 for the lowest.
    letters : str
        Outcomes of its patients, one letter each.
    planned : Cohorts or None
        What the design would have given, or why it would have stopped; a batch of one. None where the
        design has no decision for the trial before the cohort.
    """

    number: int
    level: int
    letters: str
    planned: Cohorts | None

    @property
    def at_planned_level(self) -> bool:
        """Whether the design would have given the level too, to another number of patients."""
        planned = self.planned
        return planned is not None and planned.size[0] > 0 and int(planned.level[0]) + 1 == self.level

    @property
    def of_planned_size(self) -> bool:
        """Whether as many patients were treated as planned, or are evaluable, the others replaced."""
        numbers = (len(self.letters), evaluable(self.letters))
        return self.planned is not None and int(self.planned.size[0]) in numbers


@checked
def running_state(design: Design, outcomes: Outcomes | str) -> TrialState:
    """State of one running trial, from its cohorts in order.

    The design's phase is found by asking it for each cohort in turn, so a trial that departed
    from the design keeps the phase that the design would be in with these counts. Patients outside
    the escalation are counted at their dose, and leave the current level and the last cohort as they are.
    Patients who are not evaluable are not counted, and a cohort without an evaluable patient leaves the
    trial as it was before. A design that backfills itself counts patients outside the escalation as those;
    where none of them is evaluable (``(1X)``), nobody is waited for any longer.

    Parameters
    ----------
    design : Design
        The design that the trial follows.
    outcomes : Outcomes or str
        Patients so far, or their text such as ``"1NNN 2NNT (1NNN)"``.

    Returns
    -------
    TrialState
        A batch of one trial, for ``design.next_cohort`` and ``design.recommend``.

    Raises
    ------
    InputError
        If the escalation has no evaluable patient yet or a level is not on the grid.
    """
    return follow(design, as_outcomes(outcomes, design.grid))[0]


@checked
def departures(design: Design, outcomes: Outcomes | str) -> tuple[Departure, ...]:
    """The cohorts of the escalation that the design would not have given: another dose, size, or none.

    Parameters
    ----------
    design : Design
        The design that the trial follows.
    outcomes : Outcomes or str
        Patients so far, or their text.

    Returns
    -------
    tuple of Departure
        Empty if the trial followed the design.

    Raises
    ------
    InputError
        If the escalation has no evaluable patient yet or a level is not on the grid.
    """
    return follow(design, as_outcomes(outcomes, design.grid))[1]


def follow(design: Design, outcomes: Outcomes) -> tuple[TrialState, tuple[Departure, ...]]:
    """`running_state` and `departures` at once: the design is asked for each cohort either way."""
    num_doses, categories = len(design.grid), design.outcome_categories
    counts = np.zeros((num_doses, categories), dtype=np.int64)
    state, before, last, outside_since = None, None, counts, False
    planned: Cohorts | None = design.first_cohort()
    phase, departed = planned.phase, []
    for number, (level, letters) in enumerate(outcomes.cohorts, start=1):
        here = Outcomes(((level, letters),)).counts(num_doses, categories)
        counts = counts + here
        if number in outcomes.outside:
            if state is not None:
                state, outside_since = _outside(design, state, counts, level), True
            continue
        if state is not None:
            planned = _planned(design, state)
            phase = state.phase if planned is None else planned.phase
        given = Departure(number, level, letters, planned)
        if not given.at_planned_level or not given.of_planned_size:
            departed.append(given)
        if not evaluable(letters):
            continue
        before, last, outside_since = state, here, False
        state = _after(design, counts, here, level, phase, first=before is None)
    if state is None:
        raise InputError(
            "outcomes",
            got=str(outcomes),
            wanted="at least one treated cohort of the escalation, with an evaluable patient",
            fix="Parentheses are for cohorts outside the escalation, X for patients who are not evaluable.",
        )
    if outside_since and outside(design, state) is None:
        state = _asked_with_all_outside(design, state, before, last)
    return state, tuple(departed)


def _planned(design: Design, state: TrialState) -> Cohorts | None:
    """The escalation's next cohort; None without a decision, as of a decision table that lacks the row."""
    try:
        return escalation_next(design, state)
    except InputError:
        return None


def _after(
    design: Design, counts: np.ndarray, here: np.ndarray, level: int, phase: np.ndarray, first: bool
) -> TrialState:
    """The state after a cohort of the escalation, which knows of others treated before the first."""
    state = TrialState(counts[None], np.array([level - 1]), phase)
    if first and np.any(counts != here):
        beside = outside(design, replace(state, counts=here[None]))
        return state if beside is None else replace(state, phase=beside)
    return state


def _outside(design: Design, state: TrialState, counts: np.ndarray, level: int) -> TrialState:
    """The state after a cohort outside the escalation, which stands where it stood."""
    phase = outside(design, state)
    if phase is None:
        return replace(state, counts=counts[None])
    return TrialState(counts[None], np.array([level - 1]), phase)


def _asked_with_all_outside(
    design: Design, state: TrialState, before: TrialState | None, last: np.ndarray
) -> TrialState:
    """The state with the phase that the design gives the last cohort when it knows all outside patients.

    A phase may hold the counts before the last cohort, to which patients treated outside after it belong.
    """
    level, phase = (
        (state.level, design.first_cohort().phase) if before is None else (before.level, before.phase)
    )
    planned = _planned(design, TrialState(state.counts - last, level, phase))
    return state if planned is None else replace(state, phase=planned.phase)
