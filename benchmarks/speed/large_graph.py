"""A BLRM with 60 patients on 8 doses, truncated to fit in 4 GiB, beside Monte Carlo.

    python benchmarks/speed/large_graph.py docs

writes large_graph.csv to the folder: states, processor seconds, peak memory of the whole process, the
probability left out in the worst of the ten built-in scenarios, the widest bounds of some
characteristics, and how Monte Carlo results lie to the bounds of all. Each case runs in its own process,
on one thread. A case that does not fit in its memory budget is a row without states.
"""

import csv
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

PATIENTS, DOSES = 60, 8
TRIALS, SEED = 20_000, 1
# Patients at a dose that end a trial (0: no such rule), largest probability left out, memory_budget in GiB.
CASES = [
    (0, 1e-2, 3.5),
    (0, 1e-3, 3.5),
    (9, 1e-2, 3.5),
    (9, 1e-3, 3.5),
    (9, 1e-4, 3.5),
]
# Monte Carlo results that rest on fewer than some 25 trials have no standard error to speak of.
LEAST_ERROR = 5 / TRIALS
WIDTHS = ("correct_selection", "overdose_selection", "dlt_rate", "expected_sample_size")


def measure(patients_at_dose: int, max_unresolved: float, budget_gib: float) -> dict[str, float | str]:
    """One case; processor time after imports."""
    import numpy as np

    import bayesdose as bd

    grid = bd.DoseGrid(tuple(1.8 ** np.arange(DOSES)), unit="mg")
    low, high = grid.values[0], grid.values[-1]
    prior = bd.priors.prior_from_quantiles(
        [
            bd.priors.Quantile(low, 0.5, 0.02),
            bd.priors.Quantile(low, 0.95, 0.33),
            bd.priors.Quantile(high, 0.5, 0.30),
            bd.priors.Quantile(high, 0.95, 0.80),
        ]
    )
    design = bd.blrm(
        grid,
        prior,
        target_interval=(0.16, 0.33),
        ewoc_cap=0.25,
        stop_cap=None,
        increments=bd.rules.LevelsAboveHighestTried(1),
        max_patients=PATIENTS,
        stopping=bd.rules.PatientsAtDose(patients_at_dose) if patients_at_dose else None,
    )
    rule = bd.rules.HighestBelow(0.30)
    scenarios = bd.scenarios.builtin_scenarios(grid, rule)
    row = {"patients_at_dose": patients_at_dose, "max_unresolved": max_unresolved, "budget_gib": budget_gib}
    begun = time.process_time()
    try:
        exact = bd.operating_characteristics(
            {"BLRM": design},
            scenarios,
            mtd_rule=rule,
            method=bd.Exact(max_unresolved=max_unresolved, memory_budget=budget_gib * 2**30),
        )
    except bd.GraphTooLargeError as error:
        return {**row, "seconds": round(time.process_time() - begun, 1), "refused": str(error)}
    row["seconds"] = round(time.process_time() - begun, 1)
    row["peak_mib"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    row["states"] = int(exact["refined_states"].sum() + exact["unsettled_states"].sum())
    row["unresolved_probability"] = float(f"{exact.attrs['unresolved_probability']:.2e}")
    for name in WIDTHS:
        row[f"width_{name}"] = round(float((exact[f"{name}_upper"] - exact[f"{name}_lower"]).max()), 5)
    begun = time.process_time()
    simulated = bd.operating_characteristics(
        {"BLRM": design}, scenarios, mtd_rule=rule, method=bd.MonteCarlo(trials=TRIALS, rng=SEED)
    )
    row["seconds_monte_carlo"] = round(time.process_time() - begun, 1)
    outside, beyond = [], []
    for name in exact:
        if f"{name}_lower" not in exact or f"{name}_mcse" not in simulated:
            continue
        value, error = simulated[name].values, simulated[f"{name}_mcse"].values
        distance = np.maximum(exact[f"{name}_lower"].values - value, value - exact[f"{name}_upper"].values)
        known = (error >= LEAST_ERROR) & ~np.isnan(distance)
        outside += (distance[known] > 0).tolist()
        beyond += (distance[known] / error[known]).tolist()
    row["compared"] = len(beyond)
    row["within_bounds"] = len(outside) - sum(outside)
    row["most_standard_errors_outside"] = round(max(max(beyond), 0.0), 2)
    return row


def run(patients_at_dose: int, max_unresolved: float, budget_gib: float) -> dict[str, float | str]:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, str(patients_at_dose), str(max_unresolved), str(budget_gib)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main(folder: Path) -> None:
    rows = []
    for case in CASES:
        rows.append(run(*case))
        print(rows[-1], flush=True)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "large_graph.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(measure(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))))
    else:
        main(Path(sys.argv[1]))
