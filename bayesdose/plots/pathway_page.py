"""Where the tree of pathways stands on a page: columns as wide as what is written in them."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayesdose.errors import InputError
from bayesdose.plots.pathway_tree import Edge, Node, tree
from bayesdose.plots.style import PAGE_WIDTH, SMALL, literal, text_width

__all__ = ["MARGIN", "SPINE", "TREE_FONT", "Page", "headings", "page_of"]

MARGIN = 0.1  # inches
_GAP = 0.1  # inches
SPINE = 0.08  # inches from a box to the line that branches
TREE_FONT = 7.5  # points


@dataclass(frozen=True, eq=False)
class Page:
    """What stands on the page, and where from left to right.

    Parameters
    ----------
    nodes : list of Node
    edges : list of Edge
    names : dict of str to str
        What is written for each dose label: itself or its level.
    unit : str
        Of what is written: the doses' unit or "level".
    columns : ndarray, shape (cohorts + 1,)
        Left ends of the boxes in inches.
    box : float
        Width of the boxes in inches.
    recommended : float
        Left end of the recommended doses in inches.
    has_chances : bool
        Whether the lines say how probable they are.
    """

    nodes: list[Node]
    edges: list[Edge]
    names: dict[str, str]
    unit: str
    columns: np.ndarray
    box: float
    recommended: float
    has_chances: bool


def page_of(result: xr.Dataset, probability: np.ndarray | None) -> Page:
    """The first layout that fits the page: with everything, then with less written in it.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`.
    probability : ndarray, shape (P,), optional
        Probability of each pathway.

    Raises
    ------
    InputError
        If even levels in place of doses, without probabilities on the lines, do not fit.
    """
    doses = [str(label) for label in result["dose_label"].values]
    by_label = {dose: dose for dose in doses}
    by_level = {dose: str(level) for level, dose in enumerate(doses, start=1)}
    unit = str(result["dose_given"].attrs.get("units", ""))
    for names, written in ((by_label, unit), (by_level, "level")):
        for chances in (probability, None):
            nodes, edges = tree(result, chances, names)
            box = 0.1 + max(
                *(text_width(literal(text), TREE_FONT) for text in (written, *(node.text for node in nodes))),
                *map(_bold_width, headings(result)),
            )
            edge = max(text_width(edge.text, SMALL) for edge in edges) + SPINE + 0.14
            ends = [names.get(text, text) for text in result["recommendation"].values.tolist()]
            end = max(
                _bold_width("recommended"),
                *(text_width(literal(text), TREE_FONT) for text in (written, *ends)),
            )
            last = max(node.column for node in nodes)
            width = 2 * MARGIN + (last + 1) * box + last * edge + 2 * _GAP + end
            width += 0.0 if probability is None else _GAP + _bold_width("probability")
            # What is left of the page goes to the lines and to the columns on the right.
            spare = (PAGE_WIDTH - width) / (last + 2)
            if spare >= 0:
                columns = MARGIN + np.arange(last + 1) * (box + edge + spare)
                right = float(columns[-1]) + box + 2 * _GAP + spare
                return Page(nodes, edges, names, written, columns, box, right, chances is not None)
    raise InputError(
        "cohorts in a figure",
        got=last,
        wanted="fewer, which fit the width of a page",
        fix="Look fewer cohorts ahead, or read the dataset itself.",
    )


def headings(result: xr.Dataset) -> list[str]:
    """What stands above the columns of boxes."""
    return [*(f"cohort {number}" for number in result["cohort"].values), "next"]


def _bold_width(text: str) -> float:
    """Width in inches of a heading."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), text, size=SMALL, prop=FontProperties(weight="bold")).get_extents().width / 72
