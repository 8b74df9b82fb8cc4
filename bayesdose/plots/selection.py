"""Selection probabilities of several designs, one panel a scenario."""

from typing import TYPE_CHECKING, Annotated, Any

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.plots.check_result import check_characteristics
from bayesdose.plots.panel_rows import panel_width, panels_in_rows
from bayesdose.plots.regimens import mtds_of, places_by_regimen
from bayesdose.plots.style import (
    FONT,
    PAGE_WIDTH,
    add_legend,
    add_note,
    dose_axis,
    dose_axis_height,
    dose_unit,
    look,
    note_of,
    wrapped,
)
from bayesdose.plots.uncertainty import method_of, value_and_ends

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_selection"]

_MOST_COLUMNS = 4
_PANEL_HEIGHT = 1.25  # inches
_LEFT = 0.55  # inches left of the panels, for the axis of probabilities
_BARS = 0.84  # share of a dose's slot that its bars fill
_BAR = 0.05  # inches that a bar and its marker need
_TALL = 0.9  # inches of dose labels, from which only the lowest panels have them
_NO_AXIS = 0.1  # inches below a panel without dose labels
_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)
_LEAST = 0.005  # bars below this are too flat to be seen, and have no marker either


@checked
def plot_selection(
    characteristics: xr.Dataset,
    *,
    columns: Annotated[int, at.Ge(1), at.Le(_MOST_COLUMNS)] | None = None,
    note: str = "",
) -> "Figure":
    """Probability that each dose is recommended, beside its true P(DLT).

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`.
    columns : int, optional
        Panels side by side, from 1 to 4; by default up to three, fewer where bars would be too thin.
    note : str, optional
        Printed below the panels, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        Bars with a marker on top: selection probability by design, in the colours and markers of
        `plot_characteristics`. Line: true P(DLT). The true MTD is shaded. Simulated results have an error
        bar of 1.96 Monte Carlo standard errors to either side, cut at 0 and 1. Ten designs can be told
        apart without colour. 16 cm wide; eight scenarios in three columns are 17 cm high.

    Raises
    ------
    InputError
        If this is no such result, or so many columns do not fit.
    """
    check_characteristics(characteristics, ["selection_probability", "true_prob_dlt"])
    designs = [str(design) for design in characteristics["design"].values]
    doses = [str(dose) for dose in characteristics["recommendation"].values]
    scenarios = [str(scenario) for scenario in characteristics["scenario"].values]
    columns = min(columns or _columns(len(designs), len(doses)), len(scenarios))
    width = panel_width(columns, _LEFT)
    slot = width / (len(doses) + 0.2)
    titles = [wrapped(scenario, width) for scenario in scenarios]
    bars, words = method_of(characteristics, "selection_probability")
    paragraphs = [words, note_of(characteristics, note)]
    labels = [*designs, "true P(DLT)", "true MTD", *([bars] if bars else [])]
    # The lowest panels have an axis with its name; the others none where it would be tall.
    axis = dose_axis_height(doses, slot)
    unnamed = _NO_AXIS if axis > _TALL else dose_axis_height(doses, slot, named=False)
    figure, panels = panels_in_rows(
        titles,
        columns,
        left=_LEFT,
        height=_PANEL_HEIGHT,
        axis=axis,
        no_axis=unnamed,
        legend=labels,
        note=paragraphs,
    )
    panels[0].set_ylim(0, 1)
    panels[0].set_yticks(_TICKS)
    handles: list[Any] = []
    for number, panel in enumerate(panels):
        handles = _draw(panel, characteristics.isel(scenario=[number]), slot)
        dose_axis(panel, doses, dose_unit(characteristics), slot, "recommended dose")
        if number + columns < len(scenarios):
            panel.set_xlabel("")
            panel.tick_params(axis="x", labelbottom=axis <= _TALL)
        if number % columns == 0:
            panel.set_ylabel("probability", fontsize=FONT + 1)
    if bars:
        from matplotlib.lines import Line2D

        # Also where no panel has bars: in a few trials a dose can be recommended always, or never.
        handles.append(Line2D([], [], color="black", lw=0.8))
    add_legend(figure, handles, labels)
    add_note(figure, paragraphs)
    return figure


def _columns(designs: int, doses: int) -> int:
    """As many panels side by side as leave each bar room for its marker, at most three."""
    fitting = int((PAGE_WIDTH - _LEFT) / (doses * designs * _BAR / _BARS + 0.1))
    return min(max(fitting, 1), 3)


def _draw(panel: "Axes", one: xr.Dataset, slot: float) -> list["Artist | tuple[Artist, ...]"]:
    """One scenario; the legend's handles, each design's bar with its marker."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    order = ("scenario", "design", "recommendation")
    value, low, high = (part[0] for part in value_and_ends(one, "selection_probability", order, (0, 1)))
    positions, width = np.arange(value.shape[1]), _BARS / len(value)
    is_mtd = np.isin(one["recommendation"].values.astype(str), mtds_of(one))
    for place in np.flatnonzero(is_mtd):
        panel.axvspan(place - 0.5, place + 0.5, color="#E4E4E4", zorder=0, lw=0)
    handles = []
    for number in range(len(value)):
        places = positions + (number - (len(value) - 1) / 2) * width
        style = look(number)
        mark = {**style, "markeredgecolor": "black", "markeredgewidth": 0.4, "ls": ""}
        _draw_bars(panel, places, value[number], width, style["color"])
        seen = value[number] >= _LEAST
        size = min(4.0, 72 * slot * width)
        panel.plot(places[seen], value[number, seen], ms=size, zorder=4, clip_on=False, **mark)
        if np.any(low != high):
            panel.vlines(places, low[number], high[number], color="black", lw=0.8, zorder=5)
        handles.append((Patch(color=style["color"]), Line2D([], [], ms=4.2, **mark)))
    true = one["true_prob_dlt"].transpose("scenario", "dose").values[0]
    style = {"color": "black", "ms": 3, "lw": 0.8, "zorder": 3, "clip_on": False}
    curves = [panel.plot(1 + places, true[places], ".-", **style)[0] for places in places_by_regimen(one)]
    handles.append(curves[0])
    handles.append(Patch(color="#E4E4E4"))
    return handles


def _draw_bars(panel: "Axes", places: np.ndarray, heights: np.ndarray, width: float, colour: str) -> None:
    """Bars as one collection: a patch for each takes several times as long to draw."""
    from matplotlib.collections import PolyCollection

    corners = [
        [(left, 0), (left, height), (left + width, height), (left + width, 0)]
        for left, height in zip(places - width / 2, heights, strict=True)
    ]
    panel.add_collection(PolyCollection(corners, facecolor=colour, edgecolor="none", zorder=2))
