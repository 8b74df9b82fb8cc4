"""Dose-randomised expansion, exactly: which dose is selected, how often rightly, and in which direction."""

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Count
from bayesdose.designs.base import check_level
from bayesdose.dose_optimization.randomised_arms import RandomisedArms
from bayesdose.errors import InputError
from bayesdose.scenarios.scenario import Scenario, check_scenarios

__all__ = ["randomised_after_escalation", "randomised_selection"]

_Scenarios = Annotated[Sequence[Scenario], at.MinLen(1)]


@checked
def randomised_selection(
    arms: RandomisedArms, scenarios: _Scenarios, levels: Annotated[tuple[Count, ...], at.MinLen(2)]
) -> xr.Dataset:
    """Which of some doses is selected when patients are randomised to them, exact by multinomials.

    Parameters
    ----------
    arms : RandomisedArms
        Patients of each dose, and how one is chosen.
    scenarios : sequence of Scenario
        True curves, with P(response).
    levels : tuple of int
        Level numbers of the doses, in increasing order; usually two or three.

    Returns
    -------
    xarray.Dataset
        ``selection_probability (scenario, recommendation)``; ``correct_selection (scenario)``, of the dose
        with the highest expected utility of those that keep the limits, or of none where none does; its
        label, ``best``. Over ``pair`` of doses, ``right_direction``: the probability that the posterior mean
        utilities differ as the true ones do (NaN where those are equal), and ``tied``, that they do not.
        ``expected_responses`` and ``expected_dlts (scenario, dose)``, in patients.

    Raises
    ------
    InputError
        If levels are not in increasing order on the grid, or a scenario has no P(response).

    Examples
    --------
    >>> import bayesdose as bd
    >>> grid = bd.DoseGrid((1, 3, 10), "mg")
    >>> curve = bd.scenarios.Scenario("flat", grid, (0.05, 0.1, 0.3), prob_response=(0.1, 0.4, 0.42))
    >>> found = randomised_selection(RandomisedArms(20), [curve], levels=(2, 3))
    >>> found["correct_selection"].round(3).values.tolist()
    [0.755]
    """
    grid, prob = _prob_outcome(scenarios)
    if sorted(set(levels)) != list(levels):
        raise InputError("levels", got=levels, wanted="different level numbers in increasing order")
    check_level("levels", levels[-1], grid)
    doses = np.array(levels) - 1
    labels = [grid.labels[dose] for dose in doses]
    selected = _selected(arms, prob[:, doses])
    best = arms.aim.obd(prob[:, doses])
    pairs = list(combinations(range(len(doses)), 2))
    direction = np.array([[_direction(arms, *one[doses][list(pair)]) for pair in pairs] for one in prob])
    dims = ("scenario", "pair")
    return xr.Dataset(
        {
            "selection_probability": (("scenario", "recommendation"), selected),
            "correct_selection": ("scenario", np.take_along_axis(selected, best[:, None] + 1, axis=1)[:, 0]),
            "best": ("scenario", [labels[one] if one >= 0 else "none" for one in best.tolist()]),
            "right_direction": (dims, direction[..., 0]),
            "tied": (dims, direction[..., 1]),
            "expected_responses": (
                ("scenario", "dose"),
                arms.patients * prob[:, doses, 1:3].sum(axis=-1),
                {"units": "patients"},
            ),
            "expected_dlts": (
                ("scenario", "dose"),
                arms.patients * prob[:, doses, 2:].sum(axis=-1),
                {"units": "patients"},
            ),
        },
        coords={
            "scenario": [one.name for one in scenarios],
            "recommendation": ["none", *labels],
            "pair": [f"{labels[low]} against {labels[high]}" for low, high in pairs],
            "dose": ("dose", [grid.values[dose] for dose in doses], {"units": grid.unit}),
        },
        attrs={"patients_per_arm": arms.patients, "obd_rule": str(arms.aim)},
    )


