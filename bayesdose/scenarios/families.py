"""Curves of a family through stated points, and moderate toxicity beside DLT."""

from typing import Annotated

import annotated_types as at
import attrs
import numpy as np
from scipy.special import expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Name, Positive, Share
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.scenario import Scenario

__all__ = ["emax_scenario", "logistic_scenario", "with_moderate_toxicity"]

# Dose in the unit of the grid, and P(DLT) there.
Point = tuple[Positive, InnerProbability]
# Odds cannot be told from infinite ones above exp(100).
# Ratio of two doses that is a mistake in any unit.
_WIDEST = 1e100
Shift = Annotated[float, at.Ge(0), at.Le(100)]


@checked
def logistic_scenario(name: Name, grid: DoseGrid, low: Point, high: Point) -> Scenario:
    """The two-parameter logistic curve in log dose through two points.

    ``logit P(DLT) = a + b log(dose)``, the family of `two_parameter_logistic`.

    Parameters
    ----------
    name : str
        Name of the scenario.
    grid : DoseGrid
        The doses. The points' doses need not be on it.
    low, high : (float, float)
        Dose in the grid's unit, and P(DLT) there; the lower dose first.

    Returns
    -------
    Scenario
        The curve at the grid's doses; its source names the points.

    Raises
    ------
    InputError
        If a dose is not positive, the doses do not increase, a probability is not inside (0, 1), or
        P(DLT) falls from `low` to `high`.

    Examples
    --------
    >>> scenario = logistic_scenario("logistic", DoseGrid((1, 2, 4), "mg"), (1, 0.1), (4, 0.3))
    >>> [round(p, 3) for p in scenario.prob_dlt]
    [0.1, 0.179, 0.3]
    """
    doses, probs = _points("logistic curve", grid, low, high)
    slope = np.diff(logit(probs)) / np.diff(np.log(doses))
    curve = expit(logit(probs[0]) + slope * np.log(np.array(grid.values) / doses[0]))
    source = f"logistic in log dose through {_told(low, grid)} and {_told(high, grid)}"
    return Scenario(name, grid, _rising(curve), source=source)


@checked
def emax_scenario(
    name: Name, grid: DoseGrid, low: Point, high: Point, *, hill: Positive = 1.0, baseline: Share = 0.0
) -> Scenario:
    """The Emax curve through two points.

    ``P(DLT) = baseline + emax * dose**hill / (ed50**hill + dose**hill)``. Hill coefficient and baseline
    are given; emax and ed50 follow from the points.

    Parameters
    ----------
    name : str
        Name of the scenario.
    grid : DoseGrid
        The doses. The points' doses need not be on it.
    low, high : (float, float)
        Dose in the grid's unit, and P(DLT) there; the lower dose first.
    hill : float, default 1
        Hill coefficient, positive; above 1 the curve is a sigmoid.
    baseline : float, default 0
        P(DLT) without the drug.

    Returns
    -------
    Scenario
        The curve at the grid's doses; its source names the points.

    Raises
    ------
    InputError
        If a point is not usable (as for `logistic_scenario`), the Hill coefficient is not positive,
        the baseline is not from 0 to below the points' probabilities, or no Emax curve with
        baseline + emax at most 1 passes through the points: P(DLT) above the baseline must rise less
        than proportionally to dose**hill, but not so slowly as to need a larger plateau than 1.

    Examples
    --------
    >>> scenario = emax_scenario("emax", DoseGrid((1, 2, 4), "mg"), (1, 0.1), (4, 0.25))
    >>> [round(p, 3) for p in scenario.prob_dlt]
    [0.1, 0.167, 0.25]
    """
    doses, probs = _points("Emax curve", grid, low, high)
    if baseline >= probs[0]:
        wanted = f"a probability below that of the lower point, {probs[0]:g}"
        raise InputError("baseline", got=baseline, wanted=wanted)
    # 1 / (P - baseline) is linear in dose**-hill: intercept 1 / emax, slope ed50**hill / emax.
    # Extreme coefficients make infinite powers, which stand for a P(DLT) at the baseline.
    with np.errstate(all="ignore"):
        x, y = (doses / doses[0]) ** -hill, 1 / (probs - baseline)
        slope = (y[0] - y[1]) / (x[0] - x[1])
        plateau = y[0] - slope * x[0]
        curve = baseline + 1 / (plateau + slope * (np.array(grid.values) / doses[0]) ** -hill)
    if not (slope > 0 and plateau * (1 - baseline) >= 1 - 1e-12):
        raise InputError(
            "Emax curve",
            got=f"{_told(low, grid)} and {_told(high, grid)} with Hill coefficient {hill:g}",
            wanted="points on a rising Emax curve with a plateau of at most 1",
            fix="A larger Hill coefficient allows a steeper curve; a smaller one a flatter curve.",
        )
    source = (
        f"Emax through {_told(low, grid)} and {_told(high, grid)}, Hill coefficient {hill:g}, "
        f"baseline {baseline:g}"
    )
    return Scenario(name, grid, _rising(curve), source=source)


