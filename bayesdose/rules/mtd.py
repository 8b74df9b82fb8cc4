"""MTD rules: which dose a known dose-toxicity curve makes the maximum tolerated dose.

The rule is data, because it differs between protocols: "highest dose with a DLT rate below
0.30" and "closest to 0.25" name different doses on the same curve.
"""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Probability

__all__ = ["ClosestTo", "HighestBelow", "MTDRule", "limit_of"]


@kind("rule")
class MTDRule(Protocol):
    """A rule from true DLT probabilities to the MTD."""

    @abstractmethod
    def mtd(self, prob_dlt: np.ndarray) -> np.ndarray:
        """Index of the MTD, -1 if no dose is it; curves (..., K), result (...)."""
        ...

    @property
    @abstractmethod
    def target(self) -> float | None:
        """DLT probability that is aimed at; None for a rule that only sets a limit."""
        ...


@checked_value
class HighestBelow(MTDRule):
    """The highest dose whose DLT probability is below a limit (strictly), if there is such a dose.

    Parameters
    ----------
    limit : float
        DLT probability that the MTD must stay below.

    Raises
    ------
    InputError
        If the limit is not above 0 and at most 1.

    Examples
    --------
    >>> int(HighestBelow(0.30).mtd(np.array([0.1, 0.25, 0.30])))
    1
    """

    limit: Probability

    def __str__(self) -> str:
        return f"highest dose with DLT probability below {self.limit:g}"

    @property
    def target(self) -> None:
        """None, since doses further below the limit are not better, so distances from it would mislead."""
        return None

    def mtd(self, prob_dlt: np.ndarray) -> np.ndarray:
        """Index of the MTD for each curve, -1 if no dose is it; curves rise with dose."""
        return np.sum(np.asarray(prob_dlt) < self.limit, axis=-1) - 1


@checked_value
class ClosestTo(MTDRule):
    """The dose whose DLT probability is closest to a target; the lower dose at a tie.

    Parameters
    ----------
    target : float
        DLT probability aimed at.
    too_toxic : float, optional
        No dose is the MTD when even the lowest dose's probability is at least this.

    Raises
    ------
    InputError
        If a probability is not above 0 and at most 1.

    Examples
    --------
    >>> int(ClosestTo(0.25).mtd(np.array([0.1, 0.25, 0.30])))
    1
    >>> int(ClosestTo(0.25, too_toxic=0.4).mtd(np.array([0.5, 0.6, 0.7])))
    -1
    """

    target: Probability  # pyright: ignore[reportIncompatibleMethodOverride]
    too_toxic: Probability = 1.0

    def __str__(self) -> str:
        none = f", none if the lowest reaches {self.too_toxic:g}" if self.too_toxic < 1 else ""
        return f"dose with DLT probability closest to {self.target:g}{none}"

    def mtd(self, prob_dlt: np.ndarray) -> np.ndarray:
        """Index of the MTD for each curve, -1 if no dose is it."""
        prob_dlt = np.asarray(prob_dlt)
        # Rounding keeps two distances that are equal in decimal (0.2 and 0.3 to 0.25) a tie.
        closest = np.argmin(np.round(np.abs(prob_dlt - self.target), 12), axis=-1)
        return np.where(prob_dlt[..., 0] >= self.too_toxic, -1, closest)


def limit_of(rule: MTDRule) -> float:
    """P(DLT) above which a dose is an overdose: the limit or the target, NaN if the rule has neither.

    Examples
    --------
    >>> limit_of(HighestBelow(0.30)), limit_of(ClosestTo(0.25))
    (0.3, 0.25)
    """
    if isinstance(rule, HighestBelow):
        return rule.limit
    return np.nan if rule.target is None else rule.target
