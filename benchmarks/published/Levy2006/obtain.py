"""The trial of Levy et al. (2006), cohort by cohort, by one of the models that its software offered."""

from pathlib import Path

import numpy as np
import pymc as pm

import bayesdose as bd
from bayesdose.inference.posterior import posterior
from bayesdose.outcomes import parse_outcomes

GRID = bd.DoseGrid((0.5, 1, 3, 5, 6), "mg/m2")
# The intercept is one of four that the software offers; the paper does not say which.
CURVE = bd.models.LogisticCurve((0.05, 0.1, 0.15, 0.33, 0.5), intercept=3)
COHORTS = ("1NNN", "3NNT", "4NNT", "4NNN", "4NTN", "4TNT")


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    with pm.Model(coords=bd.models.model_coords(GRID)) as model:
        slope = pm.Exponential("slope", 1.0)
        bd.models.observe_dlts(pm.math.invlogit(CURVE.intercept + slope * CURVE.doses))
    (table,) = bd.tabulate(model, bounds=(0.33,), max_patients=18, tolerances=(1e-8,), plug_in=True)
    numbers = {}
    for cohort in range(1, 7):
        counts = parse_outcomes(" ".join(COHORTS[:cohort])).counts(5)
        summary = posterior(table, counts.sum(axis=1)[None], counts[None, :, -1])
        for level, value in enumerate(np.asarray(summary.plug_in)[0], start=1):
            numbers[f"after cohort {cohort}", f"P(DLT) at level {level}"] = value
    last = bd.exact_posterior(model, " ".join(COHORTS), bounds=(0.33,), quantiles=(0.025, 0.975))
    for name, value in zip(("2.5 %", "97.5 %"), last["quantile"].sel(dose=5).values, strict=True):
        numbers["after cohort 6", f"{name} quantile at level 4"] = value
    return numbers
