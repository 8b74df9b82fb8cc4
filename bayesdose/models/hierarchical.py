"""Several earlier trials whose dose-toxicity curves are alike but not the same, and a new trial like them."""

from collections.abc import Sequence
from typing import Annotated, Any

import annotated_types as at
import numpy as np
import pymc as pm

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.models.contract import observe_dlts
from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from bayesdose.models.normal_prior import NormalPrior

__all__ = ["between_trials", "hierarchical_logistic"]


@checked
def hierarchical_logistic(
    trials: Annotated[Sequence[HistoricalTrial], at.MinLen(1)],
    mean: NormalPrior,
    heterogeneity: Heterogeneity,
) -> pm.Model:
    """Two-parameter logistic curves of S trials, exchangeable with one another and with a new trial's.

    Trial s has ``logit p(d) = theta[s, 0] + exp(theta[s, 1]) * log(d / reference_dose[s])``, with theta[s]
    normal around ``mu`` with standard deviations ``tau`` and correlation ``rho``, and ``theta_new``
    is one more draw from that distribution.

    Parameters
    ----------
    trials : sequence of HistoricalTrial, length S
        The earlier trials, at least one, with different names.
    mean : NormalPrior
        Prior on ``mu``.
    heterogeneity : Heterogeneity
        Prior on ``tau``; ``rho`` is uniform.

    Returns
    -------
    pymc.Model
        It follows `bayesdose.models.contract`, its coordinate ``dose`` being the doses of all trials one
        below the other, so `fit` takes it. No patients yet.

    Raises
    ------
    InputError
        If there is no trial or names repeat.

    Notes
    -----
    Written with standard normal deviates (not centred), which suits few patients a trial.

    References
    ----------
    Neuenschwander B, Capkun-Niggli G, Branson M, Spiegelhalter DJ (2010). Summarizing historical
    information on controls in clinical trials. Clinical Trials 7:5-18.
    """
    names = [trial.name for trial in trials]
    if len(set(names)) < len(names):
        raise InputError("historical trials", got=names, wanted="trials with different names")
    stratum = np.repeat(np.arange(len(trials)), [len(trial.grid) for trial in trials])
    log_ratio = np.concatenate([trial.log_ratio for trial in trials])
    coords = {
        "dose": [value for trial in trials for value in trial.grid.values],
        "stratum": names,
        "parameter": ("log_alpha", "log_beta"),
    }
    with pm.Model(coords=coords) as model:
        mu = pm.MvNormal("mu", mu=np.array(mean.mean), cov=mean.covariance, dims="parameter")
        tau = between_trials(heterogeneity)
        rho = pm.Uniform("rho", -1.0, 1.0)

        def around_mu(deviate):
            first, second = deviate[..., 0], deviate[..., 1]
            log_beta = mu[1] + tau[1] * (rho * first + pm.math.sqrt(1 - rho**2) * second)
            return mu[0] + tau[0] * first, log_beta

        log_alpha, log_beta = around_mu(pm.Normal("deviate", 0.0, 1.0, dims=("stratum", "parameter")))
        new = around_mu(pm.Normal("deviate_new", 0.0, 1.0, dims="parameter"))
        pm.Deterministic("theta_new", pm.math.stack(new), dims="parameter")
        observe_dlts(pm.math.invlogit(log_alpha[stratum] + pm.math.exp(log_beta[stratum]) * log_ratio))
    return model


def between_trials(heterogeneity: Heterogeneity) -> Any:
    """The variable ``tau``: standard deviations between trials."""
    if heterogeneity.distribution == "log-normal":
        median = np.log(heterogeneity.median)
        return pm.LogNormal("tau", mu=median, sigma=heterogeneity.log_sd, dims="parameter")
    return pm.HalfNormal("tau", sigma=np.array(heterogeneity.scale), dims="parameter")
