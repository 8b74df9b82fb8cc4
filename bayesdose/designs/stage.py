"""What follows an escalation: the contract of a later stage of a plan."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.checks.kinds import kind
from bayesdose.designs.base import Design
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["HANDS_OVER", "Stage", "patients_at", "stage_cohorts"]

# Reasons for which a stage ends whose dose goes to the next one.
HANDS_OVER = (StopReason.EXPANSION_COMPLETE, StopReason.SECOND_REGIMEN_TESTED)


@kind("stage")
class Stage(Protocol):
    """A part of a trial that begins at a dose which the part before it hands over.

    A stage answers for a batch of trials at once. It ends a trial with a `StopReason`; a dose that it keeps
    then goes to the next stage, if there is one. Its cohorts have no phase: the plan has one.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in tables."""
        ...

    @abstractmethod
    def most_patients(self, num_doses: int) -> int:
        """No trial treats more patients in this stage."""
        ...

    @property
    @abstractmethod
    def looks_elsewhere(self) -> bool:
        """Whether it looks at patients of other doses than its own after it has begun."""
        ...

    @abstractmethod
    def below(self, state: TrialState, level: np.ndarray, escalation: Design) -> np.ndarray:
        """The dose that each trial would take on in place of `level`, or `NO_DOSE`, as the stage begins."""
        ...

    @abstractmethod
    def start(self, state: TrialState, level: np.ndarray, escalation: Design) -> tuple[Cohorts, np.ndarray]:
        """The first cohort of each trial whose dose was handed over, and what it would take on.

        Parameters
        ----------
        state : TrialState
            B trials.
        level : ndarray of int, shape (B,)
            Index of the dose that was handed over.
        escalation : Design
            The design that found it.

        Returns
        -------
        Cohorts
            The first cohort, or why the stage ends at once; where the reason is one of `HANDS_OVER` the dose
            goes to the next stage.
        ndarray of int, shape (B,)
            Index of the dose that would be taken on if the trial ended now, or `NO_DOSE`.
        """
        ...

    @abstractmethod
    def next(
        self,
        state: TrialState,
        before: np.ndarray,
        below: np.ndarray,
        found: np.ndarray,
        escalation: Design,
    ) -> tuple[Cohorts, np.ndarray]:
        """The next cohort of each trial in this stage, and what it would take on; as `start` answers.

        `before`, shape (B, 2), is what `state.level` had when the stage came to it: patients and DLTs.
        `below`, shape (B,), is what the stage answers under that name, and `found`, shape (B,), the index of
        the dose that the escalation found.
        """
        ...


def patients_at(state: TrialState, level: np.ndarray) -> np.ndarray:
    """Patients and DLTs at a level of each trial, shape (B, 2)."""
    counts = state.counts[np.arange(len(state)), level]
    return np.stack([counts.sum(axis=-1), dlts_in(counts)], axis=1).astype(int)


def stage_cohorts(level: np.ndarray, size: np.ndarray | int, stop: np.ndarray) -> Cohorts:
    """Cohorts of a stage: nobody where it ends, and no phase, which the plan has.

    Parameters
    ----------
    level : ndarray of int, shape (B,)
    size : ndarray of int, shape (B,), or int
        Patients in a cohort where the stage goes on.
    stop : ndarray of int, shape (B,)
        `StopReason.code`.
    """
    goes_on = stop == StopReason.GOES_ON.code
    return Cohorts(level, np.where(goes_on, size, 0), np.zeros(len(level), dtype=int), stop)
