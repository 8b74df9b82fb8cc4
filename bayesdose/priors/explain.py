"""What a prior says about P(DLT) at every dose, and how it came to say it."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import ProbabilityInterval
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior
from bayesdose.models.statement import Quantile
from bayesdose.priors.caveats import slope_note
from bayesdose.priors.prob_dlt_moments import logit_quantiles, prob_dlt_moments, prob_dlt_quantiles
from bayesdose.rules.lowest_dose import ewoc_in
from bayesdose.trial import NO_DOSE, TrialState

__all__ = ["explain_prior"]

_PROBABILITIES = (0.025, 0.5, 0.975)
_SAME_PRIOR = 1e-6


@checked
def explain_prior(
    prior: Prior, grid: DoseGrid, *, target_interval: ProbabilityInterval, design: ModelBased | None = None
) -> xr.Dataset:
    """Everything that a prior implies before the first patient, computed by quadrature.

    Parameters
    ----------
    prior : NormalPrior or another prior
        Anything with ``cdf(log_ratio, logit)``, ``reference_dose`` and ``origin``.
    grid : DoseGrid
        The K doses.
    target_interval : (float, float)
        Target interval of P(DLT), which separates the intervals.
    design : ModelBased, optional
        A design that was built from this prior on this grid.

    Returns
    -------
    xarray.Dataset
        Per dose: ``mean`` and ``sd`` of P(DLT); ``quantile`` (dose, probability) with the median and
        the ends of the 95 % interval; ``interval_probability`` (dose, interval);
        ``effective_sample_size`` (patients). ``prob_slope_above_one``: P(beta > 1). ``warning``:
        what a user must know, in words.

        If the prior was built from statements, per ``statement``: ``asked_dose``,
        ``asked_probability``, ``asked_prob_dlt``, ``asked_logit``, ``achieved_probability``,
        ``achieved_prob_dlt`` and ``achieved_logit`` (of P(DLT)), with the largest differences in the
        attributes ``worst_probability_difference``, ``worst_prob_dlt_difference`` and
        ``worst_logit_difference``.

        If a design is given: ``overdose_probability`` and ``admissible`` (dose); the attributes
        ``start_level`` and ``start_is_admissible``, ``model_level`` (the admissible dose that the
        design would choose if every dose were in reach; 0 for none) and ``stops_before_data``
        (1 if the design, asked for a dose before any data, finds none admissible among those
        in reach; the first cohort is given at its start level regardless).

    Raises
    ------
    InputError
        If the target interval is upside down, the design has another grid, or it was built from
        another prior.

    Notes
    -----
    Effective sample size: the sum of the parameters of the beta distribution that has the mean m and
    variance v of P(DLT) at the dose, ``m (1 - m) / v - 1``. A Beta(a, b) prior counts as a + b
    patients (Morita, Thall and Mueller 2008); matching it dose by dose is the approach of
    Thall, Herrick, Nguyen, Venier and Norris (2014). It describes one dose at a time: the doses share
    two parameters, so the sizes do not add up.

    References
    ----------
    Morita S, Thall PF, Mueller P (2008). Determining the effective sample size of a parametric prior.
    Biometrics 64:595-602.
    Thall PF, Herrick RC, Nguyen HQ, Venier JJ, Norris JC (2014). Effective sample size for computing
    prior hyperparameters in Bayesian phase I-II dose-finding. Clinical Trials 11:657-666.

    Examples
    --------
    >>> from bayesdose.models.normal_prior import NormalPrior
    >>> grid = DoseGrid((1, 3, 10), unit="mg")
    >>> prior = NormalPrior((-1.1, 0.0), (2.0, 0.7), reference_dose=3)
    >>> explained = explain_prior(prior, grid, target_interval=(0.16, 0.33))
    >>> explained["quantile"].sel(dose=3, probability=0.5).round(3).item()
    0.25
    """
    doses = np.array(grid.values)
    log_ratio = np.log(doses / prior.reference_dose)
    mean, sd = prob_dlt_moments(prior, log_ratio)
    quantile = prob_dlt_quantiles(
        prior, np.repeat(log_ratio, len(_PROBABILITIES)), np.tile(_PROBABILITIES, len(doses))
    ).reshape(len(doses), -1)
    below = prior.cdf(log_ratio[:, None], logit(target_interval))
    edges = np.concatenate([np.zeros((len(doses), 1)), below, np.ones((len(doses), 1))], axis=1)
    low, high = target_interval
    with np.errstate(divide="ignore"):
        size = mean * (1 - mean) / sd**2 - 1
    result = xr.Dataset(
        {
            "mean": ("dose", mean, {"long_name": "prior mean of P(DLT)"}),
            "sd": ("dose", sd, {"long_name": "prior standard deviation of P(DLT)"}),
            "quantile": (("dose", "probability"), quantile, {"long_name": "prior quantile of P(DLT)"}),
            "interval_probability": (
                ("dose", "interval"),
                np.diff(edges, axis=1),
                {"long_name": "prior probability that P(DLT) is in the interval"},
            ),
            "effective_sample_size": (
                "dose",
                size,
                {
                    "long_name": "effective sample size of the prior",
                    "units": "patients",
                    "definition": "a + b of the beta distribution with the same mean and variance of P(DLT)",
                },
            ),
            "prob_slope_above_one": ((), _prob_slope_above_one(prior), {"long_name": "P(beta > 1)"}),
            "warning": ("warning_number", np.array(_warnings(prior), dtype=str)),
        },
        coords={
            "dose": ("dose", doses, {"long_name": "dose", "units": grid.unit}),
            "probability": ("probability", np.array(_PROBABILITIES)),
            "interval": [f"[0, {low:g})", f"[{low:g}, {high:g})", f"[{high:g}, 1]"],
        },
        attrs={"origin": prior.origin, "reference_dose": float(prior.reference_dose)},
    )
    asked = getattr(prior, "asked", ())
    result = _with_statements(result, prior, asked) if asked else result
    return result if design is None else _with_design(result, prior, grid, design)


def _prob_slope_above_one(prior: Prior) -> float:
    """P(beta > 1), NaN where the prior does not know it."""
    prob_slope_above = getattr(prior, "prob_slope_above", None)
    return math.nan if prob_slope_above is None else prob_slope_above(1.0)


def _warnings(prior: Prior) -> list[str]:
    """The builder's notes, and a slope that is nearly fixed even if no builder noted it."""
    notes = list(getattr(prior, "notes", ()))
    note = slope_note(prior.sd[1]) if isinstance(prior, NormalPrior) else ""
    return notes + ([note] if note and note not in notes else [])


