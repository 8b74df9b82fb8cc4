"""What a PyMC model must hold to be fitted and tabulated by this package.

A dose-toxicity model is a `pm.Model` with coordinate ``dose``, any free variables, and the
likelihood that `observe_dlts` adds: ``prob_dlt`` (Deterministic, dim ``dose``), the data
``patients`` and ``dlts`` (dim ``dose``) and the observed ``outcome``.
"""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid

__all__ = ["check_contract", "model_coords", "observe_dlts"]

_NAMES = ("prob_dlt", "patients", "dlts", "outcome")


@checked
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

    Raises
    ------
    InputError
        If it is no dose grid.
    """
    return {"dose": grid.values}


@checked
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
        If no model is being built, it has no coordinate ``dose`` or already has P(DLT), or `prob_dlt` is
        no vector of K numbers.
    """
    model = pm.modelcontext(None) if pm.Model.get_context(error_if_none=False) else None
    doses = model.coords.get("dose") if model else None
    if model is None or not doses:
        got = "no coordinate 'dose'" if model else "a call outside of a model"
        raise InputError("model", got=got, wanted="with pm.Model(coords=model_coords(grid)):")
    if present := [name for name in _NAMES if name in model.named_vars]:
        raise InputError("model", got=f"a model that already has {present}", wanted="one call for each model")
    prob_dlt = _vector(prob_dlt, len(doses))
    none_yet = np.zeros(len(doses), dtype="int64")
    p = pm.Deterministic("prob_dlt", prob_dlt, dims="dose")
    patients = pm.Data("patients", none_yet, dims="dose")
    dlts = pm.Data("dlts", none_yet, dims="dose")
    pm.Binomial("outcome", n=patients, p=p, observed=dlts, dims="dose")


def check_contract(model: pm.Model, fix: str = "") -> None:
    """Refuse a model that this file's contract does not describe.

    Raises
    ------
    UnsupportedModelError
        If a variable or the coordinate ``dose`` is missing.
    """
    missing = [name for name in _NAMES if name not in model.named_vars]
    if missing or "dose" not in model.coords:
        raise UnsupportedModelError(
            "model",
            got=f"a model without {', '.join(missing) or 'a dose coordinate'}",
            wanted="a model with coords from `model_coords` and its likelihood from `observe_dlts`",
            fix=fix,
        )


def _vector(prob_dlt: Any, number: int) -> Any:
    """A symbolic vector of P(DLT) at this many doses, or the refusal of what is none."""
    wanted = f"a PyTensor vector of {number} numbers, one for each dose"
    try:
        vector: Any = pt.as_tensor_variable(prob_dlt)
    # PyTensor says in these three ways that it cannot make a variable of something.
    except (TypeError, ValueError, NotImplementedError):
        raise InputError("prob_dlt", got=prob_dlt, wanted=wanted) from None
    shape = vector.type.shape
    if len(shape) != 1 or shape[0] not in (None, number) or not vector.dtype.startswith("float"):
        raise InputError("prob_dlt", got=f"a tensor of shape {shape} and {vector.dtype}", wanted=wanted)
    return vector
