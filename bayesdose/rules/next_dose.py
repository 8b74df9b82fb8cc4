"""Rules that choose the next dose among those that may be given."""

from dataclasses import dataclass

import numpy as np

from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.check import check_interval

__all__ = ["MaxTargetProbability"]


@dataclass(frozen=True)
class MaxTargetProbability:
    """The dose whose P(DLT) lies most probably in the target interval; the lower one at a tie.

    Parameters
    ----------
    lower, upper : float
        The target interval ``[lower, upper)`` of P(DLT).

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.
    """

    lower: float
    upper: float

    def __post_init__(self) -> None:
        check_interval("target interval", self.lower, self.upper)
        object.__setattr__(self, "lower", float(self.lower))
        object.__setattr__(self, "upper", float(self.upper))

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.lower, self.upper)

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where none is allowed.

        Parameters
        ----------
        allowed : ndarray of bool, shape (B, K)
        """
        score = np.where(allowed, posterior.between(self.lower, self.upper), -np.inf)
        return np.where(allowed.any(axis=1), score.argmax(axis=1), -1)

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Lead of the chosen dose over the runner-up, shape (B,); infinite without a runner-up."""
        score = np.where(allowed, posterior.between(self.lower, self.upper), -np.inf)
        if score.shape[1] == 1:
            return np.full(len(score), np.inf)
        second, first = np.partition(score, -2, axis=1)[:, -2:].T
        return np.where(np.isfinite(second), first - np.where(np.isfinite(second), second, 0.0), np.inf)