def _with_statements(result: xr.Dataset, prior: Prior, asked: Sequence[Quantile]) -> xr.Dataset:
    """Add what was asked and what is achieved."""
    dose, probability, prob_dlt = (
        np.array([getattr(q, name) for q in asked]) for name in ("dose", "probability", "prob_dlt")
    )
    log_ratio = np.log(dose / prior.reference_dose)
    achieved = prior.cdf(log_ratio, logit(prob_dlt))
    achieved_logit = logit_quantiles(prior, log_ratio, probability)
    achieved_prob_dlt = expit(achieved_logit)
    result = result.assign(
        asked_dose=("statement", dose),
        asked_probability=("statement", probability),
        asked_prob_dlt=("statement", prob_dlt),
        asked_logit=("statement", logit(prob_dlt)),
        achieved_probability=("statement", achieved),
        achieved_prob_dlt=("statement", achieved_prob_dlt),
        achieved_logit=("statement", achieved_logit),
    )
    result.attrs["worst_probability_difference"] = float(np.abs(achieved - probability).max())
    result.attrs["worst_prob_dlt_difference"] = float(np.abs(achieved_prob_dlt - prob_dlt).max())
    result.attrs["worst_logit_difference"] = float(np.abs(achieved_logit - logit(prob_dlt)).max())
    return result


def _with_design(result: xr.Dataset, prior: Prior, grid: DoseGrid, design: ModelBased) -> xr.Dataset:
    """Add what the design would do before any data."""
    if design.grid != grid:
        raise InputError("design", got=str(design.grid), wanted=f"a design on the grid {grid}")
    nobody = np.zeros((1, len(grid)), dtype=int)
    finest = design.tables[-1]
    before = posterior(finest, nobody, nobody)
    log_ratio = np.log(np.array(grid.values) / prior.reference_dose)
    difference = np.abs(before.mean[0] - result["mean"].values).max()
    for bound in finest.bounds:
        expected = prior.cdf(log_ratio, logit(bound))
        difference = max(difference, np.abs(before.below(bound)[0] - expected).max())
    if difference > max(_SAME_PRIOR, 2 * finest.error):
        raise InputError(
            "design",
            got=f"prior means or probabilities that differ by {difference:.2g}",
            wanted="a design that was built from this prior",
        )
    counts = np.zeros((1, len(grid), design.outcome_categories), dtype=int)
    start = np.array([design.start_level - 1])
    state = TrialState(counts, start, np.zeros(1, dtype=int))
    chosen, _ = design.next_level(state)
    stops = chosen[0] == NO_DOSE
    if design.stopping is not None and not stops:
        stops = design.stopping.forbids_recommendation(state, chosen, before)[0]
    anywhere = design.choose(before, np.ones((1, len(grid)), dtype=bool))
    admissible = np.ones(len(grid), dtype=bool)
    if design.admissible is not None:
        admissible = design.admissible.admissible(before)[0]
    result = result.assign(
        admissible=("dose", admissible, {"long_name": str(design.admissible or "any dose")})
    )
    ewoc = ewoc_in(design.admissible)
    if ewoc is not None:
        overdose = ewoc.overdose_probability(before)[0]
        name = f"prior probability that P(DLT) is {ewoc.bound:g} or more"
        result = result.assign(overdose_probability=("dose", overdose, {"long_name": name}))
    result.attrs |= {
        "start_level": int(design.start_level),
        "start_is_admissible": int(admissible[design.start_level - 1]),
        "model_level": int(anywhere[0]) + 1,
        "stops_before_data": int(stops),
    }
    return result
