"""The standard method (3+3) in three scenarios of Iasonos et al. (2008)."""

from pathlib import Path

import bayesdose as bd


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    study = bd.published_study("iasonos-2008")
    scenarios = study.scenarios()
    variants = [variant.value for variant in bd.ThreePlusThreeVariant]
    found = bd.operating_characteristics(
        {variant: bd.ThreePlusThree(scenarios[0].grid, variant) for variant in variants},
        scenarios,
        mtd_rule=bd.ClosestTo(study.target),
    )
    return {
        (f"{scenario.name[-2:]}, {variant}", "correct selection"): found["correct_selection"]
        .sel(design=variant, scenario=scenario.name)
        .item()
        for scenario in scenarios
        for variant in variants
    }
