"""The comparison for each protocol that has a study file here, exactly, as a table.

    python -m benchmarks.protocols.run [MIL97 ...]

Runs the study files beside this one and writes `<protocol>.csv` there: one row for each design and
scenario. `bayesdose run benchmarks/protocols/MIL97.toml` writes everything about one of them.
"""

import argparse
from pathlib import Path

import pandas as pd
import xarray as xr

from bayesdose.studies.load import load_study
from bayesdose.studies.run import run_study

FOLDER = Path(__file__).parent
COLUMNS = [
    "correct_selection",
    "overdose_selection",
    "lower_dose_selection",
    "no_dose_selection",
    "selection_loss",
    "expected_sample_size",
    "expected_dlts",
    "expected_excess_dlts",
    "incoherent_probability",
    "proportion_treated_at_mtd",
    "proportion_overdosed",
    "expected_duration",
]


def main_characteristics(result: xr.Dataset) -> pd.DataFrame:
    """Main operating characteristics by design and scenario; DLTs are summed over the doses."""
    summed = result.assign(expected_dlts=result["expected_dlts"].sum("dose"))
    frame = summed[COLUMNS].reset_coords(drop=True).to_dataframe(dim_order=["scenario", "design"])
    return pd.DataFrame(frame[COLUMNS])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    there = sorted(path.stem for path in FOLDER.glob("*.toml"))
    parser.add_argument("protocols", nargs="*", default=there)
    for name in parser.parse_args().protocols:
        result = run_study(load_study(FOLDER / f"{name}.toml"))
        # Twelve digits: all that the exact engine's rounding leaves.
        main_characteristics(result).to_csv(FOLDER / f"{name}.csv", float_format="%.12g", lineterminator="\n")


if __name__ == "__main__":
    main()
