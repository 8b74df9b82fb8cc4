"""Examples of Cheung (2011), of the manual of its package dfcrm, and a likelihood CRM patient by patient."""

from pathlib import Path

import numpy as np

import bayesdose as bd
from bayesdose.designs.maximum_likelihood import maximum_likelihood
from bayesdose.inference.posterior import posterior
from bayesdose.models.curves import codified_doses

GRID = bd.DoseGrid.of_levels(5)
SKELETON = (0.05, 0.12, 0.25, 0.40, 0.55)
SD = 1.34**0.5
# Table 3.2: the true P(DLT), and a tolerance for each of twenty patients; a DLT if it is below P(DLT).
TRUE_PROB_DLT = (0.02, 0.04, 0.10, 0.25, 0.50)
TOLERANCES = (
    *(0.571, 0.642, 0.466, 0.870, 0.634, 0.390, 0.524, 0.773, 0.175, 0.627),
    *(0.321, 0.099, 0.383, 0.995, 0.628, 0.346, 0.919, 0.022, 0.647, 0.469),
)
CURVES = {"logistic": bd.models.LogisticCurve, "power": bd.models.PowerCurve}
MLE_LEVELS = (3, 3, 1, 2, 2, 3, 3, 2, 3, 2, 1, 2, 1, 1, 1, 2, 2)
MLE_DLTS = (0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0)


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    numbers = _table_3_2() | _likelihood()
    for intercept in (0, 3):
        for level, dose in enumerate(codified_doses(SKELETON, intercept), start=1):
            numbers["codified doses", f"intercept {intercept}, level {level}"] = dose
    for name, curve in CURVES.items():
        numbers |= _estimate(f"page 21, {name}", curve(SKELETON), "3N 5N 5T 3N 4N", target=0.25)
        skeleton = (0.05, 0.10, 0.20, 0.35, 0.50, 0.70)
        numbers |= _estimate(f"dfcrm's manual, {name}", curve(skeleton), "3NNNT 4NTT 2NNN", target=0.2)
    # Moments of P(DLT) are known for all but this one.
    known = ("estimate", "next level", "plug-in")
    return {key: n for key, n in numbers.items() if key[0] != "page 21, power" or key[1].startswith(known)}


def _estimate(case: str, curve, patients: str, target: float) -> dict[tuple[str, str], float]:
    grid = bd.DoseGrid.of_levels(len(curve.skeleton))
    model = bd.models.crm_model(grid, curve, SD)
    found = bd.exact_posterior(model, patients, bounds=(target,), tolerance=1e-10)
    theta = found["parameter_mean"].values
    plug_in = np.exp(curve.log_prob_dlt(theta))[0]
    numbers = {
        (case, "estimate"): theta.item(),
        (case, "variance"): found["parameter_sd"].item() ** 2,
        (case, "next level"): abs(plug_in - target).argmin() + 1,
    }
    for level, (estimate, mean) in enumerate(zip(plug_in, found["mean"].values, strict=True), start=1):
        numbers[case, f"plug-in P(DLT) at level {level}"] = estimate
        numbers[case, f"mean P(DLT) at level {level}"] = mean
    return numbers


def _table_3_2() -> dict[tuple[str, str], float]:
    design = bd.crm(
        GRID,
        bd.models.LogisticCurve(SKELETON),
        target=0.25,
        prior_sd=SD,
        estimate="plug-in",
        increments=bd.rules.AnyLevel(),
        cohort_size=1,
        start_level=3,
        max_patients=21,
    )
    counts, level, numbers = np.zeros((1, 5, 2), dtype=int), 2, {}
    for patient, tolerance in enumerate(TOLERANCES, start=1):
        numbers["table 3.2", f"level of patient {patient}"] = level + 1
        counts[0, level, int(tolerance < TRUE_PROB_DLT[level])] += 1
        state = bd.TrialState(counts, np.array([level]), np.zeros(1, dtype=int))
        summary = posterior(design.tables[-1], state.patients, state.dlts)
        estimate = np.asarray(summary.parameter_mean)[0]
        for case in ("table 3.2", "table 3.2, quadrature"):
            numbers[case, f"estimate after patient {patient}"] = estimate
        level = int(design.next_cohort(state).level[0])
    return numbers


def _likelihood() -> dict[tuple[str, str], float]:
    counts = np.zeros((17, 5, 2), dtype=int)
    for patient, (level, dlt) in enumerate(zip(MLE_LEVELS, MLE_DLTS, strict=True)):
        counts[patient:, level - 1, dlt] += 1
    curve = bd.models.LogisticCurve(SKELETON)
    estimates = maximum_likelihood(curve, counts.sum(axis=2), counts[..., 1])
    state = bd.TrialState(counts, np.array(MLE_LEVELS) - 1, np.zeros(17, dtype=int))
    design = bd.crm_mle(
        GRID, curve, target=0.25, max_patients=18, cohort_size=1, increments=bd.rules.AnyLevel()
    )
    levels = design.next_cohort(state).level + 1
    numbers = {}
    for patient in range(2, 17):
        numbers["likelihood", f"estimate before patient {patient + 1}"] = estimates[patient - 1]
        numbers["likelihood", f"level of patient {patient + 1}"] = levels[patient - 1]
    return numbers
