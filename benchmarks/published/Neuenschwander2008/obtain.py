"""The worked example of Neuenschwander, Branson and Gsponer (2008): power and logistic model, and a prior."""

import warnings
from pathlib import Path

import numpy as np
import xarray as xr

import bayesdose as bd
from bayesdose.designs.model_based import ModelBased
from bayesdose.priors.minimal_information import minimally_informative_quantiles
from bayesdose.priors.prob_dlt_moments import prob_dlt_quantiles

GRID = bd.DoseGrid((1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250), "mg")
PATIENTS = "1NNN 2NNNN 3NNNNN 4NNNN 7TT"
SKELETON_A = (0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.10, 0.17, 0.30, 0.4, 0.5, 0.65, 0.8, 0.9)
SKELETON_B = (0.063, 0.125, 0.188, 0.25, 0.313, 0.375, 0.438, 0.5, 0.563, 0.625)
# Under, target, excessive and unacceptable toxicity.
CUTS = (0.2, 0.35, 0.6)
PRIOR = bd.priors.NormalPrior(
    (2.15, 0.52), (0.84, 0.80), reference_dose=250, correlation=0.134 / (0.84 * 0.80)
)


def obtain(folder: Path) -> dict[tuple[str, str], float]:
    return _power_model() | _logistic_model() | _decisions() | _published_prior()


def _power_model() -> dict[tuple[str, str], float]:
    numbers = {}
    first_ten = bd.DoseGrid(GRID.values[:10], "mg")
    for case, skeleton, sd in (
        ("power, skeleton A, variance 1.34", SKELETON_A[:10], 1.34**0.5),
        ("power, skeleton A, sd 1.34", SKELETON_A[:10], 1.34),
        ("power, skeleton B, variance 1.34", SKELETON_B, 1.34**0.5),
    ):
        model = bd.models.crm_model(first_ten, bd.models.PowerCurve(skeleton), sd)
        numbers |= _moments(case, bd.exact_posterior(model, PATIENTS, bounds=(0.3,)))
    model = bd.models.crm_model(GRID, bd.models.PowerCurve(SKELETON_A), 1.34)
    posterior = bd.exact_posterior(model, PATIENTS, bounds=(0.3,))
    case = "power, skeleton A, sd 1.34, manual of bcrm"
    numbers |= {key: value for key, value in _moments(case, posterior).items() if key[1].startswith("mean")}
    numbers[case, "next dose, level"] = int(abs(posterior["mean"].values - 0.30).argmin()) + 1
    return numbers


def _moments(case: str, posterior: xr.Dataset) -> dict[tuple[str, str], float]:
    moments = {}
    for name in ("mean", "sd"):
        for dose, value in posterior[name].to_series().items():
            moments[case, f"{name} at {dose:g} mg"] = value
    return moments


def _logistic_model() -> dict[tuple[str, str], float]:
    numbers = {}
    # The target of 0.30 splits the target interval in two.
    model = bd.models.two_parameter_logistic(GRID, PRIOR)
    posterior = bd.exact_posterior(model, PATIENTS, bounds=(0.2, 0.3, 0.35, 0.6))
    for name, moment in (("log alpha", 0), ("log beta", 1)):
        numbers["logistic", f"mean of {name}"] = posterior["parameter_mean"].values[moment]
        numbers["logistic", f"sd of {name}"] = posterior["parameter_sd"].values[moment]
    for dose in GRID.values:
        here = posterior.sel(dose=dose)
        for case in ("logistic", "logistic, JAGS", "logistic, figure 1"):
            numbers[case, f"mean at {dose:g} mg"] = here["mean"].item()
        numbers["logistic", f"sd at {dose:g} mg"] = here["sd"].item()
        for probability, value in zip((2.5, 25, 50, 75, 97.5), here["quantile"].values, strict=True):
            numbers["logistic", f"{probability:g} % quantile at {dose:g} mg"] = value
        under, below, above, excessive, unacceptable = here["interval_probability"].values
        intervals = {
            "under": under,
            "target": below + above,
            "excessive": excessive,
            "unacceptable": unacceptable,
        }
        for name, value in intervals.items():
            numbers["logistic", f"P({name}) at {dose:g} mg"] = value
        if dose <= 50:
            numbers["logistic", f"loss (1, 0, 1, 2) at {dose:g} mg"] = under + excessive + 2 * unacceptable
            numbers["logistic", f"loss (1, 0, 2, 4) at {dose:g} mg"] = (
                under + 2 * excessive + 4 * unacceptable
            )
        if dose in (10, 15, 20, 25):
            over = above + excessive + unacceptable
            numbers["logistic", f"P(MTD below {dose:g} mg), target 0.30"] = over
    return numbers


