"""True dose-toxicity curves of several scenarios in one panel."""

from typing import TYPE_CHECKING

import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.plots.check_result import check_characteristics
from bayesdose.plots.regimens import mtds_of, places_by_regimen
from bayesdose.plots.rows import slot_width
from bayesdose.plots.style import (
    COLOURS,
    FONT,
    add_legend,
    add_note,
    dose_axis,
    dose_axis_height,
    dose_unit,
    legend_height,
    look,
    new_figure,
    note_height,
    note_of,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_scenarios"]

_PANEL_HEIGHT = 2.8  # inches
_LINES = ("-", "--", ":")


@checked
def plot_scenarios(characteristics: xr.Dataset, *, note: str = "") -> "Figure":
    """True P(DLT) by dose, a line for each scenario.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`; up to some twelve scenarios can be told apart.
    note : str, optional
        Printed below the panel, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        Doses at equal steps. The true MTD of each scenario has a ring. 16 cm wide.

    Raises
    ------
    InputError
        If this is no such result.
    """
    check_characteristics(characteristics, ["true_prob_dlt"])
    doses = [str(label) for label in characteristics["recommendation"].values[1:]]
    names = [str(name) for name in characteristics["scenario"].values]
    labels, slot = [*names, "true MTD"], slot_width(len(doses))
    paragraphs = [note_of(characteristics, note)]
    figure = new_figure(
        _PANEL_HEIGHT + dose_axis_height(doses, slot) + legend_height(labels) + note_height(paragraphs)
    )
    panel = figure.subplots()
    handles = []
    for number in range(len(names)):
        one = characteristics.isel(scenario=number)
        true, style = one["true_prob_dlt"].values, _LINES[number // len(COLOURS) % len(_LINES)]
        lines = [
            panel.plot(places, true[places], ls=style, ms=4, lw=1, **look(number))
            for places in places_by_regimen(characteristics)
        ]
        handles += lines[0]
        for mtd in set(mtds_of(one)) & set(doses):
            level = doses.index(mtd)
            panel.plot(level, true[level], "o", ms=10, mfc="none", mec="black", mew=0.8, zorder=4)
    ring = panel.plot([], [], "o", ms=8, mfc="none", mec="black", mew=0.8, ls="")
    panel.set_ylim(-0.03, 1.03)
    panel.set_ylabel("true P(DLT)", fontsize=FONT + 1)
    panel.tick_params(axis="y", labelsize=FONT)
    panel.spines[["top", "right"]].set_visible(False)
    dose_axis(panel, doses, dose_unit(characteristics), slot)
    add_legend(figure, [*handles, *ring], labels)
    add_note(figure, paragraphs)
    return figure
