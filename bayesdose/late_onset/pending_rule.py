"""What rules with pending patients share: their steps, in order."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from bayesdose.checks.kinds import kind
from bayesdose.late_onset.suspension import AccrualSuspension
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_table import DEESCALATE, ELIMINATE, ESCALATE, STAY

__all__ = ["SUSPEND", "PendingRule"]

# Beside E, S, D and U of a decision table: nobody is enrolled now.
SUSPEND = 4
# Follow-up is a sum of fractions such as 75/90 and 15/90; rounding must not break a tie.
_ROUNDING = 1e-12


@kind("pending_rule")
class PendingRule(Protocol):
    """BOIN's rule at one dose where some patients are still followed.

    The steps, in this order:

    1. The dose is eliminated as in BOIN; pending patients count as without DLT.
    2. It is de-escalated if the DLTs alone, over all patients, reach lambda_d: no pending outcome can
       change that.
    3. Accrual is suspended if too many patients are pending, by `suspension`; so it is before an escalation
       if too little is known.
    4. It is escalated if the follow-up of the pending patients is at least one threshold, de-escalated if
       it is at most another one, and stays otherwise. Without pending patients this is BOIN.
    """

    @property
    @abstractmethod
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        ...

    @property
    @abstractmethod
    def boundaries(self) -> BOINBoundaries:
        """BOIN's boundaries and its elimination."""
        ...

    @property
    @abstractmethod
    def suspension(self) -> AccrualSuspension:
        """When accrual waits for pending patients."""
        ...

    @abstractmethod
    def thresholds(
        self, patients: np.ndarray, dlts: np.ndarray, pending: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Follow-up from which the dose is escalated, and up to which it is de-escalated.

        Both in windows, summed over the pending patients; infinite where no follow-up would do.
        """
        ...

    def decide(
        self,
        patients: np.ndarray,
        dlts: np.ndarray,
        pending: np.ndarray,
        follow_up: np.ndarray,
        shortest: np.ndarray | float = 1.0,
    ) -> np.ndarray:
        """The decision at doses, all arrays of one shape.

        Parameters
        ----------
        patients, dlts, pending : ndarray of int
            Patients at the dose, the pending ones included; DLTs; pending patients.
        follow_up : ndarray
            Sum of the pending patients' follow-up, each as a fraction of the window (STFT).
        shortest : ndarray, optional
            The shortest follow-up of a pending patient; only `suspension` looks at it.

        Returns
        -------
        ndarray of int
            ESCALATE, STAY, DEESCALATE or ELIMINATE of a decision table (0 to 3), or `SUSPEND` (4).
        """
        known = self.boundaries.decide(patients, dlts)
        up, down = self.thresholds(patients, dlts, pending)
        up_to_follow_up = np.select(
            [follow_up >= up - _ROUNDING, follow_up <= down + _ROUNDING], [ESCALATE, DEESCALATE], STAY
        )
        decision = np.where(pending == 0, known, up_to_follow_up)
        too_early = self.suspension.too_early(patients, pending, shortest)
        return np.select(
            [
                self.boundaries.elimination.too_toxic(patients, dlts),
                known == DEESCALATE,
                self.suspension.too_many(patients, pending),
                (decision == ESCALATE) & too_early,
            ],
            [ELIMINATE, DEESCALATE, SUSPEND, SUSPEND],
            decision,
        )
