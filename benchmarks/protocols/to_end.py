"""The protocols' designs to the end of the trial: ``python -m benchmarks.protocols.to_end docs``.

Writes ``whole-trials.csv``: for each protocol whose sources say what follows the escalation, and each of its
designs on one footing, exact means over the built-in scenarios with an MTD; where a second regimen is tested,
for each assumption on how its odds of DLT relate to the first one's. It takes about a minute.
"""

import sys
from pathlib import Path

import pandas as pd
import xarray as xr

import bayesdose as bd

COLUMNS = {
    "escalation_correct_selection": "escalation right",
    "correct_selection": "right",
    "overdose_selection": "too high",
    "lower_dose_selection": "too low",
    "no_dose_selection": "none",
    "dose_revised_probability": "dose left",
    "expected_sample_size": "patients",
}


def rows(name: str) -> list[dict[str, object]]:
    """One row a design of a protocol."""
    protocol = bd.load_protocol(name)
    if protocol.stages is None:
        return []
    rule = protocol.mtd_rule.value
    scenarios = bd.scenarios.builtin_scenarios(protocol.grid.value, rule)
    found = []
    for label, design in bd.protocols.on_one_footing(protocol, bd.protocol_designs(protocol)).items():
        whole = bd.protocols.protocol_plan(protocol, design)
        curves = bd.protocols.scenarios_to_end(protocol, whole, scenarios)
        every = [one for part in curves.values() for one in part]
        result = bd.operating_characteristics({label: whole}, every, mtd_rule=rule).isel(design=0)
        for words, part in curves.items():
            row = {"protocol": name, "design": label, "second regimen": words or "none"}
            found.append(row | means(result.sel(scenario=[one.name for one in part])))
        print(name, label, flush=True)
    return found


def means(result: xr.Dataset) -> dict[str, float]:
    """What stands in a row, from one design's characteristics."""
    there = result[[*COLUMNS, "expected_stage_patients", "expected_stage_dlts"]]
    mean = there.sel(scenario=result["mtd"] != "none").mean("scenario")
    expansion = mean.sel(stage="expansion")
    toxic = next(name for name in result["scenario"].values if str(name).partition(";")[0] == "too toxic")
    return {heading: float(mean[variable]) for variable, heading in COLUMNS.items()} | {
        "patients of the expansion": float(expansion["expected_stage_patients"]),
        "DLTs of the expansion": float(expansion["expected_stage_dlts"]),
        "none if all are too toxic": float(result["correct_selection"].sel(scenario=toxic)),
    }


if __name__ == "__main__":
    table = pd.DataFrame([row for name in bd.protocols.protocol_names() for row in rows(name)])
    table.round(4).to_csv(Path(sys.argv[1]) / "whole-trials.csv", index=False)
