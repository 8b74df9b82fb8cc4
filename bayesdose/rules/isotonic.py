"""Isotonic regression of a batch of dose-toxicity curves at once."""

import numpy as np

__all__ = ["isotonic_regression"]


def isotonic_regression(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The non-decreasing curves closest to `values` in weighted least squares.

    By the max-min formula, which needs a loop over doses only, where pooling adjacent violators needs
    one over trials.

    Parameters
    ----------
    values, weights : ndarray of float, shape (B, K)
        A weight of zero leaves a dose out.

    Returns
    -------
    ndarray of float, shape (B, K)
        NaN where the weight is zero.

    References
    ----------
    Barlow RE, Bartholomew DJ, Bremner JM, Brunk HD (1972). Statistical Inference under Order
    Restrictions. Wiley.

    Examples
    --------
    >>> isotonic_regression(np.array([[0.1, 0.4, 0.2]]), np.ones((1, 3))).round(3).tolist()
    [[0.1, 0.3, 0.3]]
    """
    fitted = np.full(values.shape, -np.inf)
    weighted = np.where(weights > 0, weights * values, 0.0)
    for first in range(values.shape[1]):
        weight = np.cumsum(weights[:, first:], axis=1)
        mean = np.cumsum(weighted[:, first:], axis=1) / np.where(weight > 0, weight, np.nan)
        # Smallest mean of a block from `first` to this dose or further.
        smallest = np.fmin.accumulate(mean[:, ::-1], axis=1)[:, ::-1]
        fitted[:, first:] = np.fmax(fitted[:, first:], smallest)
    return np.where(weights > 0, fitted, np.nan)
