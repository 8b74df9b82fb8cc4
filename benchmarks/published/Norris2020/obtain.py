"""Numbers of paths of three 3+3 variants, and the exact probabilities of Norris's package precautionary."""

from pathlib import Path

import bayesdose as bd

CURVES = (
    (0.1, 0.25, 0.5),
    (0.3, 0.4, 0.5),
    (0.05, 0.1, 0.2),
    (0.02, 0.05, 0.08, 0.1),
    (0.25, 0.35, 0.45, 0.6, 0.7),
)


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for variant in bd.ThreePlusThreeVariant:
        for doses in range(1, 11):
            design = bd.ThreePlusThree(bd.DoseGrid.of_levels(doses), variant.value)
            numbers[f"paths, {variant.value}", f"{doses} doses"] = bd.trial_graph(design).num_histories()
    for curve in CURVES:
        case = f"precautionary, {' '.join(map(str, curve))}"
        grid = bd.DoseGrid.of_levels(len(curve))
        found = bd.operating_characteristics(
            {"3+3": bd.ThreePlusThree(grid, "deescalation-six")},
            [bd.Scenario(case, grid, curve)],
            mtd_rule=bd.ClosestTo(0.25),
        ).squeeze()
        for level, value in enumerate(found["selection_probability"].values):
            numbers[case, f"selection, level {level}"] = value
        numbers[case, "expected patients"] = found["expected_sample_size"].item()
        numbers[case, "expected DLTs"] = found["expected_dlts"].sum().item()
    return numbers
