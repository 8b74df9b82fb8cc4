"""Differences between designs on the same simulated patients."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.plots.check_result import check_characteristics, check_result
from bayesdose.plots.dots import DotPanel, plot_dots, scenario_names
from bayesdose.plots.style import note_of
from bayesdose.plots.uncertainty import NORMAL_95

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_differences"]

_MAKER = "the result of operating_characteristics with method=bd.MonteCarlo(...)"
_PANELS = (
    ("correct_selection", "recommends\nthe MTD", "difference in probability"),
    ("overdose_selection", "recommends\nmore", "difference in probability"),
    ("expected_sample_size", "expected\nsample size", "difference (patients)"),
    ("proportion_treated_at_mtd", "treated\nat the MTD", "difference in share"),
    ("proportion_overdosed", "treated\nabove the MTD", "difference in share"),
    ("dlt_rate", "with\nDLT", "difference in share"),
)


@checked
def plot_differences(
    characteristics: xr.Dataset, reference: str | None = None, *, note: str = ""
) -> "Figure":
    """Each design's characteristics less those of a reference design, on the same patients.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics` with ``method=bd.MonteCarlo(...)``, of two to ten designs.
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
        If the result is not from simulation, has one design or more than ten, or lacks the reference.

    References
    ----------
    Morris TP, White IR, Crowther MJ (2019). Using simulation studies to evaluate statistical methods.
    Statistics in Medicine 38:2074-2102, for Monte Carlo standard errors.
    """
    names = [name for name, *_ in _PANELS]
    check_characteristics(characteristics, names)
    errors = [f"{name}_difference_mcse" for name in names]
    if not set(errors) & set(characteristics.data_vars):
        raise InputError(
            "characteristics",
            got="no differences between designs",
            wanted=_MAKER,
            fix="Exact results have no error: subtract one design's from another's.",
        )
    drawn = [*errors, *(f"{name}_difference" for name in names)]
    check_result(
        characteristics,
        "characteristics",
        _MAKER,
        numbers=dict.fromkeys(drawn, ("design", "other_design", "scenario")),
        texts={"other_design": ("other_design",)},
    )
    designs = [str(design) for design in characteristics["design"].values]
    reference = designs[0] if reference is None else reference
    if reference not in designs:
        raise InputError.unknown_name("reference", reference, designs)
    compared = [str(design) for design in characteristics["other_design"].values]
    if reference not in compared:
        raise InputError("reference", got=reference, wanted="a design in `other_design` too")
    others = [number for number, design in enumerate(designs) if design != reference]
    if not others:
        raise InputError("characteristics", got="one design", wanted="two designs or more")
    trials = characteristics.attrs.get("trials")
    number = "" if trials is None else f" {int(trials):,} simulated trials of each design and scenario."
    words = f"Each design less {reference}, on the same simulated patients.{number}"
    against = characteristics.isel(design=others, other_design=compared.index(reference))
    return plot_dots(
        [_panel(against, *panel) for panel in _PANELS],
        [designs[number] for number in others],
        scenario_names(characteristics),
        columns=3,
        styles=others,
        bars="95 % Monte Carlo interval",
        note=[words, note_of(characteristics, note)],
    )


def _panel(against: xr.Dataset, name: str, title: str, unit: str) -> DotPanel:
    value, error = (
        against[f"{name}_difference{kind}"].transpose("design", "scenario").values for kind in ("", "_mcse")
    )
    spread = NORMAL_95 * error
    return DotPanel(title, unit, value, value - spread, value + spread, (None, None), zero=True)
