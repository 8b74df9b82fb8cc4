"""Rules that choose the next dose among those that may be given."""

from abc import abstractmethod
from typing import Annotated, Protocol

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.fields import above
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Finite, InnerProbability, increases
from bayesdose.errors import InputError
from bayesdose.inference.posterior import BatchPosterior, Needs
from bayesdose.short_rows import across
from bayesdose.trial import NO_DOSE

__all__ = ["HighestAllowed", "MaxTargetProbability", "MinExpectedLoss", "NextDoseRule", "best_score"]


@kind("rule")
class NextDoseRule(Protocol):
    """A rule that picks one of the allowed doses from the posterior."""

    @property
    @abstractmethod
    def needs(self) -> Needs:
        """What the posterior must offer."""
        ...

    @abstractmethod
    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        ...

    @abstractmethod
    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Largest error of each posterior number that cannot change the choice, shape (B,)."""
        ...


def best_score(score: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Allowed dose with the highest score, the lower one at a tie, and its lead over the runner-up.

    Parameters
    ----------
    score : ndarray, shape (B, K)
    allowed : ndarray of bool, shape (B, K)

    Returns
    -------
    choice : ndarray of int, shape (B,)
        -1 where no dose is allowed.
    lead : ndarray, shape (B,)
        Infinite without a runner-up.

    Examples
    --------
    >>> best_score(np.array([[0.5, 0.25, 0.5]]), np.array([[True, True, True]]))
    (array([0]), array([0.]))
    """
    # Dose by dose: numpy's argmax and partition of such short rows take several times as long.
    first = second = np.full(len(score), -np.inf)
    choice = np.full(len(score), NO_DOSE)
    for dose, (own, may) in enumerate(zip(score.T, allowed.T, strict=True)):
        here = np.where(may, own, -np.inf)
        second = np.maximum(second, np.minimum(first, here))
        choice = np.where(here > first, dose, choice)
        first = np.maximum(first, here)
    lead = np.where(np.isfinite(second), first - np.where(np.isfinite(second), second, 0.0), np.inf)
    return choice, lead


@checked_value
class MaxTargetProbability(NextDoseRule):
    """The dose whose P(DLT) lies most probably in the target interval; the lower one at a tie.

    Parameters
    ----------
    lower, upper : float
        The target interval ``[lower, upper)`` of P(DLT).

    Raises
    ------
    InputError
        If the interval is not two rising probabilities inside (0, 1).

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.
    """

    lower: InnerProbability
    upper: InnerProbability = attrs.field(validator=above("lower"))

    def __str__(self) -> str:
        return f"most probably in [{self.lower:g}, {self.upper:g})"

    @property
    def needs(self) -> Needs:
        """Probabilities that P(DLT) is below either end of the interval."""
        return Needs(bounds=(self.lower, self.upper))

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        return best_score(posterior.between(self.lower, self.upper), allowed)[0]

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """A quarter of the lead over the runner-up: a difference of two differences of probabilities."""
        return best_score(posterior.between(self.lower, self.upper), allowed)[1] / 4


def _check_losses(rule: "MinExpectedLoss", field: attrs.Attribute, losses: tuple[float, ...]) -> None:
    if len(losses) != len(rule.cuts) + 1:
        raise InputError(
            "MinExpectedLoss, losses", got=losses, wanted=f"{len(rule.cuts) + 1} numbers, one an interval"
        )


@checked_value
class MinExpectedLoss(NextDoseRule):
    """The dose with the smallest expected loss over the intervals of P(DLT); the lower one at a tie.

    Parameters
    ----------
    cuts : tuple of float
        Increasing ends of the intervals of P(DLT); the intervals are ``[0, c1), [c1, c2), ..., [cm, 1]``.
    losses : tuple of float
        Loss in each interval, one more than there are cuts.

    Raises
    ------
    InputError
        If the cuts do not increase inside (0, 1), or the number of losses is not one more.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439. Four intervals (under, target,
    excessive, unacceptable) with losses such as (1, 0, 1, 2).
    """

    cuts: Annotated[
        tuple[InnerProbability, ...], at.MinLen(1), at.Predicate(increases), "in increasing order"
    ]
    losses: tuple[Finite, ...] = attrs.field(validator=_check_losses)

    def __str__(self) -> str:
        losses, cuts = (", ".join(f"{value:g}" for value in values) for values in (self.losses, self.cuts))
        return f"least expected loss, losses {losses} with cuts {cuts}"

    @property
    def needs(self) -> Needs:
        """Probabilities that P(DLT) is below each cut."""
        return Needs(bounds=self.cuts)

    def expected_loss(self, posterior: BatchPosterior) -> np.ndarray:
        """Expected loss of each dose, shape (B, K)."""
        loss = np.full(posterior.mean.shape, self.losses[-1])
        for cut, step in zip(self.cuts, self._steps, strict=True):
            loss += step * posterior.below(cut)
        return loss

    @property
    def _steps(self) -> list[float]:
        """Loss below each cut minus loss above it."""
        return (-np.diff(self.losses)).tolist()

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        return best_score(-self.expected_loss(posterior), allowed)[0]

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Lead over the runner-up, by how much an error in every probability is magnified in it."""
        magnified = 2 * sum(map(abs, self._steps))
        lead = best_score(-self.expected_loss(posterior), allowed)[1]
        return lead / magnified if magnified else np.full(len(lead), np.inf)


@checked_value
class HighestAllowed(NextDoseRule):
    """The highest dose that may be given, for designs in which the rule of admissible doses decides.

    With `MTDEWOC` it is the design of Babb, Rogatko and Zacks (1998), rounded down to the grid.
    """

    def __str__(self) -> str:
        return "highest allowed"

    @property
    def needs(self) -> Needs:
        """Nothing: the choice does not depend on the posterior."""
        return Needs()

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        return across(np.maximum, np.where(allowed, np.arange(allowed.shape[1]), NO_DOSE))

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Infinite: the posterior matters only for which doses are allowed."""
        return np.full(len(allowed), np.inf)
