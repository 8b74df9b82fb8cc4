"""VIOLA's dose transition pathways: the next dose after each history of up to three cohorts."""

from pathlib import Path

import numpy as np

import bayesdose as bd
from bayesdose.inference.posterior import posterior

LABELS = ("-2", "-1", "0", "1", "2", "3", "4")
STOP = -9
BEFORE = {"start": "", "after 0/3 at 0 and 0/3 at 1": "3NNN 4NNN"}


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    design = bd.crm(
        bd.DoseGrid((1, 2, 3, 4, 5, 6, 7), "level", LABELS),
        bd.models.PowerCurve((0.03, 0.07, 0.12, 0.20, 0.30, 0.40, 0.52)),
        target=0.20,
        prior_sd=0.75**0.5,
        estimate="plug-in",
        max_patients=24,
        start_level=3,
        increments=bd.rules.LevelsAboveHighestTried(1) & bd.rules.NoEscalationAboveRate(0.20),
        stopping=bd.rules.LowestTooToxic(0.30, 0.72) | bd.rules.PatientsAtDose(12),
        recommendation=bd.rules.DoseOfNextCohort(),
    )
    numbers = {}
    for case, outcomes in BEFORE.items():
        found = bd.pathways(design, outcomes, cohorts=3)
        dlts = found["patients_with"].sel(outcome="DLT").values
        next_doses = np.column_stack([found["dose_given"].values, found["next_dose"].values])
        for of_cohorts, doses in zip(dlts, next_doses, strict=True):
            for cohort in range(4):
                if "STOP" not in doses[:cohort]:
                    seen = " ".join(map(str, of_cohorts[:cohort])) or "none"
                    dose = doses[cohort]
                    numbers[case, f"next dose, DLTs {seen}"] = STOP if dose == "STOP" else int(dose)
    state = bd.running_state(design, BEFORE["after 0/3 at 0 and 0/3 at 1"])
    summary = posterior(design.tables[-1], state.patients, state.dlts)
    for label, value in zip(LABELS, np.asarray(summary.plug_in)[0], strict=True):
        numbers["after 0/3 at 0 and 0/3 at 1", f"P(DLT) at {label}"] = value
    return numbers
