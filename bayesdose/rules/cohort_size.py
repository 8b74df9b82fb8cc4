"""Rules for the number of patients in the next cohort."""

from itertools import pairwise
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.numbers import check_at_least, is_whole
from bayesdose.errors import InputError
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

    patients: int

    def __attrs_post_init__(self) -> None:
        check_at_least("cohort size", self.patients, 1)

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

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        _check_steps("levels", self.starts, self.sizes, first=1)

    def __str__(self) -> str:
        return _in_words(self.sizes, self.starts, "level")

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return _step(self.starts, self.sizes, next_level + 1)


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

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        _check_steps("numbers of DLTs", self.starts, self.sizes, first=0)

    def __str__(self) -> str:
        return _in_words(self.sizes, self.starts, "DLTs")

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return _step(self.starts, self.sizes, state.dlts.sum(axis=1))


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

    starts: tuple[int, ...]
    sizes: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        _check_steps("numbers of patients", self.starts, self.sizes, first=0)

    def __str__(self) -> str:
        return _in_words(self.sizes, self.starts, "patients")

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return _step(self.starts, self.sizes, state.patients.sum(axis=1))


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
        If there is none.

    Examples
    --------
    Single patients up to level 2, until the first DLT; three otherwise:

    >>> rule = LargestCohortSize((CohortSizeByLevel((1, 3), (1, 3)), CohortSizeByDLTs((0, 1), (1, 3))))
    """

    rules: tuple[CohortSize, ...]

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "rules", tuple(map(as_cohort_size, self.rules)))
        if not self.rules:
            raise InputError("cohort sizes", got=self.rules, wanted="at least one rule")

    def __str__(self) -> str:
        return "largest of " + ", ".join(f"({rule})" for rule in self.rules)

    def size(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """Patients in each trial's next cohort, shape (B,)."""
        return np.max([rule.size(state, next_level) for rule in self.rules], axis=0)


def as_cohort_size(size: int | CohortSize) -> CohortSize:
    """The rule itself, or a constant size from a number."""
    # A numpy number has a `size` too, but not one to call.
    if callable(getattr(size, "size", None)):
        return size  # pyright: ignore[reportReturnType]
    return ConstantCohortSize(size)  # pyright: ignore[reportArgumentType]


def _check_steps(name: str, starts: tuple[int, ...], sizes: tuple[int, ...], first: int) -> None:
    whole = all(map(is_whole, starts)) and all(map(is_whole, sizes))
    if not whole or starts[:1] != (first,) or any(high <= low for low, high in pairwise(starts)):
        raise InputError(name, got=starts, wanted=f"a tuple of whole numbers that increase from {first}")
    if len(sizes) != len(starts) or min(sizes) < 1:
        raise InputError("cohort sizes", got=sizes, wanted=f"{len(starts)} whole numbers of at least 1")


def _step(starts: tuple[int, ...], sizes: tuple[int, ...], position: np.ndarray) -> np.ndarray:
    return np.array(sizes)[np.searchsorted(starts, position, side="right") - 1]


def _in_words(sizes: tuple[int, ...], starts: tuple[int, ...], what: str) -> str:
    return "cohorts of " + ", ".join(f"{n} from {what} {s}" for n, s in zip(sizes, starts, strict=True))
