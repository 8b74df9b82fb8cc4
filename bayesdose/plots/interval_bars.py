"""Stacked bars of the probability that P(DLT) lies in each interval, by dose."""

from typing import TYPE_CHECKING

import numpy as np

from bayesdose.plots.posterior_data import Intervals
from bayesdose.plots.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["draw_intervals", "interval_names"]

_UNDER, _TARGET = ("#FFFFFF", ""), ("#9AD1F2", "")
# Above the target interval from the nearest interval up: darker, and hatched for print without colour.
_OVER = ((COLOURS[1], "//"), (COLOURS[5], "xx"), ("#7A3300", ".."))


def draw_intervals(panel: "Axes", intervals: Intervals, lower: float, upper: float) -> list["Artist"]:
    """Draw the bars, the highest interval at the bottom; the legend's handles, the lowest interval first.

    Parameters
    ----------
    panel : Axes
        Where they are drawn, the doses at 0, 1, ...
    intervals : Intervals
        Their probabilities.
    lower, upper : float
        Ends of the target interval, which are edges of the intervals.
    """
    first_in, first_over = intervals.number(lower), intervals.number(upper)
    positions = np.arange(len(intervals.probability))
    bottom = np.zeros(len(positions))
    handles = []
    for number in reversed(range(len(intervals.edges) - 1)):
        fill = _TARGET if number >= first_in else _UNDER
        if number >= first_over:
            fill = _OVER[min(number - first_over, len(_OVER) - 1)]
        style = {"color": fill[0], "hatch": fill[1], "edgecolor": "black", "lw": 0.6}
        share = intervals.probability[:, number]
        handles.insert(0, panel.bar(positions, share, 0.72, bottom, **style))
        bottom = bottom + share
    panel.set_ylim(0, 1)
    return handles


def interval_names(intervals: Intervals, lower: float, upper: float) -> list[str]:
    """Each interval's name with its ends, such as "target [0.16, 0.33)"."""
    first_in, first_over = intervals.number(lower), intervals.number(upper)
    total = len(intervals.edges) - 1
    above = {1: ["over"], 2: ["excessive", "unacceptable"]}.get(total - first_over, ["over"] * total)
    names = []
    for number in range(total):
        end = "]" if number == total - 1 else ")"
        ends = f"[{intervals.edges[number]:g}, {intervals.edges[number + 1]:g}{end}"
        name = "target" if number >= first_in else "under"
        names.append(f"{above[number - first_over] if number >= first_over else name} {ends}")
    return names
