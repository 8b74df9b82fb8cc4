"""The contract of a design that may decide while patients are followed."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.kinds import kind
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.trials import Enrolment, FollowedTrials

__all__ = ["FollowUpDesign", "backfills"]


@kind("late_onset_design")
class FollowUpDesign(Protocol):
    """What every design with follow-up offers: a frozen value that decides from counts and follow-up.

    In each step every pending patient is followed for one step more, and either shows a DLT in it or not; who
    reaches the end of the window is known to have none. Then, if a patient is ready, the design is asked. A
    trial that stops follows its patients to the end, and is then asked for its recommendation.

    Cohorts are the design's matter: its phase may say how far one is filled. The length of a step must not
    matter but through the window: follow-up counts as a fraction of it.

    A design that enrols patients beside the escalation says so by an attribute ``backfills`` that is true;
    others need not have it. It is then told of these patients and of responses (`FollowedTrials.backfill`).
    """

    @property
    @abstractmethod
    def grid(self) -> DoseGrid:
        """The doses."""
        ...

    @property
    @abstractmethod
    def max_patients(self) -> int:
        """No trial of this design treats more patients."""
        ...

    @property
    @abstractmethod
    def citation(self) -> str:
        """Where the design comes from: keys of ``references.bib``, commas between them."""
        ...

    @abstractmethod
    def first_patient(self) -> Enrolment:
        """Where the first patient goes, a batch of one."""
        ...

    @abstractmethod
    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """What happens with the patient who is ready now, in each of B trials."""
        ...

    @abstractmethod
    def recommend(self, trials: FollowedTrials) -> np.ndarray:
        """Index of the dose recommended by trials all of whose outcomes are known, or `NO_DOSE`; (B,)."""
        ...


def backfills(design: FollowUpDesign) -> bool:
    """Whether a design enrols patients beside the escalation."""
    return bool(getattr(design, "backfills", False))
