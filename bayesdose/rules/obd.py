"""OBD rules: which dose the true probabilities of DLT and response make the optimal biological dose."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.categories import dlts_in, responses_in
from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Probability, Share
from bayesdose.rules.obd_utility import Utility

__all__ = ["BestUtility", "OBDRule"]

# Probabilities that are equal in decimal may differ by rounding.
_ROUNDING = 1e-12


@kind("rule")
class OBDRule(Protocol):
    """A rule from true probabilities of outcomes to the optimal biological dose (OBD)."""

    @abstractmethod
    def obd(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Index of the OBD, -1 if no dose is it; probabilities (..., K, 4), result (...)."""
        ...

    @abstractmethod
    def too_toxic(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Whether each dose is too toxic, shape (..., K)."""
        ...

    @abstractmethod
    def ineffective(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Whether each dose has too few responses, shape (..., K)."""
        ...

    @abstractmethod
    def worth(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Expected utility of a patient at each dose, shape (..., K)."""
        ...


@checked_value
class BestUtility(OBDRule):
    """The dose with the highest expected utility of those that are neither too toxic nor ineffective.

    The lower of two doses with the same utility. No dose is the OBD where none is acceptable.

    Parameters
    ----------
    utility : Utility
        What the outcomes are worth.
    max_toxicity : float, default 1
        A dose whose P(DLT) is above this is too toxic.
    min_efficacy : float, default 0
        A dose whose P(response) is below this is ineffective.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 2, 4), "mg")
    >>> one = bd.scenarios.Scenario("one", grid, (0.05, 0.1, 0.5), prob_response=(0.1, 0.4, 0.7))
    >>> int(BestUtility(Utility(), max_toxicity=0.35).obd(one.prob_outcome(4)))
    1
    """

    utility: Utility = Utility()
    max_toxicity: Probability = 1.0
    min_efficacy: Share = 0.0

    def __str__(self) -> str:
        limits = [f"P(DLT) is at most {self.max_toxicity:g}"] * (self.max_toxicity < 1)
        limits += [f"P(response) is at least {self.min_efficacy:g}"] * (self.min_efficacy > 0)
        where = f" of those whose {' and whose '.join(limits)}" if limits else ""
        return (
            f"dose with the highest expected utility{where} ({self.utility}); the lower of two that are equal"
        )

    def obd(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Index of the OBD, -1 if no dose is it; probabilities (..., K, 4), result (...)."""
        good = ~(self.too_toxic(prob_outcome) | self.ineffective(prob_outcome))
        worth = np.where(good, np.round(self.worth(prob_outcome), 9), -np.inf)
        return np.where(good.any(axis=-1), worth.argmax(axis=-1), -1)

    def too_toxic(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Whether each dose's P(DLT) is above the limit, shape (..., K)."""
        return dlts_in(np.asarray(prob_outcome)) > self.max_toxicity + _ROUNDING

    def ineffective(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Whether each dose's P(response) is below the limit, shape (..., K)."""
        return responses_in(np.asarray(prob_outcome)) < self.min_efficacy - _ROUNDING

    def worth(self, prob_outcome: np.ndarray) -> np.ndarray:
        """Expected utility of a patient at each dose, shape (..., K)."""
        return self.utility.mean(prob_outcome)
