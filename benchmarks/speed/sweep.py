"""A sweep of BLRMs: 6 doses, up to 36 patients in cohorts of 3, exact results in 20 scenarios.

    python -m benchmarks.speed.sweep [designs] [workers]

Prints the seconds of a sweep over escalation caps, stopping caps and numbers of patients at a dose that are
enough, of the same designs one by one, and how far ten of them are from each run alone.
"""

import argparse
import os
import time
from contextlib import nullcontext
from functools import cache

import attrs
import numpy as np

import bayesdose as bd
from bayesdose.calibration.result import Calibration
from bayesdose.designs.model_based import ModelBased
from benchmarks.speed.trial_graph import SCENARIOS, mil97_blrm

RULE = bd.rules.HighestBelow(0.33)
PATIENTS = (6, 9, 12, 15, 18)


@cache
def base() -> ModelBased:
    """MIL97's BLRM."""
    return mil97_blrm()


def make(ewoc_cap: float, stop_cap: float, enough: int) -> bd.Design:
    """MIL97's BLRM with other caps, which stops at a dose with enough patients."""
    stopping = bd.rules.LowestTooToxic(0.33, stop_cap) | bd.rules.PatientsAtDose(enough)
    admissible = bd.rules.EWOC(0.33, ewoc_cap) | bd.rules.LowestDose()
    return attrs.evolve(base(), admissible=admissible, stopping=stopping)


def values(number: int) -> dict[str, list[float]]:
    """At least so many combinations: both caps as finely as it takes."""
    steps = int(np.ceil(np.sqrt(number / len(PATIENTS))))
    return {
        "ewoc_cap": np.linspace(0.2, 0.35, steps).round(4).tolist(),
        "stop_cap": np.linspace(0.35, 0.65, steps).round(4).tolist(),
        "enough": list(PATIENTS),
    }


def scenarios() -> list[bd.scenarios.Scenario]:
    """Logistic curves from hardly any DLTs to too many at the lowest dose."""
    grid = base().grid
    shifts = np.linspace(-4.5, 1.0, SCENARIOS)
    curves = 1 / (1 + np.exp(-(shifts[:, None] + np.linspace(0, 4, len(grid)))))
    names = [f"curve {number}" for number in range(1, SCENARIOS + 1)]
    return list(bd.scenarios.scenarios_from_curves(grid, curves, names))


def run(number: int, workers: int | None = None) -> Calibration:
    """The sweep, here or by worker processes."""
    with nullcontext() if workers is None else bd.simulation.worker_processes(workers) as pool:
        return bd.calibrate(
            make, values(number), scenarios(), mtd_rule=RULE, sample=number, rng=1, executor=pool
        )


class Sweep:
    timeout = 600

    def time_40_designs(self):
        run(40)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("designs", nargs="?", type=int, default=1000)
    parser.add_argument("workers", nargs="?", type=int, default=2)
    asked = parser.parse_args()
    base()
    begun, before = time.perf_counter(), sum(os.times()[:4])
    found = run(asked.designs, asked.workers)
    seconds, busy = time.perf_counter() - begun, sum(os.times()[:4]) - before
    print(
        f"{len(found.designs)} designs, {asked.workers} workers: {seconds:.1f} s, of processors {busy:.0f} s"
    )
    names = list(found.designs)[:: max(1, asked.designs // 10)][:10]
    begun, furthest = time.perf_counter(), 0.0
    for name in names:
        alone = bd.operating_characteristics({name: found.designs[name]}, found.scenarios, mtd_rule=RULE)
        for variable, values in alone.items():
            if values.dtype.kind == "f" and variable in found.tried:
                other = found.tried[variable].sel(design=[name]) if "design" in values.dims else values
                furthest = max(furthest, float(np.nanmax(np.abs(values.values - other.values), initial=0)))
    seconds = (time.perf_counter() - begun) / len(names)
    print(f"alone {seconds:.2f} s a design; largest difference {furthest:.1e}")


if __name__ == "__main__":
    main()
