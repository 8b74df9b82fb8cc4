"""Results as a labelled dataset: coordinates with their units, the truth, and what made them."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import xarray as xr

from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.averages import DURATION_QUANTILES, Variables
from bayesdose.simulation.comparison import Comparison
from bayesdose.simulation.obd_characteristics import OBDTruth
from bayesdose.simulation.truth import Truth
from bayesdose.treatments import Grid, TreatmentGrid
from bayesdose.trial import StopReason

__all__ = ["dataset", "labelled"]

_MEASURED = {
    "expected_patients": "patients",
    "expected_dlts": "patients",
    "expected_excess_dlts": "patients",
    "expected_sample_size": "patients",
    **{
        f"expected_patients_{where}": "patients"
        for where in ("below_obd", "at_obd", "above_obd", "at_recommended")
    },
    "expected_responses": "patients",
    "expected_total_responses": "patients",
    "expected_stage_patients": "patients",
    "expected_stage_dlts": "patients",
    "expected_duration": "days",
    "expected_stage_duration": "days",
    "duration_quantile": "days",
}
_KINDS = ("", "_mcse", "_lower", "_upper", "_difference", "_difference_mcse")
_UNITS = {name + kind: {"units": unit} for name, unit in _MEASURED.items() for kind in _KINDS}


def labelled(found: Variables, comparison: Comparison, attrs: Mapping[str, Any]) -> xr.Dataset:
    """A dataset of what was found in a comparison: see `dataset`."""
    asked = comparison.asked
    stages = {"stage": list(asked.stages)}
    return dataset(
        found,
        comparison.designs,
        comparison.hashes(),
        comparison.scenarios,
        comparison.truth,
        asked.max_patients,
        attrs,
        stages,
    )


def dataset(
    found: Variables,
    designs: Iterable[str],
    hashes: Sequence[str],
    scenarios: Sequence[Scenario],
    truth: Truth,
    max_patients: int,
    attrs: Mapping[str, Any],
    coordinates: Mapping[str, Any],
    units: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> xr.Dataset:
    """A dataset of what was found, with coordinates, the truth, units and the designs' hashes.

    It is made at once: xarray aligns all variables each time that one is added. Of the coordinates given,
    those that a variable has are in it.
    """
    designs, grid = list(designs), scenarios[0].grid
    mtd_labels = [
        ", ".join(grid.labels[mtd] for mtd in mtds if mtd >= 0) or "none" for mtds in truth.mtds.tolist()
    ]
    always = {
        "design": designs,
        "scenario": [scenario.name for scenario in scenarios],
        "dose": ("dose", list(grid.values), {"units": grid.unit}),
        **_regimens(grid),
        "recommendation": ["none", *grid.labels],
        "patients": ("patients", np.arange(max_patients + 1), {"units": "patients"}),
        "stop_reason": [reason.value for reason in StopReason][1:],
    }
    dims = {dim for names, _ in found.values() for dim in names}
    optional = {"other_design": designs, "quantile": list(DURATION_QUANTILES), **coordinates}
    known = {**_UNITS, **units}
    return xr.Dataset(
        {
            **{name: (names, values, known.get(name)) for name, (names, values) in found.items()},
            "true_prob_dlt": (("scenario", "dose"), truth.prob_dlt),
            "mtd": ("scenario", mtd_labels, {"long_name": "true MTD"}),
            **_obd(truth.obd, grid),
            "design_hash": ("design", list(hashes)),
        },
        always | {dim: values for dim, values in optional.items() if dim in dims},
        attrs,
    )


def _obd(obd: OBDTruth | None, grid: Grid) -> dict[str, Any]:
    """True P(response) and the OBD, where responses count."""
    if obd is None:
        return {}
    labels = [grid.labels[dose] if dose >= 0 else "none" for dose in obd.obds.tolist()]
    return {
        "true_prob_response": (("scenario", "dose"), obd.prob_response),
        "obd": ("scenario", labels, {"long_name": "true OBD"}),
    }


def _regimens(grid: Grid) -> dict[str, Any]:
    """The regimen of each dose, where there are several."""
    if not isinstance(grid, TreatmentGrid):
        return {}
    return {"regimen": ("dose", [grid.regimens[number].name for number in grid.regimen_of])}
