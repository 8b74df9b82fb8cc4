"""Exact operating characteristics of three 3+3 variants on the curves of Wheeler's application."""

from pathlib import Path

import bayesdose as bd

CURVES = {"five doses": (0.1, 0.2, 0.3, 0.4, 0.5), "eight doses": (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for curve, variant in (
        ("five doses", "no-deescalation"),
        ("five doses", "deescalation"),
        ("five doses", "deescalation-six"),
        ("eight doses", "no-deescalation"),
    ):
        grid = bd.DoseGrid.of_levels(len(CURVES[curve]))
        found = bd.operating_characteristics(
            {"3+3": bd.ThreePlusThree(grid, variant)},
            [bd.Scenario(curve, grid, CURVES[curve])],
            mtd_rule=bd.ClosestTo(0.3),
        ).squeeze()
        for printed in (f"{curve}, {variant}", f"{curve}, {variant}, printed by the application"):
            for level, value in enumerate(found["selection_probability"].values):
                numbers[printed, f"selection, level {level}"] = value
        numbers[f"{curve}, {variant}", "expected patients"] = found["expected_sample_size"].item()
        numbers[f"{curve}, {variant}", "expected DLTs"] = found["expected_dlts"].sum().item()
    # The application's two decimals are quoted for two of the four.
    quoted = ("five doses, deescalation, printed", "eight doses, no-deescalation, printed")
    return {key: n for key, n in numbers.items() if "printed" not in key[0] or key[0].startswith(quoted)}
