"""The figure of the accuracy study, from accuracy.csv.

    python benchmarks/accuracy/figure.py docs

reads accuracy.csv in the folder and writes accuracy.png beside it.
"""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bayesdose.plots.style import (
    COLOURS,
    FONT,
    SMALL,
    add_legend,
    add_note,
    legend_height,
    new_figure,
    note_height,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOLERANCE = 1e-6
_SERIES = {
    "median_error": ("median error", "o", COLOURS[4]),
    "worst_error": ("worst error", "s", COLOURS[0]),
    "claimed_error": ("error that the table claims", "D", COLOURS[1]),
    "reference_two_orders": ("the reference's own change", "|", "black"),
}


def plot_accuracy(rows: Sequence[Mapping[str, str]]) -> "Figure":
    """Errors of tabulated probabilities, one row a prior and grid, on a logarithmic axis."""
    labels = [*(label for label, _, _ in _SERIES.values()), f"tolerance {TOLERANCE:g}"]
    total = sum(int(row["data_sets"]) for row in rows)
    note = [
        f"Largest error of P(P(DLT) < bound) over doses and bounds in each of {total:,} random data sets, "
        "against another integration. An error below the reference's own change may be the reference's."
    ]
    names = [f"{row['prior']}, {row['grid']}" for row in rows]
    figure = new_figure(0.27 * len(rows) + 0.75 + legend_height(labels) + note_height(note))
    panel = figure.subplots()
    handles = []
    for name, (_, marker, colour) in _SERIES.items():
        line = {"marker": marker, "color": colour, "ls": "", "ms": 9 if marker == "|" else 5.5}
        edge = {} if marker == "|" else {"markeredgecolor": "black", "markeredgewidth": 0.5}
        handles += panel.plot([float(row[name]) for row in rows], range(len(rows)), **line, **edge, zorder=3)
    handles.append(panel.axvline(TOLERANCE, color="black", lw=1, ls="--"))
    panel.set_xscale("log")
    panel.set_yticks(range(len(rows)), names, fontsize=FONT)
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set_xlabel("absolute error of a probability (logarithmic)", fontsize=FONT + 1)
    panel.tick_params(axis="x", labelsize=SMALL)
    panel.grid(color="#DDDDDD", lw=0.5)
    panel.spines[["top", "right"]].set_visible(False)
    add_legend(figure, handles, labels)
    add_note(figure, note)
    return figure


def main(folder: Path) -> None:
    with (folder / "accuracy.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    plot_accuracy(rows).savefig(folder / "accuracy.png", dpi=150)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
