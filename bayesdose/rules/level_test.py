"""Whether a level of a later regimen is accepted or too toxic, from the patients there."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.trial import TrialState

__all__ = ["LevelTest", "ThreePlusThreeAtLevel"]


@kind("rule")
class LevelTest(Protocol):
    """A rule that tests one treatment: a level of a regimen."""

    @property
    @abstractmethod
    def most_patients(self) -> int:
        """No more patients are needed at a level, if cohorts are of three."""
        ...

    @abstractmethod
    def judge(self, state: TrialState, treatment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether each of B trials accepts a treatment, and whether it finds it too toxic; shape (B,) each.

        Parameters
        ----------
        state : TrialState
            B trials; columns of their counts are treatments.
        treatment : ndarray of int, shape (B,)
            Index of the treatment, which has patients.
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

    def judge(self, state: TrialState, treatment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Whether each trial accepts the treatment, and whether it finds it too toxic."""
        counts = state.counts[np.arange(len(state)), treatment]
        patients, dlts = counts.sum(axis=-1), counts[:, -1]
        toxic = dlts >= 2
        return ~toxic & (patients >= np.where(dlts == 0, 3, 6)), toxic
