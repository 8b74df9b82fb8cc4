"""Which doses are too toxic to be given again, by the beta-binomial model at one dose."""

import numpy as np
from scipy.special import betaincc

from bayesdose.alike import by_pairs
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import BetaPrior, Patients, Probability
from bayesdose.trial import TrialState

__all__ = ["BetaElimination", "from_there_up"]


@checked_value
class BetaElimination:
    """A dose and all above it are eliminated if ``P(P(DLT) > target)`` exceeds `cutoff`, strictly.

    The posterior at a dose uses that dose's patients alone.

    Parameters
    ----------
    target : float
        Target DLT probability.
    cutoff : float, default 0.95
        Posterior probability that must be exceeded; 1 eliminates nothing.
    min_patients : int, default 1
        Patients at a dose before it can be eliminated. BOIN's authors ask for three; the tables of
        mTPI, mTPI-2, Keyboard and i3+3 have no minimum.
    prior : (float, float), default (1, 1)
        Parameters of the beta prior, both above zero.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the
    Royal Statistical Society C 64:507-523.

    Examples
    --------
    >>> rule = BetaElimination(0.3, min_patients=3)
    >>> rule.too_toxic(np.array([3, 3, 2]), np.array([2, 3, 2])).tolist()
    [False, True, False]
    """

    target: Probability
    cutoff: Probability = 0.95
    min_patients: Patients = 1
    prior: BetaPrior = (1.0, 1.0)

    def __str__(self) -> str:
        return f"a dose and all above it are eliminated if {self.condition}"

    @property
    def condition(self) -> str:
        """What eliminates a dose, in words."""
        above, below = self.prior
        after = f" after {self.min_patients} or more patients there" if self.min_patients > 1 else ""
        return (
            f"P(P(DLT) > {self.target:g}) > {self.cutoff:g}{after} "
            f"(Beta({above:g}, {below:g}) prior, that dose's patients alone)"
        )

    def too_toxic(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Whether so many patients with so many DLTs eliminate a dose, same shape as the counts."""

        def too_toxic(number: np.ndarray, with_dlt: np.ndarray) -> np.ndarray:
            above, below = self.prior[0] + with_dlt, self.prior[1] + number - with_dlt
            return (number >= self.min_patients) & (betaincc(above, below, self.target) > self.cutoff)

        return by_pairs(patients, dlts, too_toxic)

    def eliminated(self, state: TrialState) -> np.ndarray:
        """Which doses are eliminated, shape (B, K)."""
        return from_there_up(self.too_toxic(state.patients, state.dlts))


def from_there_up(too_toxic: np.ndarray) -> np.ndarray:
    """Doses that are too toxic or above one that is, shape (B, K)."""
    return np.logical_or.accumulate(too_toxic, axis=1)
