"""The nonparametric optimal benchmark, by each rule for ties."""

from pathlib import Path

import bayesdose as bd

# Curve, target, patients.
SETTINGS = (
    ((0.05, 0.1, 0.25, 0.4, 0.6), 0.25, 20),
    ((0.05, 0.1, 0.25, 0.4, 0.6), 0.25, 12),
    ((0.1, 0.2, 0.3, 0.4, 0.5), 0.30, 18),
    ((0.05, 0.1, 0.2, 0.3, 0.5, 0.7), 0.20, 25),
    ((0.03, 0.05, 0.1, 0.18, 0.22), 0.25, 20),
    ((0.05, 0.1, 0.25, 0.4, 0.6), 0.25, 24),
    ((0.05, 0.15, 0.3, 0.45, 0.6), 0.30, 30),
    ((0.1, 0.15, 0.25, 0.4, 0.55), 0.25, 24),
)


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for curve, target, patients in SETTINGS:
        grid = bd.DoseGrid.of_levels(len(curve))
        for ties in ("lower", "higher", "split"):
            case = f"{' '.join(map(str, curve))}, target {target:.2f}, {patients} patients, ties {ties}"
            scenario = [bd.scenarios.Scenario("curve", grid, curve)]
            found = bd.simulation.optimal_benchmark(scenario, patients, bd.rules.ClosestTo(target), ties=ties)
            selection = found["selection_probability"].values[0, 1:]
            # Of one setting only the correct dose was recorded for split ties.
            only_correct = patients == 25 and ties == "split"
            for level, value in enumerate(selection, start=1):
                if not only_correct or curve[level - 1] == target:
                    numbers[case, f"selection, level {level}"] = value
    return numbers
