"""Skeletons of the CRM by indifference intervals."""

import math
from typing import Annotated, Literal

import annotated_types as at
import attrs
import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Finite, InnerProbability, RisingProbabilities
from bayesdose.errors import InputError
from bayesdose.models.curves import CRMCurve, LogisticCurve, PowerCurve

__all__ = ["Skeleton", "indifference_interval_skeleton"]

WorkingModel = Literal["empiric", "logistic"]


@checked_value
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

    prob_dlt: RisingProbabilities
    model: WorkingModel = "empiric"
    intercept: Finite = 3.0
    origin: str = attrs.field(default="given")

    @origin.validator
    def _has_a_curve(self, attribute: attrs.Attribute, value: str) -> None:
        # The curve refuses an intercept that the guesses reach.
        _ = self.curve

    def __len__(self) -> int:
        return len(self.prob_dlt)

    @property
    def curve(self) -> CRMCurve:
        """The one-parameter curve, as `crm` takes it."""
        if self.model == "empiric":
            return PowerCurve(self.prob_dlt)
        return LogisticCurve(self.prob_dlt, self.intercept)

    def prob_dlt_given(self, theta: ArrayLike) -> np.ndarray:
        """P(DLT) at every dose for parameters of any shape; the shape gets a last axis of K doses.

        Examples
        --------
        >>> Skeleton((0.1, 0.25, 0.5)).prob_dlt_given(0.0).round(12).tolist()
        [0.1, 0.25, 0.5]
        """
        theta = np.asarray(theta, dtype=float)
        return np.exp(self.curve.log_prob_dlt(theta.ravel())).reshape(*theta.shape, -1)


@checked
def indifference_interval_skeleton(
    *,
    target: InnerProbability,
    half_width: InnerProbability,
    prior_mtd: Count,
    number_of_doses: Annotated[int, at.Ge(1), at.Le(1000)],
    model: WorkingModel = "empiric",
    intercept: Finite = 3.0,
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
        P(DLT) at each dose, with how it was built.

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
    if prior_mtd > number_of_doses:
        raise InputError("prior_mtd", got=prior_mtd, wanted=f"a level number from 1 to {number_of_doses}")
    lower, upper = target - half_width, target + half_width
    if not 0 < lower < upper < 1:
        raise InputError(
            "target, half_width",
            got=(target, half_width),
            wanted="a target and a positive half width whose interval lies inside (0, 1)",
        )
    # Refuses an unknown model, and an intercept that the interval reaches.
    Skeleton((lower, target, upper), model, intercept)

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
