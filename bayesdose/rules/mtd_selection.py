"""Which dose is recommended at the end, apart from how the dose was escalated."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import NonNegative, Probability
from bayesdose.rules.isotonic import isotonic_regression
from bayesdose.trial import NO_DOSE, TrialState

__all__ = ["IsotonicClosest", "IsotonicHighestBelow", "MTDSelection", "isotonic_estimate"]

# Rises from dose to dose by an amount that only breaks ties: the highest of tied doses below the target,
# the lowest of tied doses above it, the lower of two doses equally far from it.
_TIE_BREAK = 1e-10


@kind("rule")
class MTDSelection(Protocol):
    """A rule that selects the MTD from the counts of finished trials."""

    @abstractmethod
    def select(self, state: TrialState, allowed: np.ndarray | None = None) -> np.ndarray:
        """Index of the selected dose, `NO_DOSE` if no dose is selected; shape (B,).

        Parameters
        ----------
        state : TrialState
            B trials on K doses.
        allowed : ndarray of bool, shape (B, K), optional
            Doses that may be selected; all that were given by default. The others' patients are not
            used either.
        """
        ...


@checked_value
class IsotonicClosest(MTDSelection):
    """The dose whose isotonic estimate of P(DLT) is closest to the target.

    Of doses with the same estimate it is the highest if that is below the target, else the lowest.
    Between a dose below and one above that are equally far it is the lower one.

    Parameters
    ----------
    target : float
        Target DLT probability.
    pseudo_counts : float, default 0.05
        Added to the numbers of patients with and without DLT before isotonic regression: BOIN's
        authors add 0.05, those of mTPI 0.005.
    below : float, optional
        The estimate must be below this, strictly; BOIN's ``boundMTD`` sets lambda_d here.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the
    Royal Statistical Society C 64:507-523. Ji Y, Liu P, Li Y, Bekele BN (2010). Clinical Trials 7:653-663.

    Examples
    --------
    >>> patients, dlts = np.array([[3, 3, 15, 9, 0]]), np.array([[0, 0, 4, 4, 0]])
    >>> state = TrialState(np.stack([patients - dlts, dlts], axis=-1), np.array([3]), np.array([0]))
    >>> IsotonicClosest(0.3).select(state).tolist()  # Yan et al. (2020) select level 3
    [2]
    """

    target: Probability
    pseudo_counts: NonNegative = 0.05
    below: Probability | None = None

    def __str__(self) -> str:
        below = "" if self.below is None else f", and below {self.below:.3g}"
        return (
            f"the dose whose isotonic estimate of P(DLT) is closest to {self.target:g}{below}"
            f"{_pseudo(self.pseudo_counts)}"
        )

    @property
    def ties(self) -> str:
        """Which of several doses that are equally close."""
        return (
            "of doses with the same estimate the highest if that is below the target, else the lowest; of "
            "two doses equally far from the target the lower one"
        )

    def select(self, state: TrialState, allowed: np.ndarray | None = None) -> np.ndarray:
        """Index of the selected dose, `NO_DOSE` if no dose is selected; shape (B,)."""
        estimate, allowed = _given_estimate(state, allowed, self.pseudo_counts)
        estimate = estimate + np.cumsum(allowed, axis=1) * _TIE_BREAK
        if self.below is not None:
            allowed = allowed & (estimate < self.below)
        distance = np.where(allowed, np.abs(estimate - self.target), np.inf)
        return np.where(allowed.any(axis=1), distance.argmin(axis=1), NO_DOSE)


@checked_value
class IsotonicHighestBelow(MTDSelection):
    """The highest dose whose isotonic estimate of P(DLT) is below a limit, strictly.

    Parameters
    ----------
    limit : float
        DLT probability that the estimate must stay below.
    pseudo_counts : float, default 0
        Added to the numbers of patients with and without DLT before isotonic regression; with 0 the
        estimates are observed DLT rates, pooled where they fall with dose. A rate that equals the limit
        is not below it.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> patients, dlts = np.array([[3, 6, 6]]), np.array([[0, 1, 2]])
    >>> state = TrialState(np.stack([patients - dlts, dlts], axis=-1), np.array([2]), np.array([0]))
    >>> IsotonicHighestBelow(1 / 3).select(state).tolist()
    [1]
    """

    limit: Probability
    pseudo_counts: NonNegative = 0.0

    def __str__(self) -> str:
        return (
            f"the highest dose whose isotonic estimate of P(DLT) is below {self.limit:g}"
            f"{_pseudo(self.pseudo_counts)}"
        )

    def select(self, state: TrialState, allowed: np.ndarray | None = None) -> np.ndarray:
        """Index of the selected dose, `NO_DOSE` if no dose is selected; shape (B,)."""
        estimate, allowed = _given_estimate(state, allowed, self.pseudo_counts)
        # Pooled rates that equal the limit may come out below it by rounding.
        below = allowed & (estimate < self.limit - 1e-12)
        return np.where(below, np.arange(below.shape[1]), NO_DOSE).max(axis=1)


def _pseudo(counts: float) -> str:
    return f" (pseudo-counts of {counts:g})" if counts else ""


def isotonic_estimate(
    patients: np.ndarray, dlts: np.ndarray, pseudo_counts: float, used: np.ndarray
) -> np.ndarray:
    """Isotonic estimates of P(DLT), weighted by inverse posterior variance; NaN where not used.

    Without pseudo-counts they are rates weighted by the number of patients.

    Parameters
    ----------
    patients, dlts : ndarray of int, shape (B, K)
        Counts per dose.
    pseudo_counts : float
        Added to the numbers of patients with and without DLT.
    used : ndarray of bool, shape (B, K)
        Doses that enter; they have patients.
    """
    with_dlt, total = dlts + pseudo_counts, np.where(used, patients + 2 * pseudo_counts, 1.0)
    if pseudo_counts:
        weights = total**2 * (total + 1) / (with_dlt * (patients - dlts + pseudo_counts))
    else:
        weights = total
    return isotonic_regression(with_dlt / total, np.where(used, weights, 0.0))


def _given_estimate(
    state: TrialState, allowed: np.ndarray | None, pseudo_counts: float
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates at the doses that may be selected, and which those are."""
    given = state.patients > 0
    allowed = given if allowed is None else given & allowed
    return isotonic_estimate(state.patients, state.dlts, pseudo_counts, allowed), allowed
