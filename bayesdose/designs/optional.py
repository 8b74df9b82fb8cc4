"""What a design may answer beside its contract, and what is taken where it has no such answer."""

from dataclasses import replace

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = [
    "ESCALATION",
    "aim_of",
    "closed",
    "concluded",
    "escalation_next",
    "forgotten",
    "may_skip_doses",
    "outside",
    "plans_outside",
    "recorded",
    "stage_positions",
    "stages_of",
    "with_outside",
]

# What a design without stages is: one part.
ESCALATION = "escalation"


def aim_of(design: Design) -> MTDRule | None:
    """The MTD rule that a design's own numbers state, where they do.

    A design may have an attribute ``aims_at``: the target of a BOIN or CRM, the upper end of a BLRM's target
    interval, a third for 3+3. A protocol's definition of the MTD comes before it.

    Parameters
    ----------
    design : Design
        Any design.

    Returns
    -------
    MTDRule or None
        Its attribute, None where it has no such attribute.
    """
    return getattr(design, "aims_at", None)


def may_skip_doses(design: Design) -> bool:
    """Whether a design may skip untried doses on the way up; a design that may has to say so.

    Parameters
    ----------
    design : Design
        Any design.

    Returns
    -------
    bool
        Its attribute ``may_skip_doses``, False where it has no such attribute.
    """
    return bool(getattr(design, "may_skip_doses", False))


def concluded(design: Design, state: TrialState) -> tuple[Cohorts, np.ndarray]:
    """The next cohort of each trial, and the dose that is recommended where the trial stops.

    A design whose two answers rest on the same work may have a method ``conclude`` that gives both at once.

    Parameters
    ----------
    design : Design
        Any design.
    state : TrialState
        B trials that it treated.

    Returns
    -------
    Cohorts
        As its method ``next_cohort`` answers.
    ndarray of int, shape (B,)
        As its method ``recommend`` answers for trials that stop; `NO_DOSE` for those that go on.
    """
    conclude = getattr(design, "conclude", None)
    if conclude is not None:
        return conclude(state)
    following = design.next_cohort(state)
    dose, ends = np.full(len(state), NO_DOSE), following.stop != StopReason.GOES_ON.code
    dose[ends] = design.recommend(state.take(ends))
    return following, dose


def forgotten(design: Design, state: TrialState) -> TrialState:
    """A batch of trials without what can no longer matter to their design, so that more of them are alike.

    A design may have a method ``forget``, from states to states with the same patients and DLTs at each dose
    that have the same future: titration looks at moderate toxicities until it is over.

    Parameters
    ----------
    design : Design
        Any design.
    state : TrialState
        Trials that it treated.

    Returns
    -------
    TrialState
        What its method ``forget`` makes of them; the same states where it has no such method.
    """
    forget = getattr(design, "forget", None)
    return state if forget is None else forget(state)


def closed(design: Design, state: TrialState, following: Cohorts) -> tuple[np.ndarray, np.ndarray]:
    """Trials without the patients of doses that can no longer matter to their design.

    A design may have a method ``close`` beside ``record``: what it leaves out it adds to the last two columns
    of its record, so that numbers of patients and DLTs stay known.

    Parameters
    ----------
    design : Design
        Any design.
    state : TrialState
        B trials.
    following : Cohorts
        Their next cohorts.

    Returns
    -------
    counts : ndarray of int, shape (B, K, C)
        The trials' counts, zero at doses that are closed.
    phase : ndarray of int, shape (B,)
        Phases of the next cohorts of trials with these counts.
    """
    close = getattr(design, "close", None)
    return (state.counts, following.phase) if close is None else close(state, following)


def stages_of(design: Design) -> tuple[str, ...]:
    """Names of a design's stages in order, the escalation first; most designs have no other.

    Parameters
    ----------
    design : Design
        Any design.

    Returns
    -------
    tuple of str
        Its attribute ``stage_names``, the escalation alone where it has no such attribute.
    """
    return tuple(getattr(design, "stage_names", (ESCALATION,)))


def stage_positions(design: Design, phase: np.ndarray) -> np.ndarray:
    """Position among `stages_of` a design of the part to which cohorts of these phases belong, shape (B,)."""
    if len(stages_of(design)) == 1:
        return np.zeros(len(phase), dtype=int)
    return design.stage(phase)  # pyright: ignore[reportAttributeAccessIssue]


def recorded(design: Design, state: TrialState) -> np.ndarray:
    """What is reported of each trial's stages beside its counts.

    Parameters
    ----------
    design : Design
        Any design.
    state : TrialState
        Trials that it treated.

    Returns
    -------
    ndarray of int, shape (B, 3 + 2 S)
        For a design with S stages after its escalation: the index of the dose that the escalation found, or
        `NO_DOSE`, then patients and DLTs of each later stage, and those at closed doses (see `closed`). Shape
        (B, 0) for a design that has none.
    """
    if len(stages_of(design)) == 1:
        return np.zeros((len(state), 0), dtype=np.int16)
    return design.record(state).astype(np.int16)  # pyright: ignore[reportAttributeAccessIssue]


def outside(design: Design, state: TrialState) -> np.ndarray | None:
    """Phases of trials whose next patients are treated outside the escalation; None if nothing changes.

    A design that plans patients beside its escalation may have a method ``outside`` that answers so. With
    such a phase, whichever counts and level these patients leave, it decides what its escalation does next.

    Parameters
    ----------
    design : Design
        Any design.
    state : TrialState
        B trials that it treated.

    Returns
    -------
    ndarray of int, shape (B,), or None
        None for a design that has no such method: its escalation goes on from where it was.
    """
    method = getattr(design, "outside", None)
    return None if method is None else method(state)


def plans_outside(design: Design) -> bool:
    """Whether a design plans patients beside its escalation: those of its second stage."""
    none = np.zeros(1, dtype=int)
    nobody = TrialState(np.zeros((1, len(design.grid), design.outcome_categories), dtype=int), none, none)
    return outside(design, nobody) is not None


def escalation_next(design: Design, state: TrialState) -> Cohorts:
    """The next cohort of each trial's escalation, though patients beside it may be planned first."""
    phase = outside(design, state)
    return design.next_cohort(state if phase is None else replace(state, phase=phase))


def with_outside(design: Design, phase: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Phases of cohorts if more patients had been treated before them, outside the escalation.

    A design whose phase remembers the counts before the last cohort has a method ``with_outside`` that adds
    to them.

    Parameters
    ----------
    design : Design
        Any design.
    phase : ndarray of int, shape (B,)
        Phases of the last cohorts.
    patients, dlts : ndarray of int, shape (B,)
        How many patients more, and DLTs among them; fewer where negative.

    Returns
    -------
    ndarray of int, shape (B,)
        The same phases where the design remembers no counts.
    """
    method = getattr(design, "with_outside", None)
    return phase if method is None else method(phase, patients, dlts)
