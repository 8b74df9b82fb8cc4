"""mTPI (Ji et al. 2010): decision tables, MTD selection and the first scenario of Table 1."""

from pathlib import Path

import numpy as np

import bayesdose as bd

WHAT = {"E": "most DLTs to escalate", "D": "fewest DLTs to de-escalate", "U": "fewest DLTs to exclude"}
SELECTION = ((1, 2, 4, 5, 7), (1, 2, 3, 5, 7), (1, 2, 2, 5, 7), (1, 2, 2, 3, 7))


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    return _tables() | _selection() | _characteristics(folder)


def _tables() -> dict[tuple[str, str], float]:
    numbers = {}
    for target in (0.25, 0.30):
        table = bd.mtpi(bd.DoseGrid.of_levels(5), target, max_patients=18).table
        for letter, what in WHAT.items():
            for patients, dlts in zip(table.patients, table.boundaries(letter), strict=True):
                # "Never" is one more DLT than there are patients, or one less than none.
                never = -1 if letter == "E" else patients + 1
                numbers[f"target {target:.2f}, {patients} patients", what] = never if dlts is None else dlts
    return numbers


def _selection() -> dict[tuple[str, str], float]:
    """The MTD selected after ten patients at each of five doses."""
    design = bd.mtpi(bd.DoseGrid.of_levels(5), 0.25, max_patients=50)
    numbers = {}
    for dlts in SELECTION:
        counts = np.array([[(10 - y, y) for y in dlts]])
        state = bd.TrialState(counts, np.array([4]), np.zeros(1, dtype=int))
        case = f"selection, DLTs {' '.join(map(str, dlts))} of 10"
        numbers[case, "level"] = design.recommend(state)[0] + 1
    return numbers


def _characteristics(folder: Path) -> dict[tuple[str, str], float]:
    found = bd.run_study(bd.load_study(folder / "study.toml")).squeeze()
    numbers = {("scenario 1", "share of DLTs"): found["dlt_rate"].item()}
    for level in range(4):
        numbers["scenario 1", f"selection, level {level}"] = found["selection_probability"].values[level]
        numbers["scenario 1", f"patients at level {level + 1}"] = found["expected_patients"].values[level]
    return numbers
