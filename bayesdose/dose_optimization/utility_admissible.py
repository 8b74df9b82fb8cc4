"""Which doses may be given by their own DLTs and responses, each under a uniform prior."""

import numpy as np
from scipy.special import betainc, betaincc

from bayesdose.alike import by_pairs
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Probability
from bayesdose.rules.elimination import from_there_up

__all__ = ["BetaAdmissible"]


@checked_value
class BetaAdmissible:
    """A dose may be given unless it is too toxic, or known to have too few responses.

    It is too toxic if ``P(P(DLT) > max_toxicity)`` reaches `toxicity_cutoff`, and so are all above it; it has
    too few responses if ``P(P(response) < min_efficacy)`` reaches `efficacy_cutoff`. Both posteriors use that
    dose's patients alone and the prior Beta(1, 1).
    """

    max_toxicity: InnerProbability
    min_efficacy: InnerProbability
    toxicity_cutoff: Probability
    efficacy_cutoff: Probability

    def __str__(self) -> str:
        return (
            f"a dose is admissible if P(P(DLT) > {self.max_toxicity:g}) < {self.toxicity_cutoff:g} there and "
            f"at all doses below, and P(P(response) < {self.min_efficacy:g}) < {self.efficacy_cutoff:g} "
            "(Beta(1, 1) priors, each dose's patients alone)"
        )

    def too_toxic(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Whether each dose, or one below it, is too toxic; shape (B, K) as the counts."""
        above = by_pairs(patients, dlts, lambda n, y: betaincc(1 + y, 1 + n - y, self.max_toxicity))
        return from_there_up(above >= self.toxicity_cutoff)

    def inactive(self, patients: np.ndarray, responses: np.ndarray) -> np.ndarray:
        """Whether each dose is known to have too few responses; shape of the counts."""
        below = by_pairs(patients, responses, lambda n, y: betainc(1 + y, 1 + n - y, self.min_efficacy))
        return below >= self.efficacy_cutoff
