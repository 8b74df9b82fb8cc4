"""What a PyMC model must hold to be fitted and tabulated by this package.

A dose-toxicity model is a `pm.Model` with coordinate ``dose``, any free variables, and the
likelihood that `observe_dlts` adds: ``prob_dlt`` (Deterministic, dim ``dose``), the data
``patients`` and ``dlts`` (dim ``dose``) and the observed ``outcome``.
"""

from typing import Any

import numpy as np
import pymc as pm

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid

__all__ = ["model_coords", "observe_dlts"]


def model_coords(grid: DoseGrid) -> dict[str, tuple]:
    """Coordinates that every dose-toxicity model shares: the doses, in the grid's unit.

    Parameters
    ----------
    grid : DoseGrid
        The K doses.

    Returns
    -------
    dict of str to tuple
        For ``pm.Model(coords=...)``: ``dose`` with the K doses.
    """
    return {"dose": grid.values}


def observe_dlts(prob_dlt: Any) -> None:
    """Add P(DLT) per dose, its data and its binomial likelihood to the model being built.

    Call it inside ``with pm.Model(coords=model_coords(grid)):``.

    Parameters
    ----------
    prob_dlt : tensor, shape (K,)
        P(DLT) at each dose, a function of the model's free variables.

    Raises
    ------
    InputError
        If the model has no coordinate ``dose``.
    """
    doses = pm.modelcontext(None).coords.get("dose")
    if not doses:
        raise InputError("model", got="no coordinate 'dose'", wanted="pm.Model(coords=model_coords(grid))")
    none_yet = np.zeros(len(doses), dtype="int64")
    p = pm.Deterministic("prob_dlt", prob_dlt, dims="dose")
    patients = pm.Data("patients", none_yet, dims="dose")
    dlts = pm.Data("dlts", none_yet, dims="dose")
    pm.Binomial("outcome", n=patients, p=p, observed=dlts, dims="dose")
