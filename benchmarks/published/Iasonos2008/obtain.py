"""The standard method (3+3) in three scenarios of Iasonos et al. (2008)."""

from pathlib import Path

import bayesdose as bd


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    correct = bd.run_study(bd.load_study(folder / "study.toml"))["correct_selection"]
    return {
        (f"{scenario[-2:]}, {variant}", "correct selection"): correct.sel(
            design=variant, scenario=scenario
        ).item()
        for scenario in correct["scenario"].values
        for variant in correct["design"].values
    }
