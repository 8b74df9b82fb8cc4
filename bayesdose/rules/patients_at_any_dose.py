"""Stop when some dose has enough patients, whichever would be given next."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Patients
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.stopping import CombinedStopping
from bayesdose.short_rows import across
from bayesdose.trial import StopReason, TrialState

__all__ = ["PatientsAtAnyDose"]


@checked_value
class PatientsAtAnyDose(CombinedStopping):
    """Stop when some dose has this many patients, whichever dose would be given next.

    Parameters
    ----------
    number : int
        Enough patients at one dose.

    Raises
    ------
    InputError
        If `number` is not a whole number of at least 1.
    """

    number: Patients

    def __str__(self) -> str:
        return f"{self.number} or more patients at some dose"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.ENOUGH_AT_ANY_DOSE.where(across(np.maximum, state.patients) >= self.number)
