"""The meta-analytic predictive (MAP) prior: what earlier trials say about a new one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Chains, Draws, InnerProbability, Rng, Tune
from bayesdose.checks.warning import warn
from bayesdose.errors import ConvergenceWarning
from bayesdose.grid import DoseGrid
from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes
from bayesdose.priors.fit_mixture import fit_normal_mixture
from bayesdose.seeds import root_seed

__all__ = ["MAPPrior", "map_prior"]

# 95 % point of the Kolmogorov distribution.
_KOLMOGOROV = 1.3581
# Order statistics at which distribution functions are compared.
_COMPARED = 2000


@dataclass(frozen=True, eq=False)
class MAPPrior:
    """A meta-analytic predictive prior, with how well the mixture stands for its draws.

    Parameters
    ----------
    prior : NormalMixture
        The mixture that was fitted to the draws of the new trial's (log alpha, log beta).
    draws : xarray.DataTree
        The draws, as `fit` gives them; ``posterior["theta_new"]`` is the new trial's.
    distance : xarray.DataArray
        For each dose of the new trial's grid, the largest difference between the distribution
        functions of P(DLT) under the mixture (exact) and under the draws (the Kolmogorov distance,
        found to 5e-4).
    sampling_error : float
        95 % point of the same distance for draws, of this effective sample size at the worst dose, from the
        mixture itself. A smaller `distance` is no sign against the mixture.
    """

    prior: NormalMixture
    draws: xr.DataTree
    distance: xr.DataArray
    sampling_error: float


@checked
def map_prior(
    grid: DoseGrid,
    trials: Annotated[Sequence[HistoricalTrial], at.MinLen(1)],
    mean: NormalPrior,
    heterogeneity: Heterogeneity,
    *,
    rng: Rng = None,
    max_components: Annotated[int, at.Ge(1), at.Le(20)] = 3,
    chains: Chains = 4,
    draws: Draws = 5000,
    tune: Tune = 1000,
    target_accept: InnerProbability = 0.999,
) -> MAPPrior:
    """Prior of a new trial from earlier ones that are alike but not the same.

    The trials' (log alpha, log beta) and the new trial's are exchangeable: normal around a common mean
    with standard deviations between trials. The new trial's pair is drawn by NUTS given the earlier
    data and summarised as a normal mixture with the number of components that has the lowest BIC.

    Parameters
    ----------
    grid : DoseGrid
        The new trial's doses; at these the mixture is compared with the draws.
    trials : sequence of HistoricalTrial
        The earlier trials, at least one. Each names the dose that corresponds to the new trial's
        reference dose.
    mean : NormalPrior
        Prior on the mean of (log alpha, log beta); its reference dose is the new trial's.
    heterogeneity : Heterogeneity
        Prior on the standard deviations between trials. With few trials it decides how much they
        count, so it has to be argued for, and varied.
    rng : numpy.random.Generator or int, optional
        Source of the sampler's seed; the seed is stated in the prior's origin, and given as `rng` makes
        the same prior again.
    max_components : int, default 3
        Largest number of components, at most 20. Each needs 50 draws.
    chains, draws, tune : int
        As for `fit`.
    target_accept : float, default 0.999
        Acceptance that the sampler's step size is tuned to. The slope is an exponential of its parameter
        and the trials' spread one more scale, so larger steps than these diverge.

    Returns
    -------
    MAPPrior
        The mixture, with how well it fits the draws.

    Raises
    ------
    InputError
        If there is no trial, names repeat, or a number is out of range.

    Warns
    -----
    ConvergenceWarning
        If there are divergences, R-hat is above 1.01 or the bulk effective sample size below 400.

    References
    ----------
    Neuenschwander B, Capkun-Niggli G, Branson M, Spiegelhalter DJ (2010). Summarizing historical
    information on controls in clinical trials. Clinical Trials 7:5-18. Neuenschwander B, Roychoudhury S,
    Schmidli H (2016). On the use of co-data in clinical trials. Statistics in Biopharmaceutical
    Research 8:345-354. Schmidli H et al. (2014). Biometrics 70:1023-1032, for the mixture.
    """
    # PyMC and the diagnostics take seconds to import, which other builders of priors need not wait for.
    from arviz_stats.sampling_diagnostics import ess as ess_of

    from bayesdose.inference.sampling import Sampler, problem_report, problems_of
    from bayesdose.models.hierarchical import hierarchical_logistic

    seed = root_seed(rng)
    patients = [count for trial in trials for count in trial.patients]
    dlts = [count for trial in trials for count in trial.dlts]
    model = hierarchical_logistic(trials, mean, heterogeneity)
    sampler = Sampler(model, chains, draws, tune, target_accept=target_accept)
    result = sampler.sample(Outcomes.from_counts(patients, dlts), seed)
    if problems := problems_of(result):
        warn(problem_report({"": problems}), ConvergenceWarning)
    theta = result["posterior"]["theta_new"].transpose("chain", "draw", "parameter")
    fitted = fit_normal_mixture(theta.values.reshape(-1, 2), max_components=max_components)
    prior = NormalMixture(
        tuple(fitted.weights / fitted.weights.sum()),
        tuple(
            NormalPrior.from_covariance(tuple(centre), covariance, mean.reference_dose, "part of a MAP prior")
            for centre, covariance in zip(fitted.means, fitted.covariances, strict=True)
        ),
        f"meta-analytic predictive of {'; '.join(map(str, trials))}; {heterogeneity}; "
        f"mean: {mean.origin}; NUTS seed {seed}",
    )
    log_ratio = np.log(np.array(grid.values) / mean.reference_dose)
    logits = theta.values[..., :1] + np.exp(theta.values[..., 1:]) * log_ratio
    distance = [_distance(prior, x, logits[..., dose]) for dose, x in enumerate(log_ratio)]
    effective = ess_of(xr.Dataset({"logit": (("chain", "draw", "dose"), logits)}), method="bulk")["logit"]
    return MAPPrior(
        prior=prior,
        draws=result,
        distance=xr.DataArray(
            distance,
            coords={"dose": ("dose", list(grid.values), {"units": grid.unit})},
            dims="dose",
            attrs={"long_name": "Kolmogorov distance of P(DLT), mixture to draws"},
        ),
        sampling_error=_KOLMOGOROV / math.sqrt(float(effective.min())),
    )


def _distance(prior: NormalMixture, log_ratio: float, logits: np.ndarray) -> float:
    """Kolmogorov distance between the mixture and the draws at one dose."""
    ordered = np.sort(logits, axis=None)
    number = len(ordered)
    at = np.unique(np.linspace(0, number - 1, min(number, _COMPARED)).round().astype(int))
    exact = prior.cdf(log_ratio, ordered[at])
    return float(np.maximum(np.abs(exact - (at + 1) / number), np.abs(exact - at / number)).max())
