"""Draw curves of each generator side by side.

python benchmarks/generators/run.py --out docs/generators.png
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import bayesdose as bd

GRID = bd.DoseGrid((1, 2.5, 5, 10, 20, 40), "mg")
TARGET, NUMBER, SEED = 0.3, 40, 1
PRIOR = bd.priors.NormalPrior(mean=(-1.5, 0), sd=(1.5, 0.5), reference_dose=20)


def generated() -> dict[str, tuple[bd.scenarios.Scenario, ...]]:
    """Scenarios by the panel's title."""
    return {
        "pseudo-uniform": bd.scenarios.pseudo_uniform_scenarios(GRID, TARGET, NUMBER, rng=SEED),
        "pseudo-uniform, margin 0.05,\ngap 0.05 to 0.3": bd.scenarios.pseudo_uniform_scenarios(
            GRID, TARGET, NUMBER, margin=0.05, gap=(0.05, 0.3), rng=SEED
        ),
        "Murray, delta 0.07": bd.scenarios.murray_scenarios(GRID, TARGET, NUMBER, delta=0.07, rng=SEED),
        "prior of the logistic model": bd.scenarios.prior_predictive_scenarios(GRID, PRIOR, NUMBER, rng=SEED),
    }


def main() -> None:
    """Write the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    panels = generated()
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    levels, rule = np.arange(1, len(GRID) + 1), bd.rules.ClosestTo(TARGET)
    axes = figure.subplots(1, len(panels), sharey=True)
    for axis, (title, scenarios) in zip(axes, panels.items(), strict=True):
        for scenario in scenarios:
            axis.plot(levels, scenario.prob_dlt, color="0.6", linewidth=0.6)
            mtd = scenario.mtd(rule)
            axis.plot(mtd + 1, scenario.prob_dlt[mtd], "o", color="#0072B2", markersize=3)
        axis.axhline(TARGET, color="#D55E00", linestyle="--", linewidth=1)
        axis.set_title(title, fontsize=10)
        axis.set_xticks(levels, GRID.labels)
        axis.set_xlabel(f"dose ({GRID.unit})")
    axes[0].set_ylabel("P(DLT)")
    axes[0].set_ylim(0, 1)
    figure.savefig(arguments.out, dpi=150)


if __name__ == "__main__":
    main()
