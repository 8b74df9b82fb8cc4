"""When accrual waits for pending patients."""

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Share, Whole

__all__ = ["HALF_PENDING", "NEVER", "AccrualSuspension"]

# Shares and follow-up are fractions such as 3/6 and 7/28; rounding must not break a tie.
_ROUNDING = 1e-12


@checked_value
class AccrualSuspension:
    """Suspend accrual while too little is known at the current dose.

    A DLT, or a patient followed to the end, may end the suspension; once all outcomes are known it has ended.

    Parameters
    ----------
    most_pending : float, default 0.5
        Share of pending patients at the dose above which nobody is enrolled; 1 never suspends.
    least_known : int, default 0
        Patients at the dose with a known outcome before it is escalated.
    least_follow_up : float, default 0
        Fraction of the window for which every pending patient at the dose has to be followed before it is
        escalated.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> str(AccrualSuspension(0.5))
    'more than 50% of the patients at the dose are pending'
    """

    most_pending: Share = 0.5
    least_known: Whole = 0
    least_follow_up: Share = 0.0

    def __str__(self) -> str:
        parts = []
        if self.most_pending < 1:
            parts.append(f"more than {self.most_pending:.0%} of the patients at the dose are pending")
        if self.least_known:
            parts.append(f"fewer than {self.least_known} outcomes there are known before an escalation")
        if self.least_follow_up:
            share = f"{self.least_follow_up:.0%} of the window"
            parts.append(f"a pending patient there was followed for less than {share} before an escalation")
        return ", or ".join(parts) or "never"

    def too_many(self, patients: np.ndarray, pending: np.ndarray) -> np.ndarray:
        """Whether too many patients are pending to enrol anybody; arrays of one shape."""
        return pending > self.most_pending * patients + _ROUNDING

    def too_early(
        self, patients: np.ndarray, pending: np.ndarray, shortest: np.ndarray | float
    ) -> np.ndarray:
        """Whether it is too early to escalate; `shortest` is the shortest follow-up of a pending patient."""
        unknown = patients - pending < np.minimum(self.least_known, patients)
        return unknown | (np.less(shortest, self.least_follow_up - _ROUNDING) & (pending > 0))


HALF_PENDING = AccrualSuspension()
NEVER = AccrualSuspension(most_pending=1.0)
