"""Likelihood CRM, BOIN and mTPI as in the conclusions of Horton et al. (2017), on other random curves."""

from pathlib import Path

import xarray as xr

import bayesdose as bd

TARGET = 0.3


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """1 where a statement holds, else 0."""
    numbers, correct_lead, allocation_lead = {}, {}, {}
    for doses in (4, 6, 8):
        found = bd.run_study(bd.load_study(folder / f"study-{doses}-doses.toml"))
        correct, allocation = found["correct_selection"], _allocation_index(found)
        case = f"{doses} doses"
        for better, worse in (("CRM", "BOIN"), ("BOIN", "mTPI"), ("CRM", "mTPI")):
            gain = correct.sel(design=better) - correct.sel(design=worse)
            numbers[case, f"{better} selects the MTD more often than {worse}, on average"] = gain.mean() > 0
            in_most = (gain > 0).mean() > 0.5
            numbers[case, f"{better} selects the MTD more often than {worse}, in most curves"] = in_most
            correct_lead[better, worse, doses] = gain.mean()
        for worse in ("BOIN", "mTPI"):
            gain = (allocation.sel(design="CRM") - allocation.sel(design=worse)).mean()
            numbers[case, f"CRM's accuracy index of allocation is above {worse}'s, on average"] = gain > 0
            allocation_lead["CRM", worse, doses] = gain
    for what, lead in (
        ("correct selection", correct_lead),
        ("accuracy index of allocation", allocation_lead),
    ):
        for worse in ("BOIN", "mTPI"):
            four, six, eight = (lead["CRM", worse, doses] for doses in (4, 6, 8))
            numbers["more doses", f"CRM's lead over {worse} grows, {what}"] = four < six < eight
    return {key: float(holds) for key, holds in numbers.items()}


def _allocation_index(found: xr.Dataset) -> xr.DataArray:
    """One minus the patients' mean distance from the target over the doses' mean distance."""
    distance = abs(found["true_prob_dlt"] - TARGET)
    share = found["expected_patients"] / found["expected_patients"].sum("dose")
    return 1 - (distance * share).sum("dose") / distance.mean("dose")
