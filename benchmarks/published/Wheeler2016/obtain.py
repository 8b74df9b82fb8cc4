"""Exact operating characteristics of three 3+3 variants on the curves of Wheeler's application."""

from pathlib import Path

import bayesdose as bd

# The application's two decimals are quoted for two of the four.
QUOTED = {("five doses", "deescalation"), ("eight doses", "no-deescalation")}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for file in ("study.toml", "study-eight-doses.toml"):
        found = bd.run_study(bd.load_study(folder / file)).squeeze("scenario")
        curve = found["scenario"].item()
        for variant in found["design"].values:
            here, case = found.sel(design=variant), f"{curve}, {variant}"
            for level, value in enumerate(here["selection_probability"].values):
                numbers[case, f"selection, level {level}"] = value
                if (curve, variant) in QUOTED:
                    numbers[f"{case}, printed by the application", f"selection, level {level}"] = value
            numbers[case, "expected patients"] = here["expected_sample_size"].item()
            numbers[case, "expected DLTs"] = here["expected_dlts"].sum().item()
    return numbers
