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
    titles: Sequence[str],
    columns: int,
    *,
    left: float,
    height: float,
    axis: float,
    no_axis: float,
    legend: Sequence[str],
    note: Sequence[str],
) -> tuple["Figure", list["Axes"]]:
    """A figure and its panels, which share the axis at the left.

    Parameters
    ----------
    titles : sequence of str
        What stands above each panel, which may be several lines.
    columns : int
        How many panels stand side by side.
    left : float
        Inches left of the first column.
    height : float
        Inches of a panel itself.
    axis, no_axis : float
        Inches below a row that has the lowest panel of a column, and below any other.
    legend, note : sequence of str
        What `add_legend` and `add_note` will print, for which room is left.
    """
    above = 0.15 * max(title.count("\n") + 1 for title in titles) + 0.1
    below = [axis if lowest else no_axis for lowest in rows_with_lowest(len(titles), columns)]
    rows = [above + height + room for room in below]
    tops = [above + end for end in itertools.accumulate(rows, initial=legend_height(legend))]
    page = tops[-1] - above + note_height(note)
    figure, width = new_figure(page, arranged=False), panel_width(columns, left)
    panels: list[Axes] = []
    for place, title in enumerate(titles):
        row, column = divmod(place, columns)
        x, y = left + column * (width + _GAP), page - tops[row] - height
        box = (x / PAGE_WIDTH, y / page, width / PAGE_WIDTH, height / page)
        panel = figure.add_axes(box, sharey=panels[0] if panels else None)
        panel.set_title(title, fontsize=FONT)
        panel.tick_params(labelsize=FONT, labelleft=column == 0)
        panel.spines[["top", "right"]].set_visible(False)
        panels.append(panel)
    return figure, panels
