"""Operating characteristics of several designs side by side, over scenarios."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.plots.check_result import check_characteristics
from bayesdose.plots.dots import DotPanel, plot_dots, scenario_names
from bayesdose.plots.style import note_of
from bayesdose.plots.uncertainty import method_of, value_and_ends

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_characteristics"]

# Name, title, unit, and the ends that the axis reaches and that no interval passes.
_PANELS = (
    ("correct_selection", "recommends\nthe MTD", "probability", (0.0, 1.0)),
    ("underdose_selection", "recommends\nless", "probability", (0.0, 1.0)),
    ("overdose_selection", "recommends\nmore", "probability", (0.0, 1.0)),
    ("proportion_treated_at_mtd", "treated\nat the MTD", "share of patients", (0.0, 1.0)),
    ("proportion_overdosed", "treated\nabove the MTD", "share of patients", (0.0, 1.0)),
    ("dlt_rate", "with\nDLT", "share of patients", (0.0, 1.0)),
    ("expected_sample_size", "expected\nsample size", "patients", (0.0, None)),
    ("expected_duration", "expected\nduration", "days", (0.0, None)),
)

_CONVENTIONS = (
    "Recommending no dose counts as less than the MTD. With no MTD it is correct, and every dose is above."
)


@checked
def plot_characteristics(characteristics: xr.Dataset, *, note: str = "") -> "Figure":
    """Selection, allocation, overdosing, sample size and duration, by design and scenario.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`, of at most ten designs.
    note : str, optional
        Printed below the panels, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a characteristic, one row a scenario with its true MTD, one mark a design. Exact results
        are marks alone; simulated ones have a bar of 1.96 Monte Carlo standard errors to either side, cut
        at 0 and, for probabilities, at 1; truncated graphs have a bar between their certain bounds.
        Recommending no dose counts as less than the MTD, and where no dose is the MTD as correct; every
        dose is above it there. Without durations their panel is left out. 16 cm wide; three designs in eight
        scenarios are 18 cm high, six are 26 cm, and more with long names.

    Raises
    ------
    InputError
        If this is no such result, or it has more than ten designs.

    References
    ----------
    Morris TP, White IR, Crowther MJ (2019). Using simulation studies to evaluate statistical methods.
    Statistics in Medicine 38:2074-2102, for Monte Carlo standard errors.
    """
    panels = [panel for panel in _PANELS if panel[0] != "expected_duration" or panel[0] in characteristics]
    check_characteristics(characteristics, [name for name, *_ in panels])
    designs = [str(design) for design in characteristics["design"].values]
    bars, words = method_of(characteristics, "correct_selection")
    duration = characteristics.attrs.get("duration_assumption")
    days = f" Days: {duration}." if duration and "expected_duration" in characteristics else ""
    return plot_dots(
        [_panel(characteristics, *panel) for panel in panels],
        designs,
        scenario_names(characteristics),
        columns=4,
        styles=range(len(designs)),
        bars=bars,
        note=[words + days, _CONVENTIONS, note_of(characteristics, note)],
    )


def _panel(
    characteristics: xr.Dataset,
    name: str,
    title: str,
    unit: str,
    limits: tuple[float | None, float | None],
) -> DotPanel:
    value, low, high = value_and_ends(characteristics, name, ("design", "scenario"), limits)
    return DotPanel(title, unit, value, low, high, limits)
