"""Skeletons by indifference intervals (Lee and Cheung 2009), as dfcrm's `getprior` computes them."""

from pathlib import Path
from typing import Literal

from bayesdose.priors.skeleton import indifference_interval_skeleton

# Half width, target, prior MTD, number of doses, model, intercept: the arguments of `getprior`.
CASES: tuple[tuple[float, float, int, int, Literal["empiric", "logistic"], float], ...] = (
    (0.03, 0.20, 3, 4, "empiric", 3),
    (0.05, 0.20, 4, 7, "empiric", 3),
    (0.05, 0.20, 3, 6, "empiric", 3),
    (0.05, 0.25, 3, 5, "empiric", 3),
    (0.05, 0.30, 3, 5, "empiric", 3),
    (0.06, 0.25, 3, 5, "empiric", 3),
    (0.08, 0.20, 2, 4, "empiric", 3),
    (0.03, 0.20, 2, 4, "logistic", 3),
    (0.03, 0.20, 4, 4, "logistic", 4),
    (0.05, 0.20, 3, 4, "logistic", 3),
    (0.08, 0.20, 2, 4, "logistic", 3),
    (0.10, 0.25, 3, 6, "logistic", 3),
)


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    for half_width, target, prior_mtd, number, model, intercept in CASES:
        skeleton = indifference_interval_skeleton(
            target=target,
            half_width=half_width,
            prior_mtd=prior_mtd,
            number_of_doses=number,
            model=model,
            intercept=intercept,
        )
        suffix = f", {intercept:g})" if model == "logistic" else ")"
        case = f"getprior({half_width:g}, {target:g}, {prior_mtd}, {number}, {model}{suffix}"
        for level, value in enumerate(skeleton.prob_dlt, start=1):
            numbers[case, f"level {level}"] = value
    return numbers
