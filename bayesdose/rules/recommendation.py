"""Rules for the recommended dose at the end: among which doses the next-dose rule chooses."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Patients
from bayesdose.trial import TrialState

__all__ = ["BEST_OF_GIVEN", "BestOfGiven", "BestOnGrid", "DoseOfNextCohort", "RecommendationRule"]


@kind("rule")
class RecommendationRule(Protocol):
    """Among which doses the recommended one is chosen, and whether they must be admissible.

    Whatever the rule says, a dose that was closed for toxicity is not recommended (see `BestOnGrid`).
    """

    @property
    @abstractmethod
    def admissible_only(self) -> bool:
        """Whether the rule of admissible doses holds for the recommended dose."""
        ...

    @abstractmethod
    def candidates(self, state: TrialState, within_reach: np.ndarray) -> np.ndarray:
        """Doses that may be recommended, shape (B, K), from those that increments let through."""
        ...


@checked_value
class BestOfGiven(RecommendationRule):
    """The best admissible dose among those that were given, to enough patients; the default.

    Parameters
    ----------
    min_patients : int, default 1
        Patients that a recommended dose must have had.

    Raises
    ------
    InputError
        If `min_patients` is not a whole number of at least 1.
    """

    min_patients: Patients = 1

    def __str__(self) -> str:
        enough = f" to {self.min_patients} or more patients" if self.min_patients > 1 else ""
        return f"the best admissible dose among those that were given{enough}"

    @property
    def admissible_only(self) -> bool:
        """True: the recommended dose must be admissible."""
        return True

    def candidates(self, state: TrialState, within_reach: np.ndarray) -> np.ndarray:
        """Doses with enough patients, shape (B, K)."""
        return state.patients >= self.min_patients


BEST_OF_GIVEN = BestOfGiven()


@checked_value
class DoseOfNextCohort(RecommendationRule):
    """The dose that the next cohort would get, which may be one that was never given.

    This is what the R packages escalation and dtpcrm recommend.
    """

    def __str__(self) -> str:
        return "the dose that the next cohort would get, given before or not"

    @property
    def admissible_only(self) -> bool:
        """True: the recommended dose must be admissible."""
        return True

    def candidates(self, state: TrialState, within_reach: np.ndarray) -> np.ndarray:
        """Doses within reach, shape (B, K)."""
        return within_reach


@checked_value
class BestOnGrid(RecommendationRule):
    """The best dose by the model alone, given or not, if no rule has closed it for toxicity.

    This is what dfcrm recommends at the end of a trial: its restrictions, which limit the step upwards, hold
    for the cohorts only. A dose that was not given need not be admissible. Closed is a dose that was given
    and is not admissible, or that the increments would refuse again to a trial that stands at it with the
    same counts, though not if nobody had had a DLT; and every higher dose.
    """

    def __str__(self) -> str:
        return "the best dose by the model alone, given before or not, if no rule has closed it for toxicity"

    @property
    def admissible_only(self) -> bool:
        """False: a dose that was not given need not be admissible."""
        return False

    def candidates(self, state: TrialState, within_reach: np.ndarray) -> np.ndarray:
        """All doses, shape (B, K)."""
        return np.ones(within_reach.shape, dtype=bool)
