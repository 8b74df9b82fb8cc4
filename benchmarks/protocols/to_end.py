"""The protocols' designs to the end of the trial: ``python -m benchmarks.protocols.to_end docs``.

Writes ``whole-trials.csv``: for each protocol whose sources say what follows the escalation, and each of its
designs on one footing, exact means over the built-in scenarios with an MTD. It takes about a minute.
"""

import sys
from pathlib import Path

import pandas as pd

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
        result = bd.operating_characteristics({label: whole}, scenarios, mtd_rule=rule).isel(design=0)
        there = result[[*COLUMNS, "expected_stage_patients", "expected_stage_dlts"]]
        means = there.sel(scenario=result["mtd"] != "none").mean("scenario")
        expansion = means.sel(stage="expansion")
        found.append(
            {"protocol": name, "design": label}
            | {heading: float(means[variable]) for variable, heading in COLUMNS.items()}
            | {
                "patients of the expansion": float(expansion["expected_stage_patients"]),
                "DLTs of the expansion": float(expansion["expected_stage_dlts"]),
                "none if all are too toxic": float(result["correct_selection"].sel(scenario="too toxic")),
            }
        )
        print(name, label, flush=True)
    return found


if __name__ == "__main__":
    table = pd.DataFrame([row for name in bd.protocols.protocol_names() for row in rows(name)])
    table.round(4).to_csv(Path(sys.argv[1]) / "whole-trials.csv", index=False)
