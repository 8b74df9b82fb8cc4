"""The optimal benchmark with as many patients as each design treats."""

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.simulation.benchmark_selection import exact_selection

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
    check_scenarios(scenarios)
    sizes = characteristics["sample_size_probability"]
    used = [int(n) for n in sizes["patients"][(sizes > _NEVER).any(("design", "scenario"))].values]
    prob_dlt = np.array([scenario.prob_dlt for scenario in scenarios])
    right = np.arange(-1, prob_dlt.shape[1]) == mtd_rule.mtd(prob_dlt)[:, None]
    correct = [np.sum(exact_selection(prob_dlt, n, mtd_rule, "lower"), axis=1, where=right) for n in used]
    found = (sizes.sel(patients=used) * xr.DataArray(correct, dims=("patients", "scenario"))).sum("patients")
    return found.transpose("design", "scenario").assign_attrs(
        long_name="correct selection by complete information"
    )
