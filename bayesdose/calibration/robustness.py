"""Whether a choice holds on other scenarios, and for other values of a parameter such as the prior."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from bayesdose.calibration.judge import best_first, judged, scores_of
from bayesdose.calibration.settings import Setting
from bayesdose.calibration.wishes import Constraint, Objective
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.scenarios.scenario import Scenario

__all__ = ["best_by", "held_out"]


def held_out(
    tried: xr.Dataset,
    designs: Mapping[str, Design],
    settings: Mapping[str, Setting],
    scenarios: Sequence[Scenario],
    *,
    objectives: tuple[Objective, ...],
    constraints: tuple[Constraint, ...],
    **asked: Any,
) -> xr.Dataset:
    """Designs of a calibration on other scenarios; see `Calibration.held_out`."""
    names = [scenario.name for scenario in scenarios]
    for wish in (*objectives, *constraints):
        for name in wish.measure.scenarios:
            if name not in names:
                raise InputError.unknown_name(f"held_out, scenario of {wish}", name, names)
    there = judged(designs, settings, scenarios, objectives=objectives, constraints=constraints, **asked)
    score = scores_of(there["objective_value"].values, objectives)[:, 0]
    within = score[there["meets_constraints"].values]
    loss = (within.max() if len(within) else np.nan) - score
    return there.assign(
        calibrated_value=tried["objective_value"], loss=("design", loss), chosen=tried["chosen"]
    )


def best_by(
    tried: xr.Dataset, settings: Mapping[str, Setting], objectives: tuple[Objective, ...], parameter: str
) -> xr.Dataset:
    """The best design for each value of a parameter; see `Calibration.best_by`."""
    shown = [setting.shown for setting in settings.values()]
    if parameter not in shown[0]:
        raise InputError.unknown_name("best_by, parameter", parameter, shown[0])
    values = list(dict.fromkeys(one[parameter] for one in shown))
    others = [tuple(value for name, value in one.items() if name != parameter) for one in shown]
    place = {
        (one[parameter], rest): number for number, (one, rest) in enumerate(zip(shown, others, strict=True))
    }
    meets, names = tried["meets_constraints"].values, tried["design"].values
    order = best_first(tried, objectives)
    score = scores_of(tried["objective_value"].values, objectives)[:, 0]
    best = [
        next((number for number in order if meets[number] and shown[number][parameter] == value), None)
        for value in values
    ]
    loss = np.full((len(values), len(values)), np.nan)
    for row, value in enumerate(values):
        for column, other in enumerate(best):
            used = None if other is None else place.get((value, others[other]))
            if best[row] is not None and used is not None and meets[used]:
                loss[row, column] = score[best[row]] - score[used]
    objective = tried["objective_value"].values[:, 0]
    return xr.Dataset(
        {
            "best": (parameter, ["" if one is None else str(names[one]) for one in best]),
            "objective_value": (parameter, [np.nan if one is None else objective[one] for one in best]),
            "loss": ((parameter, "chosen_for"), loss),
        },
        {parameter: values, "chosen_for": values},
        {"objective": str(objectives[0])},
    )
