"""Which doses are too toxic to be given again, by the beta-binomial model at one dose."""

from collections.abc import Sequence

import numpy as np
from scipy.special import betaincc

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.numbers import check_at_least, check_probability
from bayesdose.errors import InputError
from bayesdose.trial import TrialState

__all__ = ["BetaElimination", "beta_prior", "from_there_up"]


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
        Patients at a dose before it can be eliminated. BOIN's authors ask for three; the others' tables
        have no minimum.
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

    target: float
    cutoff: float = 0.95
    min_patients: int = 1
    prior: tuple[float, float] = (1.0, 1.0)

    def __attrs_post_init__(self) -> None:
        check_probability("elimination target", self.target)
        check_probability("elimination cutoff", self.cutoff)
        check_at_least("patients before elimination", self.min_patients, 1)
        object.__setattr__(self, "prior", beta_prior(self.prior))
        object.__setattr__(self, "target", float(self.target))
        object.__setattr__(self, "cutoff", float(self.cutoff))

    def too_toxic(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Whether so many patients with so many DLTs eliminate a dose, same shape as the counts."""
        above, below = self.prior[0] + dlts, self.prior[1] + patients - dlts
        return (patients >= self.min_patients) & (betaincc(above, below, self.target) > self.cutoff)

    def eliminated(self, state: TrialState) -> np.ndarray:
        """Which doses are eliminated, shape (B, K)."""
        return from_there_up(self.too_toxic(state.patients, state.dlts))


def beta_prior(values: Sequence[float]) -> tuple[float, float]:
    """The two parameters of a beta prior, checked.

    Raises
    ------
    InputError
        If they are not two finite numbers above zero.
    """
    prior = tuple(float(value) for value in values)
    if len(prior) != 2 or not all(0 < value < np.inf for value in prior):
        raise InputError("beta prior", got=values, wanted="two numbers above zero")
    return prior


def from_there_up(too_toxic: np.ndarray) -> np.ndarray:
    """Doses that are too toxic or above one that is, shape (B, K)."""
    return np.logical_or.accumulate(too_toxic, axis=1)
