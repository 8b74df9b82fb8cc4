"""Stopping rules by how precisely P(DLT) is known at the next dose."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.joined_rules import all_of_margin
from bayesdose.rules.posterior_stopping import ReadsPosterior, at_level, given_posterior
from bayesdose.trial import StopReason, TrialState

__all__ = ["CVBelow", "CredibleIntervalInside", "SDBelow"]


@checked_value
class SDBelow(ReadsPosterior):
    """Stop if the posterior standard deviation of P(DLT) at the next dose is below a limit, strictly.

    Parameters
    ----------
    limit : float
        Standard deviation, on the scale of probabilities.

    Raises
    ------
    InputError
        If the limit is not inside (0, 1).
    """

    limit: InnerProbability

    def __str__(self) -> str:
        return f"posterior sd of P(DLT) < {self.limit:g} at the next dose"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.PRECISE_ENOUGH.where(
            at_level(given_posterior(posterior).sd, next_level) < self.limit
        )

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """A third of the variances' distance: a variance is a second moment less a squared mean."""
        return np.abs(at_level(given_posterior(posterior).sd, next_level) ** 2 - self.limit**2) / 3


@checked_value
class CVBelow(ReadsPosterior):
    """Stop if the posterior sd of P(DLT) at the next dose is below a share of its mean, strictly.

    Parameters
    ----------
    limit : float
        Coefficient of variation (standard deviation / mean); 0.3 is 30 %.

    Raises
    ------
    InputError
        If the limit is not a finite number above 0.
    """

    limit: Positive

    def __str__(self) -> str:
        return f"posterior CV of P(DLT) < {self.limit:g} at the next dose"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        sd, mean = self._moments(next_level, posterior)
        return StopReason.PRECISE_ENOUGH.where(sd < self.limit * mean)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Distance of the variance from the allowed one, by how much errors are magnified in it."""
        sd, mean = self._moments(next_level, posterior)
        return np.abs(sd**2 - (self.limit * mean) ** 2) / (3 + 2 * self.limit**2)

    def _moments(
        self, next_level: np.ndarray, posterior: BatchPosterior | None
    ) -> tuple[np.ndarray, np.ndarray]:
        given = given_posterior(posterior)
        return at_level(given.sd, next_level), at_level(given.mean, next_level)


@checked_value
class CredibleIntervalInside(ReadsPosterior):
    """Stop if the equal-tailed credible interval of P(DLT) at the next dose lies inside ``[lower, upper]``.

    That is so exactly if at most half of the rest of the probability lies below `lower`, and at most half of
    it lies at `upper` or above (equality included), so no quantile is computed.

    Parameters
    ----------
    lower, upper : float
        The range of P(DLT) that must hold the interval.
    probability : float, default 0.95
        Posterior probability of the credible interval.

    Raises
    ------
    InputError
        If the range is not two rising probabilities inside (0, 1), or the probability is not inside it.
    """

    lower: InnerProbability
    upper: InnerProbability = attrs.field(validator=above("lower"))
    probability: InnerProbability = 0.95

    def __str__(self) -> str:
        return (
            f"{100 * self.probability:g} % credible interval of P(DLT) inside "
            f"[{self.lower:g}, {self.upper:g}] at the next dose"
        )

    @property
    def bounds(self) -> tuple[float, ...]:
        """Both ends of the range, at which the posterior must be known."""
        return (self.lower, self.upper)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.PRECISE_ENOUGH.where(np.all(self._room(next_level, posterior) >= 0, axis=0))

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Distance of the tails' probabilities from what a tail may have, shape (B,)."""
        room = self._room(next_level, posterior)
        return all_of_margin(list(room >= 0), list(np.abs(room)))

    def _room(self, next_level: np.ndarray, posterior: BatchPosterior | None) -> np.ndarray:
        """What each tail may have more, shape (2, B)."""
        given, tail = given_posterior(posterior), (1 - self.probability) / 2
        tails = (given.below(self.lower), 1.0 - given.below(self.upper))
        return np.stack([tail - at_level(one, next_level) for one in tails])
