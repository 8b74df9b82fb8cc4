"""Seven designs as in the conclusions of Zhou, Yuan and Nie (2018), on random curves."""

from pathlib import Path

import numpy as np

import bayesdose as bd
from bayesdose.priors.skeleton import indifference_interval_skeleton

TARGET, PATIENTS, DOSES, CURVES = 0.3, 30, 6, 200


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    """1 where a statement about the means over the curves holds, else 0."""
    grid = bd.DoseGrid.of_levels(DOSES)
    curves = bd.pseudo_uniform_scenarios(grid, TARGET, CURVES, rng=1)
    found = bd.operating_characteristics(_designs(grid), curves, mtd_rule=bd.ClosestTo(TARGET)).mean(
        "scenario"
    )
    correct = found["correct_selection"].to_series()
    overdosed = found["proportion_overdosed"].to_series()
    under = found["underdose_selection"].to_series()
    statements = {
        ("accuracy", "CRM selects the MTD more often than BLRM"): correct["CRM"] > correct["BLRM"],
        ("accuracy", "CRM selects the MTD more often than EWOC"): correct["CRM"] > correct["EWOC"],
        ("accuracy", "BOIN and keyboard differ by less than 0.01"): abs(correct["BOIN"] - correct["keyboard"])
        < 0.01,
        ("accuracy", "BOIN selects the MTD more often than mTPI"): correct["BOIN"] > correct["mTPI"],
        ("accuracy", "keyboard selects the MTD more often than mTPI"): correct["keyboard"] > correct["mTPI"],
        ("safety", "skipping doses overdoses more patients"): overdosed["CRM, skipping"] > overdosed["CRM"],
    }
    for design in ("BLRM", "EWOC"):
        statements["safety", f"{design} overdoses fewer patients than CRM"] = (
            overdosed[design] < overdosed["CRM"]
        )
        statements["safety", f"{design} stays too low in most trials"] = under[design] > 0.5
    return {key: float(holds) for key, holds in statements.items()}


def _designs(grid: bd.DoseGrid) -> dict[str, bd.Design]:
    """Their settings are not known; these are usual ones."""
    skeleton = indifference_interval_skeleton(
        target=TARGET, half_width=0.05, prior_mtd=3, number_of_doses=DOSES
    )
    curve = bd.PowerCurve(skeleton.prob_dlt)
    crm = {"target": TARGET, "prior_sd": 1.34**0.5, "estimate": "plug-in", "max_patients": PATIENTS}
    prior = bd.NormalPrior((np.log(TARGET / (1 - TARGET)), 0), (2, 1), reference_dose=3)
    tables = bd.tabulate(bd.two_parameter_logistic(grid, prior), bounds=(TARGET,), max_patients=PATIENTS)
    return {
        "CRM": bd.crm(grid, curve, **crm),
        "CRM, skipping": bd.crm(grid, curve, increments=bd.AnyLevel(), **crm),
        "BLRM": bd.blrm(grid, prior, target_interval=(0.25, 0.35), ewoc_cap=0.25, max_patients=PATIENTS),
        "EWOC": bd.ModelBased(
            grid,
            tables,
            next_dose=bd.HighestAllowed(),
            admissible=bd.MTDEWOC(TARGET, 0.25),
            max_patients=PATIENTS,
        ),
        "BOIN": bd.boin(grid, TARGET, max_patients=PATIENTS),
        "keyboard": bd.keyboard(grid, TARGET, max_patients=PATIENTS),
        "mTPI": bd.mtpi(grid, TARGET, max_patients=PATIENTS),
    }
