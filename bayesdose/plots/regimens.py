"""What figures of several regimens need: where each one's doses stand, and each one's MTD."""

import numpy as np
import xarray as xr

__all__ = ["mtds_of", "places_by_regimen"]


def places_by_regimen(result: xr.Dataset) -> list[np.ndarray]:
    """Positions of each regimen's doses along the dose axis: no line joins doses of two regimens."""
    places = np.arange(result.sizes["dose"])
    if "regimen" not in result.coords:
        return [places]
    regimen = result["regimen"].values
    return [places[regimen == name] for name in dict.fromkeys(regimen.tolist())]


def mtds_of(one: xr.Dataset) -> list[str]:
    """Labels of the MTDs of one scenario, one for each regimen that has one."""
    label = str(one["mtd"].item())
    return label.split(", ") if "regimen" in one.coords else [label]
