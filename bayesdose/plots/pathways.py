"""Dose transition pathways as a tree, from the next cohort on the left to the last decision on the right."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from bayesdose.categories import MEANINGS
from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.plots.check_result import check_result
from bayesdose.plots.pathway_page import MARGIN, SPINE, TREE_FONT, Page, headings, page_of
from bayesdose.plots.pathway_tree import Node, percent
from bayesdose.plots.style import PAGE_WIDTH, SMALL, literal, new_figure, note_of, wrapped
from bayesdose.simulation.pathway_labels import stop_marks
from bayesdose.simulation.pathways import STOP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_pathways"]

# Inches: the axes' unit is one inch, so that text, which has a size in inches, always fits.
_ROW, _BOX_HEIGHT, _HEADER, _LINE = 0.152, 0.128, 0.36, 0.14
_MOST_ROWS = 128
_DOSES = ("dose_given", "next_dose", "recommendation")
# Okabe and Ito's blue and a tint of their orange stay apart in grey, and arrows say the same.
_FILL = {"up": "#8CCBF0", "same": "#FFFFFF", "down": "#F8DFB0", "stop": "#333333"}


@checked
def plot_pathways(result: xr.Dataset, scenario: str | None = None, *, note: str = "") -> "Figure":
    """Tree of dose transition pathways.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`, of at most 128 pathways.
    scenario : str, optional
        Scenario whose probabilities are shown; not needed if the result has one only.
    note : str, optional
        Printed below the tree, for assumptions (see `Protocol.note`). Without it, the assumptions that
        the command line recorded with the result are printed.

    Returns
    -------
    matplotlib.figure.Figure
        Boxes: the dose of each cohort with an arrow for up or down, or STOP with a letter for the
        reason. Lines: DLTs of the patients in the cohort, or its patients' outcomes by letters where
        moderate toxicity counts, and their probability given what came before. On the right the dose
        recommended if the trial stopped there, and the pathway's probability. Where the page is too
        narrow, the probabilities on the lines are left out, and long dose labels become level numbers.
        Text has 7 points or more. 16 cm wide; 64 pathways need a whole page.

    Raises
    ------
    InputError
        If this is no such result, there are too many pathways or cohorts for a figure, or the scenario
        is not in the result or not named though there are several.
    """
    _check(result)
    rows = result.sizes["pathway"]
    scenario = _scenario(result, scenario)
    probability = None
    if scenario is not None:
        chosen = result["scenario"].values.astype(str).tolist().index(scenario)
        probability = result["probability"].isel(scenario=chosen).values
    page = page_of(result, probability)
    paragraphs = [*_key(result, scenario, page), note_of(result, note)]
    texts = [wrapped(text, PAGE_WIDTH - 2 * MARGIN, SMALL) for text in paragraphs if text]
    below = [line for text in texts for line in text.split("\n")]
    height = _HEADER + rows * _ROW + len(below) * _LINE + 3 * MARGIN
    figure = new_figure(height, arranged=False)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, PAGE_WIDTH)
    axes.set_ylim(height - _HEADER - MARGIN, -_HEADER - MARGIN)  # counted downwards from the first row
    _draw_header(axes, result, page, probability is not None)
    _draw_edges(axes, page)
    _draw_boxes(axes, page)
    _draw_ends(axes, result, page, probability)
    for number, line in enumerate(below):
        y = rows * _ROW + MARGIN + (number + 0.5) * _LINE
        axes.text(MARGIN, y, line, fontsize=SMALL, va="center", color="#222222")
    return figure


def _check(result: xr.Dataset) -> None:
    """Refuse what is no result of `pathways` or has too many of them."""
    has_scenarios = "scenario" in result.variables
    ends = dict.fromkeys(("next_dose", "stop_reason", "recommendation"), ("pathway",))
    check_result(
        result,
        "pathways",
        "the result of pathways",
        numbers={"patients_with": ("pathway", "cohort", "outcome"), "cohort": ("cohort",)}
        | ({"probability": ("scenario", "pathway")} if has_scenarios else {}),
        texts={"dose_given": ("pathway", "cohort"), "dose_label": ("dose",), **ends}
        | ({"scenario": ("scenario",)} if has_scenarios else {}),
    )
    known = {*result["dose_label"].values.tolist(), STOP, "none"}
    unknown = sorted({str(dose) for name in _DOSES for dose in result[name].values.ravel()} - known)
    if unknown or result.sizes["outcome"] not in (2, 3):
        got = f"the doses {', '.join(unknown)}" if unknown else f"{result.sizes['outcome']} kinds of outcome"
        raise InputError(
            "pathways", got=got, wanted="the result of pathways, with all its doses and outcomes"
        )
    rows = result.sizes["pathway"]
    if rows > _MOST_ROWS:
        raise InputError(
            "pathways in a figure", got=rows, wanted=f"at most {_MOST_ROWS}", fix="Look fewer cohorts ahead."
        )


def _scenario(result: xr.Dataset, scenario: str | None) -> str | None:
    """The scenario to show, None where the result has no probabilities."""
    known = result["scenario"].values.astype(str).tolist() if "scenario" in result.variables else []
    if scenario is None:
        if len(known) > 1:
            raise InputError("scenario", got=None, wanted=f"one of {', '.join(known)}")
        return known[0] if known else None
    if not known:
        raise InputError(
            "scenario",
            got=scenario,
            wanted="None, as the result has no scenarios",
            fix="Give them to pathways.",
        )
    if scenario not in known:
        raise InputError.unknown_name("scenario", scenario, known)
    return scenario


def _draw_header(axes: "Axes", result: xr.Dataset, page: Page, with_probability: bool) -> None:
    unit = literal(page.unit)
    style = {"fontsize": SMALL, "va": "center", "color": "#222222"}
    for x, name in zip(page.columns, headings(result), strict=True):
        axes.text(x + page.box / 2, -_HEADER + 0.06, name, ha="center", weight="bold", **style)
        axes.text(x + page.box / 2, -_HEADER + 0.19, unit, ha="center", **style)
    axes.text(page.recommended, -_HEADER + 0.06, "recommended", weight="bold", **style)
    axes.text(page.recommended, -_HEADER + 0.19, unit, **style)
    if with_probability:
        right = PAGE_WIDTH - MARGIN
        axes.text(right, -_HEADER + 0.06, "probability", ha="right", weight="bold", **style)


def _draw_edges(axes: "Axes", page: Page) -> None:
    for edge in page.edges:
        start, end = page.columns[edge.parent.column] + page.box, page.columns[edge.child.column]
        spine, here, there = start + SPINE, _y(edge.parent), _y(edge.child)
        axes.plot([start, spine, spine, end], [here, here, there, there], color="#777777", lw=0.7)
        axes.text(
            (spine + end) / 2,
            there,
            edge.text,
            fontsize=SMALL,
            ha="center",
            va="center_baseline",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )


def _draw_boxes(axes: "Axes", page: Page) -> None:
    from matplotlib.patches import Rectangle

    for node in page.nodes:
        left, y, fill = page.columns[node.column], _y(node), _FILL[node.move]
        corner = (left, y - _BOX_HEIGHT / 2)
        axes.add_patch(Rectangle(corner, page.box, _BOX_HEIGHT, facecolor=fill, edgecolor="#333333", lw=0.6))
        axes.text(
            left + page.box / 2,
            y,
            literal(node.text),
            fontsize=TREE_FONT,
            ha="center",
            va="center_baseline",
            color="white" if node.move == "stop" else "black",
        )


def _draw_ends(axes: "Axes", result: xr.Dataset, page: Page, probability: np.ndarray | None) -> None:
    """What stands at the right of each pathway, and a dotted line to it where the trial stops early."""
    column = {row: node.column for node in page.nodes for row in range(node.first, node.last + 1)}
    for row, recommended in enumerate(result["recommendation"].values.tolist()):
        y = (row + 0.5) * _ROW
        start = page.columns[column[row]] + page.box
        axes.plot([start, page.recommended - 0.05], [y, y], color="#AAAAAA", lw=0.6, ls=":", zorder=0)
        name = literal(page.names.get(recommended, recommended))
        axes.text(page.recommended, y, name, fontsize=TREE_FONT, va="center_baseline")
        if probability is not None:
            text = percent(probability[row])
            axes.text(PAGE_WIDTH - MARGIN, y, text, fontsize=TREE_FONT, ha="right", va="center_baseline")


def _y(node: Node) -> float:
    """Height of a decision: the middle of its pathways."""
    return ((node.first + node.last) / 2 + 0.5) * _ROW


def _key(result: xr.Dataset, scenario: str | None, page: Page) -> list[str]:
    """What the signs mean."""
    kinds = result.sizes["outcome"]
    lines = f"each patient's outcome ({MEANINGS[kinds]})" if kinds > 2 else "DLTs of patients"
    chance = ", and the probability of that" if page.has_chances else ""
    unit = result["dose_given"].attrs.get("units", "")
    shown = {str(dose) for name in _DOSES for dose in result[name].values.ravel()}
    levels = [f"{level}: {label}" for label, level in page.names.items() if label in shown]
    return [
        f"Box: dose of the cohort, ↑ up, ↓ down. Line: {lines} in the cohort{chance}.",
        f"Levels ({unit}): {'; '.join(levels)}." if page.unit == "level" else "",
        "Recommended: if the trial stopped there.",
        "" if scenario is None else f"Probabilities: if the true curve is that of {scenario}.",
        *(f"{STOP} {mark}: {reason}." for reason, mark in stop_marks(result).items()),
    ]
