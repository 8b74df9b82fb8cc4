"""When an expansion cohort stops for toxicity."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.conform import conform
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Patients, Share, Whole
from bayesdose.rules.elimination import BetaElimination

__all__ = [
    "BetaMonitoring",
    "DLTShareAbove",
    "MonitoringRule",
    "MoreDLTsThan",
    "RecommendationFalls",
]


@kind("rule")
class MonitoringRule(Protocol):
    """A rule that looks at the patients of one dose and says whether no more may be given it."""

    @property
    @abstractmethod
    def asks_escalation(self) -> bool:
        """Whether it needs to know what the escalation would recommend from all patients."""
        ...

    @abstractmethod
    def stops(
        self, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, recommended: np.ndarray
    ) -> np.ndarray:
        """Whether each of B trials stops at a dose, shape (B,).

        Parameters
        ----------
        patients, dlts : ndarray of int, shape (B,)
            Patients at the dose and their DLTs.
        level : ndarray of int, shape (B,)
            Index of the dose.
        recommended : ndarray of int, shape (B,)
            Index of the dose that the escalation would recommend from all patients; the dose itself
            for a rule that does not ask.
        """
        ...


class CountedMonitoring(MonitoringRule):
    """What rules share that look at a dose's patients alone."""

    @property
    def asks_escalation(self) -> bool:
        """False."""
        return False

    def boundary(self, max_patients: int) -> tuple[int | None, ...]:
        """The smallest number of DLTs with which each number of patients stops, for a protocol's table.

        Parameters
        ----------
        max_patients : int
            Largest number of patients.

        Returns
        -------
        tuple of int or None, length max_patients
            For 1, 2, ... patients at the dose; None where no number of DLTs stops.

        Raises
        ------
        InputError
            If `max_patients` is out of range.
        """
        conform(max_patients, Patients, "boundary, max_patients")
        found: list[int | None] = []
        for patients in range(1, max_patients + 1):
            dlts = np.arange(patients + 1)
            level = np.zeros(len(dlts), dtype=int)
            stops = np.flatnonzero(self.stops(np.full(len(dlts), patients), dlts, level, level))
            found.append(int(stops[0]) if len(stops) else None)
        return tuple(found)


@checked_value
class BetaMonitoring(CountedMonitoring):
    """Stop if the posterior probability that P(DLT) is above a limit exceeds a cutoff, strictly.

    Parameters
    ----------
    elimination : BetaElimination
        Limit, cutoff, beta prior, and the number of patients before which nothing stops: with the uniform
        prior and a cutoff of 0.9 a DLT in the very first patient would.

    Raises
    ------
    InputError
        If it is no such rule.

    References
    ----------
    Thall PF, Simon RM, Estey EH (1995). Bayesian sequential monitoring designs for single-arm clinical
    trials with multiple outcomes. Statistics in Medicine 14:357-379.

    Examples
    --------
    >>> BetaMonitoring(BetaElimination(0.3, 0.95)).boundary(6)
    (None, 2, 3, 3, 4, 4)
    """

    elimination: BetaElimination

    def __str__(self) -> str:
        return self.elimination.condition

    def stops(
        self, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, recommended: np.ndarray
    ) -> np.ndarray:
        """Whether each trial stops, shape (B,)."""
        return self.elimination.too_toxic(patients, dlts)


@checked_value
class MoreDLTsThan(CountedMonitoring):
    """Stop with more than a number of DLTs, whatever the number of patients.

    Parameters
    ----------
    number : int
        Most DLTs with which the dose is kept.

    Raises
    ------
    InputError
        If it is negative.
    """

    number: Whole

    def __str__(self) -> str:
        return f"more than {self.number} DLT{'s' * (self.number != 1)}"

    def stops(
        self, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, recommended: np.ndarray
    ) -> np.ndarray:
        """Whether each trial stops, shape (B,)."""
        return dlts > self.number


@checked_value
class DLTShareAbove(CountedMonitoring):
    """Stop if more than a share of the patients had a DLT, from a number of patients on.

    Parameters
    ----------
    share : float
        Largest share of DLTs with which the dose is kept.
    min_patients : int, default 1
        Patients before which nothing stops.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    share: Share
    min_patients: Patients = 1

    def __str__(self) -> str:
        after = f" after {self.min_patients} or more patients" if self.min_patients > 1 else ""
        return f"more than {self.share:.4g} of the patients with a DLT{after}"

    def stops(
        self, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, recommended: np.ndarray
    ) -> np.ndarray:
        """Whether each trial stops, shape (B,)."""
        # A share at exactly the limit, such as 3 of 10 at 0.3, must not stop by rounding.
        return (patients >= self.min_patients) & (dlts > self.share * patients * (1 + 1e-9))


@checked_value
class RecommendationFalls(MonitoringRule):
    """Stop if the escalation, asked again with all patients, would recommend a lower dose or none.

    For a model-based escalation this is monitoring by the model's posterior.
    """

    def __str__(self) -> str:
        return "the escalation's rules would recommend a lower dose, or none, from all patients"

    @property
    def asks_escalation(self) -> bool:
        """True."""
        return True

    def stops(
        self, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, recommended: np.ndarray
    ) -> np.ndarray:
        """Whether each trial stops, shape (B,)."""
        return recommended < level
