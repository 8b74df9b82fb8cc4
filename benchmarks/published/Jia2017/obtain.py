"""The 3+3 rows of Table 3 of Jia, Ivanova and Lee (2017)."""

from pathlib import Path

import bayesdose as bd

# The variant that comes closest; the paper does not name its own.
VARIANTS = {"1": "deescalation", "2": "deescalation", "3": "deescalation", "4": "deescalation-six"}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    found = bd.run_study(bd.load_study(folder / "study.toml"))
    numbers = {}
    for number, variant in VARIANTS.items():
        here, case = found.sel(scenario=f"jia-2017 {number}", design=variant), f"scenario {number}"
        for level, value in enumerate(here["selection_probability"].values):
            numbers[case, f"selection, level {level}"] = value
        numbers[case, "mean of the trials' shares of DLTs"] = here["mean_trial_dlt_rate"].item()
        numbers[case, "expected patients"] = here["expected_sample_size"].item()
    return numbers
