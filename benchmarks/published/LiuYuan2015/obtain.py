"""BOIN (Liu and Yuan 2015): boundaries, a published trial, MTD selection, the R package's simulations."""

from pathlib import Path

import numpy as np

import bayesdose as bd

TARGETS = (0.10, 0.15, 0.20, 0.25, 0.30, 1 / 3, 0.35, 0.40)
WHAT = {"E": "most DLTs to escalate", "D": "fewest DLTs to de-escalate", "U": "fewest DLTs to eliminate"}
TRIAL = "1NNN 2NNN 3NTT 2NTN 3NNN 3NNN 4TTT 3NTN 3NNT 3TNN"
# The cases of the R package that were simulated.
SIMULATED = {"target 0.25": ("s_low", "s_mid", "s_30"), "target 0.30": ("s_high", "s_mid", "s_flat")}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    return _boundaries() | _trial() | _simulations(folder)


def _boundaries() -> dict[tuple[str, str], float]:
    numbers = {}
    for target in TARGETS:
        rule = bd.boin(bd.DoseGrid.of_levels(5), target, max_patients=3).rule
        assert isinstance(rule, bd.rules.BOINBoundaries)
        numbers[f"target {target:.3g}", "lambda_e"] = rule.lambda_e
        numbers[f"target {target:.3g}", "lambda_d"] = rule.lambda_d
    for target in (0.20, 0.25, 0.30, 0.33):
        table = bd.boin(bd.DoseGrid.of_levels(5), target, max_patients=30).table
        for letter, what in WHAT.items():
            for patients, dlts in zip(table.patients, table.boundaries(letter), strict=True):
                if patients % 3 == 0 and (target in (0.25, 0.30) or patients <= 18):
                    # "Never" is one more DLT than there are patients, or one less than none.
                    never = -1 if letter == "E" else patients + 1
                    numbers[f"target {target:.2f}, {patients} patients", what] = (
                        never if dlts is None else dlts
                    )
    return numbers


def _trial() -> dict[tuple[str, str], float]:
    design = bd.boin(bd.DoseGrid.of_levels(5), 0.3, max_patients=36)
    cohorts = TRIAL.split()
    numbers = {}
    for number in range(1, 11):
        state = bd.running_state(design, " ".join(cohorts[:number]))
        numbers["walk-through", f"level after cohort {number}"] = design.next_cohort(state).level[0] + 1
    counts = np.array([[(3, 0), (3, 0), (11, 4), (5, 4), (0, 0)]])
    state = bd.TrialState(counts, np.array([3]), np.zeros(1, dtype=int))
    numbers["MTD selection, DLTs 0/3 0/3 4/15 4/9 0/0", "level"] = design.recommend(state)[0] + 1
    return numbers


def _simulations(folder: Path) -> dict[tuple[str, str], float]:
    """Exact results where the package simulated, 36 patients in cohorts of three on six doses."""
    found = bd.run_study(bd.load_study(folder / "study.toml"))
    numbers = {}
    for design, curves in SIMULATED.items():
        for curve in curves:
            here, case = found.sel(design=design, scenario=curve), f"get.oc, {design}, {curve}"
            for level, value in enumerate(here["selection_probability"].values):
                numbers[case, f"selection, level {level}"] = value
            for level, value in enumerate(here["expected_patients"].values, start=1):
                numbers[case, f"patients at level {level}"] = value
    return numbers
