"""How long the protocols' designs take, waiting or not: ``python -m benchmarks.protocols.in_time docs``.

Writes ``in-time.csv``: for each protocol and each of its designs on one footing, means over the built-in
scenarios with an MTD, of 4,000 simulated trials each on a grid of days. How patients arrive no record says:
one in 14 days on average, in a Poisson process, is an assumption, as is the uniform time of a DLT. It takes
some minutes.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import bayesdose as bd
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.model_based import ModelBased

GAP_DAYS = 14
COLUMNS = {
    "correct_selection": "right",
    "overdose_selection": "too high",
    "dlt_rate": "DLT rate",
    "expected_sample_size": "patients",
    "expected_duration": "days",
    "expected_time_suspended": "days closed",
    "expected_patients_turned_away": "turned away",
    "expected_contradicted_decisions": "contradicted",
}


def forms(designs: dict[str, bd.Design]) -> Iterator[tuple[str, bd.late_onset.FollowUpDesign]]:
    """Each design with the ways in which it can be run in time."""
    for label, design in designs.items():
        yield f"{label}, waits", bd.late_onset.WaitsForOutcomes(design)
        yield f"{label}, decides early", bd.late_onset.DecidesEarly(design)
        following = design
        if isinstance(design, AcceleratedTitration):
            apart = bd.late_onset.StaggersSinglePatients(design, 0.25)
            yield f"{label}, staggered by a quarter window", apart
            following = design.following
        if isinstance(following, ModelBased):
            suspension = bd.late_onset.AccrualSuspension(0.5)
            yield f"TITE-{label}", bd.late_onset.tite_model_based(following, suspension)


def rows(name: str) -> list[dict[str, object]]:
    """One row for each way of running a design of a protocol."""
    protocol = bd.load_protocol(name)
    rule, window = protocol.mtd_rule.value, protocol.regimen().dlt_window_days.value
    scenarios = bd.scenarios.builtin_scenarios(protocol.grid.value, rule)
    on_one_footing = bd.protocols.on_one_footing(protocol, bd.protocol_designs(protocol))
    designs = dict(forms(on_one_footing))
    result = bd.late_onset.operating_characteristics(
        designs,
        scenarios,
        mtd_rule=rule,
        dlt_window=window,
        step=1,
        arrivals=bd.late_onset.Arrivals(GAP_DAYS, "poisson"),
        method=bd.MonteCarlo(trials=4_000, rng=1),
    )
    means = result[[*COLUMNS]].sel(scenario=result["mtd"] != "none").mean("scenario")
    print(name, window, flush=True)
    found: list[dict[str, object]] = []
    for design in designs:
        here = means.sel(design=design)
        values = {heading: float(here[variable]) for variable, heading in COLUMNS.items()}
        found.append({"protocol": name, "design": design, **values})
    return found


if __name__ == "__main__":
    table = pd.DataFrame([row for name in bd.protocols.protocol_names() for row in rows(name)])
    table.round(4).to_csv(Path(sys.argv[1]) / "in-time.csv", index=False)
