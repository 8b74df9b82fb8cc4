"""The one-parameter models of the continual reassessment method, in PyMC."""

import numpy as np
import pymc as pm

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Positive, RisingProbabilities
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.curves import CRMCurve, LogisticCurve, PowerCurve, check_length

__all__ = ["crm_model", "exponential_crm_model"]


@checked
def crm_model(grid: DoseGrid, curve: CRMCurve, sd: Positive) -> pm.Model:
    """A CRM curve with ``theta ~ N(0, sd)``.

    Parameters
    ----------
    grid : DoseGrid
        The K doses; the model looks at their number alone.
    curve : PowerCurve or LogisticCurve
        The skeleton and how theta bends it.
    sd : float
        Prior standard deviation of theta. Many papers state the variance: 1.34 is a usual one.

    Returns
    -------
    pymc.Model
        With ``theta``, ``prob_dlt`` (dim ``dose``) and no patients yet.

    Raises
    ------
    InputError
        If the skeleton has another length than the grid, `sd` is not positive, or the curve is
        not one of the two.

    References
    ----------
    O'Quigley J, Shen LZ (1996). Continual reassessment method: a likelihood approach. Biometrics
    52:673-684, and Cheung YK (2011), Dose Finding by the Continual Reassessment Method, for the
    two curves.
    """
    check_length(grid, curve.skeleton)
    with pm.Model(coords=model_coords(grid)) as model:
        theta = pm.Normal("theta", 0.0, sd)
        slope = pm.math.exp(theta)
        match curve:
            case PowerCurve():
                observe_dlts(pm.math.exp(slope * np.log(curve.skeleton)))
            case LogisticCurve():
                observe_dlts(pm.math.invlogit(curve.intercept + slope * curve.doses))
            case _:
                raise InputError("curve", got=curve, wanted="a PowerCurve or a LogisticCurve")
    return model


@checked
def exponential_crm_model(grid: DoseGrid, skeleton: RisingProbabilities) -> pm.Model:
    """``p_k = skeleton_k ** a`` with ``a ~ Exponential(1)``, the first CRM.

    Parameters
    ----------
    grid : DoseGrid
        The K doses; the model looks at their number alone.
    skeleton : tuple of float, length K
        P(DLT) at a = 1, increasing inside (0, 1).

    Returns
    -------
    pymc.Model
        With ``a``, ``prob_dlt`` (dim ``dose``) and no patients yet.

    Raises
    ------
    InputError
        If the skeleton has another length than the grid or does not increase inside (0, 1).

    References
    ----------
    O'Quigley J, Pepe M, Fisher L (1990). Continual reassessment method: a practical design for
    phase 1 clinical trials in cancer. Biometrics 46:33-48.
    """
    check_length(grid, skeleton)
    with pm.Model(coords=model_coords(grid)) as model:
        a = pm.Exponential("a", 1.0)
        observe_dlts(pm.math.exp(a * np.log(skeleton)))
    return model
