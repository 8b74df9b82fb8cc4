"""The single-agent example of OncoBayes2, and two data sets that were fitted with it."""

from pathlib import Path

import numpy as np

import bayesdose as bd
from bayesdose.inference.posterior import posterior

GRID = bd.DoseGrid((1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250), "mg")
PATIENTS = "1NNN 2NNNN 3NNNNN 4NNNN 7TT"
SMALL = bd.DoseGrid((1, 2.5, 5, 10, 15, 20), "mg")
# Patients and DLTs at the six doses of the data sets that were sampled with the package.
SAMPLED = {
    "sampled, 18 patients": ((3, 3, 3, 3, 3, 3), (0, 0, 0, 0, 1, 2)),
    "sampled, 36 patients": ((3, 3, 6, 12, 12, 0), (0, 0, 0, 2, 5, 0)),
}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = {}
    model = bd.models.two_parameter_logistic(GRID, bd.priors.NormalPrior((0, 0), (2, 1), reference_dose=250))
    found = bd.exact_posterior(model, PATIENTS, bounds=(0.16, 0.33), quantiles=(0.5,))
    for dose in GRID.values:
        here = found.sel(dose=dose)
        numbers["hist_SA", f"mean at {dose:g} mg"] = here["mean"].item()
        numbers["hist_SA", f"sd at {dose:g} mg"] = here["sd"].item()
        for name, value in zip(("under", "target", "over"), here["interval_probability"].values, strict=True):
            numbers["hist_SA", f"P({name}) at {dose:g} mg"] = value
    for name, moment in (("log alpha", 0), ("log beta", 1)):
        numbers["hist_SA", f"mean of {name}"] = found["parameter_mean"].values[moment]
        numbers["hist_SA", f"sd of {name}"] = found["parameter_sd"].values[moment]
    overdose = found["interval_probability"].sel(interval="[0.33, 1]")
    numbers["hist_SA", "highest dose by EWOC 0.25, mg"] = max(
        dose for dose, p in zip(GRID.values, overdose.values, strict=True) if p < 0.25
    )
    return numbers | _sampled()


def _sampled() -> dict[tuple[str, str], float]:
    numbers = {}
    model = bd.models.two_parameter_logistic(
        SMALL, bd.priors.NormalPrior((-1.0986122887, 0), (2, 0.7), reference_dose=10)
    )
    (table,) = bd.tabulate(model, bounds=(0.16, 0.33), max_patients=36, tolerances=(1e-5,))
    for case, (patients, dlts) in SAMPLED.items():
        found = posterior(table, np.array([patients]), np.array([dlts]))
        for dose, mean, below in zip(SMALL.values, found.mean[0], found.below(0.33)[0], strict=True):
            numbers[case, f"mean at {dose:g} mg"] = mean
            numbers[case, f"P(over) at {dose:g} mg"] = 1 - below
    return numbers
