"""Dose transition pathways as a tree, from the next cohort on the left to the last decision on the right."""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.plots.pathway_tree import Edge, Node, percent, tree
from bayesdose.simulation.pathways import STOP, stop_marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_pathways"]

# Inches: the axes' unit is one inch, so that text, which has a size in inches, always fits.
_ROW, _BOX_HEIGHT, _GAP, _MARGIN, _HEADER, _LINE = 0.152, 0.128, 0.14, 0.12, 0.36, 0.14
_NARROWEST, _MOST_ROWS = 4.6, 128
_FONT, _SMALL = 7.5, 7.0  # points
# Okabe and Ito's blue and a tint of their orange stay apart in grey, and arrows say the same.
_FILL = {"up": "#8CCBF0", "same": "#FFFFFF", "down": "#F8DFB0", "stop": "#333333"}


@dataclass(frozen=True)
class _Page:
    """Where things stand from left to right, in inches."""

    columns: np.ndarray
    box: float
    recommended: float
    width: float


def plot_pathways(result: xr.Dataset, scenario: str | None = None, note: str = "") -> "Figure":
    """Tree of dose transition pathways.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`, of at most 128 pathways.
    scenario : str, optional
        Scenario whose probabilities are shown; not needed if the result has one only.
    note : str, optional
        Printed below the tree, for assumptions that it rests on.

    Returns
    -------
    matplotlib.figure.Figure
        Boxes: the dose of each cohort with an arrow for up or down, or STOP with a letter for the
        reason. Lines: DLTs of the patients in the cohort, or its patients' outcomes by letters where
        moderate toxicity counts, and their probability given what came before. On the right the dose
        recommended if the trial stopped there, and the pathway's probability. Text has 7 points at
        the figure's own size: 64 pathways need a whole page.

    Raises
    ------
    InputError
        If there are too many pathways for a figure, or the scenario is not in the result or not named
        though there are several.
    """
    from matplotlib.figure import Figure

    rows = result.sizes["pathway"]
    if rows > _MOST_ROWS:
        raise InputError(
            "pathways in a figure", got=rows, wanted=f"at most {_MOST_ROWS}", fix="Look fewer cohorts ahead."
        )
    scenario = _scenario(result, scenario)
    probability = None if scenario is None else result["probability"].sel(scenario=scenario).values
    nodes, edges = tree(result, probability)
    page = _page(result, nodes, edges, probability is not None)
    below = _wrapped([*_key(result, scenario), note], page.width)
    height = _HEADER + rows * _ROW + len(below) * _LINE + 3 * _MARGIN
    figure = Figure(figsize=(page.width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, page.width)
    axes.set_ylim(height - _HEADER - _MARGIN, -_HEADER - _MARGIN)  # counted downwards from the first row
    _draw_header(axes, result, page, probability is not None)
    _draw_edges(axes, edges, page)
    _draw_boxes(axes, nodes, page)
    _draw_ends(axes, result, nodes, page, probability)
    for number, line in enumerate(below):
        y = rows * _ROW + _MARGIN + (number + 0.5) * _LINE
        axes.text(_MARGIN, y, line, fontsize=_SMALL, va="center", color="#222222")
    return figure


def _scenario(result: xr.Dataset, scenario: str | None) -> str | None:
    """The scenario to show, none where the result has no probabilities."""
    known = result["scenario"].values.tolist() if "scenario" in result.coords else []
    if scenario is None:
        if len(known) > 1:
            raise InputError("scenario", got=None, wanted=f"one of {', '.join(known)}")
        return known[0] if known else None
    if scenario not in known:
        raise InputError.unknown_name("scenario", scenario, known or ["none: the result has no scenario"])
    return scenario


def _page(result: xr.Dataset, nodes: list[Node], edges: list[Edge], with_probability: bool) -> _Page:
    """Columns wide enough for what is written in them."""
    unit = result["dose_given"].attrs["units"]
    box = max(map(_width, [*(node.text for node in nodes), *_headings(result), unit])) + 0.12
    edge = max(_width(edge.text) for edge in edges) + 0.36
    columns = _MARGIN + np.arange(max(node.column for node in nodes) + 1) * (box + edge)
    recommended = columns[-1] + box + 2 * _GAP
    width = recommended + max(map(_width, [*result["recommendation"].values.tolist(), "recommended", unit]))
    width += _MARGIN + (_GAP + _width("probability") if with_probability else 0)
    return _Page(columns, box, float(recommended), max(float(width), _NARROWEST))


def _headings(result: xr.Dataset) -> list[str]:
    return [*(f"cohort {number}" for number in result["cohort"].values), "next"]


def _draw_header(axes: "Axes", result: xr.Dataset, page: _Page, with_probability: bool) -> None:
    unit = result["dose_given"].attrs["units"]
    style = {"fontsize": _SMALL, "va": "center", "color": "#222222"}
    for x, name in zip(page.columns, _headings(result), strict=True):
        axes.text(x + page.box / 2, -_HEADER + 0.06, name, ha="center", weight="bold", **style)
        axes.text(x + page.box / 2, -_HEADER + 0.19, unit, ha="center", **style)
    axes.text(page.recommended, -_HEADER + 0.06, "recommended", weight="bold", **style)
    axes.text(page.recommended, -_HEADER + 0.19, unit, **style)
    if with_probability:
        right = page.width - _MARGIN
        axes.text(right, -_HEADER + 0.06, "probability", ha="right", weight="bold", **style)


def _draw_edges(axes: "Axes", edges: list[Edge], page: _Page) -> None:
    for edge in edges:
        start, end = page.columns[edge.parent.column] + page.box, page.columns[edge.child.column]
        spine, here, there = start + 0.1, _y(edge.parent), _y(edge.child)
        axes.plot([start, spine, spine, end], [here, here, there, there], color="#777777", lw=0.7)
        axes.text(
            (spine + end) / 2,
            there,
            edge.text,
            fontsize=_SMALL,
            ha="center",
            va="center_baseline",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )


def _draw_boxes(axes: "Axes", nodes: list[Node], page: _Page) -> None:
    from matplotlib.patches import Rectangle

    for node in nodes:
        left, y, fill = page.columns[node.column], _y(node), _FILL[node.move]
        corner = (left, y - _BOX_HEIGHT / 2)
        axes.add_patch(Rectangle(corner, page.box, _BOX_HEIGHT, facecolor=fill, edgecolor="#333333", lw=0.6))
        axes.text(
            left + page.box / 2,
            y,
            node.text,
            fontsize=_FONT,
            ha="center",
            va="center_baseline",
            color="white" if node.move == "stop" else "black",
        )


def _draw_ends(
    axes: "Axes", result: xr.Dataset, nodes: list[Node], page: _Page, probability: np.ndarray | None
) -> None:
    """What stands at the right of each pathway, and a dotted line to it where the trial stops early."""
    column = {row: node.column for node in nodes for row in range(node.first, node.last + 1)}
    for row, recommended in enumerate(result["recommendation"].values.tolist()):
        y = (row + 0.5) * _ROW
        start = page.columns[column[row]] + page.box
        axes.plot([start, page.recommended - 0.05], [y, y], color="#AAAAAA", lw=0.6, ls=":", zorder=0)
        axes.text(page.recommended, y, recommended, fontsize=_FONT, va="center_baseline")
        if probability is not None:
            text = percent(probability[row])
            axes.text(page.width - _MARGIN, y, text, fontsize=_FONT, ha="right", va="center_baseline")


def _y(node: Node) -> float:
    """Height of a decision: the middle of its pathways."""
    return ((node.first + node.last) / 2 + 0.5) * _ROW


def _key(result: xr.Dataset, scenario: str | None) -> list[str]:
    """What the signs mean."""
    letters = result.sizes["outcome"] == 3
    lines = "each patient's outcome (N none, M moderate, T DLT)" if letters else "DLTs of patients"
    chance = "" if scenario is None else f", and the probability of that; true curve: {scenario}"
    return [
        f"Box: dose of the cohort, ↑ up, ↓ down. Line: {lines} in the cohort{chance}.",
        "Recommended: if the trial stopped there.",
        *(f"{STOP} {mark}: {reason}." for reason, mark in stop_marks(result).items()),
    ]


def _wrapped(paragraphs: list[str], width: float) -> list[str]:
    """Lines that fit the page; an average letter is a bit over half as wide as its size."""
    letters = int((width - 2 * _MARGIN) * 72 / (0.56 * _SMALL))
    return [line for text in paragraphs for line in textwrap.wrap(text, letters)]


def _width(text: str) -> float:
    """Width of a text in inches, as wide as if it were bold."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text, size=_FONT, prop=FontProperties(weight="bold")).get_extents().width / 72
