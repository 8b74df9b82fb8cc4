"""Stopping rules that look at the posterior of P(DLT); they combine with those that count."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.stopping import CombinedStopping
from bayesdose.trial import StopReason, TrialState

__all__ = ["CVBelow", "LowestTooToxic", "SDBelow", "TargetProbabilityReached"]


class _ReadsPosterior(CombinedStopping):
    """What all rules here share: they look at the posterior."""

    @property
    def reads_posterior(self) -> bool:
        """True, for every rule in this file."""
        return True


def _given(posterior: BatchPosterior | None) -> BatchPosterior:
    assert posterior is not None, "a design without a model cannot have this rule"
    return posterior


def _at(values: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Values (B, K) at one level of each trial."""
    return values[np.arange(len(level)), level]


@checked_value
class LowestTooToxic(_ReadsPosterior):
    """Stop, and recommend no dose, if ``P(P(DLT) > limit)`` at the lowest dose is above `cap`, strictly.

    No dose is recommended either where another rule's reason comes first or the trial is full.

    Parameters
    ----------
    limit : float
        P(DLT) above which the lowest dose is too toxic.
    cap : float
        Posterior probability of that which stops the trial once it is exceeded.

    Raises
    ------
    InputError
        If the limit or the cap is not inside (0, 1).
    """

    limit: InnerProbability
    cap: InnerProbability

    def __str__(self) -> str:
        return f"P(P(DLT) > {self.limit:g}) > {self.cap:g} at the lowest dose"

    @property
    def bounds(self) -> tuple[float, ...]:
        """The limit of P(DLT), at which the posterior must be known."""
        return (self.limit,)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.LOWEST_TOO_TOXIC.where(self._probability(posterior) > self.cap)

    def forbids_recommendation(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """The same as whether it stops the trial: no dose is acceptable then."""
        return self._probability(posterior) > self.cap

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Distance of the probability from the cap, shape (B,)."""
        return np.abs(self._probability(posterior) - self.cap)

    def _probability(self, posterior: BatchPosterior | None) -> np.ndarray:
        return 1.0 - _given(posterior).below(self.limit)[:, 0]


@checked_value
class TargetProbabilityReached(_ReadsPosterior):
    """Stop if P(DLT) at the next dose is in ``[lower, upper)`` with at least `probability`.

    Parameters
    ----------
    lower, upper : float
        The target interval of P(DLT).
    probability : float
        Posterior probability of it that is enough, equality included.

    Raises
    ------
    InputError
        If the interval is not two rising probabilities inside (0, 1), or the probability is not inside it.
    """

    lower: InnerProbability
    upper: InnerProbability = attrs.field(validator=above("lower"))
    probability: InnerProbability

    def __str__(self) -> str:
        return f"P({self.lower:g} <= P(DLT) < {self.upper:g}) >= {self.probability:g} at the next dose"

    @property
    def bounds(self) -> tuple[float, ...]:
        """Both ends of the interval, at which the posterior must be known."""
        return (self.lower, self.upper)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.TARGET_PROBABILITY.where(self._there(next_level, posterior) >= self.probability)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Half the distance from the probability: it is a difference of two, shape (B,)."""
        return np.abs(self._there(next_level, posterior) - self.probability) / 2

    def _there(self, next_level: np.ndarray, posterior: BatchPosterior | None) -> np.ndarray:
        return _at(_given(posterior).between(self.lower, self.upper), next_level)


@checked_value
class SDBelow(_ReadsPosterior):
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
        return StopReason.PRECISE_ENOUGH.where(_at(_given(posterior).sd, next_level) < self.limit)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """A third of the variances' distance: a variance is a second moment less a squared mean."""
        return np.abs(_at(_given(posterior).sd, next_level) ** 2 - self.limit**2) / 3


@checked_value
class CVBelow(_ReadsPosterior):
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
        given = _given(posterior)
        return _at(given.sd, next_level), _at(given.mean, next_level)
