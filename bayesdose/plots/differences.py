"""Differences between designs on the same simulated patients."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.plots.dots import DotPanel, plot_dots, scenario_names
from bayesdose.plots.style import note_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_differences"]

_NORMAL_95 = 1.96
_PANELS = (
    ("correct_selection", "recommends\nthe MTD", "difference in probability"),
    ("overdose_selection", "recommends\nmore", "difference in probability"),
    ("expected_sample_size", "expected\nsample size", "difference (patients)"),
    ("proportion_treated_at_mtd", "treated\nat the MTD", "difference in share"),
    ("proportion_overdosed", "treated\nabove the MTD", "difference in share"),
    ("dlt_rate", "with\nDLT", "difference in share"),
)


def plot_differences(
    characteristics: xr.Dataset, reference: str | None = None, *, note: str = ""
) -> "Figure":
    """Each design's characteristics less those of a reference design, on the same patients.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics` with ``method="monte-carlo"``, of two to six designs.
    reference : str, optional
        Design that the others are compared with; the first by default.
    note : str, optional
        Printed below the panels, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a characteristic, one row a scenario, one mark a design other than the reference, with
        a bar of 1.96 Monte Carlo standard errors to either side that know of the pairing. A design has
        the colour and mark that it has in `plot_characteristics`. 16 cm wide.

    Raises
    ------
    InputError
        If the result is not from simulation, has one design or more than six, or lacks the reference.

    References
    ----------
    Morris TP, White IR, Crowther MJ (2019). Using simulation studies to evaluate statistical methods.
    Statistics in Medicine 38:2074-2102, for Monte Carlo standard errors.
    """
    missing = [name for name, *_ in _PANELS if f"{name}_difference_mcse" not in characteristics]
    if missing:
        raise InputError(
            "characteristics",
            got=f"no differences of {', '.join(missing)}",
            wanted="the result of operating_characteristics with method='monte-carlo'",
            fix="Exact results have no error: subtract one design's from another's.",
        )
    designs = [str(design) for design in characteristics["design"].values]
    reference = designs[0] if reference is None else reference
    if reference not in designs:
        raise InputError.unknown_name("reference", reference, designs)
    if reference not in characteristics["other_design"].values:
        raise InputError("reference", got=reference, wanted="a design in `other_design` too")
    others = [design for design in designs if design != reference]
    if not others:
        raise InputError("characteristics", got="one design", wanted="two designs or more")
    trials = characteristics.attrs.get("trials")
    number = "" if trials is None else f" {int(trials):,} simulated trials of each design and scenario."
    words = f"Each design less {reference}, on the same simulated patients.{number}"
    return plot_dots(
        [_panel(characteristics.sel(design=others, other_design=reference), *panel) for panel in _PANELS],
        others,
        scenario_names(characteristics),
        columns=3,
        styles=[designs.index(design) for design in others],
        bars="95 % Monte Carlo interval",
        note=[words, note_of(characteristics, note)],
    )


def _panel(against: xr.Dataset, name: str, title: str, unit: str) -> DotPanel:
    value, error = (
        against[f"{name}_difference{kind}"].transpose("design", "scenario").values for kind in ("", "_mcse")
    )
    spread = _NORMAL_95 * np.asarray(error)
    return DotPanel(title, unit, value, value - spread, value + spread, (None, None), zero=True)
