"""The models of two regimens in PyMC."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pymc as pm

from bayesdose.errors import UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.models.contract import observe_dlts
from bayesdose.models.earlier_trials import Heterogeneity
from bayesdose.models.half_normal import half_normal_tensor
from bayesdose.models.hierarchical import between_trials
from bayesdose.models.logistic import theta_with_prior
from bayesdose.models.regimen_model import regimen_of, treatment_doses

if TYPE_CHECKING:
    from bayesdose.models.covariate_shift import CovariateShift
    from bayesdose.models.exchangeable_regimens import ExchangeableRegimens

__all__ = ["covariate_shift_model", "exchangeable_regimens_model"]

_PARAMETERS = ("log_alpha", "log_beta")


def covariate_shift_model(model: "CovariateShift", grids: Sequence[DoseGrid]) -> pm.Model:
    """The two-parameter logistic model whose logit the second regimen shifts."""
    model.check(grids)
    doses, second = treatment_doses(grids), regimen_of(grids).astype(float)
    log_ratio = np.log(doses / model.prior.reference_dose)
    with pm.Model(coords={"dose": tuple(doses), "parameter": _PARAMETERS}) as built:
        theta = theta_with_prior(model.prior)
        if model.shift_sd == 0:
            shift = model.shift_mean
        elif model.distribution == "half-normal":
            deviate = pm.Normal("shift_deviate", 0.0, 1.0)
            shift = pm.Deterministic("shift", half_normal_tensor(deviate, model.shift_sd))
        else:
            shift = pm.Normal("shift", model.shift_mean, model.shift_sd)
        observe_dlts(pm.math.invlogit(theta[0] + pm.math.exp(theta[1]) * log_ratio + shift * second))
    return built


def exchangeable_regimens_model(model: "ExchangeableRegimens", grids: Sequence[DoseGrid]) -> pm.Model:
    """Two regimens whose parameters may be exchangeable; which are is summed over."""
    log_ratio, regimen = np.concatenate(model.log_ratios(grids)), regimen_of(grids)
    with pm.Model(coords={"dose": tuple(treatment_doses(grids)), "parameter": _PARAMETERS}) as built:
        mu = pm.MvNormal("mu", mu=np.array(model.mean.mean), cov=model.mean.covariance, dims="parameter")
        factor = _between(model.heterogeneity)
        theta: Any = pm.math.stack([_theta(model, number, mu, factor) for number in (0, 1)])
        log_alpha, log_beta = theta[regimen, 0], theta[regimen, 1]
        observe_dlts(pm.math.invlogit(log_alpha + pm.math.exp(log_beta) * log_ratio))
    return built


def _between(heterogeneity: Heterogeneity | None) -> Any:
    """The Cholesky factor of the covariance between regimens; None if there is none."""
    if heterogeneity is None:
        return None
    tau = between_trials(heterogeneity)
    rho = pm.Uniform("rho", -1.0, 1.0)
    across = pm.math.sqrt(1 - rho**2)
    return pm.math.stack([pm.math.stack([tau[0], 0.0]), pm.math.stack([rho * tau[1], across * tau[1]])])


def _theta(model: "ExchangeableRegimens", number: int, mu: Any, factor: Any) -> Any:
    """(log alpha, log beta) of a regimen."""
    name, share = f"theta_{number + 1}", model.prob_exchangeable[number]
    own = None if model.own is None else model.own[number]
    if own is None or share == 1:
        if factor is None:
            return mu
        # Not centred, which suits few patients.
        deviate = pm.Normal(f"deviate_{number + 1}", 0.0, 1.0, dims="parameter")
        return pm.Deterministic(name, mu + factor @ deviate, dims="parameter")
    if share == 0:
        return pm.MvNormal(name, mu=np.array(own.mean), cov=own.covariance, dims="parameter")
    if factor is None:
        raise UnsupportedModelError(
            "model",
            got="regimens that have the same parameters with a probability between 0 and 1",
            wanted="heterogeneity between regimens, or probabilities of 0 or 1",
            fix="`tabulate_regimens` takes it.",
        )
    normal: Any = pm.MvNormal.dist
    parts = [
        normal(mu=mu, chol=factor, shape=2),
        normal(mu=np.array(own.mean), cov=own.covariance, shape=2),
    ]
    return pm.Mixture(name, w=np.array([share, 1 - share]), comp_dists=parts, dims="parameter")
