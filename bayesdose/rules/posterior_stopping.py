"""Stopping rules by what P(DLT) probably is; they combine with those that count."""

from abc import abstractmethod

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above
from bayesdose.checks.quantities import InnerProbability, Levels, Whole
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.stopping import CombinedStopping
from bayesdose.trial import StopReason, TrialState

__all__ = [
    "HighestDoseSafe",
    "LevelSafe",
    "LowestTooToxic",
    "ReadsPosterior",
    "TargetProbabilityReached",
    "at_level",
    "given_posterior",
]


class ReadsPosterior(CombinedStopping):
    """What all rules share that look at the posterior."""

    @property
    def reads_posterior(self) -> bool:
        """True."""
        return True


def given_posterior(posterior: BatchPosterior | None) -> BatchPosterior:
    """The posterior, which a design with such a rule has."""
    assert posterior is not None, "a design without a model cannot have this rule"
    return posterior


def at_level(values: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Values (B, K) at one level of each trial."""
    return values[np.arange(len(level)), level]


@checked_value
class LowestTooToxic(ReadsPosterior):
    """Stop, and recommend no dose, if ``P(P(DLT) > limit)`` at the lowest dose is above `cap`, strictly.

    No dose is recommended either where another rule's reason comes first or the trial is full.

    Parameters
    ----------
    limit : float
        P(DLT) above which the lowest dose is too toxic.
    cap : float
        Posterior probability of that which stops the trial once it is exceeded.
    min_patients : int, default 0
        Patients at the lowest dose before the trial is stopped there. For a trial that is to go on at that
        dose until then, admit it whatever the posterior: ``EWOC(...) | LowestDose()``.

    Raises
    ------
    InputError
        If the limit or the cap is not inside (0, 1), or the number of patients is negative.
    """

    limit: InnerProbability
    cap: InnerProbability
    min_patients: Whole = 0

    def __str__(self) -> str:
        after = f", after {self.min_patients} or more patients there" if self.min_patients else ""
        return f"P(P(DLT) > {self.limit:g}) > {self.cap:g} at the lowest dose{after}"

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "cap"

    def attained(self, posterior: BatchPosterior, next_level: np.ndarray) -> np.ndarray:
        """``P(P(DLT) > limit)`` at the lowest dose, shape (B,)."""
        return self._probability(posterior)

    @property
    def bounds(self) -> tuple[float, ...]:
        """The limit of P(DLT), at which the posterior must be known."""
        return (self.limit,)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        enough = state.patients[:, 0] >= self.min_patients
        return StopReason.LOWEST_TOO_TOXIC.where(enough & (self._probability(posterior) > self.cap))

    def forbids_recommendation(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Whether the lowest dose is too toxic, after any number of patients: no dose is acceptable then."""
        return self._probability(posterior) > self.cap

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Distance of the probability from the cap, shape (B,)."""
        return np.abs(self._probability(posterior) - self.cap)

    def _probability(self, posterior: BatchPosterior | None) -> np.ndarray:
        return 1.0 - given_posterior(posterior).below(self.limit)[:, 0]


@checked_value
class TargetProbabilityReached(ReadsPosterior):
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
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "probability"

    def attained(self, posterior: BatchPosterior, next_level: np.ndarray) -> np.ndarray:
        """Probability of the interval at the next dose, shape (B,)."""
        return self._there(next_level, posterior)

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
        return at_level(given_posterior(posterior).between(self.lower, self.upper), next_level)


class _Safe(ReadsPosterior):
    """What `HighestDoseSafe` and `LevelSafe` share: ``P(P(DLT) < limit)`` at one dose, whatever the next."""

    limit: float
    probability: float

    @property
    @abstractmethod
    def _index(self) -> int: ...

    @property
    @abstractmethod
    def _reason(self) -> StopReason: ...

    @property
    def bounds(self) -> tuple[float, ...]:
        """The limit of P(DLT), at which the posterior must be known."""
        return (self.limit,)

    @property
    def compares(self) -> str:
        """The field with which an attained number is compared."""
        return "probability"

    def attained(self, posterior: BatchPosterior, next_level: np.ndarray) -> np.ndarray:
        """``P(P(DLT) < limit)`` at the dose, shape (B,)."""
        return self._below(posterior)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return self._reason.where(self._below(posterior) >= self.probability)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Distance of the probability from the one that is enough, shape (B,)."""
        return np.abs(self._below(posterior) - self.probability)

    def _below(self, posterior: BatchPosterior | None) -> np.ndarray:
        return given_posterior(posterior).below(self.limit)[:, self._index]


@checked_value
class HighestDoseSafe(_Safe):
    """Stop if P(DLT) at the highest dose of the grid is below a limit with enough probability.

    Nothing is left to find then. The highest dose need not have been given; ``HighestDoseSafe(0.3, 0.9) &
    PatientsAtDose(6)`` waits for six patients at the next dose.

    Parameters
    ----------
    limit : float
        P(DLT) below which the highest dose is safe.
    probability : float
        Posterior probability of that which is enough, equality included.

    Raises
    ------
    InputError
        If the limit or the probability is not inside (0, 1).
    """

    limit: InnerProbability
    probability: InnerProbability

    def __str__(self) -> str:
        return f"P(P(DLT) < {self.limit:g}) >= {self.probability:g} at the highest dose"

    @property
    def _index(self) -> int:
        return -1

    @property
    def _reason(self) -> StopReason:
        return StopReason.HIGHEST_ACCEPTED


@checked_value
class LevelSafe(_Safe):
    """Stop if P(DLT) at a named level is below a limit with enough probability.

    For a trial that only has to show that some dose, such as that of another schedule, can be given. The
    level need not have been given, and the next dose may be another one.

    Parameters
    ----------
    level : int
        Level number, 1 for the lowest dose.
    limit : float
        P(DLT) below which its dose is safe.
    probability : float
        Posterior probability of that which is enough, equality included.

    Raises
    ------
    InputError
        If the limit or the probability is not inside (0, 1), or the level is not a whole number from 1; by
        the design, if the level is not on its grid.
    """

    level: Levels
    limit: InnerProbability
    probability: InnerProbability

    def __str__(self) -> str:
        return f"P(P(DLT) < {self.limit:g}) >= {self.probability:g} at level {self.level}"

    @property
    def _index(self) -> int:
        return self.level - 1

    @property
    def _reason(self) -> StopReason:
        return StopReason.LEVEL_SAFE
