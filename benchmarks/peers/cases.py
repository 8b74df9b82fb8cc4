"""The work that is done twice: what a package of R is asked, and the same asked here.

Six doses, target 0.25, cohorts of three, 36 patients; the settings of a case go to its R script as they
are, so that both sides read the same numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

import bayesdose as bd

# Loaded here, so that the clock does not count it.
from bayesdose.designs.blrm import blrm
from bayesdose.designs.crm import crm
from bayesdose.inference.exact import exact_posterior
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.pathways import pathways

__all__ = ["CURVE", "Case", "cases"]

# The second dose is the MTD.
CURVE = (0.05, 0.25, 0.40, 0.55, 0.65, 0.75)
TARGET, PATIENTS, COHORT = 0.25, 36, 3
LEVELS = bd.DoseGrid.of_levels(len(CURVE))
DOSES = bd.DoseGrid((1, 2.5, 5, 10, 15, 20), "mg")
REFERENCE_DOSE, PRIOR_MEAN, PRIOR_SD = 10.0, (float(np.log(1 / 3)), 0.0), (2.0, 0.7)
TARGET_INTERVAL, EWOC_CAP = (0.16, 0.33), 0.25
PATHS_PATIENTS = 12
FITTED_PATIENTS, FITTED_DLTS = (3, 3, 6, 12, 12, 0), (0, 0, 0, 2, 5, 0)


@dataclass(frozen=True)
class Case:
    """One piece of work.

    Parameters
    ----------
    name : str
        What is computed.
    package, script : str
        The R package, and the script beside this file that calls it.
    settings : mapping of str to numbers
        What the script is told; ``trials`` is there if it simulates.
    limit : float
        Seconds after which the script is ended.
    obtain : callable
        The same numbers from here: for simulations and paths the probabilities that no dose and that
        each dose is selected, for a fit the probability of an overdose at each dose.
    shown : int
        Index of the number that the table shows.
    """

    name: str
    package: str
    script: str
    settings: Mapping[str, Sequence[float]]
    limit: float
    obtain: Callable[[], np.ndarray]
    shown: int


def cases(curve: Sequence[float] = CURVE) -> list[Case]:
    """All cases, with these true P(DLT) at the six doses."""
    skeleton = bd.priors.indifference_interval_skeleton(
        target=TARGET, half_width=0.05, prior_mtd=3, number_of_doses=len(curve)
    ).prob_dlt
    mtd = int(np.abs(np.array(curve) - TARGET).argmin()) + 1
    common = {"target": [TARGET], "cohort_size": [COHORT], "prob_dlt": curve, "seed": [1]}
    trial = {**common, "max_patients": [PATIENTS]}
    model = {"skeleton": skeleton, "prior_sd": [1.34**0.5]}
    prior = {
        "doses": DOSES.values,
        "reference_dose": [REFERENCE_DOSE],
        "prior_mean": PRIOR_MEAN,
        "prior_sd": PRIOR_SD,
        "target_interval": TARGET_INTERVAL,
    }
    fit = {**prior, "patients": FITTED_PATIENTS, "dlts": FITTED_DLTS, "seed": [1]}
    sampler = {"ewoc_cap": [EWOC_CAP], "burn_in": [200], "thinning": [2], "draws": [2500]}
    return [
        Case(
            "CRM, operating characteristics",
            "dfcrm",
            "dfcrm.R",
            {**trial, **model, "trials": [1000]},
            300,
            lambda: _selection(_dfcrms_crm(skeleton), curve),
            mtd,
        ),
        Case(
            "BOIN, operating characteristics",
            "BOIN",
            "boin.R",
            {**trial, "trials": [10_000]},
            300,
            lambda: _selection(bd.boin(LEVELS, TARGET, max_patients=PATIENTS, cohort_size=COHORT), curve),
            mtd,
        ),
        Case(
            "BOIN, operating characteristics",
            "simFastBOIN",
            "simfastboin.R",
            {**trial, "trials": [100_000]},
            300,
            lambda: _selection(bd.boin(LEVELS, TARGET, max_patients=PATIENTS, cohort_size=COHORT), curve),
            mtd,
        ),
        Case(
            "Keyboard, operating characteristics",
            "Keyboard",
            "keyboard.R",
            {**trial, "trials": [10_000]},
            300,
            lambda: _selection(_keyboards(), curve),
            mtd,
        ),
        Case(
            "3+3, all paths",
            "bcrm",
            "bcrm.R",
            {"prob_dlt": curve},
            300,
            lambda: _selection(bd.three_plus_three(LEVELS, variant="deescalation"), curve),
            mtd,
        ),
        Case(
            "3+3, operating characteristics",
            "UBCRM",
            "ubcrm.R",
            {"prob_dlt": curve, "seed": [1], "trials": [10_000]},
            300,
            lambda: _selection(bd.three_plus_three(LEVELS, variant="no-deescalation"), curve),
            mtd,
        ),
        Case(
            "CRM, operating characteristics",
            "escalation",
            "escalation.R",
            {**trial, **model, "trials": [200]},
            300,
            lambda: _selection(_escalations_crm(skeleton, PATIENTS), curve),
            mtd,
        ),
        Case(
            "CRM, all paths of 12 patients",
            "escalation",
            "escalation_paths.R",
            {**common, **model, "max_patients": [PATHS_PATIENTS]},
            300,
            lambda: _paths(_escalations_crm(skeleton, PATHS_PATIENTS), curve),
            mtd,
        ),
        Case(
            "CRM, all paths of 12 patients",
            "dtpcrm",
            "dtpcrm.R",
            {**common, **model, "max_patients": [PATHS_PATIENTS]},
            300,
            lambda: _paths(_escalations_crm(skeleton, PATHS_PATIENTS), curve),
            mtd,
        ),
        Case(
            "BLRM, operating characteristics",
            "crmPack",
            "crmpack.R",
            {**trial, **prior, **sampler, "trials": [100]},
            3600,
            lambda: _selection(_crmpacks_blrm(), curve),
            mtd,
        ),
        Case(
            "BLRM, one posterior",
            "OncoBayes2",
            "oncobayes2.R",
            {**fit, "chains": [4], "draws": [1000]},
            300,
            _overdose_probabilities,
            4,
        ),
    ]


def _selection(design: bd.Design, curve: Sequence[float]) -> np.ndarray:
    result = operating_characteristics(
        {"it": design},
        [bd.scenarios.Scenario("curve", design.grid, tuple(curve))],
        mtd_rule=bd.rules.ClosestTo(TARGET),
    )
    return result["selection_probability"].values.ravel()


def _paths(design: bd.Design, curve: Sequence[float]) -> np.ndarray:
    found = pathways(
        design,
        cohorts=PATHS_PATIENTS // COHORT,
        scenarios=[bd.scenarios.Scenario("curve", design.grid, tuple(curve))],
    )
    weights = found["probability"].values[0]
    labels = ["none", *found["dose_label"].values]
    return np.array([weights[found["recommendation"].values == label].sum() for label in labels])


def _keyboards() -> bd.Design:
    """As the package simulates it: no dose is eliminated before three patients."""
    return bd.keyboard(LEVELS, TARGET, max_patients=PATIENTS, cohort_size=COHORT, min_patients=3)


def _dfcrms_crm(skeleton: Sequence[float]) -> bd.Design:
    """At most one level above the current one, coherent, and an unrestricted choice at the end."""
    return crm(
        LEVELS,
        bd.models.PowerCurve(tuple(skeleton)),
        target=TARGET,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=PATIENTS,
        cohort_size=COHORT,
        increments=bd.rules.LevelsAboveCurrent(1) & bd.rules.Coherent(TARGET),
        recommendation=bd.rules.BestOnGrid(),
    )


def _escalations_crm(skeleton: Sequence[float], max_patients: int) -> bd.Design:
    """No level skipped; recommended is what would be given next."""
    return crm(
        LEVELS,
        bd.models.PowerCurve(tuple(skeleton)),
        target=TARGET,
        prior_sd=1.34**0.5,
        estimate="plug-in",
        max_patients=max_patients,
        cohort_size=COHORT,
        recommendation=bd.rules.DoseOfNextCohort(),
    )


def _crmpacks_blrm() -> bd.Design:
    return blrm(
        DOSES,
        bd.priors.NormalPrior(PRIOR_MEAN, PRIOR_SD, reference_dose=REFERENCE_DOSE),
        target_interval=TARGET_INTERVAL,
        ewoc_cap=EWOC_CAP,
        stop_cap=None,
        increments=bd.rules.LevelsAboveHighestTried(1),
        max_patients=PATIENTS,
        cohort_size=COHORT,
        recommendation=bd.rules.DoseOfNextCohort(),
    )


def _overdose_probabilities() -> np.ndarray:
    prior = bd.priors.NormalPrior(PRIOR_MEAN, PRIOR_SD, reference_dose=REFERENCE_DOSE)
    outcomes = bd.Outcomes.from_counts(FITTED_PATIENTS, FITTED_DLTS)
    found = exact_posterior(
        two_parameter_logistic(DOSES, prior), outcomes, bounds=TARGET_INTERVAL, quantiles=(0.5,)
    )
    return found["interval_probability"].values[:, -1]
