"""Designs of a sweep with their exact characteristics, and with the numbers by which they are judged."""

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from bayesdose.calibration.front import on_front
from bayesdose.calibration.settings import Setting
from bayesdose.calibration.sweep import sweep
from bayesdose.calibration.wishes import Constraint, Objective
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.comparison import Comparison, check_comparable
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.method import Exact
from bayesdose.simulation.result_labels import labelled
from bayesdose.simulation.truth import Truth
from bayesdose.versions import versions_in_words

__all__ = ["best_first", "judged", "scores_of"]


def judged(
    designs: Mapping[str, Design],
    settings: Mapping[str, Setting],
    scenarios: Sequence[Scenario],
    *,
    mtd_rule: MTDRule,
    objectives: tuple[Objective, ...],
    constraints: tuple[Constraint, ...],
    method: Exact,
    dlt_window: float | None,
    executor: Executor | None = None,
    checkpoint: Path | None = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """Exact characteristics of every design, what its parameters are, and what is made of it."""
    check_comparable(designs, scenarios)
    truth = Truth(np.array([scenario.prob_dlt for scenario in scenarios]), mtd_rule)
    duration = None if dlt_window is None else Duration(dlt_window)
    comparison = Comparison(designs, scenarios, truth, duration)
    found = sweep(comparison, method, executor=executor, checkpoint=checkpoint, progress=progress)
    told = {"method": method.name, "mtd_rule": str(mtd_rule), "versions": versions_in_words()}
    tried = labelled(found, comparison, told)
    return _judged(tried.assign_coords(_parameters(tried, settings.values())), objectives, constraints)


def _parameters(
    tried: xr.Dataset, settings: Iterable[Setting]
) -> dict[str, tuple[str, list[float] | list[str]]]:
    """Coordinates along the designs: each parameter's values, as texts if one of them is."""
    columns: dict[str, list[Any]] = {}
    for setting in settings:
        for name, value in setting.shown.items():
            columns.setdefault(name, []).append(value)
    for name in columns:
        if name in tried.variables or name in tried.dims:
            wanted = "another name: results have a variable that is called so"
            raise InputError("calibrate, over", got=name, wanted=wanted)
    plain = {name: all(isinstance(one, float) for one in values) for name, values in columns.items()}
    return {
        name: ("design", values if plain[name] else [str(one) for one in values])
        for name, values in columns.items()
    }


def _judged(
    tried: xr.Dataset, objectives: Sequence[Objective], constraints: Sequence[Constraint]
) -> xr.Dataset:
    """The same designs with the numbers that decide, and what becomes of each."""
    values = np.stack([one.values(tried) for one in objectives], axis=1)
    limits = np.reshape([one.values(tried) for one in constraints], (len(constraints), len(values))).T
    excess = [one.excess(limits[:, number]) for number, one in enumerate(constraints)]
    meets = np.all([one == 0 for one in excess], axis=0) if excess else np.ones(len(values), dtype=bool)
    scores = scores_of(values, objectives)
    meets &= ~np.isnan(scores).any(axis=1)
    front = np.zeros(len(values), dtype=bool)
    front[meets] = on_front(scores[meets])
    coords: dict[str, Any] = {
        "objective": [str(one) for one in objectives],
        "objective_axis": ("objective", [_axis(one, tried) for one in objectives]),
        "better": ("objective", [one.better for one in objectives]),
    }
    found = {
        "objective_value": (("design", "objective"), values),
        "meets_constraints": ("design", meets),
        "on_front": ("design", front),
    }
    if constraints:
        coords["constraint"] = [str(one) for one in constraints]
        found["constraint_value"] = (("design", "constraint"), limits)
    tried = tried.assign(found).assign_coords(coords)
    chosen = np.zeros(len(values), dtype=bool)
    chosen[[number for number in best_first(tried, objectives) if meets[number]][:1]] = True
    return tried.assign(chosen=("design", chosen))


def _axis(objective: Objective, tried: xr.Dataset) -> str:
    """What an axis of a figure is called."""
    name = objective.measure.name
    unit = tried[name].attrs.get("units", "share" if "proportion" in name else "")
    unit = unit or ("probability" if "selection" in name and name != "selection_loss" else "")
    words = re.sub(r"\b(dlts?|mtd)\b", _capitals, str(objective.measure).replace("_", " "))
    return f"{words} ({unit})" if unit else words


def _capitals(found: re.Match) -> str:
    return found[0].upper().replace("DLTS", "DLTs")


def scores_of(values: np.ndarray, objectives: Sequence[Objective]) -> np.ndarray:
    """Numbers that are the higher the better, (D, M) as the objectives' values are.

    Numbers that differ by rounding alone are equal.
    """
    columns = [one.score(values[:, number]) for number, one in enumerate(objectives)]
    return np.round(np.stack(columns, axis=1), 12)


def best_first(tried: xr.Dataset, objectives: Sequence[Objective]) -> np.ndarray:
    """Order of designs by the first objective, equal ones by the next, then as they stand; shape (D,)."""
    values = tried["objective_value"].transpose("design", "objective").values
    # What is not defined comes last.
    return np.lexsort(-np.nan_to_num(scores_of(values, objectives).T[::-1], nan=-np.inf))
