"""The two-parameter logistic model."""

import numpy as np
import pymc as pm

from bayesdose.grid import DoseGrid
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.priors.normal import NormalPrior

__all__ = ["two_parameter_logistic"]


def two_parameter_logistic(grid: DoseGrid, prior: NormalPrior) -> pm.Model:
    """``logit p(d) = log alpha + exp(log beta) * log(d / reference_dose)``.

    Parameters
    ----------
    grid : DoseGrid
        The K doses.
    prior : NormalPrior
        Bivariate normal prior on (log alpha, log beta) and its reference dose, in the grid's unit.

    Returns
    -------
    pymc.Model
        With ``theta`` (dim ``parameter``: log_alpha, log_beta), ``prob_dlt`` (dim ``dose``) and no
        patients yet.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439.
    """
    log_ratio = np.log(np.array(grid.values) / prior.reference_dose)
    with pm.Model(coords={**model_coords(grid), "parameter": ("log_alpha", "log_beta")}) as model:
        theta = pm.MvNormal("theta", mu=np.array(prior.mean), cov=prior.covariance, dims="parameter")
        observe_dlts(pm.math.invlogit(theta[0] + pm.math.exp(theta[1]) * log_ratio))
    return model
