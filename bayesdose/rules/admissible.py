"""Rules that say which doses may be given at all."""

from dataclasses import dataclass

import numpy as np

from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.check import check_probability

__all__ = ["EWOC"]


@dataclass(frozen=True)
class EWOC:
    """Escalation with overdose control: a dose is admissible if overdosing is improbable.

    A dose is admissible if ``P(P(DLT) >= bound)`` is below `cap`, strictly.

    Parameters
    ----------
    bound : float
        P(DLT) from which a dose counts as an overdose.
    cap : float
        Posterior probability of an overdose that an admissible dose must stay below.

    References
    ----------
    Babb J, Rogatko A, Zacks S (1998). Cancer phase I clinical trials: efficient dose escalation
    with overdose control. Statistics in Medicine 17:1103-1120. In the interval form of
    Neuenschwander, Branson and Gsponer (2008).
    """

    bound: float
    cap: float

    def __post_init__(self) -> None:
        check_probability("EWOC bound", self.bound)
        check_probability("EWOC cap", self.cap)
        object.__setattr__(self, "bound", float(self.bound))
        object.__setattr__(self, "cap", float(self.cap))

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        return (self.bound,)

    def overdose_probability(self, posterior: BatchPosterior) -> np.ndarray:
        """``P(P(DLT) >= bound)``, shape (B, K)."""
        return 1.0 - posterior.below(self.bound)

    def admissible(self, posterior: BatchPosterior) -> np.ndarray:
        """Whether each dose may be given, shape (B, K)."""
        return self.overdose_probability(posterior) < self.cap

    def margin(self, posterior: BatchPosterior, considered: np.ndarray) -> np.ndarray:
        """Distance of the nearest overdose probability from the cap, shape (B,).

        Parameters
        ----------
        considered : ndarray of bool, shape (B, K)
            Doses whose admissibility matters.
        """
        distance = np.abs(self.overdose_probability(posterior) - self.cap)
        return np.where(considered, distance, np.inf).min(axis=1)
