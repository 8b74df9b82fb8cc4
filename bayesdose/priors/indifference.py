"""Which dose a skeleton makes the MTD, how surely, and the prior variance that favours no dose."""

import math

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.optimize.elementwise import bracket_root, find_root
from scipy.special import log_ndtr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.errors import InputError
from bayesdose.priors.skeleton import Skeleton

__all__ = ["indifference_intervals", "least_informative_sd", "prior_mtd_probability"]


@checked
def indifference_intervals(skeleton: Skeleton, target: InnerProbability) -> tuple[np.ndarray, np.ndarray]:
    """Where each dose is the MTD of the model, and how different its neighbours may then be.

    Parameters
    ----------
    skeleton : Skeleton
        Of K doses, at least two.
    target : float
        Target P(DLT).

    Returns
    -------
    ndarray, shape (K + 1,)
        Dose k has P(DLT) closest to the target for theta between entries k and k + 1; the first
        and the last entry are infinite.
    ndarray, shape (K, 2)
        P(DLT) of the dose below and of the dose above at these two ends; NaN beyond the grid.

    Raises
    ------
    InputError
        If there is one dose or the target is not inside (0, 1).

    References
    ----------
    Cheung YK, Chappell R (2002). A simple technique to evaluate model sensitivity in the continual
    reassessment method. Biometrics 58:671-674. As `crmsens` of the R package dfcrm.
    """
    number = len(skeleton)
    if number < 2:
        raise InputError("skeleton", got=skeleton.prob_dlt, wanted="at least two doses")

    def excess(theta: np.ndarray, pair: np.ndarray) -> np.ndarray:
        curves = skeleton.prob_dlt_given(theta)
        low = np.take_along_axis(curves, pair.astype(int)[..., None], axis=-1)[..., 0]
        high = np.take_along_axis(curves, pair.astype(int)[..., None] + 1, axis=-1)[..., 0]
        return low + high - 2 * target

    pairs = np.arange(number - 1)
    bracket = bracket_root(excess, np.full(number - 1, -1.0), np.full(number - 1, 1.0), args=(pairs,))
    inner = find_root(excess, bracket.bracket, args=(pairs,)).x
    neighbours = np.full((number, 2), np.nan)
    at_edges = skeleton.prob_dlt_given(inner)
    neighbours[1:, 0] = at_edges[pairs, pairs]
    neighbours[:-1, 1] = at_edges[pairs, pairs + 1]
    return np.concatenate([[-np.inf], inner, [np.inf]]), neighbours


@checked
def prior_mtd_probability(skeleton: Skeleton, target: InnerProbability, sd: Positive) -> np.ndarray:
    """Prior probability that each dose is the MTD, for theta ~ N(0, sd^2); shape (K,).

    The MTD is the dose with P(DLT) closest to the target.

    Parameters
    ----------
    skeleton : Skeleton
        P(DLT) at theta = 0 on the K doses.
    target : float
        P(DLT) that defines the MTD.
    sd : float
        Prior standard deviation of theta.

    Returns
    -------
    ndarray, shape (K,)
        The probabilities; they sum to one.

    Raises
    ------
    InputError
        If the standard deviation is not positive, there is one dose or the target is not inside
        (0, 1).
    """
    edges, _ = indifference_intervals(skeleton, target)
    return np.exp(_log_mass(edges, sd))


@checked
def least_informative_sd(skeleton: Skeleton, target: InnerProbability) -> float:
    """Standard deviation of theta whose prior of the MTD is nearest to a uniform one.

    Nearest is meant as the least Kullback-Leibler divergence of the prior probabilities that each
    dose is the MTD from 1 / K.

    Parameters
    ----------
    skeleton : Skeleton
        Of K doses.
    target : float
        Target P(DLT).

    Returns
    -------
    float
        To about 1e-6 of itself.

    Raises
    ------
    InputError
        If there is one dose, the target is not inside (0, 1), or the divergence has no minimum
        between 0.01 and 100, as with two doses.

    References
    ----------
    Lee SM, Cheung YK (2011). Calibration of prior variance in the Bayesian continual reassessment
    method. Statistics in Medicine 30:2081-2089. We had no access to the paper; the divergence is
    the criterion of the University of Virginia's CRM web application (N. Wages), which cites it.
    There the two outer intervals end at -10 and 5 standard deviations or units; here they are
    infinite.
    """
    edges, _ = indifference_intervals(skeleton, target)

    def divergence(log_sd: float) -> float:
        log_mass = _log_mass(edges, math.exp(log_sd))
        return float(np.exp(log_mass) @ log_mass + math.log(len(skeleton)))

    ends = math.log(0.01), math.log(100.0)
    grid = np.linspace(*ends, 200)
    best = int(np.argmin([divergence(value) for value in grid]))
    if best in (0, len(grid) - 1):
        raise InputError(
            "skeleton",
            got=skeleton.prob_dlt,
            wanted="a skeleton with a least informative standard deviation between 0.01 and 100",
        )
    found = minimize_scalar(
        divergence, bounds=(grid[best - 1], grid[best + 1]), method="bounded", options={"xatol": 1e-8}
    )
    return math.exp(found.x)


def _log_mass(edges: np.ndarray, sd: float) -> np.ndarray:
    """Log probabilities of the intervals between edges under a normal around 0, without cancellation."""
    low, high = edges[:-1] / sd, edges[1:] / sd
    # The upper tail is as accurate as the lower one.
    flip = low > 0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    return log_ndtr(high) + np.log(-np.expm1(np.minimum(log_ndtr(low) - log_ndtr(high), -1e-300)))
