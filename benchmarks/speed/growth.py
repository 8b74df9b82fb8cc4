"""How trial graphs grow with patients and doses: states, seconds, memory.

    python benchmarks/speed/growth.py docs

writes growth.csv and growth.png (see growth_figure.py) to the folder. Each size runs in its own process,
on one thread, so that peak memory is that size's own; the figure's first row is patients on 6 doses, the
second doses with 36 patients. Designs are a BLRM and titrations that a second moderate toxicity ends, before
BOIN and before that BLRM. Seconds are processor time. From 48 patients on the graph is truncated: in
none of the 20 scenarios more than `max_unresolved` of the probability is left out.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

PATIENTS, DOSES = (24, 36, 48, 60), (4, 6, 8, 10)
TITRATED = ("titration, BOIN", "titration, BLRM")
TITRATED_PATIENTS = (24, 36)
# Plain enumeration of 48 patients reaches 1.5 million states, of 60 some tens of millions.
MAX_UNRESOLVED = {48: 1e-6, 60: 1e-3}


def measure(name: str, patients: int, doses: int) -> dict[str, float | str]:
    """One graph and 20 scenarios; processor time, best of three, after imports."""
    import numpy as np

    import bayesdose as bd
    from bayesdose.simulation.ends import end_probabilities
    from bayesdose.simulation.truncation import Truncation

    grid = bd.DoseGrid(tuple(1.8 ** np.arange(doses)), unit="mg")
    low, high = grid.values[0], grid.values[-1]
    prior = bd.priors.prior_from_quantiles(
        [
            bd.priors.Quantile(low, 0.5, 0.02),
            bd.priors.Quantile(low, 0.95, 0.33),
            bd.priors.Quantile(high, 0.5, 0.30),
            bd.priors.Quantile(high, 0.95, 0.80),
        ]
    )
    begun = time.process_time()
    if name == "titration, BOIN":
        design = bd.boin(grid, 0.3, max_patients=patients)
    else:
        design = bd.blrm(
            grid,
            prior,
            target_interval=(0.16, 0.33),
            ewoc_cap=0.25,
            max_patients=patients,
            stop_cap=None,
            increments=bd.rules.LevelsAboveHighestTried(1),
        )
    tables = time.process_time() - begun
    curves = np.sort(np.random.default_rng(1).random((20, doses)), axis=1)
    prob_outcome = np.stack([1 - curves, curves], axis=-1)
    if name in TITRATED:
        design = bd.accelerated_titration(design, trigger_moderates=2)
        # Three in ten of those without a DLT have a moderate toxicity.
        prob_outcome = np.stack([0.7 * (1 - curves), 0.3 * (1 - curves), curves], axis=-1)
    max_unresolved = MAX_UNRESOLVED.get(patients)
    truncation = None if max_unresolved is None else Truncation(prob_outcome, max_unresolved)
    seconds = []

    def build():
        begun = time.process_time()
        built = bd.trial_graph(design, truncation=truncation)
        seconds.append(time.process_time() - begun)
        return built

    graph = build()
    for _ in range(0 if truncation else 2):
        build()
    begun = time.process_time()
    weights = end_probabilities(graph, prob_outcome)
    per_scenario = (time.process_time() - begun) / 20
    lost = max(1 - weights.sum(axis=1).min(), 0) if truncation else 0
    return {
        "design": name,
        "patients": patients,
        "doses": doses,
        "states": graph.num_states,
        "decisions": graph.num_decisions,
        "seconds_tables": round(tables, 3),
        "seconds_graph": round(min(seconds), 3),
        "milliseconds_per_scenario": round(per_scenario * 1e3, 2),
        "unresolved_probability": float(f"{lost:.1e}"),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def run(name: str, patients: int, doses: int) -> dict[str, float | str]:
    """`measure` in a process of its own, without tables that another process has kept."""
    command = [sys.executable, __file__, name, str(patients), str(doses)]
    environment = os.environ | {"BAYESDOSE_CACHE": ""}
    finished = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(finished.stdout)


def main(folder: Path) -> None:
    sizes = sorted({(patients, 6) for patients in PATIENTS} | {(36, doses) for doses in DOSES})
    cases = [("BLRM", *size) for size in sizes]
    cases += [(name, patients, 6) for name in TITRATED for patients in TITRATED_PATIENTS]
    rows = []
    for case in cases:
        rows.append(run(*case))
        print(rows[-1], flush=True)
    with (folder / "growth.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    subprocess.run([sys.executable, Path(__file__).with_name("growth_figure.py"), folder], check=True)


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
    else:
        main(Path(sys.argv[1]))
