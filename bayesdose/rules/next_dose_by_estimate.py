"""Rules that compare an estimate of P(DLT) with a target or a limit, for the next or the recommended dose.

Packages mean different estimates by "the dose closest to the target", and they choose different
doses from the same data: the posterior mean of P(DLT) (bcrm, crmPack), the model's curve at the
posterior mean of its parameter (dfcrm), or the posterior median. Here each has its own name.
"""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability
from bayesdose.inference.posterior import BatchPosterior, Needs
from bayesdose.rules.next_dose import NextDoseRule, best_score
from bayesdose.trial import NO_DOSE

__all__ = ["ClosestMean", "ClosestMedian", "ClosestPlugIn", "HighestMeanBelow"]


@checked_value
class ClosestMean(NextDoseRule):
    """The dose whose posterior mean of P(DLT) is closest to the target; the lower one at a tie.

    Parameters
    ----------
    target : float
        P(DLT) aimed at.

    Raises
    ------
    InputError
        If the target is not inside (0, 1).
    """

    target: InnerProbability

    def __str__(self) -> str:
        return f"posterior mean closest to {self.target:g}"

    @property
    def needs(self) -> Needs:
        """The target, on which the table's accuracy is then checked too."""
        return Needs(bounds=(self.target,))

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        return best_score(-np.abs(posterior.mean - self.target), allowed)[0]

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Half the lead over the runner-up: a difference of two means."""
        return best_score(-np.abs(posterior.mean - self.target), allowed)[1] / 2


@checked_value
class ClosestPlugIn(NextDoseRule):
    """The dose whose plug-in estimate is closest to the target; the lower one at a tie.

    The plug-in estimate is the model's curve at the posterior mean of its one parameter. It is
    what the CRM of O'Quigley, Pepe and Fisher (1990) and the R package dfcrm use.

    Parameters
    ----------
    target : float
        P(DLT) aimed at.

    Raises
    ------
    InputError
        If the target is not inside (0, 1).

    References
    ----------
    O'Quigley J, Pepe M, Fisher L (1990). Continual reassessment method: a practical design for
    phase 1 clinical trials in cancer. Biometrics 46:33-48.
    """

    target: InnerProbability

    def __str__(self) -> str:
        return f"plug-in estimate closest to {self.target:g}"

    @property
    def needs(self) -> Needs:
        """The plug-in estimates, and the target, on which the table's accuracy is checked."""
        return Needs(bounds=(self.target,), plug_in=True)

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        return best_score(self._score(posterior), allowed)[0]

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Half the lead over the runner-up: a difference of two estimates."""
        return best_score(self._score(posterior), allowed)[1] / 2

    def _score(self, posterior: BatchPosterior) -> np.ndarray:
        assert posterior.plug_in is not None, "the design checked its tables"
        return -np.abs(posterior.plug_in - self.target)


@checked_value
class ClosestMedian(NextDoseRule):
    """The dose whose posterior median of P(DLT) is closest to the target; the lower one at a tie.

    For models with one parameter. The curve moves one way with it at all doses, so the median of
    P(DLT) is the curve at the parameter's median at every dose alike, and of two doses the higher
    one is closer to the target exactly if the two doses' average P(DLT) is below the target with
    probability above one half. So medians are compared through probabilities, whose error is known.

    Parameters
    ----------
    target : float
        P(DLT) aimed at.

    Raises
    ------
    InputError
        If the target is not inside (0, 1).
    """

    target: InnerProbability

    def __str__(self) -> str:
        return f"posterior median closest to {self.target:g}"

    @property
    def needs(self) -> Needs:
        """Probabilities that the average of two doses' P(DLT) is below the target."""
        return Needs(bounds=(self.target,), averages_below=self.target)

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no dose is allowed; allowed (B, K), result (B,)."""
        below = self._below(posterior)
        trial = np.arange(len(allowed))
        chosen = np.full(len(allowed), NO_DOSE)
        for dose in range(allowed.shape[1]):
            # A dose takes over from a lower one only if it is strictly closer: the lower wins a tie.
            closer = (chosen == NO_DOSE) | (below[trial, chosen, dose] > 0.5)
            chosen = np.where(allowed[:, dose] & closer, dose, chosen)
        return chosen

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Distance from one half of the nearest comparison of the chosen dose with another."""
        chosen = self.choose(posterior, allowed)
        below = self._below(posterior)
        against = (below + below.transpose(0, 2, 1))[np.arange(len(chosen)), chosen]
        others = allowed & (np.arange(allowed.shape[1]) != chosen[:, None])
        return np.where(others, np.abs(against - 0.5), np.inf).min(axis=1)

    def _below(self, posterior: BatchPosterior) -> np.ndarray:
        """Shape (B, K, K), filled for pairs with the lower dose first and zero elsewhere."""
        assert posterior.averages_below is not None, "the design checked its tables"
        return posterior.averages_below


@checked_value
class HighestMeanBelow(NextDoseRule):
    """The highest dose whose posterior mean of P(DLT) is below a limit, strictly.

    Without such a dose no dose is chosen.

    Meant for the recommended dose (``recommended_by`` of `ModelBased`), where a protocol defines the
    MTD as the highest dose with a DLT rate below a limit.

    Parameters
    ----------
    limit : float
        P(DLT) that the mean must stay below.

    Raises
    ------
    InputError
        If the limit is not inside (0, 1).
    """

    limit: InnerProbability

    def __str__(self) -> str:
        return f"highest with a posterior mean below {self.limit:g}"

    @property
    def needs(self) -> Needs:
        """The limit, on which the table's accuracy is then checked too."""
        return Needs(bounds=(self.limit,))

    def choose(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Index of the chosen dose, -1 where no allowed dose is below the limit; shape (B,)."""
        below = allowed & (posterior.mean < self.limit)
        return np.where(below, np.arange(below.shape[1]), NO_DOSE).max(axis=1)

    def margin(self, posterior: BatchPosterior, allowed: np.ndarray) -> np.ndarray:
        """Distance from the limit of the nearest mean that matters: the chosen dose's and those above."""
        chosen = self.choose(posterior, allowed)
        matter = allowed & (np.arange(allowed.shape[1]) >= chosen[:, None])
        return np.where(matter, np.abs(posterior.mean - self.limit), np.inf).min(axis=1)
