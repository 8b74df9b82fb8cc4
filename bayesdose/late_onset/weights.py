"""How much a patient without a DLT so far counts, by follow-up: the weights of TITE-CRM."""

import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Positive
from bayesdose.errors import InputError

__all__ = ["adaptive_weights", "linear_weights"]


@checked
def linear_weights(follow_up: np.ndarray, window: Positive) -> np.ndarray:
    """The share of the DLT window that a patient without a DLT was followed for, at most 1.

    Parameters
    ----------
    follow_up : ndarray
        Follow-up without a DLT, in the unit of the window.
    window : float
        The DLT window.

    Returns
    -------
    ndarray
        Weights from 0 to 1. A patient with a DLT has the weight 1, whenever it came.

    Raises
    ------
    InputError
        If a follow-up is negative or no number.

    References
    ----------
    Cheung YK, Chappell R (2000). Sequential designs for phase I clinical trials with late-onset toxicities.
    Biometrics 56:1177-1182.

    Examples
    --------
    >>> linear_weights(np.array([0.0, 7.0, 28.0, 40.0]), 28).tolist()
    [0.0, 0.25, 1.0, 1.0]
    """
    _check_times("follow-up", follow_up)
    return np.minimum(follow_up / window, 1.0)


@checked
def adaptive_weights(follow_up: np.ndarray, window: Positive, dlt_times: np.ndarray) -> np.ndarray:
    """Weights that follow the DLT times seen so far: half of them late, half of the weight comes late.

    With z DLT times in order, the weight rises by 1 / (z + 1) from each of them to the next, and from the
    last one to the end of the window, in straight lines; at a time of several DLTs it jumps. Without a DLT it
    is linear.

    Parameters
    ----------
    follow_up : ndarray
        Follow-up without a DLT, in the unit of the window.
    window : float
        The DLT window.
    dlt_times : ndarray, shape (z,)
        Times from enrolment to the DLTs of the trial so far, at all doses; inside the window.

    Returns
    -------
    ndarray
        Weights from 0 to 1, shape of the follow-up. A patient with a DLT has the weight 1.

    Raises
    ------
    InputError
        If a time is negative or no number, or a DLT came after the window.

    References
    ----------
    Cheung YK, Chappell R (2000). Sequential designs for phase I clinical trials with late-onset toxicities.
    Biometrics 56:1177-1182. The R package dfcrm has the same weights (``scheme = "adaptive"``).

    Examples
    --------
    One DLT on day 21 of 28: three quarters of the window are half of the weight.

    >>> adaptive_weights(np.array([10.5, 21.0, 24.5]), 28, np.array([21.0])).tolist()
    [0.25, 0.5, 0.75]
    """
    _check_times("follow-up", follow_up)
    _check_times("DLT times", dlt_times)
    if np.any(dlt_times > window):
        raise InputError("DLT times", got=dlt_times, wanted=f"times inside the window of {window:g}")
    knots = np.concatenate([[0.0], np.sort(dlt_times), [window]])
    # DLT times up to the follow-up; it lies between this knot and the next one.
    reached = np.searchsorted(knots[1:-1], follow_up, side="right")
    start, end = knots[reached], knots[reached + 1]
    share = np.minimum(follow_up - start, end - start) / np.where(end > start, end - start, 1.0)
    return np.where(follow_up >= window, 1.0, (reached + share) / (len(knots) - 1))


def _check_times(subject: str, times: np.ndarray) -> None:
    numbers = np.asarray(times, dtype=float)
    if not np.all(np.isfinite(numbers) & (numbers >= 0)):
        raise InputError(subject, got=times, wanted="times of at least 0")
