"""The one-parameter curves of the continual reassessment method, in numpy alone.

Both are written in theta, with the skeleton at theta = 0 and lower P(DLT) at larger theta.
"""

from typing import Protocol

import attrs
import numpy as np
from scipy.special import logit

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Finite, RisingProbabilities
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid

__all__ = ["CRMCurve", "LogisticCurve", "PowerCurve", "check_length", "codified_doses", "skeleton_in_words"]


def check_length(grid: DoseGrid, skeleton: tuple[float, ...]) -> None:
    """Raise `InputError` if a skeleton has not one value for each dose."""
    if len(skeleton) != len(grid):
        raise InputError("skeleton", got=f"{len(skeleton)} values", wanted=f"the grid's {len(grid)}")


def skeleton_in_words(skeleton: tuple[float, ...]) -> str:
    """A skeleton's numbers, such as ``"skeleton 0.05, 0.12, 0.25"``."""
    return f"skeleton {', '.join(f'{prob_dlt:.3g}' for prob_dlt in skeleton)}"


def codified_doses(skeleton: tuple[float, ...], intercept: float) -> np.ndarray:
    """Doses x with ``expit(intercept + x)`` equal to the skeleton.

    Parameters
    ----------
    skeleton : tuple of float, length K
        P(DLT) at each dose, inside (0, 1).
    intercept : float
        Intercept of the logistic curve.

    Returns
    -------
    ndarray, shape (K,)
        The codified doses; they have no unit.

    Examples
    --------
    >>> codified_doses((0.05, 0.12, 0.25, 0.40, 0.55), intercept=3).round(2).tolist()
    [-5.94, -4.99, -4.1, -3.41, -2.8]
    """
    return logit(np.array(skeleton)) - intercept


@kind("curve")
class CRMCurve(Protocol):
    """A one-parameter dose-toxicity curve through a skeleton."""

    @property
    def skeleton(self) -> tuple[float, ...]:
        """P(DLT) at theta = 0, one value a dose."""
        ...

    def log_prob_dlt(self, theta: np.ndarray) -> np.ndarray:
        """Log P(DLT), shape (B, K) from theta of shape (B,)."""
        ...

    def score(self, theta: np.ndarray, dlts: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Derivative of the log-likelihood in ``exp(theta)``, which decreases in theta; shape (B,)."""
        ...


@checked_value
class PowerCurve(CRMCurve):
    """``p_k = skeleton_k ** exp(theta)``, dfcrm's "empiric" model.

    Parameters
    ----------
    skeleton : tuple of float, length K
        P(DLT) at theta = 0, increasing inside (0, 1).

    Raises
    ------
    InputError
        If the skeleton does not increase inside (0, 1).
    """

    skeleton: RisingProbabilities  # pyright: ignore[reportIncompatibleMethodOverride]

    def __str__(self) -> str:
        return f"P(DLT) = skeleton ** exp(theta), {skeleton_in_words(self.skeleton)}"

    def log_prob_dlt(self, theta: np.ndarray) -> np.ndarray:
        """Log P(DLT), shape (B, K) from theta of shape (B,)."""
        return np.exp(theta)[:, None] * np.log(self.skeleton)

    def score(self, theta: np.ndarray, dlts: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Derivative of the log-likelihood in ``a = exp(theta)``, which decreases in theta.

        Parameters
        ----------
        theta : ndarray, shape (B,)
        dlts, others : ndarray, shape (B, K)
            Patients with and without a DLT.

        Returns
        -------
        ndarray, shape (B,)
        """
        log_skeleton = np.log(self.skeleton)
        # p / (1 - p) = 1 / (exp(-log p) - 1), exact where p is close to one.
        with np.errstate(over="ignore"):
            odds = 1 / np.expm1(-self.log_prob_dlt(theta))
        return ((dlts - others * odds) * log_skeleton).sum(axis=1)


def _above_the_skeleton(curve: "LogisticCurve", field: attrs.Attribute, intercept: float) -> None:
    if curve.doses[-1] >= 0:
        raise InputError(
            "LogisticCurve, intercept",
            got=intercept,
            wanted=f"more than {logit(curve.skeleton[-1]):.4g}, the logit of the highest skeleton value",
            fix="dfcrm's default is 3.",
        )


@checked_value
class LogisticCurve(CRMCurve):
    """``logit p_k = intercept + exp(theta) * x_k`` with codified doses x.

    Parameters
    ----------
    skeleton : tuple of float, length K
        P(DLT) at theta = 0, increasing inside (0, 1).
    intercept : float, default 3
        Fixed intercept. All codified doses must be negative, so that P(DLT) falls with theta at
        every dose: the skeleton must stay below ``expit(intercept)``.

    Raises
    ------
    InputError
        If the skeleton does not increase inside (0, 1), or reaches ``expit(intercept)``.
    """

    skeleton: RisingProbabilities  # pyright: ignore[reportIncompatibleMethodOverride]
    intercept: Finite = attrs.field(default=3.0, validator=_above_the_skeleton)

    def __str__(self) -> str:
        return (
            f"logit P(DLT) = {self.intercept:g} + exp(theta) x, x such that P(DLT) at theta = 0 is the "
            f"skeleton, {skeleton_in_words(self.skeleton)}"
        )

    @property
    def doses(self) -> np.ndarray:
        """Codified doses, shape (K,)."""
        return codified_doses(self.skeleton, self.intercept)

    def log_prob_dlt(self, theta: np.ndarray) -> np.ndarray:
        """Log P(DLT), shape (B, K) from theta of shape (B,)."""
        return -np.logaddexp(0.0, -self._logit(theta))

    def score(self, theta: np.ndarray, dlts: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Derivative of the log-likelihood in ``a = exp(theta)``, which decreases in theta; shape (B,)."""
        prob_dlt = np.exp(self.log_prob_dlt(theta))
        return ((dlts - (dlts + others) * prob_dlt) * self.doses).sum(axis=1)

    def _logit(self, theta: np.ndarray) -> np.ndarray:
        return self.intercept + np.exp(theta)[:, None] * self.doses
