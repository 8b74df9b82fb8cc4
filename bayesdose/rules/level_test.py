"""Whether a level of a later regimen is accepted or too toxic."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.treatments import TreatmentGrid
from bayesdose.trial import TrialState

__all__ = ["LevelTest", "ThreePlusThreeAtLevel", "Verdicts"]


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What a test says of each treatment of B trials.

    Parameters
    ----------
    accepted, toxic : ndarray of bool, shape (B, K)
        Whether it is accepted, and whether it is too toxic; neither where more patients are needed.
    refinement : ndarray of int, shape (B,), optional
        As that of `Cohorts`.
    """

    accepted: np.ndarray
    toxic: np.ndarray
    refinement: np.ndarray = field(default_factory=lambda: np.zeros(1, dtype=int))


@kind("rule")
class LevelTest(Protocol):
    """A rule that tests treatments: levels of a regimen."""

    @property
    @abstractmethod
    def most_patients(self) -> int:
        """No more patients are needed at a level, if cohorts are of three."""
        ...

    @abstractmethod
    def check(self, treatments: TreatmentGrid) -> None:
        """Refuse treatments that the test is not about.

        Raises
        ------
        InputError
            If it is about others.
        """
        ...

    @abstractmethod
    def judge(self, state: TrialState, tested: np.ndarray) -> Verdicts:
        """What the test says of treatments, those without patients included.

        One that is too toxic without a patient is not begun.

        Parameters
        ----------
        state : TrialState
            B trials; columns of their counts are K treatments.
        tested : ndarray of bool, shape (B, K)
            About which it is asked; what it says of others is not looked at.
        """
        ...


@checked_value
class ThreePlusThreeAtLevel(LevelTest):
    """Three patients, and three more after one DLT: accepted without a DLT in three or with one in six.

    A level that was given to other numbers is judged alike: at most one DLT in six or more patients, or none
    in three or more, is accepted; two DLTs are too many.

    References
    ----------
    Storer BE (1989). Design and analysis of phase I clinical trials. Biometrics 45:925-937.
    """

    def __str__(self) -> str:
        return (
            "three patients, and three more after one DLT; the level is accepted without a DLT in three "
            "patients or with one in six, and too toxic with two"
        )

    @property
    def most_patients(self) -> int:
        """Six."""
        return 6

    def check(self, treatments: TreatmentGrid) -> None:
        """It is about any."""

    def judge(self, state: TrialState, tested: np.ndarray) -> Verdicts:
        """What the test says of treatments."""
        toxic = state.dlts >= 2
        return Verdicts(~toxic & (state.patients >= np.where(state.dlts == 0, 3, 6)), toxic)
