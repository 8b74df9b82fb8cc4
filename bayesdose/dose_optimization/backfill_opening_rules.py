"""When a lower dose is open for backfill: by its level, cohorts, patients or responses."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Levels, Patients
from bayesdose.designs.base import patients_in_words
from bayesdose.dose_optimization.backfill_opening import CombinedOpening
from bayesdose.rules.remembered_cohorts import MOST_COHORTS

__all__ = ["OpenAfterCohorts", "OpenAfterPatients", "OpenAfterResponses", "OpenFromLevel"]


@checked_value
class OpenFromLevel(CombinedOpening):
    """Only a level and those above it are ever open.

    Parameters
    ----------
    level : int
        Level number, 1 for the lowest.

    Raises
    ------
    InputError
        If it is not a whole number from 1 to 100.
    """

    level: Levels

    def __str__(self) -> str:
        return f"it is level {self.level} or higher"

    @property
    def highest_level(self) -> int:
        """The level."""
        return self.level

    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return np.broadcast_to(np.arange(patients.shape[1]) >= self.level - 1, patients.shape)


@checked_value
class OpenAfterCohorts(CombinedOpening):
    """Open once the escalation has treated so many cohorts in all.

    Parameters
    ----------
    number : int
        Cohorts of the escalation, the last one included; those backfilled do not count. Nobody counts them
        in time (`bayesdose.late_onset.backfilled`).

    Raises
    ------
    InputError
        If it is not a whole number from 1 to 100.
    """

    number: Levels

    def __str__(self) -> str:
        return f"the escalation has treated {self.number} or more cohorts"

    @property
    def cohorts_told_apart(self) -> int:
        """The number of cohorts."""
        return min(self.number, MOST_COHORTS)

    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return np.broadcast_to((cohorts >= self.number)[:, None], patients.shape)


@checked_value
class OpenAfterPatients(CombinedOpening):
    """Open once so many patients were treated at the dose.

    Parameters
    ----------
    number : int
        Patients at the dose, those backfilled included; in time those whose DLT outcome is known.

    Raises
    ------
    InputError
        If it is not a whole number of at least 1.
    """

    number: Patients

    def __str__(self) -> str:
        return f"{patients_in_words(self.number)} or more were treated at it"

    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return patients >= self.number


@checked_value
class OpenAfterResponses(CombinedOpening):
    """Open once so many responses were seen.

    Parameters
    ----------
    number : int, default 1
        Responses, with a DLT or without.
    lower_doses : bool, default False
        Whether responses at lower doses count too. Of BF-BOIN there are both readings: the R package bfboin
        counts those at the dose alone, simFastBOIN those at the dose or below it.

    Raises
    ------
    InputError
        If the number is not a whole number of at least 1.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.
    """

    number: Patients = 1
    lower_doses: bool = False

    def __str__(self) -> str:
        seen = "1 response was" if self.number == 1 else f"{self.number} or more responses were"
        return f"{seen} seen at it{' or below it' if self.lower_doses else ''}"

    @property
    def looks_at_responses(self) -> bool:
        """True."""
        return True

    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return (np.cumsum(responses, axis=1) if self.lower_doses else responses) >= self.number

    def responses_kept(self, responses: np.ndarray, full: np.ndarray) -> np.ndarray:
        """The first so many, from the lowest dose up where lower doses count; shape (B, K)."""
        if not self.lower_doses:
            return np.where(full, 0, np.minimum(responses, self.number))
        up_to = np.minimum(np.cumsum(responses, axis=1), self.number)
        # Above the highest dose that can open, nobody asks.
        open_above = np.logical_or.accumulate(~full[:, ::-1], axis=1)[:, ::-1]
        return np.where(open_above, np.diff(up_to, axis=1, prepend=0), 0)
