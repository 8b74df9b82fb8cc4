"""TPI (Ji, Li and Bekele 2007): decision table and the first scenario of Table 2."""

from pathlib import Path

import bayesdose as bd

WHAT = {"E": "most DLTs to escalate", "D": "fewest DLTs to de-escalate", "U": "fewest DLTs to exclude"}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    return _tables() | _characteristics()


def _tables() -> dict[tuple[str, str], float]:
    numbers = {}
    table = bd.decision_table(bd.tpi(bd.DoseGrid.of_levels(5), 0.30, max_patients=12))
    for letter, what in WHAT.items():
        for patients, dlts in zip(table.patients, table.boundaries(letter), strict=True):
            numbers[f"target 0.30, {patients} patients", what] = dlts
    return numbers


def _characteristics() -> dict[tuple[str, str], float]:
    scenario = bd.published_study("ji-2007").scenarios()[0]
    design = bd.tpi(scenario.grid, 0.25, max_patients=30)
    found = bd.operating_characteristics({"TPI": design}, [scenario], mtd_rule=bd.ClosestTo(0.25)).squeeze()
    numbers = {("scenario 1", "share of DLTs"): found["dlt_rate"].item()}
    for level, name in enumerate(["none", *scenario.grid.labels][:4]):
        numbers["scenario 1", f"selection, level {level}"] = (
            found["selection_probability"].sel(recommendation=name).item()
        )
    for level in range(4):
        numbers["scenario 1", f"patients at level {level + 1}"] = found["expected_patients"][level].item()
    return numbers
