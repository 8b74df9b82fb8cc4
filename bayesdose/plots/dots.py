"""Panels of dots: one row a scenario, one mark a design, a bar where the value is uncertain."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.plots.style import (
    FONT,
    MARKERS,
    PAGE_WIDTH,
    SMALL,
    add_legend,
    add_note,
    dose_unit,
    legend_height,
    look,
    new_figure,
    note_height,
    text_width,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DotPanel", "plot_dots", "scenario_names"]

_MARK, _LEAST_ROW = 0.068, 0.3  # inches: height that a mark and a scenario take
_NAME = 1.35  # inches that a scenario's name has beside the panels
_ABOVE_AND_BELOW = 0.75  # inches of a row of panels: title, ticks and axis label
_TICK_GAP = 0.12  # inches between the labels of two ticks: the width of two digits


@dataclass(frozen=True, eq=False)
class DotPanel:
    """What one panel shows.

    Parameters
    ----------
    title, unit : str
        Above the panel and on its axis.
    value, low, high : ndarray, shape (D, S)
        The marks and the ends of their bars; NaN is not drawn.
    limits : (float or None, float or None)
        Ends that the axis must reach.
    zero : bool, default False
        Whether a line at zero is drawn.
    """

    title: str
    unit: str
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    limits: tuple[float | None, float | None]
    zero: bool = False


def plot_dots(
    panels: Sequence[DotPanel],
    designs: Sequence[str],
    scenarios: Sequence[str],
    *,
    columns: int,
    styles: Sequence[int],
    bars: str,
    note: Sequence[str],
    series: str = "designs",
) -> "Figure":
    """A page-wide figure of panels that share their scenarios.

    Parameters
    ----------
    panels : sequence of DotPanel
    designs : sequence of str, length D
    scenarios : sequence of str, length S
    columns : int
        Panels side by side.
    styles : sequence of int, length D
        Number of each design's colour and marker.
    bars : str
        What the bars are; empty where there are none.
    note : sequence of str
        Paragraphs below the panels.
    series : str, default "designs"
        What is compared, for the error.

    Raises
    ------
    InputError
        If there are more designs than markers that can be told apart.
    """
    from matplotlib.lines import Line2D

    if max(styles) >= len(MARKERS):
        raise InputError(
            f"{series} in a figure",
            got=max(styles) + 1,
            wanted=f"at most {len(MARKERS)}, which can be told apart",
            fix=f"Select some with result.isel({series.removesuffix('s')}=[0, 1]).",
        )
    rows = math.ceil(len(panels) / columns)
    names = [wrapped(name, _NAME, SMALL) for name in scenarios]
    lines = max(name.count("\n") + 1 for name in names)
    scenario_height = max(_LEAST_ROW, _MARK * len(designs) + 0.08, lines * SMALL * 1.3 / 72 + 0.05)
    labels = [*designs, *([bars] if bars else [])]
    figure = new_figure(
        rows * (scenario_height * len(scenarios) + _ABOVE_AND_BELOW)
        + legend_height(labels)
        + note_height(note)
    )
    width = (PAGE_WIDTH - max(text_width(name, SMALL) for name in names) - 0.15) / columns - 0.12
    axes = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for number, panel in enumerate(axes.ravel()):
        if number >= len(panels):
            panel.set_axis_off()
            continue
        _draw(panel, panels[number], styles, width)
        panel.set_ylim(len(scenarios) - 0.5, -0.5)  # the first scenario at the top
    for panel in axes[:, 0]:
        panel.set_yticks(range(len(scenarios)), names, fontsize=SMALL)
    handles = [Line2D([], [], ls="", **_style(style)) for style in styles]
    handles += [Line2D([], [], color="black", lw=1)] if bars else []
    add_legend(figure, handles, labels)
    add_note(figure, note)
    return figure


def scenario_names(characteristics: xr.Dataset) -> list[str]:
    """Each scenario with its true MTD, or that of each regimen, unless its name says it."""
    unit = "" if "regimen" in characteristics.coords else dose_unit(characteristics)
    names = []
    for name, mtd in zip(characteristics["scenario"].values, characteristics["mtd"].values, strict=True):
        truth = "no MTD" if mtd == "none" else f"MTD {mtd} {unit}".rstrip()
        names.append(str(name) if truth in str(name) else f"{name} ({truth})")
    return names


def _draw(panel: "Axes", what: DotPanel, styles: Sequence[int], width: float) -> None:
    rows = np.arange(what.value.shape[1])
    for number, style in enumerate(styles):
        places = rows + (number - (len(styles) - 1) / 2) * 0.76 / len(styles)
        panel.plot(what.value[number], places, ls="", zorder=3, clip_on=False, **_style(style))
        if np.any(what.low != what.high):
            # Over the marks, so that a bar that is shorter than its mark is seen too.
            panel.hlines(places, what.low[number], what.high[number], color="black", lw=1, zorder=4)
    for row in rows[::2]:
        panel.axhspan(row - 0.5, row + 0.5, color="#F0F0F0", zorder=0, lw=0)
    if what.zero:
        panel.axvline(0, color="black", lw=0.8, zorder=2)
    low, high = _limits(what)
    panel.set_xlim(low, high)
    panel.set_xticks(*_ticks(low, high, width), fontsize=SMALL)
    panel.tick_params(axis="y", length=0)
    panel.grid(axis="x", color="#D5D5D5", lw=0.5, zorder=1)
    panel.set_title(what.title, fontsize=FONT)
    panel.set_xlabel(what.unit, fontsize=FONT)
    panel.spines[["top", "right", "left"]].set_visible(False)


def _limits(what: DotPanel) -> tuple[float, float]:
    """From the wanted ends outwards, with some room, so that no mark or bar is cut."""
    everything = np.concatenate([part.ravel() for part in (what.value, what.low, what.high)])
    ends = [end for end in (*what.limits, 0.0 if what.zero else None) if end is not None]
    seen = np.array([*everything[np.isfinite(everything)], *ends])
    low, high = (float(seen.min()), float(seen.max())) if len(seen) else (0.0, 1.0)
    room = 0.05 * (high - low) or 0.05
    return low - room, high + room


def _ticks(low: float, high: float, width: float) -> tuple[list[float], list[str]]:
    """Round numbers, at least two, as many as have room beside each other on so many inches."""
    finest, *coarser = [_round_numbers(low, high, most) for most in (5, 4, 3, 2, 1)]
    for ticks, labels in (finest, *coarser):
        if len(ticks) > 1 and _narrowest_gap(ticks, labels, width / (high - low)) >= _TICK_GAP:
            return ticks, labels
    # A single number would give no scale.
    ticks, labels = finest
    return ticks[:: len(ticks) - 1], labels[:: len(ticks) - 1]


def _round_numbers(low: float, high: float, most: int) -> tuple[list[float], list[str]]:
    """Multiples of 1, 2 or 5 times a power of ten, in about `most` steps, and how they are written."""
    from matplotlib.ticker import MaxNLocator

    found = MaxNLocator(most, steps=[1, 2, 5, 10], min_n_ticks=1).tick_values(low, high)
    ticks = [round(tick, 12) + 0.0 for tick in map(float, found) if low <= tick <= high]
    decimals = max(0, -math.floor(math.log10(found[1] - found[0]) + 1e-9))
    return ticks, [f"{tick:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for tick in ticks]


def _narrowest_gap(ticks: Sequence[float], labels: Sequence[str], inches: float) -> float:
    """Inches between the closest two labels, where a unit of the axis is so many inches long."""
    widths = [text_width(label, SMALL) for label in labels]
    sides = zip(pairwise(ticks), pairwise(widths), strict=True)
    return min(inches * (right - left) - sum(pair) / 2 for (left, right), pair in sides)


def _style(number: int) -> dict:
    return {**look(number), "markeredgecolor": "black", "markeredgewidth": 0.5, "ms": 4.2}
