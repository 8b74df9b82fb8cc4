"""Merging trials that are in the same state, and the outcomes a cohort can have."""

from functools import cache
from math import comb, factorial, prod

import numpy as np

from bayesdose.alike import distinct_in_parts, distinct_rows
from bayesdose.categories import dlts_in
from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Patients
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.short_rows import across
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = [
    "MOST_OUTCOMES",
    "check_patients",
    "cohort_outcomes",
    "distinct_states",
    "expand",
    "multinomial_coefficients",
    "number_of_outcomes",
    "prob_of_outcomes",
    "same_future",
    "start_state",
]


# Graphs number the results of cohorts in 16 bits.
MOST_OUTCOMES = 2**15 - 1


def check_patients(design: Design) -> None:
    """Refuse a design whose trials are too large to be enumerated or simulated.

    Raises
    ------
    InputError
        If it treats more than 500 patients.
    """
    conform(design.max_patients, Patients, "design, max_patients")


def number_of_outcomes(size: int, categories: int) -> int:
    """How many counts per category a cohort can show.

    Raises
    ------
    InputError
        If they are more than 32,767.

    Examples
    --------
    >>> number_of_outcomes(3, 2)
    4
    """
    number = comb(size + categories - 1, categories - 1)
    if number > MOST_OUTCOMES:
        raise InputError(
            "cohort",
            got=f"{size:,} patients with {categories} kinds of outcome, {number:,} results",
            wanted=f"at most {MOST_OUTCOMES:,} results",
            fix="MonteCarlo simulates larger cohorts.",
        )
    return number


def start_state(num_doses: int, categories: int) -> TrialState:
    """A batch of one trial without patients."""
    return TrialState(
        np.zeros((1, num_doses, categories), dtype=np.int16), np.zeros(1, dtype=int), np.zeros(1, dtype=int)
    )


@cache
def cohort_outcomes(size: int, categories: int) -> np.ndarray:
    """All counts per category that a cohort can show, shape (number, categories).

    Examples
    --------
    >>> cohort_outcomes(2, 2).tolist()
    [[2, 0], [1, 1], [0, 2]]
    """
    if categories == 1:
        return np.array([[size]])
    rows = [
        np.insert(rest, categories - 1, last)
        for last in range(size + 1)
        for rest in cohort_outcomes(size - last, categories - 1)
    ]
    return np.array(rows)


def multinomial_coefficients(counts: np.ndarray) -> np.ndarray:
    """Number of orders in which patients can show these counts; shape (number,) from (number, C)."""
    # Python's whole numbers: factorials overflow 64 bits from 21 patients on.
    return np.array([float(factorial(sum(row)) // prod(map(factorial, row))) for row in counts.tolist()])


def prob_of_outcomes(prob_outcome: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """Probability of each cohort outcome at each dose.

    Parameters
    ----------
    prob_outcome : ndarray, shape (S, K, C)
        Probability of each category for one patient in S scenarios.
    outcomes : ndarray of int, shape (O, C)
        Counts per category.

    Returns
    -------
    ndarray, shape (S, K, O)
    """
    powers = prob_outcome[:, :, None, :] ** outcomes
    return powers.prod(axis=-1) * multinomial_coefficients(outcomes)


def expand(state: TrialState, cohorts: Cohorts, outcomes: np.ndarray) -> TrialState:
    """States after each trial's cohort showed the counts in its row of `outcomes`, shape (B, C)."""
    counts = state.counts.copy()
    counts[np.arange(len(state)), cohorts.level] += outcomes.astype(counts.dtype)
    return TrialState(counts, cohorts.level, cohorts.phase)


def distinct_states(state: TrialState) -> tuple[TrialState, np.ndarray]:
    """The distinct states of a batch, and for each trial the position of its state among them."""
    first, position = distinct_rows(state.counts, state.level, state.phase)
    return state.take(first), position


def same_future(
    counts: np.ndarray, following: Cohorts, recommendation: np.ndarray, record: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One trial of each kind that goes on, or ends, in the same way; answers as `distinct_rows`.

    The level and phase of the last cohort have done their work once the next cohort is known.

    Parameters
    ----------
    counts : ndarray of int, shape (B, K, C)
        Patients per dose and outcome category.
    following : Cohorts
        The next cohorts.
    recommendation : ndarray of int, shape (B,)
        Recommended dose of the trials that end.
    record : ndarray of int, shape (B, R)
        What is reported of the trials that end; the same for all that go on.
    """
    goes_on = following.stop == StopReason.GOES_ON.code
    level, phase = (np.where(goes_on, column, 0) for column in (following.level, following.phase))
    ends = np.where(goes_on, NO_DOSE, recommendation)
    columns = (counts, level, phase, following.size, following.stop, ends, *record.T)
    dlts = across(np.add, dlts_in(counts))
    return distinct_in_parts(dlts, lambda which: tuple(column[which] for column in columns))
