"""Doses admissible by the posterior mean of P(DLT), without a probability of an overdose."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.admissible import CombinedAdmissible

__all__ = ["MeanBelow"]


@checked_value
class MeanBelow(CombinedAdmissible):
    """A dose is admissible if its posterior mean of P(DLT) is below a limit, strictly.

    Parameters
    ----------
    limit : float
        P(DLT) that the mean must stay below.

    Raises
    ------
    InputError
        If the limit is not inside (0, 1).
    """

    limit: InnerProbability

    def __str__(self) -> str:
        return f"posterior mean of P(DLT) < {self.limit:g}"

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "limit"

    def attained(self, posterior: BatchPosterior) -> np.ndarray:
        """Posterior mean of P(DLT), shape (B, K)."""
        return posterior.mean

    @property
    def bounds(self) -> tuple[float, ...]:
        """The limit, on which the table's accuracy is then checked too."""
        return (self.limit,)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return posterior.mean < self.limit

    def margin(self, posterior: BatchPosterior) -> np.ndarray:
        """Distance of the mean from the limit, shape (B, K)."""
        return np.abs(posterior.mean - self.limit)
