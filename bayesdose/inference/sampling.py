"""Posteriors by NUTS: for any model, and as a check of the exact engine."""

import warnings
from importlib.metadata import version
from weakref import WeakKeyDictionary

import numpy as np
import nutpie
import pymc as pm
import xarray as xr
from arviz_stats.sampling_diagnostics import ess as ess_of
from arviz_stats.sampling_diagnostics import rhat as rhat_of

from bayesdose.errors import ConvergenceWarning, UnsupportedModelError
from bayesdose.outcomes import Outcomes, parse_outcomes
from bayesdose.rules.check import check_at_least

__all__ = ["fit"]

_HIGHEST_RHAT = 1.01
_LOWEST_ESS = 400

# Compiling takes seconds and sampling a tenth of one. An entry goes when its model goes.
_COMPILED: WeakKeyDictionary = WeakKeyDictionary()


def fit(
    model: pm.Model,
    outcomes: Outcomes | str,
    *,
    rng: np.random.Generator | int | None = None,
    chains: int = 4,
    draws: int = 1000,
    tune: int = 1000,
    progress: bool = False,
) -> xr.DataTree:
    """Draws from the posterior of a model given the patients seen so far, by NUTS (nutpie).

    A model is compiled at its first fit, which takes some seconds, and kept as long as the model
    itself; every further data set takes a fraction of a second. So build a model once, and do not
    add to it after its first fit.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`). Data held in the model are ignored;
        `outcomes` are the data.
    outcomes : Outcomes or str
        The patients, or their text such as ``"1NNN 2NNT"``; an empty text gives the prior.
    rng : numpy.random.Generator or int, optional
        Source of the sampler's seed. The same seed gives the same draws.
    chains, draws, tune : int
        Chains, kept draws of each, and draws of each that tune the sampler and are dropped.
    progress : bool, default False
        Show nutpie's progress bar.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` (``prob_dlt`` and the model's variables), ``sample_stats``,
        ``observed_data`` (outcome) and ``constant_data`` (patients, dlts). The attributes of the root
        record the sampler, versions, seed, settings and outcomes.

    Raises
    ------
    UnsupportedModelError
        If the model lacks what `bayesdose.models.contract` asks for.
    InputError
        If the outcomes name a dose that the model lacks, or a number is out of range.

    Warns
    -----
    ConvergenceWarning
        If there are divergences, R-hat is above 1.01 or the bulk effective sample size below 400.
    """
    for name, value, least in (("chains", chains, 1), ("draws", draws, 4), ("tune", tune, 1)):
        check_at_least(name, value, least)
    missing = {"prob_dlt", "patients", "dlts"} - set(model.named_vars)
    if missing or "dose" not in model.coords:
        raise UnsupportedModelError(
            "model",
            got=f"a model without {', '.join(sorted(missing)) or 'a dose coordinate'}",
            wanted="a model with coords from `model_coords` and its likelihood from `observe_dlts`",
        )
    outcomes = parse_outcomes(outcomes) if isinstance(outcomes, str) else outcomes
    counts = outcomes.counts(len(tuple(model.coords["dose"] or ())))
    patients, dlts = counts.sum(axis=1), counts[:, 1]
    seed = int(np.random.default_rng(rng).integers(2**32))
    draws_of_sampler = nutpie.sample(
        _compiled(model).with_data(patients=patients, dlts=dlts),
        chains=chains,
        draws=draws,
        tune=tune,
        seed=seed,
        save_warmup=False,
        progress_bar=progress,
    )
    posterior = draws_of_sampler["posterior"].to_dataset()
    # Text columns that hold None for every draw cannot be written to a file.
    sample_stats = draws_of_sampler["sample_stats"].to_dataset()
    sample_stats = sample_stats.drop_vars(
        [name for name in sample_stats if sample_stats[name].dtype == object]
    )
    dose = {"dose": posterior["dose"]}
    data = xr.Dataset({"patients": ("dose", patients), "dlts": ("dose", dlts)}, coords=dose)
    result = xr.DataTree.from_dict(
        {
            "/": xr.Dataset(
                attrs={
                    "sampler": "nutpie (NUTS)",
                    "nutpie_version": version("nutpie"),
                    "pymc_version": version("pymc"),
                    "chains": chains,
                    "draws": draws,
                    "tune": tune,
                    "seed": seed,
                    "outcomes": str(outcomes),
                }
            ),
            "posterior": posterior,
            "sample_stats": sample_stats,
            "observed_data": data[["dlts"]].rename(dlts="outcome"),
            "constant_data": data,
        }
    )
    _warn_unless_converged(result)
    return result


def _compiled(model: pm.Model):
    """The model's nutpie code, compiled at first use."""
    if model not in _COMPILED:
        _COMPILED[model] = nutpie.compile_pymc_model(model)
    return _COMPILED[model]


def _warn_unless_converged(result: xr.DataTree) -> None:
    """Look at divergences, R-hat and effective sample size; one warning names all that is wrong."""
    posterior = result["posterior"].to_dataset()
    divergences = int(result["sample_stats"].to_dataset()["diverging"].sum())
    rhat = _worst(rhat_of(posterior), np.max) if posterior.sizes["chain"] > 1 else np.nan
    ess = _worst(ess_of(posterior, method="bulk"), np.min)
    problems = []
    if divergences:
        problems.append(f"{divergences} divergent transitions")
    if posterior.sizes["chain"] == 1:
        problems.append("one chain, which has no R-hat")
    elif not rhat <= _HIGHEST_RHAT:
        problems.append(f"R-hat {rhat:.3f}, above {_HIGHEST_RHAT}")
    if not ess >= _LOWEST_ESS:
        problems.append(f"bulk effective sample size {ess:.0f}, below {_LOWEST_ESS}")
    if problems:
        advice = "Do not report these draws: raise `tune` and `draws` and use at least 4 chains"
        if divergences:
            advice += ", and if divergences stay, reparametrise the model or tighten its prior"
        warnings.warn(f"NUTS: {'; '.join(problems)}. {advice}.", ConvergenceWarning, stacklevel=3)


def _worst(diagnostic: xr.Dataset, worst) -> float:
    return float(worst([worst(diagnostic[name].values) for name in diagnostic]))
