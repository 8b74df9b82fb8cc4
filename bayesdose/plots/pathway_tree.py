"""The tree behind the figure of dose transition pathways: decisions, and what leads from one to the next."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayesdose.simulation.pathway_labels import cohort_labels, stop_marks
from bayesdose.simulation.pathways import STOP

__all__ = ["Edge", "Node", "percent", "tree"]


@dataclass(frozen=True)
class Node:
    """A decision.

    Parameters
    ----------
    column : int
        Number of cohorts looked ahead before it.
    first, last : int
        Positions of the first and last pathway through it; pathways are sorted.
    text : str
        The dose, with an arrow where it goes up or down, or STOP with the letter of the reason.
    move : {"up", "same", "down", "stop"}
        Against the dose before; "same" in the first column.
    """

    column: int
    first: int
    last: int
    text: str
    move: str


@dataclass(frozen=True)
class Edge:
    """A cohort's outcome: the decision before, the decision after, and its words."""

    parent: Node
    child: Node
    text: str


def tree(
    result: xr.Dataset, probability: np.ndarray | None, names: Mapping[str, str]
) -> tuple[list[Node], list[Edge]]:
    """Every decision once, column by column from top to bottom, and the outcomes between them.

    Parameters
    ----------
    result : xarray.Dataset
        Result of `pathways`.
    probability : ndarray, shape (P,), optional
        Probability of each pathway; each edge then says how probable its outcome is after what came
        before.
    names : mapping of str to str
        What is written for each dose label.
    """
    nodes = _nodes(result, names)
    return nodes, _edges(nodes, cohort_labels(result), probability)


def _nodes(result: xr.Dataset, names: Mapping[str, str]) -> list[Node]:
    """Every decision once, column by column and from top to bottom."""
    counts = result["patients_with"].transpose("pathway", "cohort", "outcome").values
    given = result["dose_given"].transpose("pathway", "cohort").values
    decisions = np.column_stack([given, result["next_dose"].values])
    rank = {label: number for number, label in enumerate(result["dose_label"].values.tolist())}
    marks, reasons = stop_marks(result), result["stop_reason"].values.tolist()
    nodes = []
    for column in range(decisions.shape[1]):
        # Pathways are sorted, so those that share their first cohorts are neighbours.
        seen = counts[:, :column].reshape(len(counts), -1)
        first = np.flatnonzero(np.r_[True, np.any(seen[1:] != seen[:-1], axis=1)])
        last = np.r_[first[1:], len(counts)] - 1
        for top, bottom in zip(first.tolist(), last.tolist(), strict=True):
            dose = str(decisions[top, column])
            before = str(decisions[top, column - 1]) if column else dose
            if column and before == STOP:
                continue
            if dose == STOP:
                text, move = f"{STOP} {marks[reasons[top]]}", "stop"
            elif rank[dose] > rank[before]:
                text, move = f"↑ {names[dose]}", "up"
            elif rank[dose] < rank[before]:
                text, move = f"↓ {names[dose]}", "down"
            else:
                text, move = names[dose], "same"
            nodes.append(Node(column, top, bottom, text, move))
    return nodes


def _edges(nodes: list[Node], labels: np.ndarray, probability: np.ndarray | None) -> list[Edge]:
    parents = {(node.column, row): node for node in nodes for row in range(node.first, node.last + 1)}
    edges = []
    for child in (node for node in nodes if node.column):
        parent = parents[child.column - 1, child.first]
        text = str(labels[child.first, parent.column])
        if probability is not None:
            reached, onwards = (
                probability[node.first : node.last + 1].sum().item() for node in (parent, child)
            )
            text += f", {percent(onwards / reached)}" if reached > 0 else ", -"
        edges.append(Edge(parent, child, text))
    return edges


def percent(share: float) -> str:
    """A probability in percent with two digits, or one decimal below ten."""
    number = 100 * share
    if 0 < number < 0.05:
        return "<0.1 %"
    return f"{number:.0f} %" if number >= 9.95 else f"{number:.1f} %"
