"""The order of the first three designs of Simon et al. (1997), on assumed curves and one course a patient."""

from pathlib import Path

import numpy as np

import bayesdose as bd

# Twelve doses in steps of 40 %, and curves by where P(DLT) is 0.01 and 0.33 (assumed).
GRID = bd.DoseGrid(tuple(round(1.4**step, 2) for step in range(12)), "mg")
CURVES = {
    "toxic from high doses": ((4, 0.01), (30, 0.33)),
    "toxic from middle doses": ((1.4, 0.01), (10.5, 0.33)),
}
# Odds of at least grade 2 over those of a DLT (assumed).
MODERATE = np.log(3)


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """1 where a statement holds, else 0."""
    following = bd.ThreePlusThree(GRID, "deescalation")
    designs = {"1": following} | {str(n): bd.simon_titration(following, number=n) for n in (2, 3)}
    scenarios = [
        bd.with_moderate_toxicity(bd.logistic_scenario(name, GRID, low, high), MODERATE)
        for name, (low, high) in CURVES.items()
    ]
    # Counts of three outcomes at twelve doses are too many for the exact engine.
    found = bd.operating_characteristics(
        designs, scenarios, mtd_rule=bd.ClosestTo(0.33), method="monte-carlo", trials=4000, rng=1
    )
    numbers = {}
    for scenario in scenarios:
        here = found.sel(scenario=scenario.name)
        mild = 1 - np.array(scenario.prob_dlt) - np.array(scenario.prob_moderate)
        patients = here["expected_sample_size"].to_series()
        with_mild = dict(zip(designs, here["expected_patients"].values @ mild, strict=True))
        share = here["dlt_rate"].to_series()
        for one, other in (("3", "2"), ("2", "1")):
            names = f"design {one} than design {other}"
            numbers[scenario.name, f"fewer patients, {names}"] = patients[one] < patients[other]
            numbers[scenario.name, f"fewer patients with grade 0-1, {names}"] = (
                with_mild[one] < with_mild[other]
            )
            numbers[scenario.name, f"larger share of patients with DLT, {names}"] = share[one] > share[other]
    return {key: float(holds) for key, holds in numbers.items()}
