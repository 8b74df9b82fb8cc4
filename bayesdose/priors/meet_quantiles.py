"""The priors that meet stated quantiles of P(DLT)."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import logit, ndtri

from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.optimise_normal import (
    Misfit,
    box,
    cdf_and_gradient,
    fit_least_squares,
    prior_at,
)

__all__ = ["all_five", "first_guesses", "limits", "priors_that_meet", "worst_difference"]

# Enough for 1e-9 wherever a statement is likely to stand. The result is checked by the prior's own `cdf`; one
# that misses by less than `_NEARLY`, as under a wide spread of the slope, is fitted further on more nodes.
_NODES, *_MORE_NODES = 1281, 8 * 1281, 64 * 1281
_NEARLY = 1e-3
# Largest difference in probability of a prior that counts as meeting the statements exactly.
_EXACT = 1e-9
# First guesses of the log standard deviation of log beta: both of two solutions are found from them.
_FIRST_LOG_SDS = (-0.7, -2.0, 0.3, -3.5)


def priors_that_meet(
    asked: Sequence[Quantile], reference: float, correlation: float | None, max_correlation: float
) -> list[NormalPrior]:
    """All priors found to meet every statement, widest slope first, or else the nearest in normal scores."""
    misfit = _misfit(asked, reference, correlation)
    lower, upper = limits(correlation, max_correlation)
    found: list[tuple[float, NormalPrior]] = []
    for start in first_guesses(asked, reference, correlation, max_correlation):
        fitted = fit_least_squares(misfit, start, lower, upper)
        prior = prior_at(all_five(fitted, correlation), reference)
        if any(_same(prior, other) for _, other in found):
            continue
        worst = worst_difference(prior, asked)[0]
        for number in _MORE_NODES:
            if not _EXACT <= worst < _NEARLY:
                break
            finer = _misfit(asked, reference, correlation, number=number)
            fitted = fit_least_squares(finer, fitted, lower, upper)
            prior = prior_at(all_five(fitted, correlation), reference)
            worst = worst_difference(prior, asked)[0]
        found.append((worst, prior))
    exact = [prior for worst, prior in found if worst < _EXACT]
    if exact:
        return sorted(exact, key=lambda prior: -prior.sd[1])
    return [min(found, key=lambda pair: pair[0])[1]]


def worst_difference(prior: NormalPrior, asked: Sequence[Quantile]) -> tuple[float, Quantile]:
    """Largest difference between an achieved and an asked probability, and its statement."""
    log_ratio = np.log([q.dose / prior.reference_dose for q in asked])
    achieved = prior.cdf(log_ratio, logit([q.prob_dlt for q in asked]))
    differences = np.abs(achieved - [q.probability for q in asked])
    return float(differences.max()), asked[int(differences.argmax())]


def _misfit(
    asked: Sequence[Quantile],
    reference: float,
    correlation: float | None,
    number: int = _NODES,
) -> Misfit:
    """Achieved minus asked probabilities, as normal scores."""
    log_ratio = np.log([q.dose / reference for q in asked])
    bound = logit([q.prob_dlt for q in asked])
    probability = np.array([q.probability for q in asked])
    score = ndtri(probability)

    def misfit(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cdf, gradient, _ = cdf_and_gradient(all_five(parameters, correlation), log_ratio, bound, number)
        gradient = gradient[:, : len(parameters)]
        reached = ndtri(np.clip(cdf, 1e-300, 1 - 1e-16))
        steepness = math.sqrt(2 * math.pi) * np.exp(0.5 * reached * reached)
        return reached - score, gradient * np.minimum(steepness, 1e300)[:, None]

    return misfit


def all_five(parameters: np.ndarray, correlation: float | None) -> np.ndarray:
    """The numbers of a prior from those that are fitted: without the correlation if it is given."""
    return parameters if correlation is None else np.append(parameters, correlation)


def limits(correlation: float | None, max_correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest values of the numbers that are fitted."""
    lower, upper = box(max_correlation)
    return (lower, upper) if correlation is None else (lower[:4], upper[:4])


def _same(one: NormalPrior, other: NormalPrior) -> bool:
    numbers = ((*prior.mean, *prior.sd, prior.correlation) for prior in (one, other))
    return bool(np.allclose(*numbers, rtol=0, atol=1e-4))


def first_guesses(
    asked: Sequence[Quantile], reference: float, correlation: float | None, max_correlation: float
) -> list[np.ndarray]:
    """First guesses of the numbers to fit: the line through the doses' medians, and several spreads."""
    doses = sorted({q.dose for q in asked})
    centre, spread = [], []
    for dose in doses:
        score = ndtri([q.probability for q in asked if q.dose == dose])
        bound = logit([q.prob_dlt for q in asked if q.dose == dose])
        rise = np.polyfit(score, bound, 1)[0] if len(score) > 1 else 1.0
        spread.append(max(float(rise), 0.1))
        centre.append(float(np.mean(bound - rise * score)))
    position = np.log(np.array(doses) / reference)
    slope = max(float(np.polyfit(position, centre, 1)[0]), 0.05)
    nearest = int(np.argmin(np.abs(position)))
    intercept = centre[nearest] - slope * position[nearest]
    first = [intercept, math.log(spread[nearest]), math.log(slope)]
    correlations = [[share * max_correlation] for share in (0.0, 0.6, -0.6)] if correlation is None else [[]]
    return [np.array([*first, log_sd, *last]) for log_sd in _FIRST_LOG_SDS for last in correlations]
