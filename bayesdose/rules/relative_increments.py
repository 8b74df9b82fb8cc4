"""Rules that limit the next dose to a share above an earlier one; they combine with the other increments."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import NonNegative, Whole
from bayesdose.grid import DoseGrid
from bayesdose.rules.increments import CombinedIncrements
from bayesdose.rules.remembered_counts import last_cohort
from bayesdose.rules.steps import as_many_as_starts, starts_from, step_at
from bayesdose.trial import TrialState

__all__ = [
    "RelativeIncrements",
    "RelativeIncrementsByDLTs",
    "RelativeIncrementsByLastCohort",
    "RelativeIncrementsFromHighest",
]

# Doses and shares are decimal numbers: 0.1 * 3 counts as 0.3.
_ROUNDING = 1e-9


@checked_value
class RelativeIncrements(CombinedIncrements):
    """At most a share above the last dose, depending on that dose.

    A dose d is within reach if ``d <= (1 + share) * last dose``, equality included.

    Parameters
    ----------
    starts : tuple of float
        Where the dose intervals start, in the grid's unit; the first is 0. An interval holds its start.
    shares : tuple of float
        Largest increment in each interval as a share of the last dose: 1 allows doubling.

    Raises
    ------
    InputError
        If the starts do not increase from 0, or there is not one share for each.

    Examples
    --------
    Doubling below 60 mg, at most 67 % more from 60 mg on:

    >>> rule = RelativeIncrements(starts=(0, 60), shares=(1, 0.67))
    """

    starts: tuple[NonNegative, ...] = attrs.field(validator=starts_from(0))
    shares: tuple[NonNegative, ...] = attrs.field(validator=as_many_as_starts)

    lets_stay = True

    def __str__(self) -> str:
        return f"at most {_in_words(self.shares, self.starts, 'dose')}"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        last = np.array(grid.values)[state.level]
        return _at_most(grid, last, step_at(self.starts, self.shares, last * (1 + _ROUNDING)))


@checked_value
class RelativeIncrementsByDLTs(CombinedIncrements):
    """At most a share above the last dose, depending on the number of DLTs in the trial so far.

    A dose d is within reach if ``d <= (1 + share) * last dose``, equality included.

    Parameters
    ----------
    starts : tuple of int
        Numbers of DLTs from which each share holds; the first is 0.
    shares : tuple of float
        Largest increment as a share of the last dose.

    Raises
    ------
    InputError
        If the starts are not whole numbers that increase from 0, or there is not one share for each.
    """

    starts: tuple[Whole, ...] = attrs.field(validator=starts_from(0))
    shares: tuple[NonNegative, ...] = attrs.field(validator=as_many_as_starts)

    lets_stay = True

    def __str__(self) -> str:
        return f"at most {_in_words(self.shares, self.starts, 'DLTs')}"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        last = np.array(grid.values)[state.level]
        return _at_most(grid, last, step_at(self.starts, self.shares, state.dlts.sum(axis=1)))


@checked_value
class RelativeIncrementsByLastCohort(CombinedIncrements):
    """At most a share above the last dose, depending on the number of DLTs in the last cohort.

    A dose d is within reach if ``d <= (1 + share) * last dose``, equality included. The DLTs are those of the
    last cohort alone, so a design with this rule remembers the counts before it and has more states.

    Parameters
    ----------
    starts : tuple of int
        Numbers of DLTs from which each share holds; the first is 0.
    shares : tuple of float
        Largest increment as a share of the last dose.

    Raises
    ------
    InputError
        If the starts are not whole numbers that increase from 0, or there is not one share for each.
    """

    starts: tuple[Whole, ...] = attrs.field(validator=starts_from(0))
    shares: tuple[NonNegative, ...] = attrs.field(validator=as_many_as_starts)

    lets_stay = True

    def __str__(self) -> str:
        pairs = zip(self.shares, self.starts, strict=True)
        steps = ", ".join(f"{100 * share:g} % from {start} DLTs" for share, start in pairs)
        return f"at most {steps} in the last cohort above the last dose"

    @property
    def looks_at_last_cohort(self) -> bool:
        """True: the DLTs are those of the last cohort alone."""
        return True

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        last = np.array(grid.values)[state.level]
        return _at_most(grid, last, step_at(self.starts, self.shares, last_cohort(state)[1]))


@checked_value
class RelativeIncrementsFromHighest(CombinedIncrements):
    """At most a share above the highest dose given so far, depending on that dose.

    A dose d is within reach if ``d <= (1 + share) * highest dose``, equality included. After a de-escalation
    the trial may go straight back, unlike under `RelativeIncrements`.

    Parameters
    ----------
    starts : tuple of float
        Where the dose intervals start, in the grid's unit; the first is 0. An interval holds its start.
    shares : tuple of float
        Largest increment in each interval as a share of the highest dose given: 1 allows doubling.

    Raises
    ------
    InputError
        If the starts do not increase from 0, or there is not one share for each.
    """

    starts: tuple[NonNegative, ...] = attrs.field(validator=starts_from(0))
    shares: tuple[NonNegative, ...] = attrs.field(validator=as_many_as_starts)

    lets_stay = True

    def __str__(self) -> str:
        return f"at most {_in_words(self.shares, self.starts, 'dose', 'the highest dose given')}"

    def within_reach(self, state: TrialState, grid: DoseGrid) -> np.ndarray:
        """Whether each dose may be given next, shape (B, K)."""
        given = np.where(state.patients > 0, np.arange(len(grid)), -1).max(axis=1)
        highest = np.array(grid.values)[np.maximum(given, state.level)]
        return _at_most(grid, highest, step_at(self.starts, self.shares, highest * (1 + _ROUNDING)))


def _at_most(grid: DoseGrid, last: np.ndarray, share: np.ndarray) -> np.ndarray:
    return np.array(grid.values) <= ((1 + share) * last)[:, None] * (1 + _ROUNDING)


def _in_words(
    shares: tuple[float, ...], starts: tuple[float, ...], what: str, above: str = "the last dose"
) -> str:
    steps = ", ".join(f"{100 * s:g} % from {what} {start:g}" for s, start in zip(shares, starts, strict=True))
    return f"{steps} above {above}"
