"""Stopping rules that count cohorts; a design with one remembers them and has more states."""

from typing import Annotated

import annotated_types as at
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.remembered_cohorts import (
    MOST_COHORTS,
    LooksBack,
    cohorts_in_a_row,
    cohorts_in_trial,
)
from bayesdose.rules.stopping import CombinedStopping
from bayesdose.trial import StopReason, TrialState

__all__ = ["CohortsAtDoseInARow", "CohortsInTrial"]

_Cohorts = Annotated[int, at.Ge(1), at.Le(MOST_COHORTS)]


@checked_value
class CohortsInTrial(CombinedStopping):
    """Stop when this many cohorts were treated; `&` makes it a minimum for another rule.

    A cohort is what the design gave at once, of any size; patients outside the escalation are none.

    Parameters
    ----------
    number : int
        Enough cohorts in all.

    Raises
    ------
    InputError
        If `number` is not a whole number from 1 to 100.
    """

    number: _Cohorts

    def __str__(self) -> str:
        return f"{self.number} or more cohorts in the trial"

    @property
    def looks_back(self) -> LooksBack:
        """At the cohorts in the trial."""
        return LooksBack(in_trial=self.number)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.ENOUGH_COHORTS.where(cohorts_in_trial(state) >= self.number)


@checked_value
class CohortsAtDoseInARow(CombinedStopping):
    """Stop when the last cohorts were all given the dose that would be given next.

    Parameters
    ----------
    number : int
        Enough cohorts in a row, the last one included.

    Raises
    ------
    InputError
        If `number` is not a whole number from 1 to 100.
    """

    number: _Cohorts

    def __str__(self) -> str:
        return f"the last {self.number} cohorts were at the next dose"

    @property
    def looks_back(self) -> LooksBack:
        """At the cohorts in a row at one level."""
        return LooksBack(in_a_row=self.number)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        stays = next_level == state.level
        return StopReason.ENOUGH_COHORTS_AT_DOSE.where(stays & (cohorts_in_a_row(state) >= self.number))
