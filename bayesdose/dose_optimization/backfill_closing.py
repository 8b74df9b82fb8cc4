"""When a lower dose is closed for backfill because it shows too many DLTs."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import InnerProbability

__all__ = ["CloseFromRate", "ClosingRule", "TooMany"]

# Counts times a rate are whole numbers in exact arithmetic at a tie; rounding must not break it.
_ROUNDING = 1e-12

# From numbers of patients and DLTs, of one shape: whether the escalation would leave such a dose downwards.
TooMany = Callable[[np.ndarray, np.ndarray], np.ndarray]


@kind("rule")
class ClosingRule(Protocol):
    """A rule that says which doses take no more patients because of DLTs; those above them close too."""

    @property
    @abstractmethod
    def asks_design(self) -> bool:
        """Whether it needs an interval design, whose rule says which counts are too many DLTs."""
        ...

    @abstractmethod
    def closes(self, patients: np.ndarray, dlts: np.ndarray, too_many: TooMany) -> np.ndarray:
        """Whether each dose is closed by its own data or those of a dose below, shape (B, K).

        Parameters
        ----------
        patients, dlts : ndarray of int, shape (B, K)
            Patients per dose, in time those whose DLT outcome is known, and their DLTs.
        too_many : callable
            Of the interval design that escalates; see `asks_design`.
        """
        ...


@checked_value
class CloseFromRate(ClosingRule):
    """BF-BOIN's rule: a dose closes if its DLT rate and the rate pooled with the next dose are too high.

    Both must be. Doses above a closed one close too. It opens again when later patients lower one of the two.

    Parameters
    ----------
    rate : float, optional
        Rate of DLTs from which (included) it is too high. By default the interval design that escalates
        says so: where it would de-escalate on these patients, from lambda_d on for BOIN.

    Raises
    ------
    InputError
        If the rate is not between 0 and 1.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.
    """

    rate: InnerProbability | None = None

    def __str__(self) -> str:
        high = "would make the design de-escalate" if self.rate is None else f"are {self.rate:g} or more"
        return f"its DLT rate, and its rate pooled with that of the next dose, {high}"

    @property
    def asks_design(self) -> bool:
        """Where no rate is given."""
        return self.rate is None

    def closes(self, patients: np.ndarray, dlts: np.ndarray, too_many: TooMany) -> np.ndarray:
        """Whether each dose is closed by its own data or those of a dose below, shape (B, K)."""
        with_next = [counts + np.pad(counts[:, 1:], ((0, 0), (0, 1))) for counts in (patients, dlts)]
        high = self._high(patients, dlts, too_many) & self._high(with_next[0], with_next[1], too_many)
        return np.logical_or.accumulate(high, axis=1)

    def _high(self, patients: np.ndarray, dlts: np.ndarray, too_many: TooMany) -> np.ndarray:
        if self.rate is None:
            return too_many(patients, dlts)
        return (patients > 0) & (dlts >= self.rate * patients - _ROUNDING)
