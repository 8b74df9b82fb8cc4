"""Results as a labelled dataset: coordinates with their units, the truth, and what made them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayesdose.simulation.characteristics import DURATION_QUANTILES, Variables
from bayesdose.simulation.comparison import Comparison
from bayesdose.treatments import Grid, TreatmentGrid
from bayesdose.trial import StopReason

__all__ = ["labelled"]

_MEASURED = {
    "expected_patients": "patients",
    "expected_dlts": "patients",
    "expected_excess_dlts": "patients",
    "expected_sample_size": "patients",
    "expected_stage_patients": "patients",
    "expected_stage_dlts": "patients",
    "expected_duration": "days",
    "expected_stage_duration": "days",
    "duration_quantile": "days",
}
_KINDS = ("", "_mcse", "_lower", "_upper", "_difference", "_difference_mcse")
_UNITS = {name + kind: {"units": unit} for name, unit in _MEASURED.items() for kind in _KINDS}


def labelled(found: Variables, comparison: Comparison, attrs: Mapping[str, Any]) -> xr.Dataset:
    """A dataset of what was found, with coordinates, the truth, units and the designs' hashes.

    It is made at once: xarray aligns all variables each time that one is added.
    """
    designs, truth, asked = list(comparison.designs), comparison.truth, comparison.asked
    grid = comparison.scenarios[0].grid
    mtd_labels = [
        ", ".join(grid.labels[mtd] for mtd in mtds if mtd >= 0) or "none" for mtds in truth.mtds.tolist()
    ]
    coordinates = {
        "design": designs,
        "scenario": [scenario.name for scenario in comparison.scenarios],
        "dose": ("dose", list(grid.values), {"units": grid.unit}),
        **_regimens(grid),
        "recommendation": ["none", *grid.labels],
        "patients": ("patients", np.arange(asked.max_patients + 1), {"units": "patients"}),
        "stop_reason": [reason.value for reason in StopReason][1:],
    }
    dims = {dim for names, _ in found.values() for dim in names}
    for dim, values in {
        "other_design": designs,
        "quantile": list(DURATION_QUANTILES),
        "stage": list(asked.stages),
    }.items():
        if dim in dims:
            coordinates[dim] = values
    return xr.Dataset(
        {
            **{name: (names, values, _UNITS.get(name)) for name, (names, values) in found.items()},
            "true_prob_dlt": (("scenario", "dose"), truth.prob_dlt),
            "mtd": ("scenario", mtd_labels, {"long_name": "true MTD"}),
            "design_hash": ("design", comparison.hashes()),
        },
        coordinates,
        attrs,
    )


def _regimens(grid: Grid) -> dict[str, Any]:
    """The regimen of each dose, where there are several."""
    if not isinstance(grid, TreatmentGrid):
        return {}
    return {"regimen": ("dose", [grid.regimens[number].name for number in grid.regimen_of])}
