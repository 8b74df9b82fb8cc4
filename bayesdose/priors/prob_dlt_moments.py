"""Moments and quantiles of P(DLT) under any prior, from its distribution function alone."""

import numpy as np
from scipy.optimize.elementwise import bracket_root, find_root
from scipy.special import expit

from bayesdose.errors import InputError
from bayesdose.models.prior import Prior

__all__ = ["logit_quantiles", "prob_dlt_moments", "prob_dlt_quantiles"]

# Beyond these logits P(DLT) moves by less than 1e-20.
_HALF_WIDTH = 48.0
_FIRST_STEP = 0.25
_MOST_HALVINGS = 8
_MOMENT_TOLERANCE = 1e-10


def prob_dlt_moments(prior: Prior, log_ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of P(DLT) at N doses.

    Both are integrals of the survival function against P(DLT), by the trapezoid rule on the logit
    scale, whose step is halved until the first two moments change by less than 1e-10.

    Parameters
    ----------
    prior : Prior
        The prior.
    log_ratio : ndarray, shape (N,)
        ``log(dose / reference_dose)``.

    Returns
    -------
    ndarray, shape (N,)
        Means.
    ndarray, shape (N,)
        Standard deviations.

    Raises
    ------
    InputError
        If the prior is too narrow for the finest step, 0.001 on the logit scale.
    """
    x = np.asarray(log_ratio, dtype=float)[:, None]
    step = _FIRST_STEP
    nodes = np.arange(-_HALF_WIDTH, _HALF_WIDTH + step / 2, step)
    sums = _survival_sums(prior, x, nodes)
    moments = sums * step
    for _ in range(_MOST_HALVINGS):
        sums = sums + _survival_sums(prior, x, nodes[:-1] + step / 2)
        step /= 2
        nodes = np.arange(-_HALF_WIDTH, _HALF_WIDTH + step / 2, step)
        finer = sums * step
        change, moments = np.abs(finer - moments).max(), finer
        if change <= _MOMENT_TOLERANCE:
            mean, second = moments
            return mean, np.sqrt(np.maximum(second - mean * mean, 0.0))
    raise InputError(
        "prior", got=prior.origin, wanted="a prior that is wider than 0.003 on the logit scale of P(DLT)"
    )


def _survival_sums(prior: Prior, x: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Sums of (1 - F) dp and of 2 p (1 - F) dp over nodes, shape (2, N)."""
    survival = 1.0 - prior.cdf(x, nodes)
    p = expit(nodes)
    rise = p * expit(-nodes)
    return np.stack([survival @ rise, survival @ (2 * p * rise)])


def prob_dlt_quantiles(prior: Prior, log_ratio: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Quantiles of P(DLT), each at one dose.

    Parameters
    ----------
    prior : Prior
        The prior.
    log_ratio, probability : ndarray, shape (N,)
        ``log(dose / reference_dose)``, and the probability of being below the quantile.

    Returns
    -------
    ndarray, shape (N,)
        Found on the logit scale to 1e-9.
    """
    return expit(logit_quantiles(prior, log_ratio, probability))


def logit_quantiles(prior: Prior, log_ratio: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """The same on the logit scale."""

    def excess(logit: np.ndarray, x: np.ndarray, q: np.ndarray) -> np.ndarray:
        return prior.cdf(x, logit) - q

    start = np.zeros(len(log_ratio))
    args = (np.asarray(log_ratio, dtype=float), np.asarray(probability, dtype=float))
    bracket = bracket_root(excess, start - 1.0, start + 1.0, args=args).bracket
    return find_root(excess, bracket, args=args, tolerances={"xatol": 1e-10}).x
