"""The order of the first three designs of Simon et al. (1997), on assumed curves and one course a patient."""

from pathlib import Path

import numpy as np

import bayesdose as bd


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """1 where a statement holds, else 0."""
    study = bd.load_study(folder / "study.toml")
    found = bd.run_study(study)
    numbers = {}
    for scenario in study.scenarios:
        here = found.sel(scenario=scenario.name)
        mild = 1 - np.array(scenario.prob_dlt) - np.array(scenario.prob_moderate)
        patients = here["expected_sample_size"].to_series()
        with_mild = dict(zip(study.designs, here["expected_patients"].values @ mild, strict=True))
        share = here["dlt_rate"].to_series()
        for one, other in (("3", "2"), ("2", "1")):
            names = f"design {one} than design {other}"
            numbers[scenario.name, f"fewer patients, {names}"] = patients[one] < patients[other]
            numbers[scenario.name, f"fewer patients with grade 0-1, {names}"] = (
                with_mild[one] < with_mild[other]
            )
            numbers[scenario.name, f"larger share of patients with DLT, {names}"] = share[one] > share[other]
    return {key: float(holds) for key, holds in numbers.items()}
