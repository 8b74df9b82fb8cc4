"""The optimal benchmark with as many patients as each design treats."""

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.benchmark import optimal_benchmark

__all__ = ["matched_benchmark"]

# Numbers of patients with less probability are left out.
_NEVER = 1e-12


@checked
def matched_benchmark(
    characteristics: xr.Dataset, scenarios: tuple[Scenario, ...] | list[Scenario], mtd_rule: MTDRule
) -> xr.DataArray:
    """How often complete information on the same numbers of patients finds the MTD, for each design.

    Designs that stop early treat fewer patients. The benchmark here has as many as each trial of the design,
    so the expected number is the same: the mean of `optimal_benchmark` over the design's distribution of
    the sample size.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`.
    scenarios : sequence of Scenario
        Its scenarios.
    mtd_rule : ClosestTo or HighestBelow
        Its MTD rule.

    Returns
    -------
    xarray.DataArray
        Probability of selecting the MTD (design, scenario).

    Raises
    ------
    InputError
        If the scenarios are others, or the rule has no exact benchmark.
    """
    if [one.name for one in scenarios] != characteristics["scenario"].values.tolist():
        raise InputError("scenarios", got=f"{len(scenarios)} of them", wanted="those of the characteristics")
    sizes = characteristics["sample_size_probability"]
    used = [int(n) for n in sizes["patients"][(sizes > _NEVER).any(("design", "scenario"))].values]
    correct = xr.concat(
        [optimal_benchmark(scenarios, n, mtd_rule)["correct_selection"] for n in used],
        dim=xr.DataArray(used, dims="patients", name="patients"),
    )
    found = (sizes.sel(patients=used) * correct).sum("patients")
    return found.transpose("design", "scenario").assign_attrs(
        long_name="correct selection by complete information"
    )
