"""Draw curves of each generator side by side.

python benchmarks/generators/run.py --out docs/generators.png
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import bayesdose as bd
from bayesdose.plots.style import COLOURS, FONT, add_legend, legend_height, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRID = bd.DoseGrid((1, 2.5, 5, 10, 20, 40), "mg")
TARGET, NUMBER, SEED = 0.3, 40, 1
PRIOR = bd.priors.NormalPrior(mean=(-1.5, 0), sd=(1.5, 0.5), reference_dose=20)


def generated() -> dict[str, tuple[bd.scenarios.Scenario, ...]]:
    """Scenarios by the panel's title."""
    return {
        "pseudo-uniform": bd.scenarios.pseudo_uniform_scenarios(GRID, TARGET, NUMBER, rng=SEED),
        "pseudo-uniform, margin 0.05, gap 0.05 to 0.3": bd.scenarios.pseudo_uniform_scenarios(
            GRID, TARGET, NUMBER, margin=0.05, gap=(0.05, 0.3), rng=SEED
        ),
        "Murray, delta 0.07": bd.scenarios.murray_scenarios(GRID, TARGET, NUMBER, delta=0.07, rng=SEED),
        "prior of the logistic model": bd.scenarios.prior_predictive_scenarios(GRID, PRIOR, NUMBER, rng=SEED),
    }


def plot_generated(panels: Mapping[str, Sequence[bd.scenarios.Scenario]]) -> "Figure":
    """Curves of each generator, a panel each, with a dot at the dose closest to the target."""
    labels = [f"dose closest to {TARGET:g}", f"P(DLT) {TARGET:g}"]
    figure = new_figure(4.6 + legend_height(labels))
    doses, rule = np.arange(len(GRID)), bd.rules.ClosestTo(TARGET)
    handles = []
    for panel, (title, scenarios) in zip(
        figure.subplots(2, 2, sharex=True, sharey=True).flat, panels.items(), strict=True
    ):
        for scenario in scenarios:
            mtd = scenario.mtd(rule)
            panel.plot(doses, scenario.prob_dlt, color="0.6", lw=0.6)
            panel.plot(mtd, scenario.prob_dlt[mtd], "o", color=COLOURS[0], ms=3)
        target = panel.axhline(TARGET, color=COLOURS[5], ls="--", lw=1)
        handles = [panel.lines[1], target]
        panel.set_title(title, fontsize=FONT)
        panel.set_xticks(doses, GRID.labels)
        panel.set_ylim(0, 1)
        panel.tick_params(labelsize=FONT)
        panel.spines[["top", "right"]].set_visible(False)
        place = panel.get_subplotspec()
        if place.is_last_row():
            panel.set_xlabel(f"dose ({GRID.unit})", fontsize=FONT + 1)
        if place.is_first_col():
            panel.set_ylabel("P(DLT)", fontsize=FONT + 1)
    add_legend(figure, handles, labels)
    return figure


def main() -> None:
    """Write the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    plot_generated(generated()).savefig(parser.parse_args().out, dpi=150)


if __name__ == "__main__":
    main()
