"""The 3+3 rows of Table 3 of Jia, Ivanova and Lee (2017)."""

from pathlib import Path

import bayesdose as bd

# The variant that comes closest; the paper does not name its own.
VARIANTS = {"1": "deescalation", "2": "deescalation", "3": "deescalation", "4": "deescalation-six"}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for scenario in bd.published_study("jia-2017").scenarios():
        number = scenario.name[-1]
        found = bd.operating_characteristics(
            {"3+3": bd.ThreePlusThree(scenario.grid, VARIANTS[number])},
            [scenario],
            mtd_rule=bd.ClosestTo(0.25),
        ).squeeze()
        case = f"scenario {number}"
        for level, value in enumerate(found["selection_probability"].values):
            numbers[case, f"selection, level {level}"] = value
        numbers[case, "mean of the trials' shares of DLTs"] = found["mean_trial_dlt_rate"].item()
        numbers[case, "expected patients"] = found["expected_sample_size"].item()
    return numbers