def _decisions() -> dict[tuple[str, str], float]:
    """Doses that rules choose after the patients of the example."""
    overdose, any_dose = bd.rules.EWOC(0.35, 0.25), bd.rules.HighestAllowed()
    rules = {
        "highest dose by EWOC, P(p >= 0.35) < 0.25": (any_dose, overdose),
        "most probable target dose with EWOC": (bd.rules.MaxTargetProbability(0.2, 0.35), overdose),
        "least loss (1, 0, 1, 2)": (bd.rules.MinExpectedLoss(CUTS, (1, 0, 1, 2)), None),
        "least loss (1, 0, 2, 4)": (bd.rules.MinExpectedLoss(CUTS, (1, 0, 2, 4)), None),
        "mean closest to 0.30": (bd.rules.ClosestMean(0.30), None),
        "highest dose with P(MTD below it) <= 0.25": (any_dose, bd.rules.MTDEWOC(0.30, 0.25)),
        "highest dose with 75 % quantile below 0.35": (any_dose, bd.rules.QuantileBelow(0.35, 0.75)),
        "highest dose with 75 % quantile below 0.30": (any_dose, bd.rules.QuantileBelow(0.30, 0.75)),
    }
    grid = bd.DoseGrid(GRID.values[:10], "mg")
    # One table serves every rule.
    tables = bd.tabulate(bd.models.two_parameter_logistic(grid, PRIOR), bounds=(*CUTS, 0.3), max_patients=18)
    doses = {}
    for name, (next_dose, admissible) in rules.items():
        design = ModelBased(
            grid,
            tables,
            next_dose=next_dose,
            admissible=admissible,
            increments=bd.rules.AnyLevel(),
            max_patients=18,
        )
        level, _ = design.next_level(bd.running_state(design, PATIENTS))
        doses["decision, mg", name] = grid.values[level[0]]
    return doses


def _published_prior() -> dict[tuple[str, str], float]:
    """How far priors for this grid are from the quantiles that the stated criterion asks for."""
    bounds = {"lowest_bound": 0.6, "highest_bound": 0.2}
    asked = minimally_informative_quantiles(GRID, **bounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.PriorWarning)
        optimum = bd.priors.minimally_informative(GRID, reference_dose=250, **bounds)
    priors = {
        "published prior (2.27, 0.26, 1.98, 0.40, -0.16)": bd.priors.NormalPrior(
            (2.27, 0.26), (1.98, 0.40), 250, -0.16
        ),
        "crmPack's prior (0.98, -0.79, 1.63, 0.29, 0.71)": bd.priors.NormalPrior(
            (0.98, -0.79), (1.63, 0.29), 250, 0.71
        ),
        "optimum": optimum,
    }
    numbers = {}
    log_ratio = np.log([q.dose / 250 for q in asked])
    for case, prior in priors.items():
        achieved = prob_dlt_quantiles(prior, log_ratio, np.array([q.probability for q in asked]))
        numbers[case, "largest difference from the criterion's quantiles"] = abs(
            achieved - [q.prob_dlt for q in asked]
        ).max()
    for name, value in zip(
        ("mean 1", "mean 2", "sd 1", "sd 2", "correlation"),
        (*optimum.mean, *optimum.sd, optimum.correlation),
        strict=True,
    ):
        numbers["published prior", f"{name} of the prior that solves the criterion"] = value
        numbers["optimum", name] = value
    return numbers
