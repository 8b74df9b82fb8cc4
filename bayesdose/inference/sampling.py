"""Posteriors by NUTS: for any model, and as a check of the exact engine."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from weakref import WeakKeyDictionary

import attrs
import numpy as np
import nutpie
import pymc as pm
import xarray as xr
from arviz_stats.sampling_diagnostics import ess as ess_of
from arviz_stats.sampling_diagnostics import rhat as rhat_of
from scipy.special import gammaln, xlog1py, xlogy

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Chains, Draws, InnerProbability, Rng, Tune
from bayesdose.checks.warning import warn
from bayesdose.errors import ConvergenceWarning, InputError
from bayesdose.models.contract import check_contract
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.progress import Progress, no_progress
from bayesdose.seeds import root_seed

__all__ = ["Sampler", "fit", "fit_many", "problem_report", "problems_of"]

_HIGHEST_RHAT = 1.01
_LOWEST_ESS = 400
# A warning names this many data sets; nobody reads a list of hundreds.
_MOST_NAMED = 10
# At nutpie's own 0.8 and after 1NNN 2NNN 3NNT, a weakly informative prior has divergences on four of the
# five protocols' grids; at 0.95 and 0.99 in none of 5 seeds on any.
TARGET_ACCEPT = 0.99
# Kept draws of all chains; at ten doses they fill about a gigabyte.
_MOST_DRAWS = 10_000_000

# Compiling takes seconds and sampling a tenth of one. An entry goes when its model goes.
_COMPILED: WeakKeyDictionary = WeakKeyDictionary()


@checked
def fit(
    model: pm.Model,
    outcomes: Outcomes | str,
    *,
    rng: Rng = None,
    chains: Chains = 4,
    draws: Draws = 1000,
    tune: Tune = 1000,
    target_accept: InnerProbability = TARGET_ACCEPT,
    log_likelihood: bool = False,
    posterior_predictive: bool = False,
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
        Source of the sampler's seed and of new patients; ``attrs["seed"]`` given as `rng` makes the
        same draws again.
    chains, draws, tune : int
        Chains, kept draws of each (at least 4), and draws of each that tune the sampler and are dropped.
    target_accept : float, default 0.99
        Acceptance that the step size is tuned to. At PyMC's 0.8 a BLRM with a wide prior has divergences
        with little data; closer to 1 the steps are smaller and the draws take longer.
    log_likelihood : bool, default False
        Add the group ``log_likelihood``: of each dose's patients, ``outcome`` (chain, draw, dose).
    posterior_predictive : bool, default False
        Add the group ``posterior_predictive``: DLTs among as many new patients at each dose,
        ``outcome`` (chain, draw, dose).
    progress : bool, default False
        Show nutpie's progress bar.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` (``prob_dlt`` and the model's variables), ``sample_stats``,
        ``observed_data`` (outcome), ``constant_data`` (patients, dlts) and those asked for. The
        attributes of the root record the sampler, versions, seed, settings and outcomes.

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
    sampler = Sampler(model, chains, draws, tune, log_likelihood, posterior_predictive, target_accept)
    result = sampler.sample(as_outcomes(outcomes), root_seed(rng), progress_bar=progress)
    if problems := problems_of(result):
        warn(problem_report({"": problems}), ConvergenceWarning)
    return result


@checked
def fit_many(
    model: pm.Model,
    data_sets: Sequence[Outcomes | str],
    *,
    rng: Rng = None,
    chains: Chains = 4,
    draws: Draws = 1000,
    tune: Tune = 1000,
    target_accept: InnerProbability = TARGET_ACCEPT,
    log_likelihood: bool = False,
    posterior_predictive: bool = False,
    progress: Progress = no_progress,
) -> list[xr.DataTree]:
    """Posteriors of several data sets under one model, which is compiled once.

    Data set i draws from child i of `rng`, so its draws depend on its position but not on what the
    other data sets are: ``fit(model, data_sets[i], rng=np.random.default_rng(rng).spawn(i + 1)[i])``
    gives the same.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`).
    data_sets : sequence of (Outcomes or str)
        The patients of each data set.
    rng : numpy.random.Generator or int, optional
        Parent of the data sets' random streams.
    chains, draws, tune, target_accept, log_likelihood, posterior_predictive
        As for `fit`.
    progress : callable, optional
        Called with the share of data sets done (see `bayesdose.progress`).

    Returns
    -------
    list of xarray.DataTree
        One for each data set, in their order, each as `fit` gives it.

    Raises
    ------
    UnsupportedModelError
        If the model lacks what `bayesdose.models.contract` asks for.
    InputError
        If outcomes name a dose that the model lacks, or a number is out of range; all data sets
        are checked before the first is fitted.

    Warns
    -----
    ConvergenceWarning
        Once for all data sets; it names those that have not converged, and what is wrong with each.
    """
    sampler = Sampler(model, chains, draws, tune, log_likelihood, posterior_predictive, target_accept)
    parsed = [as_outcomes(outcomes) for outcomes in data_sets]
    for outcomes in parsed:
        outcomes.counts(sampler.num_doses)
    results, problems = [], {}
    for index, (outcomes, child) in enumerate(zip(parsed, _generator(rng).spawn(len(parsed)), strict=True)):
        results.append(sampler.sample(outcomes, root_seed(child)))
        if found := problems_of(results[-1]):
            problems[f"data set {index} ({str(outcomes) or 'no patients'})"] = found
        progress((index + 1) / len(parsed))
    if problems:
        warn(problem_report(problems), ConvergenceWarning)
    return results


def _can_be_sampled(sampler: "Sampler", field: attrs.Attribute, value: float) -> None:
    check_contract(sampler.model)
    if sampler.chains * sampler.draws > _MOST_DRAWS:
        got = (sampler.chains, sampler.draws)
        raise InputError("chains, draws", got=got, wanted=f"at most {_MOST_DRAWS:,} draws in all")


@checked_value
class Sampler:
    """NUTS for one model, with settings that hold for any number of data sets.

    Parameters
    ----------
    model : pymc.Model
    chains, draws, tune : int
    log_likelihood, posterior_predictive : bool
        As for `fit`.
    target_accept : float, default 0.99
        Acceptance that the step size is tuned to, inside (0, 1). Closer to 1 takes smaller steps, for
        posteriors whose scale varies from place to place.

    Raises
    ------
    UnsupportedModelError
        If the model lacks what `bayesdose.models.contract` asks for.
    InputError
        If a number is out of range.
    """

    model: pm.Model
    chains: Chains = 4
    draws: Draws = 1000
    tune: Tune = 1000
    log_likelihood: bool = False
    posterior_predictive: bool = False
    target_accept: InnerProbability = attrs.field(default=TARGET_ACCEPT, validator=_can_be_sampled)

    @property
    def num_doses(self) -> int:
        """Number K of doses."""
        return len(tuple(self.model.coords["dose"] or ()))

    def sample(self, outcomes: Outcomes, seed: int, *, progress_bar: bool = False) -> xr.DataTree:
        """Draws given one data set, in the groups that `fit` names; convergence is left to the caller."""
        rng = np.random.default_rng(seed)
        counts = outcomes.counts(self.num_doses)
        patients, dlts = counts.sum(axis=1), counts[:, 1]
        draws = nutpie.sample(
            _compiled(self.model).with_data(patients=patients, dlts=dlts),
            chains=self.chains,
            draws=self.draws,
            tune=self.tune,
            target_accept=self.target_accept,
            seed=int(rng.integers(2**32)),
            save_warmup=False,
            progress_bar=progress_bar,
        )
        posterior = draws["posterior"].to_dataset()
        # Text columns that hold None for every draw cannot be written to a file.
        sample_stats = draws["sample_stats"].to_dataset()
        sample_stats = sample_stats.drop_vars(
            [name for name in sample_stats if sample_stats[name].dtype == object]
        )
        data = xr.Dataset(
            {"patients": ("dose", patients), "dlts": ("dose", dlts)}, coords={"dose": posterior["dose"]}
        )
        record = {
            "sampler": "nutpie (NUTS)",
            "nutpie_version": version("nutpie"),
            "pymc_version": version("pymc"),
            "chains": self.chains,
            "draws": self.draws,
            "tune": self.tune,
            "target_accept": self.target_accept,
            "seed": seed,
            "outcomes": str(outcomes),
        }
        groups = {
            "/": xr.Dataset(attrs=record),
            "posterior": posterior,
            "sample_stats": sample_stats,
            "observed_data": data[["dlts"]].rename(dlts="outcome"),
            "constant_data": data,
        }
        # From P(DLT) in numpy: PyMC would compile the model again for either.
        prob_dlt = posterior["prob_dlt"]
        if self.log_likelihood:
            groups["log_likelihood"] = _with_values(prob_dlt, _log_binomial(dlts, patients, prob_dlt.values))
        if self.posterior_predictive:
            groups["posterior_predictive"] = _with_values(prob_dlt, rng.binomial(patients, prob_dlt.values))
        return xr.DataTree.from_dict(groups)


def problem_report(problems: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with the draws of each named data set, and what to do about it."""
    named = [
        f"{name}: {'; '.join(found)}" if name else "; ".join(found)
        for name, found in list(problems.items())[:_MOST_NAMED]
    ]
    if len(problems) > _MOST_NAMED:
        named.append(f"and {len(problems) - _MOST_NAMED} more data sets")
    # More draws do not cure divergences, which come from steps too long for some part of the posterior.
    divergent = [any("divergent" in problem for problem in found) for found in problems.values()]
    advice = []
    if any(divergent):
        advice.append(
            "against divergences bring `target_accept` closer to 1 (such as 0.999), or reparametrise the "
            "model, or compare with `exact_posterior`"
        )
    if any(len(found) > one for found, one in zip(problems.values(), divergent, strict=True)):
        advice.append("raise `tune` and `draws` and use at least 4 chains")
    return f"NUTS: {' | '.join(named)}. Do not report these draws: {'; '.join(advice)}."


def _with_values(prob_dlt: xr.DataArray, values: np.ndarray) -> xr.Dataset:
    """The variable ``outcome`` with the dimensions and coordinates of P(DLT)."""
    return xr.Dataset({"outcome": (prob_dlt.dims, values)}, coords=prob_dlt.coords)


def _log_binomial(dlts: np.ndarray, patients: np.ndarray, prob_dlt: np.ndarray) -> np.ndarray:
    """Log probability of the DLTs seen at each dose; scipy.stats would take seconds to import."""
    ways = gammaln(patients + 1) - gammaln(dlts + 1) - gammaln(patients - dlts + 1)
    return ways + xlogy(dlts, prob_dlt) + xlog1py(patients - dlts, -prob_dlt)


def _compiled(model: pm.Model):
    """The model's nutpie code, compiled at first use."""
    if model not in _COMPILED:
        _COMPILED[model] = nutpie.compile_pymc_model(model)
    return _COMPILED[model]


def problems_of(result: xr.DataTree) -> list[str]:
    """What divergences, R-hat and effective sample size say against the draws; empty if nothing."""
    posterior = result["posterior"].to_dataset()
    divergences = int(result["sample_stats"].to_dataset()["diverging"].sum())
    rhat = _worst(rhat_of(posterior), np.max) if posterior.sizes["chain"] > 1 else np.nan
    ess = _worst(ess_of(posterior, method="bulk"), np.min)
    problems = []
    if divergences:
        problems.append(f"{divergences} divergent transition{'s' * (divergences > 1)}")
    if posterior.sizes["chain"] == 1:
        problems.append("one chain, which has no R-hat")
    elif not rhat <= _HIGHEST_RHAT:
        problems.append(f"R-hat {rhat:.3f}, above {_HIGHEST_RHAT}")
    if not ess >= _LOWEST_ESS:
        problems.append(f"bulk effective sample size {ess:.0f}, below {_LOWEST_ESS}")
    return problems


def _worst(diagnostic: xr.Dataset, worst) -> float:
    return float(worst([worst(diagnostic[name].values) for name in diagnostic]))


def _generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """The generator itself, or one from a seed that was checked."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(root_seed(rng))
