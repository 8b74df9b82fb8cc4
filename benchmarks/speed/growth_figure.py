"""The figure of how the trial graph grows, from growth.csv.

    python benchmarks/speed/growth_figure.py docs

reads growth.csv in the folder and writes growth.png beside it.
"""

import csv
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesdose.plots.style import (
    COLOURS,
    FONT,
    SMALL,
    add_legend,
    add_note,
    legend_height,
    look,
    new_figure,
    note_height,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = Mapping[str, Any]
_SERIES = (("states", "states"), ("seconds_graph", "processor seconds"), ("peak_mib", "peak memory (MiB)"))
_ROWS = (("patients", "doses", 6), ("doses", "patients", 36))
_TRUNCATED = "truncated"


def plot_growth(rows: Sequence[Row]) -> "Figure":
    """States, seconds and memory by patients (above) and by doses (below), truncated graphs in white."""
    from matplotlib.lines import Line2D

    note = [_words(rows), "The upward axes are logarithmic."]
    designs = list(dict.fromkeys(row["design"] for row in rows))
    labels = [*designs, _TRUNCATED]
    figure = new_figure(4.3 + legend_height(labels) + note_height(note))
    panels = figure.subplots(2, 3)
    for line, (axis, other, fixed) in zip(panels, _ROWS, strict=True):
        chosen = sorted((row for row in rows if row[other] == fixed), key=lambda row: row[axis])
        # One size tells nothing about growth.
        grown = [name for name in designs if sum(row["design"] == name for row in chosen) > 1]
        chosen = [row for row in chosen if row["design"] in grown]
        for panel, (name, label) in zip(line, _SERIES, strict=True):
            for design in grown:
                here = [row for row in chosen if row["design"] == design]
                _draw(panel, [row[axis] for row in here], here, name, look(designs.index(design)))
            _axes(panel, sorted({row[axis] for row in chosen}), [row[name] for row in chosen])
            panel.set_xlabel(f"{axis} ({fixed} {other})", fontsize=FONT)
            panel.set_ylabel(label, fontsize=FONT)
    handles = [Line2D([], [], ms=5, **look(number)) for number in range(len(designs))]
    white = Line2D([], [], ls="", ms=5, marker="o", color=COLOURS[0], markerfacecolor="white")
    add_legend(figure, [*handles, white], labels)
    add_note(figure, note)
    return figure


def _draw(panel: "Axes", sizes: Sequence[float], rows: Sequence[Row], name: str, style: dict) -> None:
    values = [row[name] for row in rows]
    panel.plot(sizes, values, "-", color=style["color"], zorder=2)
    for truncated in (False, True):
        here = [index for index, row in enumerate(rows) if _is_truncated(row) == truncated]
        if here:  # an empty line that is not clipped would confuse the layout
            x, y = [sizes[index] for index in here], [values[index] for index in here]
            face: dict[str, Any] = {"markerfacecolor": "white"} if truncated else {}
            panel.plot(x, y, ls="", ms=5, zorder=3, clip_on=False, **style, **face)


def _axes(panel: "Axes", sizes: Sequence[float], values: Sequence[float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high, steps = _ticks(min(values), max(values))
    panel.set_yscale("log")
    panel.set_ylim(low, high)
    panel.yaxis.set_major_locator(LogLocator(subs=steps))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    panel.yaxis.set_minor_locator(NullLocator())
    panel.set_xticks(sizes, [f"{size:g}" for size in sizes])
    panel.tick_params(labelsize=SMALL)
    panel.grid(axis="y", color="#DDDDDD", lw=0.5)
    panel.spines[["top", "right"]].set_visible(False)


def _ticks(smallest: float, largest: float) -> tuple[float, float, tuple[float, ...]]:
    """Round ends of the axis and the ticks of each decade: 1, or 1, 2, 5 where there are few decades."""
    steps = (1.0,) if largest / smallest > 200 else (1.0, 2.0, 5.0)
    first, last = math.floor(math.log10(smallest)), math.ceil(math.log10(largest))
    ticks = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    low = max(tick for tick in ticks if tick <= smallest)
    high = min(tick for tick in ticks if tick >= largest)
    return low, high, steps


def _is_truncated(row: Row) -> bool:
    return row["unresolved_probability"] > 0


def _words(rows: Sequence[Row]) -> str:
    """Which points are truncated, and how much they leave out."""
    parts = [
        f"{row['design']}, {row['patients']:g} patients on {row['doses']:g} doses, "
        f"{row['unresolved_probability']:g}"
        for row in rows
        if _is_truncated(row)
    ]
    if not parts:
        return "No graph is truncated."
    return f"Truncated, and the probability left out in the worst of 20 scenarios: {'; '.join(parts)}."


def read_growth(lines: Iterable[str]) -> list[Row]:
    """The measurements of growth.csv: a design's name, else numbers."""
    return [
        {name: value if name == "design" else float(value) for name, value in row.items()}
        for row in csv.DictReader(lines)
    ]


def main(folder: Path) -> None:
    with (folder / "growth.csv").open(newline="") as file:
        rows = read_growth(file)
    plot_growth(rows).savefig(folder / "growth.png", dpi=150)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
