"""The maximum likelihood estimate of a CRM's parameter."""

import numpy as np

from bayesdose.models.curves import CRMCurve

__all__ = ["maximum_likelihood"]

# dfcrm searches theta in the same interval; P(DLT) is 0 or 1 to double precision beyond it.
_LIMIT = 10.0


def maximum_likelihood(curve: CRMCurve, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Maximum likelihood estimate of theta, by bisection to double precision.

    Parameters
    ----------
    curve : PowerCurve or LogisticCurve
        The skeleton and how theta bends it.
    patients, dlts : ndarray of int, shape (B, K)
        Patients treated and DLTs seen at each dose.

    Returns
    -------
    ndarray, shape (B,)
        Infinite where no estimate exists: plus without any DLT (P(DLT) tends to 0), minus where every
        patient had one, nan without patients. Estimates beyond -10 or 10 are put there, as in dfcrm.

    Examples
    --------
    One DLT in three at a dose with skeleton 0.25: the estimate makes its P(DLT) one third.

    >>> from bayesdose.models.curves import PowerCurve
    >>> curve = PowerCurve((0.1, 0.25, 0.4))
    >>> theta = maximum_likelihood(curve, np.array([[0, 3, 0]]), np.array([[0, 1, 0]]))
    >>> np.exp(curve.log_prob_dlt(theta)).round(6)[0, 1].item()
    0.333333
    """
    others = patients - dlts
    low, high = np.full(len(patients), -_LIMIT), np.full(len(patients), _LIMIT)
    # The score falls in theta: the log-likelihood is concave in exp(theta) for both curves.
    for _ in range(60):
        middle = (low + high) / 2
        rising = curve.score(middle, dlts, others) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    no_dlt, all_dlt = dlts.sum(axis=1) == 0, others.sum(axis=1) == 0
    limits = np.select([no_dlt & all_dlt, no_dlt, all_dlt], [np.nan, np.inf, -np.inf], (low + high) / 2)
    return limits
