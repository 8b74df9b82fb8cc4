"""How desirable a dose is by its patients' utility: the posterior probability that it beats a benchmark."""

import numpy as np
from scipy.special import betaincc

from bayesdose.alike import by_pairs
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability
from bayesdose.rules.obd_utility import Utility

__all__ = ["UtilityRank"]

# The pseudo-number of responses is kept to so many parts of a patient.
_PARTS = 1_000_000


@checked_value
class UtilityRank:
    """``P(u > u_b)``, u ~ Beta(1 + x, 1 + n - x): x of n patients' utility on a scale from 0 to 1 (Lin 2020).

    The benchmark u_b lies halfway from the utility of a dose at both limits, DLT and response independent, to
    100.
    """

    utility: Utility
    max_toxicity: InnerProbability
    min_efficacy: InnerProbability

    @property
    def benchmark(self) -> float:
        """The utility to be beaten, u_b, on the scale from 0 to 100."""
        return (self.utility.of_margins(self.max_toxicity, self.min_efficacy) + 100) / 2

    def desirability(self, counts: np.ndarray) -> np.ndarray:
        """``P(u > u_b)``, shape (...), from counts in four categories, shape (..., 4).

        It is rounded to 12 decimals, so that counts of the same utility are tied whatever their order.
        """
        x = np.rint(self.utility.earned(counts) * _PARTS).astype(np.int64)

        def above(patients: np.ndarray, parts: np.ndarray) -> np.ndarray:
            with_x = parts / _PARTS
            return betaincc(1 + with_x, 1 + patients - with_x, self.benchmark / 100)

        return np.round(by_pairs(counts.sum(axis=-1, dtype=np.int64), x, above), 12)

    def mean(self, counts: np.ndarray) -> np.ndarray:
        """Posterior mean of u, shape (...), from counts (..., 4); rounded to 12 decimals."""
        patients = counts.sum(axis=-1, dtype=np.int64)
        return np.round((1 + self.utility.earned(counts)) / (2 + patients), 12)
