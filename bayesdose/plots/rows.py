"""Rows of numbers above a panel over doses, one column a dose."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bayesdose.plots.style import FONT, PAGE_WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["add_rows", "rows_height", "slot_width"]

_ROW = 0.16  # inches
_ABOVE = 0.1  # inches between the panel and the lowest row: half a tick label, and air
_BESIDE = 1.0  # inches left of the panel and right of it


def slot_width(doses: int) -> float:
    """Inches that each dose has on a page-wide panel, or a little less."""
    return (PAGE_WIDTH - _BESIDE) / (doses + 0.2)


def rows_height(rows: Mapping[str, Sequence[object]]) -> float:
    """Inches above the panel that `add_rows` takes."""
    return _ROW * len(rows) + _ABOVE + 0.06


def add_rows(panel: "Axes", rows: Mapping[str, Sequence[object]]) -> None:
    """Write each row's name left of the panel's upper edge and its values above their doses."""
    for number, (name, values) in enumerate(rows.items()):
        points = (_ROW * (len(rows) - number - 1) + _ABOVE) * 72
        style = {"textcoords": "offset points", "fontsize": FONT, "va": "bottom", "annotation_clip": False}
        panel.annotate(
            name, (0, 1), (-4, points), xycoords="axes fraction", ha="right", color="#444444", **style
        )
        for position, value in enumerate(values):
            place = ("data", "axes fraction")
            panel.annotate(str(value), (position, 1), (0, points), xycoords=place, ha="center", **style)
