"""Results as a labelled dataset: coordinates with their units, the truth, and what made them."""

import numpy as np
import xarray as xr

from bayesdose.simulation.characteristics import DURATION_QUANTILES
from bayesdose.simulation.comparison import Comparison
from bayesdose.trial import StopReason

__all__ = ["labelled"]

_UNITS = {
    "expected_patients": "patients",
    "expected_dlts": "patients",
    "expected_excess_dlts": "patients",
    "expected_sample_size": "patients",
    "expected_duration": "days",
    "duration_quantile": "days",
}
_KINDS = ("", "_mcse", "_lower", "_upper", "_difference", "_difference_mcse")


def labelled(result: xr.Dataset, comparison: Comparison) -> xr.Dataset:
    """Coordinates, the truth, units and the designs' hashes, added to a result without coordinates."""
    designs, truth = list(comparison.designs), comparison.truth
    grid = comparison.scenarios[0].grid
    result = result.assign_coords(
        design=designs,
        scenario=[scenario.name for scenario in comparison.scenarios],
        dose=("dose", list(grid.values), {"units": grid.unit}),
        recommendation=["none", *grid.labels],
        patients=("patients", np.arange(comparison.max_patients + 1), {"units": "patients"}),
        stop_reason=[reason.value for reason in StopReason][1:],
    )
    for dim, values in {"other_design": designs, "quantile": list(DURATION_QUANTILES)}.items():
        if dim in result.dims:
            result = result.assign_coords({dim: values})
    result["true_prob_dlt"] = (("scenario", "dose"), truth.prob_dlt)
    mtd_labels = ["none" if mtd < 0 else grid.labels[mtd] for mtd in truth.mtd]
    result["mtd"] = ("scenario", mtd_labels, {"long_name": "true MTD"})
    result["design_hash"] = ("design", comparison.hashes())
    for name, unit in _UNITS.items():
        for variable in {name + kind for kind in _KINDS} & set(result.data_vars):
            result[variable].attrs["units"] = unit
    return result
