"""Likelihood CRM, BOIN and mTPI as in the conclusions of Horton et al. (2017), on other random curves."""

from pathlib import Path

import numpy as np
import xarray as xr

import bayesdose as bd
from bayesdose.priors.skeleton import indifference_interval_skeleton

TARGET, PATIENTS, CURVES = 0.3, 30, 200


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """1 where a statement holds, else 0."""
    numbers, lead = {}, {}
    for doses in (4, 6, 8):
        found = _characteristics(doses)
        correct, allocation = found["correct_selection"], _allocation_index(found)
        case = f"{doses} doses"
        for better, worse in (("CRM", "BOIN"), ("BOIN", "mTPI"), ("CRM", "mTPI")):
            gain = correct.sel(design=better) - correct.sel(design=worse)
            numbers[case, f"{better} selects the MTD more often than {worse}, on average"] = gain.mean() > 0
            numbers[case, f"{better} selects the MTD more often than {worse}, in most curves"] = (
                gain > 0
            ).mean() > 0.5
            lead[better, worse, doses] = gain.mean()
        for worse in ("BOIN", "mTPI"):
            gain = allocation.sel(design="CRM") - allocation.sel(design=worse)
            numbers[case, f"CRM has the higher accuracy index of allocation than {worse}, in most curves"] = (
                gain > 0
            ).mean() > 0.5
    for worse in ("BOIN", "mTPI"):
        leads = [lead["CRM", worse, doses] for doses in (4, 6, 8)]
        numbers["more doses", f"CRM's lead over {worse} grows with the number of doses"] = (
            leads[0] < leads[1] < leads[2]
        )
    return {key: float(holds) for key, holds in numbers.items()}


def _characteristics(doses: int) -> xr.Dataset:
    grid = bd.DoseGrid.of_levels(doses)
    skeleton = indifference_interval_skeleton(
        target=TARGET, half_width=0.05, prior_mtd=(doses + 1) // 2, number_of_doses=doses
    )
    designs = {
        "CRM": bd.CRMMLE(grid, bd.PowerCurve(skeleton.prob_dlt), target=TARGET, max_patients=PATIENTS),
        "BOIN": bd.boin(grid, TARGET, max_patients=PATIENTS),
        "mTPI": bd.mtpi(grid, TARGET, max_patients=PATIENTS),
    }
    curves = bd.pseudo_uniform_scenarios(grid, TARGET, CURVES, rng=1)
    return bd.operating_characteristics(designs, curves, mtd_rule=bd.ClosestTo(TARGET))


def _allocation_index(found: xr.Dataset) -> xr.DataArray:
    """One minus the patients' mean distance from the target over the doses' mean distance."""
    distance = np.abs(found["true_prob_dlt"] - TARGET)
    share = found["expected_patients"] / found["expected_patients"].sum("dose")
    return 1 - (distance * share).sum("dose") / distance.mean("dose")
