"""Numbers of paths of three 3+3 variants, and the exact probabilities of Norris's package precautionary."""

from pathlib import Path

import bayesdose as bd


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for variant in ("no-deescalation", "deescalation", "deescalation-six"):
        for doses in range(1, 11):
            design = bd.three_plus_three(bd.DoseGrid.of_levels(doses), variant)
            numbers[f"paths, {variant}", f"{doses} doses"] = bd.trial_graph(design).num_histories()
    found = bd.run_study(bd.load_study(folder / "study.toml")).squeeze("design")
    for curve in found["scenario"].values:
        here, case = found.sel(scenario=curve), f"precautionary, {curve}"
        for level, value in enumerate(here["selection_probability"].values):
            numbers[case, f"selection, level {level}"] = value
        numbers[case, "expected patients"] = here["expected_sample_size"].item()
        numbers[case, "expected DLTs"] = here["expected_dlts"].sum().item()
    return numbers
