"""The two-parameter logistic model."""

from typing import Any

import numpy as np
import pymc as pm

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior

__all__ = ["theta_with_prior", "two_parameter_logistic"]


@checked
def two_parameter_logistic(grid: DoseGrid, prior: Prior) -> pm.Model:
    """``logit p(d) = log alpha + exp(log beta) * log(d / reference_dose)``.

    Parameters
    ----------
    grid : DoseGrid
        The K doses.
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta) and its reference dose, in the grid's unit.

    Returns
    -------
    pymc.Model
        With ``theta`` (dim ``parameter``: log_alpha, log_beta), ``prob_dlt`` (dim ``dose``) and no
        patients yet.

    Raises
    ------
    InputError
        If the prior is neither of the two.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.
    """
    log_ratio = np.log(np.array(grid.values) / prior.reference_dose)
    with pm.Model(coords={**model_coords(grid), "parameter": ("log_alpha", "log_beta")}) as model:
        theta = theta_with_prior(prior)
        observe_dlts(pm.math.invlogit(theta[0] + pm.math.exp(theta[1]) * log_ratio))
    return model


def theta_with_prior(prior: Prior) -> Any:
    """The variable ``theta`` with a normal or a mixture prior."""
    # PyMC has no mixture of one component.
    if isinstance(prior, NormalMixture) and len(prior.components) > 1:
        normal: Any = pm.MvNormal.dist
        parts = [normal(mu=np.array(part.mean), cov=part.covariance, shape=2) for part in prior.components]
        return pm.Mixture("theta", w=np.array(prior.weights), comp_dists=parts, dims="parameter")
    if not isinstance(prior, NormalPrior | NormalMixture):
        raise InputError("prior", got=prior, wanted="a NormalPrior or a NormalMixture")
    return pm.MvNormal("theta", mu=np.array(prior.mean), cov=prior.covariance, dims="parameter")
