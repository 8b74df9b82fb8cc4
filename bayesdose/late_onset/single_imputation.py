"""TITE-BOIN's rule (Yuan et al. 2018): each pending outcome is replaced by its expected value."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.late_onset.pending_rule import PendingRule
from bayesdose.late_onset.suspension import HALF_PENDING, AccrualSuspension
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.decision_table import ESCALATE

__all__ = ["SingleImputation"]

_ROUNDING = 1e-12


@checked_value
class SingleImputation(PendingRule):
    """TITE-BOIN: the DLT rate with the expected DLTs of the pending patients, against BOIN's boundaries.

    With n patients at a dose, y DLTs, c pending and STFT the sum of their follow-up in windows, the rate is
    ``(y + r (c - STFT)) / n`` with the odds ``r = q / (1 - q)`` of ``q = (y + target / 2) / (n - c + 1)``.
    The dose is escalated if y/n and the rate are at most lambda_e, and de-escalated if the rate is at least
    lambda_d and y/n at least the target. `PendingRule` has the steps before it.

    Parameters
    ----------
    boundaries : BOINBoundaries
        BOIN's boundaries and its elimination.
    suspension : AccrualSuspension, optional
        When accrual waits for pending patients; by default while more than half of those at the dose are
        pending.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Yuan Y, Lin R, Li D, Nie L, Warren KE (2018). Time-to-event Bayesian optimal interval design to accelerate
    phase I trials. Clinical Cancer Research 24:4921-4930.

    Examples
    --------
    Nine patients, one DLT, four pending who were followed for 75, 60, 45 and 30 of 90 days: escalate.

    >>> from bayesdose.rules.elimination import BetaElimination
    >>> boin = BOINBoundaries(0.2, 0.12, 0.28, BetaElimination(0.2, min_patients=3))
    >>> rule = SingleImputation(boin)
    >>> up, _ = rule.thresholds(np.array(9), np.array(1), np.array(4))
    >>> round(float(up), 2), int(rule.decide(np.array(9), np.array(1), np.array(4), np.array(210 / 90)))
    (2.15, 0)
    """

    boundaries: BOINBoundaries  # pyright: ignore[reportIncompatibleMethodOverride]
    suspension: AccrualSuspension = HALF_PENDING  # pyright: ignore[reportIncompatibleMethodOverride]

    def __str__(self) -> str:
        return (
            f"{self.boundaries}; a pending patient followed for a share u of the window counts as r (1 - u) "
            "DLTs, r the odds of a DLT at the dose"
        )

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "Yuan2018"

    def thresholds(
        self, patients: np.ndarray, dlts: np.ndarray, pending: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """STFT from which the dose is escalated, and up to which it is de-escalated."""
        rule = self.boundaries
        chance = (dlts + rule.target / 2) / (patients - pending + 1)
        odds = chance / (1 - chance)
        up = pending - (rule.lambda_e * patients - dlts) / odds
        down = pending - (rule.lambda_d * patients - dlts) / odds
        may_rise = rule.decide(patients, dlts) == ESCALATE
        may_fall = dlts >= rule.target * patients - _ROUNDING
        return np.where(may_rise, up, np.inf), np.where(may_fall, down, -np.inf)
