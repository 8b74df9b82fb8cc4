"""The figure of how simulation grows with the number of trials, from trials_growth.csv.

    python benchmarks/speed/trials_growth_figure.py docs

reads trials_growth.csv in the folder and writes trials_growth.png beside it.
"""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bayesdose.plots.style import COLOURS, FONT, SMALL, add_note, new_figure, note_height

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PANELS = (
    ("seconds", "processor seconds"),
    ("per_thousand", "processor seconds\nper 1,000 trials"),
    ("peak_mib", "peak memory (MiB)"),
)


def plot_trials_growth(rows: Sequence[Mapping[str, float]]) -> "Figure":
    """Seconds, seconds for each 1,000 trials, and memory, by the number of trials."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    note = [
        "Simulated trials of four designs in each of six scenarios; all but the upward axes of the "
        "middle and right panels are logarithmic. Dashed: in proportion to the trials, from 10,000 on."
    ]
    figure = new_figure(2.4 + note_height(note))
    trials = [row["size"] for row in rows]
    start = next(row for row in rows if row["size"] == 10_000)
    for panel, (name, label) in zip(figure.subplots(1, 3), _PANELS, strict=True):
        values = [1e3 * row["seconds"] / row["size"] if name == "per_thousand" else row[name] for row in rows]
        panel.plot(trials, values, "o-", ms=4, color=COLOURS[0], clip_on=False, zorder=3)
        panel.set_xscale("log")
        if name == "seconds":
            line = [start["seconds"] * number / start["size"] for number in trials]
            panel.plot(trials, line, "--", lw=0.8, color="#555555", zorder=2)
            panel.set_yscale("log")
            panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            panel.yaxis.set_minor_locator(NullLocator())
        else:
            panel.set_ylim(0, 1.15 * max(values))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_xticks([1e3, 1e4, 1e5, 1e6])
        panel.tick_params(labelsize=SMALL)
        panel.tick_params(axis="x", rotation=30)
        panel.set_xlabel("trials", fontsize=FONT)
        panel.set_ylabel(label, fontsize=FONT)
        panel.grid(axis="y", color="#DDDDDD", lw=0.5)
        panel.spines[["top", "right"]].set_visible(False)
    add_note(figure, note)
    return figure


def main(folder: Path) -> None:
    with (folder / "trials_growth.csv").open(newline="") as file:
        rows = [
            {name: float(value) for name, value in row.items() if name != "work"}
            for row in csv.DictReader(file)
        ]
    plot_trials_growth(rows).savefig(folder / "trials_growth.png", dpi=150)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