@checked
def with_moderate_toxicity(scenario: Scenario, shift: Shift) -> Scenario:
    """The same scenario with moderate toxicity by proportional odds.

    ``logit P(at least moderate) = logit P(DLT) + shift`` at every dose, so the odds of at least a
    moderate toxicity are exp(shift) times those of a DLT. Where P(DLT) is 0 or 1, P(moderate) is 0.

    Parameters
    ----------
    scenario : Scenario
        Curve of P(DLT); what it says of moderate toxicity is replaced.
    shift : float
        Difference of the logits, not negative.

    Returns
    -------
    Scenario
        P(DLT) as it was, with P(moderate) at each dose.

    Raises
    ------
    InputError
        If the shift is negative or above 100.

    References
    ----------
    McCullagh P (1980). Regression models for ordinal data. Journal of the Royal Statistical Society
    Series B 42:109-142.

    Examples
    --------
    >>> scenario = Scenario("one", DoseGrid((1, 2), "mg"), (0.2, 0.5))
    >>> [round(p, 3) for p in with_moderate_toxicity(scenario, np.log(4)).prob_moderate]
    [0.3, 0.3]
    """
    dlt = np.array(scenario.prob_dlt)
    odds = np.exp(shift)
    # expit(logit(p) + shift) - p, written so that p = 0 and p = 1 need no infinite logits.
    moderate = odds * dlt / (1 - dlt + odds * dlt) - dlt
    told = f"moderate toxicity by proportional odds, shift {shift:g}"
    return attrs.evolve(
        scenario,
        prob_moderate=tuple(np.clip(moderate, 0, 1 - dlt).tolist()),
        source=f"{scenario.source}; {told}" if scenario.source else told,
    )


def _points(subject: str, grid: DoseGrid, low: Point, high: Point) -> tuple[np.ndarray, np.ndarray]:
    """Doses and probabilities of two points that a rising curve can pass through."""
    points = np.array([low, high])
    if low[0] >= high[0] or low[1] > high[1]:
        raise InputError(
            f"points of the {subject}",
            got=(low, high),
            wanted="two (dose, P(DLT)), the lower dose first, with a P(DLT) that does not fall",
        )
    every = (*grid.values, low[0], high[0])
    if max(every) / min(every) > _WIDEST:
        raise InputError(
            f"points of the {subject}", got=(low, high), wanted=f"doses near those of the grid, {grid}"
        )
    return points[:, 0], points[:, 1]


def _rising(curve: np.ndarray) -> tuple[float, ...]:
    # Rounding in the last bit must not make a flat part of the curve fall.
    return tuple(np.maximum.accumulate(np.clip(curve, 0, 1)).tolist())


def _told(point: Point, grid: DoseGrid) -> str:
    return f"{point[1]:g} at {point[0]:g} {grid.unit}"
