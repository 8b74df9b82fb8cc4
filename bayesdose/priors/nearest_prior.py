"""The prior nearest to stated quantiles of P(DLT) that no prior meets, on the logit scale."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.special import logit, ndtri

from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.meet_quantiles import all_five, first_guesses, limits
from bayesdose.priors.optimise_normal import (
    Misfit,
    fit_least_squares,
    fit_minimax,
    prior_at,
    quantile_and_gradient,
)

__all__ = ["MOST_WIDTH_CHANGE", "Criterion", "asked_widths", "nearest_prior"]

Criterion = Literal["least-squares", "minimax"]

# Share by which an interval's width on the logit scale may differ from the asked one, where a prior exists
# that keeps to it; the search aims a little below.
MOST_WIDTH_CHANGE = 0.25
_AIM = 0.24
_WEIGHT_OF_EXCESS = 100.0
# From each first guess the search comes near on few nodes; the best is then fitted to the end.
_FEW_NODES, _NODES = 161, 641
_NEAR = 1e-4


def nearest_prior(
    asked: Sequence[Quantile],
    reference: float,
    correlation: float | None,
    max_correlation: float,
    criterion: Criterion,
) -> tuple[NormalPrior, bool]:
    """The prior whose quantiles are nearest to the asked ones, searched from every first guess.

    Differences are those of logit P(DLT), in units of the asked standard deviation at the dose: a narrow
    interval counts as much as a wide one. If that changes the width of an interval by more than a quarter,
    the nearest prior that does not is looked for, and taken if there is one; the second value says whether
    all widths are kept.
    """
    prior, change = _nearest(asked, reference, correlation, max_correlation, criterion, 0.0)
    if change > MOST_WIDTH_CHANGE:
        other, less = _nearest(asked, reference, correlation, max_correlation, criterion, _WEIGHT_OF_EXCESS)
        if less <= MOST_WIDTH_CHANGE:
            return other, True
    return prior, change <= MOST_WIDTH_CHANGE


def asked_widths(asked: Sequence[Quantile]) -> dict[float, tuple[int, int]]:
    """Positions of the lowest and the highest statement at each dose that has at least two."""
    places: dict[float, list[int]] = {}
    for place in sorted(range(len(asked)), key=lambda place: asked[place].probability):
        places.setdefault(asked[place].dose, []).append(place)
    return {dose: (these[0], these[-1]) for dose, these in places.items() if len(these) > 1}


def _nearest(
    asked: Sequence[Quantile],
    reference: float,
    correlation: float | None,
    max_correlation: float,
    criterion: Criterion,
    weight: float,
) -> tuple[NormalPrior, float]:
    """The nearest prior, and the largest share by which it changes a width."""
    near = _misfit(asked, reference, correlation, weight, _FEW_NODES)
    misfit = _misfit(asked, reference, correlation, weight, _NODES)
    lower, upper = limits(correlation, max_correlation)

    def size(parameters: np.ndarray) -> float:
        differences = misfit(parameters)[0]
        return float(np.abs(differences).max() if criterion == "minimax" else np.sum(differences**2))

    found: list[np.ndarray] = []
    for start in first_guesses(asked, reference, correlation, max_correlation):
        fitted = fit_least_squares(near, start, lower, upper, _NEAR)
        if not any(np.allclose(fitted, other, rtol=0, atol=1e-2) for other in found):
            found.append(fitted)
    if criterion == "minimax":
        best = min((fit_minimax(misfit, one, lower, upper) for one in found), key=size)
    else:
        best = fit_least_squares(misfit, min(found, key=size), lower, upper)
    wide = _misfit(asked, reference, correlation, 1.0, _NODES)(best)[0][len(asked) :]
    return prior_at(all_five(best, correlation), reference), float(wide.max(initial=0.0)) + _AIM


def _misfit(
    asked: Sequence[Quantile], reference: float, correlation: float | None, weight: float, number: int
) -> Misfit:
    """Differences of the quantiles and, if they have a weight, what a width changes beyond the aim."""
    log_ratio = np.log([q.dose / reference for q in asked])
    probability = np.array([q.probability for q in asked])
    bound = logit([q.prob_dlt for q in asked])
    low, high = np.array(list(asked_widths(asked).values())).T
    width = bound[high] - bound[low]
    spread = width / (ndtri(probability[high]) - ndtri(probability[low]))
    at_dose = {asked[place].dose: sd for place, sd in zip(low, spread, strict=True)}
    usual = float(np.exp(np.mean(np.log(spread))))
    unit = np.array([at_dose.get(q.dose, usual) for q in asked])

    def misfit(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        position, gradient = quantile_and_gradient(
            all_five(parameters, correlation), log_ratio, probability, number
        )
        gradient = gradient[:, : len(parameters)]
        differences, slopes = (position - bound) / unit, gradient / unit[:, None]
        if not weight:
            return differences, slopes
        change = (position[high] - position[low]) / width - 1
        excess = np.maximum(np.abs(change) - _AIM, 0)
        rise = np.where(excess > 0, np.sign(change), 0.0) / width
        return (
            np.concatenate([differences, weight * excess]),
            np.concatenate([slopes, weight * rise[:, None] * (gradient[high] - gradient[low])]),
        )

    return misfit
