"""TPI (Ji, Li and Bekele 2007): decision table and the first scenario of Table 2."""

from pathlib import Path

import bayesdose as bd

WHAT = {"E": "most DLTs to escalate", "D": "fewest DLTs to de-escalate", "U": "fewest DLTs to exclude"}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    return _tables() | _characteristics(folder)


def _tables() -> dict[tuple[str, str], float]:
    numbers = {}
    table = bd.decision_table(bd.tpi(bd.DoseGrid.of_levels(5), 0.30, max_patients=12))
    for letter, what in WHAT.items():
        for patients, dlts in zip(table.patients, table.boundaries(letter), strict=True):
            # "Never" is one more DLT than there are patients, or one less than none.
            never = -1 if letter == "E" else patients + 1
            numbers[f"target 0.30, {patients} patients", what] = never if dlts is None else dlts
    return numbers


def _characteristics(folder: Path) -> dict[tuple[str, str], float]:
    found = bd.run_study(bd.load_study(folder / "study.toml")).squeeze()
    numbers = {("scenario 1", "share of DLTs"): found["dlt_rate"].item()}
    for level in range(4):
        numbers["scenario 1", f"selection, level {level}"] = found["selection_probability"].values[level]
        numbers["scenario 1", f"patients at level {level + 1}"] = found["expected_patients"].values[level]
    return numbers
