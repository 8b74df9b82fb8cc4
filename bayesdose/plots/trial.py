"""The history of one trial: each patient's dose and outcome, in order."""

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.plots.style import (
    COLOURS,
    FONT,
    PAGE_WIDTH,
    SMALL,
    add_legend,
    add_note,
    legend_height,
    literal,
    new_figure,
    note_height,
    text_width,
    wrapped,
)
from bayesdose.treatments import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_trial"]

# Shape and lightness both say what happened: white circle, half-dark triangle, black square, a cross.
_MARKS = {
    "N": ("no toxicity that matters", "o", "white"),
    "M": ("moderate toxicity", "^", COLOURS[4]),
    "E": ("response", "o", COLOURS[2]),
    "B": ("response and DLT", "s", COLOURS[2]),
    "T": ("DLT", "s", "black"),
    "X": ("not evaluable", "x", "black"),
}
_LEVEL, _LEAST = 0.26, 1.3  # inches a dose level has for each line of its label, and the panel at least
_WIDEST_LABEL = 1.6  # inches
_MOST_IN_ROW = 60  # patients; more would be too small to tell apart
_MOST_PATIENTS = 600


@checked
def plot_trial(outcomes: Outcomes | str, grid: Grid, *, note: str = "") -> "Figure":
    """Dose and outcome of each patient, in the order in which they were treated.

    Parameters
    ----------
    outcomes : Outcomes or str
        The patients, or their text such as ``"1N 2N 3NNT"``.
    grid : DoseGrid or TreatmentGrid
        The doses, all of which are on the axis, tried or not.
    note : str, optional
        Printed below the panel, for assumptions (see `Protocol.note`).

    Returns
    -------
    matplotlib.figure.Figure
        One mark a patient, its shape by outcome. The line is the dose that was decided on for each
        cohort, cohorts stand on alternating bands with their numbers above, in parentheses those outside
        the escalation, which have no line. More than 60 patients go on
        in a panel below. 16 cm wide.

    Raises
    ------
    InputError
        If nobody was treated, or more than 600 patients were, the text cannot be read, or a level is above
        the grid.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> figure = plot_trial("1N 2N 3NNT 3NNN", DoseGrid((1, 3, 10, 30), unit="mg"))
    >>> [round(float(inches), 1) for inches in figure.get_size_inches()][0]
    6.3
    """
    outcomes = as_outcomes(outcomes, grid)
    if not outcomes.cohorts:
        raise InputError("outcomes", got="no patients", wanted="at least one cohort", fix="Write '1NNN'.")
    letters = np.array(list("".join(cohort for _, cohort in outcomes.cohorts)))
    if len(letters) > _MOST_PATIENTS:
        raise InputError("patients in a figure", got=len(letters), wanted=f"at most {_MOST_PATIENTS}")
    shown = [letter for letter in _MARKS if letter in letters]
    labels = [*(_MARKS[letter][0] for letter in shown), "dose decided on"]
    doses = [wrapped(label, _WIDEST_LABEL) for label in grid.labels]
    width = PAGE_WIDTH - 0.8 - max(map(text_width, doses))
    level = _LEVEL * (1 + 0.6 * max(label.count("\n") for label in doses))
    rows = math.ceil(len(letters) / _MOST_IN_ROW)
    in_row = math.ceil(len(letters) / rows)
    height = max(_LEAST, level * len(grid)) + 0.75
    figure = new_figure(rows * height + 0.1 + legend_height(labels) + note_height([note]))
    for row, panel in enumerate(figure.subplots(rows, 1, squeeze=False).ravel()):
        _draw_patients(panel, outcomes, letters, _mark_size(in_row, width))
        first = row * in_row
        panel.set_xlim(first + 0.5, first + in_row + 0.5)
        _draw_cohorts(panel, outcomes, width / in_row)
        every = _every(in_row, int(width / (text_width(str(len(letters))) + 0.06)))
        last = min(first + in_row, len(letters))
        panel.set_xticks([number for number in range(first + 1, last + 1) if number % every == 0])
        panel.tick_params(axis="x", labelsize=FONT)
        panel.set_ylim(-0.5, len(grid) - 0.5)
        panel.set_yticks(range(len(grid)), doses, fontsize=FONT)
        panel.set_ylabel(f"dose ({literal(grid.unit)})", fontsize=FONT + 1)
        panel.grid(axis="y", color="#DDDDDD", lw=0.5, zorder=1)
        panel.spines[["top", "right"]].set_visible(False)
    figure.axes[-1].set_xlabel("patient, in order of treatment", fontsize=FONT + 1)
    line, *marks = figure.axes[0].lines
    add_legend(figure, [*marks, line], labels)
    add_note(figure, [note])
    return figure


def _draw_patients(panel: "Axes", outcomes: Outcomes, letters: np.ndarray, size: float) -> None:
    """The line of decisions, then one mark a patient."""
    sizes = [len(cohort) for _, cohort in outcomes.cohorts]
    levels = np.array([level for level, _ in outcomes.cohorts]) - 1
    edges = np.repeat(_edges(outcomes), 2)[1:-1]
    decided = [np.nan if number in outcomes.outside else level for number, level in enumerate(levels, 1)]
    panel.plot(edges, np.repeat(decided, 2), color="#555555", lw=1.2, zorder=2)
    per_patient = np.repeat(levels, sizes)
    for letter, (_, marker, colour) in _MARKS.items():
        numbers = np.flatnonzero(letters == letter)
        if numbers.size:
            style = {"color": colour, "markeredgecolor": "black", "markeredgewidth": 0.8, "ms": size}
            panel.plot(numbers + 1, per_patient[numbers], marker, ls="", zorder=3, **style)


def _draw_cohorts(panel: "Axes", outcomes: Outcomes, slot: float) -> None:
    """A band for every other cohort, and as many of their numbers as fit; a patient has `slot` inches."""
    edges, (start, end) = _edges(outcomes), panel.get_xlim()
    for first, last in zip(edges[::2], edges[1::2], strict=False):
        panel.axvspan(first, last, color="#EFEFEF", zorder=0, lw=0)
    style = {
        "textcoords": "offset points",
        "fontsize": SMALL,
        "va": "bottom",
        "color": "#444444",
        "annotation_clip": False,
    }
    widest = f"({len(edges) - 1})" if outcomes.outside else str(len(edges) - 1)
    room = (text_width(widest, SMALL) + 0.05) / slot
    right = -np.inf
    # A cohort that is continued below is numbered in both rows.
    parts = np.clip(edges, start, end)
    for number, (first, last) in enumerate(itertools.pairwise(parts), start=1):
        middle = (first + last) / 2
        if last > first and middle - room / 2 >= right:
            place = ("data", "axes fraction")
            text = f"({number})" if number in outcomes.outside else str(number)
            panel.annotate(text, (middle, 1), (0, 3), xycoords=place, ha="center", **style)
            right = middle + room / 2
    panel.annotate("cohort", (0, 1), (-6, 3), xycoords="axes fraction", ha="right", **style)


def _edges(outcomes: Outcomes) -> np.ndarray:
    """Where cohorts begin and end on the axis of patients, one more than there are cohorts."""
    return np.cumsum([0, *(len(cohort) for _, cohort in outcomes.cohorts)]) + 0.5


def _mark_size(patients: int, width: float) -> float:
    """Points across, so that neighbours on a panel of a width in inches do not cover each other."""
    return min(0.8 * 72 * width / patients, 6.5)


def _every(patients: int, fitting: int) -> int:
    """Label every so many patients, where so many labels fit."""
    return next(step for step in (1, 2, 5, 10, 20, 50) if patients <= step * fitting)
