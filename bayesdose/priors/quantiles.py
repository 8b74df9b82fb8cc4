"""A normal prior from stated quantiles of P(DLT) at two doses."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import logit, ndtri

from bayesdose.errors import InputError
from bayesdose.priors.normal import NormalPrior

__all__ = ["Quantile", "prior_from_quantiles"]


@dataclass(frozen=True)
class Quantile:
    """The statement "P(DLT) at `dose` is below `prob_dlt` with probability `probability`".

    Parameters
    ----------
    dose : float
        Dose, in the unit of the grid.
    probability : float
        Prior probability of the statement, in (0, 1); 0.5 states the median.
    prob_dlt : float
        The bound on P(DLT), in (0, 1).
    """

    dose: float
    probability: float
    prob_dlt: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.dose) and self.dose > 0):
            raise InputError("quantile's dose", got=self.dose, wanted="a positive finite dose")
        for name in ("probability", "prob_dlt"):
            if not 0 < getattr(self, name) < 1:
                raise InputError(
                    f"quantile's {name}",
                    got=getattr(self, name),
                    wanted="a number between 0 and 1, both excluded",
                )

    def __str__(self) -> str:
        return f"P(DLT at {self.dose:g}) < {self.prob_dlt:g} with probability {self.probability:g}"


def prior_from_quantiles(
    quantiles: Sequence[Quantile],
    *,
    reference_dose: float | None = None,
    correlation: float = 0.0,
    tolerance: float = 1e-6,
) -> NormalPrior:
    """Bivariate normal prior that meets two quantiles of P(DLT) at each of two doses.

    Four statements fix the two means and the two standard deviations; the correlation is given.

    Parameters
    ----------
    quantiles : sequence of Quantile, length 4
        Two statements at each of two doses.
    reference_dose : float, optional
        Reference dose of the prior; by default the higher of the two doses, which makes the
        statements there fix log alpha alone.
    correlation : float, default 0
        Prior correlation of log alpha and log beta.
    tolerance : float, default 1e-6
        Largest difference between an asked and an achieved probability that counts as met.

    Returns
    -------
    NormalPrior

    Raises
    ------
    InputError
        If the statements are not two at each of two doses, contradict each other, or cannot be
        met by any such prior; the message gives the worst remaining difference.

    Examples
    --------
    >>> prior = prior_from_quantiles([
    ...     Quantile(dose=1, probability=0.50, prob_dlt=0.02),
    ...     Quantile(dose=1, probability=0.95, prob_dlt=0.33),
    ...     Quantile(dose=30, probability=0.50, prob_dlt=0.30),
    ...     Quantile(dose=30, probability=0.95, prob_dlt=0.80),
    ... ])
    >>> [round(value, 3) for value in prior.mean + prior.sd]
    [-0.847, -0.182, 1.358, 0.662]
    """
    asked = sorted(quantiles, key=lambda q: (q.dose, q.probability))
    _check_statements(asked)
    low, high = asked[0].dose, asked[-1].dose
    reference = high if reference_dose is None else reference_dose
    log_ratio = np.log([q.dose / reference for q in asked])
    bounds = logit([q.prob_dlt for q in asked])
    scores = ndtri([q.probability for q in asked])

    def prior_at(parameters: np.ndarray) -> NormalPrior:
        m1, log_s1, m2, log_s2 = parameters
        origin = "quantiles: " + "; ".join(map(str, asked))
        return NormalPrior(
            (m1, m2), (math.exp(log_s1), math.exp(log_s2)), float(reference), correlation, origin
        )

    def difference(parameters: np.ndarray) -> np.ndarray:
        achieved = prior_at(parameters).cdf(log_ratio, bounds)
        return ndtri(np.clip(achieved, 1e-300, 1 - 1e-16)) - scores

    spread = max((bounds[3] - bounds[2]) / (scores[3] - scores[2]), 0.1)
    centre_low, centre_high = bounds[:2].mean(), bounds[2:].mean()
    slope = max((centre_high - centre_low) / math.log(high / low), 0.05)
    start = [
        centre_high - slope * math.log(high / reference),
        math.log(spread),
        math.log(slope),
        math.log(0.5),
    ]
    # Standard deviations from 0.001 to 50: outside, the prior has degenerated and is refused below.
    box = ([-60, math.log(1e-3), -8, math.log(1e-3)], [60, math.log(50), 8, math.log(50)])
    solution = least_squares(difference, start, bounds=box, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    prior = prior_at(solution.x)
    probabilities = np.array([q.probability for q in asked])
    worst = float(np.max(np.abs(prior.cdf(log_ratio, bounds) - probabilities)))
    if not worst <= tolerance:
        raise InputError(
            "prior quantiles",
            got="; ".join(map(str, asked)),
            wanted=f"statements that a bivariate normal prior with correlation {correlation:g} can meet",
            fix=f"The closest prior misses one by {worst:.2g} in probability. Spread at the lower dose "
            "must be at least that at the higher dose on the logit scale: widen it there or narrow it above.",
        )
    return prior


def _check_statements(asked: Sequence[Quantile]) -> None:
    """Two statements at each of two doses, rising in probability and in dose."""
    if (
        len(asked) != 4
        or asked[0].dose != asked[1].dose
        or asked[2].dose != asked[3].dose
        or asked[1].dose == asked[2].dose
    ):
        raise InputError(
            "prior quantiles",
            got=[str(q) for q in asked],
            wanted="two statements at each of two different doses",
        )
    for first, second in ((0, 1), (2, 3)):
        if (
            asked[first].probability == asked[second].probability
            or asked[first].prob_dlt >= asked[second].prob_dlt
        ):
            raise InputError(
                "prior quantiles",
                got=f"{asked[first]}; {asked[second]}",
                wanted="at one dose, the more probable statement with the higher bound on P(DLT)",
            )
    medians = [_median_logit(asked[first], asked[first + 1]) for first in (0, 2)]
    if medians[1] <= medians[0]:
        raise InputError(
            "prior quantiles",
            got="; ".join(map(str, asked)),
            wanted="a higher dose that is not stated to be safer",
        )


def _median_logit(first: Quantile, second: Quantile) -> float:
    """Median on the logit scale that two statements imply for a normal distribution."""
    z = ndtri([first.probability, second.probability])
    y = logit([first.prob_dlt, second.prob_dlt])
    return float(y[0] - z[0] * (y[1] - y[0]) / (z[1] - z[0]))
