"""How far a design's operating characteristics depend on its prior, exactly."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import annotated_types as at
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Positive
from bayesdose.designs.base import Design
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import Exact
from bayesdose.simulation.operating_characteristics import operating_characteristics

__all__ = ["prior_sensitivity"]


@checked
def prior_sensitivity(
    priors: Annotated[Mapping[str, Any], at.MinLen(1)],
    build: Callable[[Any], Design],
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)],
    *,
    mtd_rule: MTDRule,
    method: Exact = Exact(),
    dlt_window: Positive | None = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """Exact operating characteristics of one design under each of several priors.

    Parameters
    ----------
    priors : mapping of str to prior
        Priors, or whatever else `build` takes (skeletons, robust weights), by the name that tables and
        figures show.
    build : callable
        Makes the design from one prior and holds everything else fixed, for example
        ``lambda prior: blrm(grid, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=36)``.
    scenarios : sequence of Scenario
        True curves, on the design's grid.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    method : Exact, optional
        Whether rare trials may be left out, and what memory may be used.
    dlt_window : float, optional
        As for `operating_characteristics`.
    progress : callable, optional
        Called with the share of the work done, the building of designs left out.

    Returns
    -------
    xarray.Dataset
        As `operating_characteristics` gives it, with ``prior`` in place of
        ``design``, and ``prior_origin`` (prior): each prior's own words on where it comes from, empty
        where it has none.

    Raises
    ------
    InputError
        If there is no prior, `build` cannot be called, or `operating_characteristics` refuses its input.
    """
    result = operating_characteristics(
        {name: build(prior) for name, prior in priors.items()},
        scenarios,
        mtd_rule=mtd_rule,
        method=method,
        dlt_window=dlt_window,
        progress=progress,
    ).rename(design="prior")
    origins = [str(getattr(prior, "origin", "")) for prior in priors.values()]
    return result.assign(prior_origin=("prior", origins))
