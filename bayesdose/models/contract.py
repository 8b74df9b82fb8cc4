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

__all__ = ["check_contract", "check_pending", "model_coords", "observe_dlts", "observe_pending"]

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


@checked
def observe_pending(level: np.ndarray, weight: np.ndarray) -> None:
    """Add patients who are still followed, without a DLT so far, to the model being built.

    Each has the likelihood ``1 - w P(DLT)`` at its dose, with a weight w that rises with follow-up (see
    `bayesdose.late_onset.linear_weights`). Call it after `observe_dlts`, in the same ``with``; then
    `bayesdose.fit` and `bayesdose.exact_posterior`, given the patients whose outcome is known, answer for
    all.

    Parameters
    ----------
    level : ndarray of int, shape (N,)
        Level number of each pending patient, 1 for the lowest dose.
    weight : ndarray, shape (N,)
        Weight of each, from 0 to 1. One of weight 0 changes nothing.

    Raises
    ------
    InputError
        If the model being built has no P(DLT) yet, a level is not on the grid, or a weight is out of range.

    References
    ----------
    Cheung YK, Chappell R (2000). Sequential designs for phase I clinical trials with late-onset toxicities.
    Biometrics 56:1177-1182.
    """
    model = pm.modelcontext(None) if pm.Model.get_context(error_if_none=False) else None
    if model is None or "prob_dlt" not in model.named_vars or "pending" in model.named_vars:
        raise InputError(
            "pending patients",
            got="no model being built"
            if model is None
            else "a model without P(DLT), or with pending patients",
            wanted="one call after observe_dlts, inside the same with",
        )
    level, weight = check_pending(len(model.coords["dose"] or ()), level, weight)
    prob_dlt: Any = model["prob_dlt"]
    log_likelihood: Any = pt.sum(pt.log1p(-weight * prob_dlt[level - 1]))
    pm.Potential("pending", log_likelihood)


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


def check_pending(num_doses: int, level: Any, weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Level numbers and weights of N pending patients as arrays.

    Raises
    ------
    InputError
        If the shapes differ, a level is not a number from 1 to `num_doses`, or a weight is not from 0 to 1.
    """
    level, weight = np.asarray(level), np.asarray(weight, dtype=float)
    if level.ndim != 1 or level.shape != weight.shape:
        raise InputError(
            "pending patients",
            got=f"shapes {level.shape}, {weight.shape}",
            wanted="a level and a weight each",
        )
    if not len(level):
        return level.astype(int), weight
    if level.dtype.kind not in "iu" or level.min() < 1 or level.max() > num_doses:
        raise InputError("pending patients, level", got=level, wanted=f"level numbers from 1 to {num_doses}")
    if not np.all((weight >= 0) & (weight <= 1)):
        raise InputError("pending patients, weight", got=weight, wanted="weights from 0 to 1")
    return level, weight


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
