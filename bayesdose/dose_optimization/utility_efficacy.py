"""P(response) of each dose by its own patients, under a beta prior."""

import numpy as np
from scipy.special import betainc

from bayesdose.alike import by_pairs
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import BetaPrior, InnerProbability, Probability

__all__ = ["BetaEfficacy"]


@checked_value
class BetaEfficacy:
    """P(response) of each dose, independent of the others, and which doses have too few responses."""

    min_efficacy: InnerProbability
    cutoff: Probability
    prior: BetaPrior

    def __str__(self) -> str:
        first, second = self.prior
        return f"P(response) at each dose by its own patients, with the prior Beta({first:g}, {second:g})"

    @property
    def passes(self) -> str:
        """When a dose passes, in words."""
        return f"P(P(response) < {self.min_efficacy:g}) < {self.cutoff:g}"

    def mean(self, patients: np.ndarray, responses: np.ndarray) -> np.ndarray:
        """Posterior mean of P(response), shape of the counts."""
        first, second = self.prior
        return (first + responses) / (first + second + patients)

    def inactive(self, patients: np.ndarray, responses: np.ndarray) -> np.ndarray:
        """Whether each dose is known to have too few responses; shape of the counts."""
        first, second = self.prior
        below = by_pairs(
            patients, responses, lambda n, y: betainc(first + y, second + n - y, self.min_efficacy)
        )
        return below >= self.cutoff