@checked
def randomised_after_escalation(
    arms: RandomisedArms,
    result: xr.Dataset,
    scenarios: _Scenarios,
    doses: Annotated[int, at.Ge(2), at.Le(5)] = 2,
) -> xr.Dataset:
    """An escalation, then patients randomised to the dose that it recommends and those just below it.

    The escalation's patients are not counted again, so what is selected depends on it through the recommended
    dose alone. A recommended dose with none below it is expanded alone.

    Parameters
    ----------
    arms : RandomisedArms
        Patients of each dose, and how one is chosen.
    result : xarray.Dataset
        Result of `operating_characteristics` for the escalation's designs, exact or simulated.
    scenarios : sequence of Scenario
        The same scenarios, with P(response).
    doses : int, default 2
        Doses that are compared, the recommended one among them.

    Returns
    -------
    xarray.Dataset
        ``selection_probability (design, scenario, recommendation)``, ``correct_selection (design,
        scenario)``, of the best of all doses by the arms' utility and limits, ``best (scenario)``, and
        ``expected_expansion_patients (design, scenario)``.

    Raises
    ------
    InputError
        If the result is of other scenarios or doses, was truncated, or a scenario has no P(response).
    """
    grid, prob = _prob_outcome(scenarios)
    names = [one.name for one in scenarios]
    known = "selection_probability" in result and "design" in result.coords
    if not known or result["scenario"].values.tolist() != names or result.sizes["dose"] != len(grid):
        raise InputError(
            "randomised_after_escalation, result",
            got=f"scenarios {result['scenario'].values.tolist() if known else 'none'}",
            wanted=f"operating characteristics in the scenarios given, {names}, on their doses",
        )
    if result.attrs.get("unresolved_probability", 0.0) > 0:
        raise InputError(
            "randomised_after_escalation, result", got="a truncated graph's", wanted="one without bounds"
        )
    escalated = result["selection_probability"].transpose("design", "scenario", "recommendation").values
    after = np.zeros((len(names), len(grid) + 1, len(grid) + 1))
    after[:, 0, 0] = 1.0
    expanded = np.zeros(len(grid) + 1)
    for dose in range(len(grid)):
        compared = np.arange(max(0, dose - doses + 1), dose + 1)
        after[:, dose + 1, [0, *(compared + 1)]] = _selected(arms, prob[:, compared])
        expanded[dose + 1] = arms.patients * len(compared)
    selected = np.einsum("dsr,srt->dst", escalated, after)
    best = arms.aim.obd(prob)
    right = np.take_along_axis(selected, np.broadcast_to(best[:, None] + 1, (*selected.shape[:2], 1)), axis=2)
    return xr.Dataset(
        {
            "selection_probability": (("design", "scenario", "recommendation"), selected),
            "correct_selection": (("design", "scenario"), right[..., 0]),
            "best": ("scenario", [grid.labels[one] if one >= 0 else "none" for one in best.tolist()]),
            "expected_expansion_patients": (
                ("design", "scenario"),
                escalated @ expanded,
                {"units": "patients"},
            ),
        },
        coords={
            "design": result["design"].values,
            "scenario": names,
            "recommendation": ["none", *grid.labels],
        },
        attrs={"patients_per_arm": arms.patients, "doses_compared": doses, "obd_rule": str(arms.aim)},
    )


def _prob_outcome(scenarios: Sequence[Scenario]) -> tuple:
    """The scenarios' grid, and their probabilities of the four outcomes, shape (S, K, 4)."""
    check_scenarios(scenarios)
    return scenarios[0].grid, np.stack([one.prob_outcome(4) for one in scenarios])


def _selected(arms: RandomisedArms, prob: np.ndarray) -> np.ndarray:
    """P(no arm is selected), then each, shape (S, 1 + A), from outcomes' probabilities (S, A, 4)."""
    _, mean, admissible = arms.results()
    score, place = np.unique(np.where(admissible, mean, -1.0), return_inverse=True)
    weights = arms.prob_results(prob).reshape(-1, len(place))
    each = np.stack([np.bincount(place, row, len(score)) for row in weights]).reshape(*prob.shape[:2], -1)
    at_most = np.cumsum(each, axis=-1)
    below = at_most - each
    some = score > 0
    parts = [np.where(some[0], 0.0, each[..., 0]).prod(axis=1)]
    for arm in range(prob.shape[1]):
        lower, higher = below[:, :arm].prod(axis=1), at_most[:, arm + 1 :].prod(axis=1)
        parts.append((each[:, arm] * lower * higher)[:, some].sum(axis=-1))
    return np.stack(parts, axis=1)


def _direction(arms: RandomisedArms, low: np.ndarray, high: np.ndarray) -> tuple[float, float]:
    """P(the mean utilities of two arms differ as the true ones do), NaN if those do not, and P(tied)."""
    _, mean, _ = arms.results()
    score, place = np.unique(mean, return_inverse=True)
    first, second = (np.bincount(place, arms.prob_results(one), len(score)) for one in (low, high))
    rises = float(second @ (np.cumsum(first) - first))
    tied = float(first @ second)
    apart = float(np.round(arms.utility.mean(high) - arms.utility.mean(low), 9))
    right = rises if apart > 0 else 1 - rises - tied
    return (right if apart else np.nan), tied
