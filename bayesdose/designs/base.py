"""The contract of a design: state of a batch of trials in, next cohorts out.

A design is a frozen value that decides from counts. The same object drives the exact engine,
the Monte Carlo engine and the trial that is running now.
"""

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.checks.kinds import kind
from bayesdose.described import Described, documented
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.trial import Cohorts, TrialState

__all__ = [
    "ESCALATION",
    "Design",
    "check_level",
    "closed",
    "decided_at",
    "described",
    "design_hash",
    "forgotten",
    "may_skip_doses",
    "on_grid",
    "patients_in_words",
    "recorded",
    "stage_positions",
    "stages_of",
]

# What a design without stages is: one part.
ESCALATION = "escalation"


@kind("design")
class Design(Protocol):
    """What every design offers; see the module's docstring for its conventions.

    A design goes at most one level above the highest dose tried. One that may go further says so by
    an attribute ``may_skip_doses`` that is true; others need not have it.

    A design whose later decisions no longer need a part of the state may have a method ``forget``; see
    `forgotten`. One that is made of stages has ``stage_names`` and methods ``stage``, ``record`` and
    ``close``; see `stages_of`, `stage_positions`, `recorded` and `closed`.
    """

    @property
    @abstractmethod
    def grid(self) -> DoseGrid:
        """The doses."""
        ...

    @property
    @abstractmethod
    def outcome_categories(self) -> int:
        """2 (no DLT, DLT) or 3 (no toxicity that matters, moderate, DLT)."""
        ...

    @property
    @abstractmethod
    def max_patients(self) -> int:
        """No trial of this design treats more patients."""
        ...

    @property
    @abstractmethod
    def citation(self) -> str:
        """Where the design comes from: keys of ``references.bib``, commas between them."""
        ...

    @abstractmethod
    def first_cohort(self) -> Cohorts:
        """The first cohort, a batch of one."""
        ...

    @abstractmethod
    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        ...

    @abstractmethod
    def recommend(self, state: TrialState) -> np.ndarray:
        """Index of the dose recommended if the trial stopped now, or `NO_DOSE`; shape (B,)."""
        ...


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


def described(design: Design) -> Mapping[str, str]:
    """A design in words; one that is not `Described` by the first paragraph of its documentation."""
    if isinstance(design, Described):
        return design.words
    own = documented(type(design))
    return {"Design": own or "a design of the user's own", "Doses": str(design.grid)}


def patients_in_words(number: int) -> str:
    """``"1 patient"``, ``"3 patients"``."""
    return "1 patient" if number == 1 else f"{number} patients"


def decided_at(level: np.ndarray, condemned: np.ndarray) -> np.ndarray:
    """Level at which a rule that looks at one dose decides; shape (B,).

    It is the current level, unless a dose below is condemned: that is decided first. Such a trial has
    departed from its design, or a DLT at the lower dose was seen late.

    Parameters
    ----------
    level : ndarray of int, shape (B,)
        Index of the current level.
    condemned : ndarray of bool, shape (B, K)
        Doses that the rule would leave downwards.
    """
    return np.where(condemned.any(axis=1), np.minimum(level, condemned.argmax(axis=1)), level)


def on_grid(design: Any, field: attrs.Attribute, levels: int | tuple[int, ...]) -> None:
    """Validator of a field with level numbers, of which 1 is the lowest: the design's grid has them."""
    for level in (levels,) if isinstance(levels, int) else levels:
        check_level(f"{type(design).__name__}, {field.name}", level, design.grid)


def check_level(subject: str, level: int, grid: DoseGrid) -> None:
    """Raise `InputError` if a level number, of which 1 is the lowest, is above the grid's highest."""
    if level > len(grid):
        raise InputError(
            subject,
            got=level,
            wanted=f"a level number from 1 to {len(grid)}, the number of doses on the grid",
        )


@checked
def design_hash(design: Design) -> str:
    """SHA-256 of a design's printed form, the numbers of its tabulated model included.

    It tells designs of one run apart and shows that a rerun on the same machine and versions used the
    same one; other versions may differ in a table's last bits and so in the hash.

    Parameters
    ----------
    design : Design
        Any design.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    InputError
        If it is no design.
    """
    return hashlib.sha256(repr(design).encode()).hexdigest()
