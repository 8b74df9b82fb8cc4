"""Table 1 of O'Quigley, Pepe and Fisher (1990), patient by patient."""

from pathlib import Path

import numpy as np

import bayesdose as bd
from bayesdose.inference.posterior import posterior

SKELETON = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7)
LEVELS = np.array([3, 4, 4, 3, 3, 2, 1, 1, 1, *[2] * 15, 1])
DLTS = [0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1]


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    grid = bd.DoseGrid.of_levels(6)
    design = bd.model_based(
        grid,
        bd.models.exponential_crm_model(grid, SKELETON),
        next_dose=bd.rules.ClosestPlugIn(0.2),
        increments=bd.rules.AnyLevel(),
        cohort_size=1,
        start_level=3,
        max_patients=25,
    )
    counts = np.zeros((25, 6, 2), dtype=int)
    for patient, (level, dlt) in enumerate(zip(LEVELS, DLTS, strict=True)):
        counts[patient:, level - 1, dlt] += 1
    state = bd.TrialState(counts, LEVELS - 1, np.zeros(25, dtype=int))
    summary = posterior(design.tables[-1], state.patients, state.dlts)
    next_level, _ = design.next_level(state)
    numbers = {}
    for patient in range(25):
        case = f"after patient {patient + 1}"
        numbers[case, "mean of a"] = np.asarray(summary.parameter_mean)[patient]
        numbers[case, "next level"] = next_level[patient] + 1
    for level in range(6):
        numbers["after patient 25", f"P(DLT) at level {level + 1}"] = np.asarray(summary.plug_in)[-1, level]
    return numbers
