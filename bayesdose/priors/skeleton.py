"""Skeletons of the CRM by indifference intervals, and the prior variance that favours no dose."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from scipy.optimize.elementwise import bracket_root, find_root
from scipy.special import expit, log_ndtr, logit

from bayesdose.errors import InputError
from bayesdose.rules.check import check_at_least

__all__ = [
    "Skeleton",
    "indifference_interval_skeleton",
    "indifference_intervals",
    "least_informative_sd",
    "prior_mtd_probability",
]

WorkingModel = Literal["empiric", "logistic"]


@dataclass(frozen=True)
class Skeleton:
    """Prior guesses of P(DLT) at each dose, and the one-parameter model that they go with.

    The empiric model is ``p = skeleton ** exp(theta)``; the logistic one is
    ``logit p = intercept + exp(theta) * (logit(skeleton) - intercept)``. At theta = 0 both give
    the skeleton.

    Parameters
    ----------
    prob_dlt : sequence of float, length K
        The guesses, strictly increasing, each above 0 and below 1.
    model : {"empiric", "logistic"}, default "empiric"
        The one-parameter model.
    intercept : float, default 3
        Intercept of the logistic model; it exceeds the logit of every guess.
    origin : str, default "given"
        Where the numbers come from, in words.

    Raises
    ------
    InputError
        If the guesses are out of range or do not rise, the model is unknown, or the intercept is
        too small.
    """

    prob_dlt: tuple[float, ...]
    model: WorkingModel = "empiric"
    intercept: float = 3.0
    origin: str = "given"

    def __post_init__(self) -> None:
        prob_dlt = tuple(map(float, self.prob_dlt))
        rises = all(low < high for low, high in pairwise(prob_dlt))
        if not prob_dlt or not rises or not all(0 < p < 1 for p in prob_dlt):
            raise InputError("skeleton", got=self.prob_dlt, wanted="rising probabilities above 0 and below 1")
        _check_model(self.model, self.intercept, prob_dlt[-1])
        object.__setattr__(self, "prob_dlt", prob_dlt)

    def __len__(self) -> int:
        return len(self.prob_dlt)

    def curve(self, theta: ArrayLike) -> np.ndarray:
        """P(DLT) at every dose for parameters of any shape; the shape gets a last axis of K doses.

        Examples
        --------
        >>> Skeleton((0.1, 0.25, 0.5)).curve(0.0).tolist()
        [0.1, 0.25, 0.5]
        """
        scale = np.exp(np.asarray(theta, dtype=float))[..., None]
        if self.model == "empiric":
            return np.array(self.prob_dlt) ** scale
        return expit(self.intercept + scale * (logit(self.prob_dlt) - self.intercept))


def indifference_interval_skeleton(
    *,
    target: float,
    half_width: float,
    prior_mtd: int,
    number_of_doses: int,
    model: WorkingModel = "empiric",
    intercept: float = 3.0,
) -> Skeleton:
    """Skeleton with the same indifference interval around the target at every dose.

    If the true P(DLT) of the doses next to the MTD lies outside ``target +- half_width``, the
    CRM with this skeleton settles at the MTD.

    Parameters
    ----------
    target : float
        Target P(DLT), the guess at the prior MTD.
    half_width : float
        Half width of the indifference interval.
    prior_mtd : int
        Level number (1 for the lowest) of the dose that is believed to be the MTD.
    number_of_doses : int
        Number of doses K.
    model : {"empiric", "logistic"}, default "empiric"
        The one-parameter model.
    intercept : float, default 3
        Intercept of the logistic model.

    Returns
    -------
    Skeleton

    Raises
    ------
    InputError
        If the interval leaves (0, 1) or, in the logistic model, reaches the intercept, or the prior
        MTD is not one of the doses.

    References
    ----------
    Lee SM, Cheung YK (2009). Model calibration in the continual reassessment method. Clinical
    Trials 6:227-238. The same numbers as `getprior` of the R package dfcrm.

    Examples
    --------
    >>> skeleton = indifference_interval_skeleton(
    ...     target=0.25, half_width=0.05, prior_mtd=3, number_of_doses=5)
    >>> [round(p, 6) for p in skeleton.prob_dlt]
    [0.083973, 0.156741, 0.25, 0.3545, 0.460343]
    """
    check_at_least("number_of_doses", number_of_doses, 1)
    check_at_least("prior_mtd", prior_mtd, 1)
    if prior_mtd > number_of_doses:
        raise InputError("prior_mtd", got=prior_mtd, wanted=f"a level number from 1 to {number_of_doses}")
    lower, upper = target - half_width, target + half_width
    if not 0 < lower < upper < 1:
        raise InputError(
            "target, half_width",
            got=(target, half_width),
            wanted="a target and a positive half width whose interval lies inside (0, 1)",
        )
    _check_model(model, intercept, upper)

    def scaled(p: float) -> float:
        return math.log(p) if model == "empiric" else math.log(p / (1 - p)) - intercept

    # Where the MTD passes from a dose to the next, one has P(DLT) at the upper and the other at the
    # lower end of the interval: the scaled doses form a geometric sequence.
    ratio = scaled(lower) / scaled(upper)
    doses = scaled(target) * ratio ** (prior_mtd - 1.0 - np.arange(number_of_doses))
    prob_dlt = np.exp(doses) if model == "empiric" else expit(intercept + doses)
    which = "empiric" if model == "empiric" else f"logistic with intercept {intercept:g}"
    origin = (
        f"indifference interval {target:g} +- {half_width:g}, prior MTD at level {prior_mtd}, {which} "
        "(Lee and Cheung 2009)"
    )
    return Skeleton(tuple(prob_dlt.tolist()), model, intercept, origin)


def indifference_intervals(skeleton: Skeleton, target: float) -> tuple[np.ndarray, np.ndarray]:
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
    if not 0 < target < 1:
        raise InputError("target", got=target, wanted="a number between 0 and 1, both excluded")

    def excess(theta: np.ndarray, pair: np.ndarray) -> np.ndarray:
        curves = skeleton.curve(theta)
        low = np.take_along_axis(curves, pair.astype(int)[..., None], axis=-1)[..., 0]
        high = np.take_along_axis(curves, pair.astype(int)[..., None] + 1, axis=-1)[..., 0]
        return low + high - 2 * target

    pairs = np.arange(number - 1)
    bracket = bracket_root(excess, np.full(number - 1, -1.0), np.full(number - 1, 1.0), args=(pairs,))
    inner = find_root(excess, bracket.bracket, args=(pairs,)).x
    neighbours = np.full((number, 2), np.nan)
    at_edges = skeleton.curve(inner)
    neighbours[1:, 0] = at_edges[pairs, pairs]
    neighbours[:-1, 1] = at_edges[pairs, pairs + 1]
    return np.concatenate([[-np.inf], inner, [np.inf]]), neighbours


def prior_mtd_probability(skeleton: Skeleton, target: float, sd: float) -> np.ndarray:
    """Prior probability that each dose is the MTD, for theta ~ N(0, sd^2); shape (K,).

    The MTD is the dose with P(DLT) closest to the target.

    Raises
    ------
    InputError
        If the standard deviation is not positive, there is one dose or the target is not inside
        (0, 1).
    """
    if not (math.isfinite(sd) and sd > 0):
        raise InputError("sd", got=sd, wanted="a positive finite standard deviation")
    edges, _ = indifference_intervals(skeleton, target)
    return np.exp(_log_mass(edges, sd))


def least_informative_sd(skeleton: Skeleton, target: float) -> float:
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


def _check_model(model: str, intercept: float, highest: float) -> None:
    if model not in get_args(WorkingModel):
        raise InputError.unknown_name("model", model, get_args(WorkingModel))
    if model == "logistic" and not (
        math.isfinite(intercept) and math.log(highest / (1 - highest)) < intercept
    ):
        raise InputError(
            "intercept",
            got=intercept,
            wanted=f"a finite number above {math.log(highest / (1 - highest)):.4g}, the largest logit in use",
        )
