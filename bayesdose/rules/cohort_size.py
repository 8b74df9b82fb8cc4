"""Rules for the number of patients in the next cohort."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Protocol

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Count, Patients, Whole
from bayesdose.errors import InputError
from bayesdose.rules.steps import as_many_as_starts, starts_from, step_at
from bayesdose.trial import TrialState

__all__ = [
    "CohortSize",
    "CohortSizeByDLTs",
    "CohortSizeByLevel",
    "CohortSizeByPatients",
    "ConstantCohortSize",
    "LargestCohortSize",
    "as_cohort_size",
]


@kind("rule")
class CohortSize(Protocol):
    """A rule from the state and the next level to a number of patients."""

    @abstractmethod
    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        ...


@checked_value
class ConstantCohortSize(CohortSize):
    """Every cohort has the same size.

    Parameters
    ----------
    patients : int
        Patients in a cohort.

    Raises
    ------
    InputError
        If `patients` is not a whole number of at least 1.
    """

    patients: Patients

    def __str__(self) -> str:
        return f"cohorts of {self.patients}"

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return np.full(len(state), self.patients)


@checked_value
class CohortSizeByLevel(CohortSize):
    """The size depends on the level that is given.

    Parameters
    ----------
    starts : tuple of int
        Level numbers from which each size holds; the first is 1.
    sizes : tuple of int
        Patients in a cohort.

    Raises
    ------
    InputError
        If the starts do not increase from 1, or there is not one size of at least 1 for each.

    Examples
    --------
    Single patients at levels 1 and 2, three from level 3 on:

    >>> rule = CohortSizeByLevel(starts=(1, 3), sizes=(1, 3))
    """

    starts: tuple[Count, ...] = attrs.field(validator=starts_from(1))
    sizes: tuple[Patients, ...] = attrs.field(validator=as_many_as_starts)

    def __str__(self) -> str:
        return _in_words(self.sizes, self.starts, "level")

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return step_at(self.starts, self.sizes, next_level + 1)


@checked_value
class CohortSizeByDLTs(CohortSize):
    """The size depends on the number of DLTs in the trial so far.

    Parameters
    ----------
    starts : tuple of int
        Numbers of DLTs from which each size holds; the first is 0.
    sizes : tuple of int
        Patients in a cohort.

    Raises
    ------
    InputError
        If the starts do not increase from 0, or there is not one size of at least 1 for each.
    """

    starts: tuple[Whole, ...] = attrs.field(validator=starts_from(0))
    sizes: tuple[Patients, ...] = attrs.field(validator=as_many_as_starts)

    def __str__(self) -> str:
        return _in_words(self.sizes, self.starts, "DLTs")

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return step_at(self.starts, self.sizes, state.dlts.sum(axis=1))


@checked_value
class CohortSizeByPatients(CohortSize):
    """The size depends on the number of patients treated so far.

    Parameters
    ----------
    starts : tuple of int
        Numbers of patients from which each size holds; the first is 0.
    sizes : tuple of int
        Patients in a cohort.

    Raises
    ------
    InputError
        If the starts do not increase from 0, or there is not one size of at least 1 for each.
    """

    starts: tuple[Whole, ...] = attrs.field(validator=starts_from(0))
    sizes: tuple[Patients, ...] = attrs.field(validator=as_many_as_starts)

    def __str__(self) -> str:
        return _in_words(self.sizes, self.starts, "patients")

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return step_at(self.starts, self.sizes, state.patients.sum(axis=1))


def _compute_sizes(rules: Sequence[CohortSize]) -> bool:
    # A number of numpy has a `size` too, but not one to call.
    return all(callable(rule.size) for rule in rules)


@checked_value
class LargestCohortSize(CohortSize):
    """The largest of several sizes.

    Parameters
    ----------
    rules : tuple of CohortSize
        At least one rule.

    Raises
    ------
    InputError
        If there is no rule among them.

    Examples
    --------
    Single patients up to level 2, until the first DLT; three otherwise:

    >>> rule = LargestCohortSize((CohortSizeByLevel((1, 3), (1, 3)), CohortSizeByDLTs((0, 1), (1, 3))))
    """

    rules: Annotated[tuple[CohortSize, ...], at.MinLen(1), at.Predicate(_compute_sizes)]

    def __str__(self) -> str:
        return "largest of " + ", ".join(f"({rule})" for rule in self.rules)

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return np.max([rule.size(state, next_level) for rule in self.rules], axis=0)


def as_cohort_size(size: int | CohortSize) -> CohortSize:
    """The rule itself, or a constant size from a number.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(size, (int, np.integer)):
        return ConstantCohortSize(int(size))
    if not callable(getattr(size, "size", None)):
        raise InputError("cohort size", got=size, wanted="a whole number of at least 1 or a CohortSize")
    return size


def _in_words(sizes: tuple[int, ...], starts: tuple[int, ...], what: str) -> str:
    return "cohorts of " + ", ".join(f"{n} from {what} {s}" for n, s in zip(sizes, starts, strict=True))
