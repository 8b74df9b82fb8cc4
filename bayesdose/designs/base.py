"""The contract of a design: state of a batch of trials in, next cohorts out.

A design is a frozen value that decides from counts. The same object drives the exact engine,
the Monte Carlo engine and the trial that is running now.
"""

import hashlib
from abc import abstractmethod
from typing import Any, Protocol

import attrs
import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.checks.kinds import kind
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.trial import Cohorts, TrialState

__all__ = ["Design", "check_level", "design_hash", "may_skip_doses", "on_grid", "running_state"]


@kind("design")
class Design(Protocol):
    """What every design offers; see the module's docstring for its conventions.

    A design goes at most one level above the highest dose tried. One that may go further says so by
    an attribute ``may_skip_doses`` that is true; others need not have it.
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


@checked
def running_state(design: Design, outcomes: Outcomes | str) -> TrialState:
    """State of one running trial, from its cohorts in order.

    The design's phase is found by asking it for each cohort in turn, so a trial that departed
    from the design keeps the phase that the design would be in with these counts.

    Parameters
    ----------
    design : Design
        The design that the trial follows.
    outcomes : Outcomes or str
        Patients so far, or their text such as ``"1NNN 2NNT"``.

    Returns
    -------
    TrialState
        A batch of one trial, for ``design.next_cohort`` and ``design.recommend``.

    Raises
    ------
    InputError
        If no patient was treated yet or a level is not on the grid.
    """
    outcomes = as_outcomes(outcomes)
    if not outcomes.cohorts:
        raise InputError("outcomes", got=str(outcomes), wanted="at least one treated cohort")
    num_doses, categories = len(design.grid), design.outcome_categories
    phase, seen = design.first_cohort().phase, np.zeros((num_doses, categories), dtype=np.int64)
    state = None
    for cohort in outcomes.cohorts:
        if state is not None:
            phase = design.next_cohort(state).phase
        seen = seen + Outcomes((cohort,)).counts(num_doses, categories)
        state = TrialState(seen[None], np.array([cohort[0] - 1]), phase)
    assert state is not None
    return state
