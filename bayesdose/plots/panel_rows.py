"""Panels of one size in rows, placed in inches between a legend and a note.

Where their heights are known beforehand, matplotlib need not find them out by arranging the figure, which
takes as long as drawing it.
"""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayesdose.plots.style import FONT, PAGE_WIDTH, legend_height, new_figure, note_height

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["panel_width", "panels_in_rows", "rows_with_lowest"]

_GAP = 0.12  # inches between panels side by side


def panel_width(columns: int, left: float) -> float:
    """Width in inches of panels in so many columns, with so much room at the left of the page."""
    return (PAGE_WIDTH - left) / columns - _GAP


def rows_with_lowest(number: int, columns: int) -> list[bool]:
    """For each row of so many panels, whether one of them is the lowest of its column."""
    return [first + columns > number - columns for first in range(0, number, columns)]


def panels_in_rows(
    number: int,
    columns: int,
    *,
    left: float,
    above: float,
    height: float,
    below: Sequence[float],
    legend: Sequence[str],
    note: Sequence[str],
) -> tuple["Figure", list["Axes"]]:
    """A figure and its panels, which share the axis at the left.

    Parameters
    ----------
    number, columns : int
        Panels, and how many of them stand side by side.
    left : float
        Inches left of the first column.
    above, height : float
        Inches that a panel's title takes, and the panel itself.
    below : sequence of float
        Inches below each row, for its axes.
    legend, note : sequence of str
        What `add_legend` and `add_note` will print, for which room is left.
    """
    rows = [above + height + room for room in below]
    tops = [above + end for end in itertools.accumulate(rows, initial=legend_height(legend))]
    page = tops[-1] - above + note_height(note)
    figure, width = new_figure(page, arranged=False), panel_width(columns, left)
    panels: list[Axes] = []
    for place in range(number):
        row, column = divmod(place, columns)
        x, y = left + column * (width + _GAP), page - tops[row] - height
        box = (x / PAGE_WIDTH, y / page, width / PAGE_WIDTH, height / page)
        panel = figure.add_axes(box, sharey=panels[0] if panels else None)
        panel.tick_params(labelsize=FONT, labelleft=column == 0)
        panel.spines[["top", "right"]].set_visible(False)
        panels.append(panel)
    return figure, panels
