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
    "Design",
    "check_level",
    "decided_at",
    "described",
    "design_hash",
    "on_grid",
    "patients_in_words",
    "value_hash",
]


@kind("design")
class Design(Protocol):
    """What every design offers; see the module's docstring for its conventions.

    A design goes at most one level above the highest dose tried. One that may go further says so by
    an attribute ``may_skip_doses`` that is true; others need not have it. What else a design may answer,
    and need not, is in `bayesdose.designs.optional`.
    """

    @property
    @abstractmethod
    def grid(self) -> DoseGrid:
        """The doses."""
        ...

    @property
    @abstractmethod
    def outcome_categories(self) -> int:
        """2 (no DLT, DLT), 3 (no toxicity that matters, moderate, DLT) or 4, with responses.

        See `bayesdose.categories`.
        """
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
    return value_hash(design)


def value_hash(value: object) -> str:
    """SHA-256 of a value's printed form."""
    return hashlib.sha256(repr(value).encode()).hexdigest()
