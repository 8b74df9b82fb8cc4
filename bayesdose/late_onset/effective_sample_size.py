"""The other method that is called TITE-BOIN (Lin and Yuan 2020): pending patients count as a share."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.late_onset.pending_rule import PendingRule
from bayesdose.late_onset.suspension import HALF_PENDING, AccrualSuspension
from bayesdose.rules.boin_boundaries import BOINBoundaries

__all__ = ["EffectiveSampleSize"]


@checked_value
class EffectiveSampleSize(PendingRule):
    """The DLT rate over the effective sample size, against BOIN's boundaries.

    With n patients at a dose, y DLTs, c pending and STFT the sum of their follow-up in windows, the effective
    sample size is ``n - c + STFT`` and the rate y divided by it. It decides otherwise than
    `SingleImputation`, though both are called TITE-BOIN. `PendingRule` has the steps before it.

    Parameters
    ----------
    boundaries : BOINBoundaries
        BOIN's boundaries and its elimination.
    suspension : AccrualSuspension, optional
        When accrual waits for pending patients; by default while more than half of those at the dose are
        pending, as in the R package TITEgBOIN.

    Raises
    ------
    InputError
        If a number is out of range.

    Notes
    -----
    A de-escalation that no pending outcome can change is not suspended. TITEgBOIN suspends it, which matters
    with more than half of the patients pending only.

    References
    ----------
    Lin R, Yuan Y (2020). Time-to-event model-assisted designs for dose-finding trials with delayed toxicity.
    Biostatistics 21:807-824.

    Examples
    --------
    Four patients, one DLT, two pending with 28 days of 28 between them: an effective sample size of 3.

    >>> from bayesdose.rules.elimination import BetaElimination
    >>> boin = BOINBoundaries(0.3, 0.18, 0.42, BetaElimination(0.3, min_patients=3))
    >>> int(EffectiveSampleSize(boin).decide(np.array(4), np.array(1), np.array(2), np.array(1.0)))
    1
    """

    boundaries: BOINBoundaries  # pyright: ignore[reportIncompatibleMethodOverride]
    suspension: AccrualSuspension = HALF_PENDING  # pyright: ignore[reportIncompatibleMethodOverride]

    def __str__(self) -> str:
        return f"{self.boundaries}; a pending patient counts as the share of the window that has passed"

    @property
    def citation(self) -> str:
        """Keys of ``references.bib`` for the publications of this rule, commas between them."""
        return "LinYuan2020"

    def thresholds(
        self, patients: np.ndarray, dlts: np.ndarray, pending: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """STFT from which the dose is escalated, and up to which it is de-escalated."""
        known = patients - pending
        return dlts / self.boundaries.lambda_e - known, dlts / self.boundaries.lambda_d - known
