"""Simulation-based calibration of NUTS and of the exact engine, in full.

    python benchmarks/calibration/run.py --simulations 1000 --out calibration.csv

Prints the p-value of uniform ranks for each method and dose, and writes the ranks as CSV.
"""

import argparse
from pathlib import Path

from bayesdose.grid import DoseGrid
from bayesdose.inference.calibration import simulation_based_calibration, uniformity
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.progress import progress_bar

GRID = DoseGrid((1.0, 2.5, 5.0, 10.0), "mg")
PRIOR = NormalPrior(mean=(-1.4, 0.0), sd=(1.5, 0.7), reference_dose=10.0, correlation=-0.2)
PATIENTS = (3, 3, 6, 6)


def main() -> None:
    parser = argparse.ArgumentParser(description="Simulation-based calibration of both engines.")
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20180418)
    parser.add_argument("--bins", type=int, default=10)
    parser.add_argument("--out", type=Path, default=Path("calibration.csv"))
    arguments = parser.parse_args()
    with progress_bar("Calibration") as progress:
        found = simulation_based_calibration(
            two_parameter_logistic(GRID, PRIOR),
            PATIENTS,
            simulations=arguments.simulations,
            rng=arguments.seed,
            progress=progress,
        )
    p_values = uniformity(found, bins=arguments.bins)["p_value"]
    print(f"p-values of uniform ranks, {arguments.simulations} simulations, by dose ({GRID.unit})")
    print(p_values.to_pandas().T.round(4).to_string())
    print(f"NUTS diagnostics in order in {int(found['converged'].sum())} of {arguments.simulations}")
    found[["rank", "prob_dlt", "dlts"]].to_dataframe().to_csv(arguments.out)
    print(f"Ranks: {arguments.out}")


if __name__ == "__main__":
    main()
