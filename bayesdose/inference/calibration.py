"""Simulation-based calibration: the check that an engine returns the posterior which the model defines.

If a parameter is drawn from the prior and data from that parameter, then the parameter and a draw
from the posterior given those data have the same distribution. So the rank of the true value among
posterior draws, or the posterior distribution function at it, is uniform over simulations; an
engine or a prior that is wrong shows as ranks that are not (Talts et al. 2018).
"""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, Literal, get_args

import annotated_types as at
import numpy as np
import pymc as pm
import xarray as xr
from pytensor.compile.mode import Mode
from scipy.special import chdtrc

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Seed, Whole
from bayesdose.checks.warning import warn
from bayesdose.errors import ConvergenceWarning, InputError, UnsupportedModelError
from bayesdose.inference.exact import exact_cdf
from bayesdose.inference.sampling import Sampler, problem_report, problems_of
from bayesdose.outcomes import Outcomes
from bayesdose.progress import Progress, no_progress
from bayesdose.seeds import root_seed

__all__ = ["METHODS", "RANKED_DRAWS", "simulation_based_calibration", "uniformity"]

_Method = Literal["nuts", "exact"]
METHODS = get_args(_Method)
# L draws give L + 1 ranks; 100 of them fall evenly into 2, 4, 5, 10, 20, 25 or 50 bins.
RANKED_DRAWS = 99
_TOLERANCE = 1e-6
# The Python linker: drawing from a prior takes milliseconds, compiling to machine code seconds.
_MODE = Mode(linker="py", optimizer="fast_compile")

_Methods = Annotated[
    Sequence[_Method],
    at.Predicate(lambda names: 1 <= len(set(names)) == len(names)),
    "with none twice and at least 1 of them",
]
_Allocation = Annotated[Sequence[Annotated[Whole, at.Le(500)]], at.MinLen(1)]
_Simulations = Annotated[int, at.Ge(1), at.Le(1_000_000)]


@checked
def simulation_based_calibration(
    model: pm.Model,
    patients: _Allocation,
    *,
    simulations: _Simulations,
    rng: np.random.Generator | Seed,
    truth: pm.Model | None = None,
    methods: _Methods = METHODS,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """Rank of the true P(DLT) in its posterior, over parameters drawn from the prior.

    Each simulation draws P(DLT) at all doses from the prior, then DLTs among a fixed number of
    patients at each dose, and computes the posterior given these data.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`), of one to three free dimensions for the
        method ``exact``.
    patients : sequence of int, length K
        Patients at each dose, the same in all simulations.
    simulations : int
        Number of simulations.
    rng : numpy.random.Generator or int
        Source of all random numbers. Simulation i has a stream of its own, so that the first
        simulations of a longer run are those of a shorter one.
    truth : pymc.Model, optional
        Model from whose prior the true P(DLT) is drawn, on the same doses; by default `model`.
        Another one shows how far ranks depart from uniform when the prior is wrong.
    methods : sequence of str, default ("nuts", "exact")
        Engines to check, on the same data.
    progress : callable, optional
        Called with the share done (see `bayesdose.progress`).

    Returns
    -------
    xarray.Dataset
        ``rank`` (method, simulation, dose), inside (0, 1) and uniform if all is right: for NUTS
        ``(r + 0.5) / (L + 1)`` with the rank r of the truth among L = 99 thinned draws, for the
        exact engine the posterior distribution function at the truth. ``prob_dlt`` and ``dlts``
        (simulation, dose) hold the truth and the data, ``patients`` (dose) the allocation, and
        ``converged`` (simulation), with NUTS only, whether its diagnostics are in order. The
        attributes record the seed (as `rng` it repeats the result), L, settings and versions.

    Raises
    ------
    UnsupportedModelError
        If the model lacks what `bayesdose.models.contract` asks for, its prior has potentials and
        so cannot be drawn from, or the exact engine is asked for and cannot tabulate it.
    InputError
        If an argument cannot be used.

    Warns
    -----
    ConvergenceWarning
        Once, if NUTS has not converged in some simulations. Their ranks are kept: to drop them
        would select among the data sets and spoil the uniform distribution.

    Notes
    -----
    Ranks at different doses of one simulation are strongly dependent.

    References
    ----------
    Talts S, Betancourt M, Simpson D, Vehtari A, Gelman A (2018). Validating Bayesian inference
    algorithms with simulation-based calibration. arXiv:1804.06788.
    """
    sampler = Sampler(model)
    allocation = _allocation(patients, sampler.num_doses)
    source = model if truth is None else truth
    if Sampler(source).num_doses != sampler.num_doses:
        raise InputError(
            "truth",
            got=f"a model of {Sampler(source).num_doses} doses",
            wanted=f"a model of {sampler.num_doses} doses, like the model that is fitted",
        )
    seed = root_seed(rng)
    truth_seed, *seeds = np.random.SeedSequence(seed).spawn(1 + simulations)
    streams = [np.random.default_rng(child) for child in seeds]
    prob_dlt = _draw_prior(source, simulations, np.random.default_rng(truth_seed))
    dlts = np.array([stream.binomial(allocation, p) for stream, p in zip(streams, prob_dlt, strict=True)])

    ranks: dict[str, np.ndarray] = {}
    converged: dict[str, Any] = {}
    for step, method in enumerate(methods):

        def share(done: float, step: int = step) -> None:
            progress((step + done) / len(methods))

        if method == "nuts":
            ranks[method], problems = _nuts_ranks(sampler, allocation, dlts, prob_dlt, streams, share)
            in_order = np.array([f"simulation {i}" not in problems for i in range(simulations)])
            converged["converged"] = ("simulation", in_order, {"long_name": "NUTS diagnostics in order"})
            if problems:
                warn(problem_report(problems), ConvergenceWarning)
        else:
            all_patients = np.broadcast_to(allocation, dlts.shape)
            ranks[method] = exact_cdf(
                model, all_patients, dlts, prob_dlt, tolerance=_TOLERANCE, progress=share
            )
    return xr.Dataset(
        {
            "rank": (
                ("method", "simulation", "dose"),
                np.stack([ranks[method] for method in methods]),
                {"long_name": "scaled rank of the true P(DLT) in its posterior"},
            ),
            "prob_dlt": (("simulation", "dose"), prob_dlt, {"long_name": "true P(DLT)"}),
            "dlts": (("simulation", "dose"), dlts, {"long_name": "patients with DLT"}),
            "patients": ("dose", allocation, {"long_name": "patients treated"}),
            **converged,
        },
        coords={
            "method": list(methods),
            "simulation": np.arange(simulations),
            "dose": np.array(model.coords["dose"], dtype=float),
        },
        attrs={
            "seed": seed,
            "ranked_draws": RANKED_DRAWS,
            "chains": sampler.chains,
            "draws": sampler.draws,
            "tune": sampler.tune,
            "tolerance": _TOLERANCE,
            "truth": "the fitted model's prior" if truth is None else "the prior of another model",
            "nutpie_version": version("nutpie"),
            "pymc_version": version("pymc"),
        },
    )


@checked
def uniformity(calibration: xr.Dataset, *, bins: Annotated[int, at.Ge(2)] = 10) -> xr.Dataset:
    """Chi-square test, for each method and dose, that ranks are uniform.

    Parameters
    ----------
    calibration : xarray.Dataset
        From `simulation_based_calibration`.
    bins : int, default 10
        Bins of equal width; the number of ranks, L + 1 = 100, must be a multiple of it.

    Returns
    -------
    xarray.Dataset
        ``count`` (method, dose, bin), ``chi_square`` and ``p_value`` (method, dose). The p-values
        come from the chi-square distribution with ``bins - 1`` degrees of freedom, which asks for
        five or more simulations a bin.

    Raises
    ------
    InputError
        If `bins` does not divide the number of ranks, or the data set is no calibration.
    """
    if "ranked_draws" not in calibration.attrs or "rank" not in calibration:
        raise InputError(
            "calibration", got=list(calibration), wanted="what simulation_based_calibration gives"
        )
    number = int(calibration.attrs["ranked_draws"]) + 1
    if number % bins:
        raise InputError(
            "bins",
            got=bins,
            wanted=f"a divisor of {number}, the number of ranks",
            fix="Otherwise some bins hold more ranks than others, and uniform ranks look uneven.",
        )
    rank = calibration["rank"].transpose("method", "dose", "simulation")
    # A distribution function of exactly 1, at a P(DLT) that rounds to 1, belongs to the last bin.
    position = np.minimum((rank.values * bins).astype(int), bins - 1)
    count = (position[..., None] == np.arange(bins)).sum(axis=2)
    expected = rank.sizes["simulation"] / bins
    chi_square = ((count - expected) ** 2 / expected).sum(axis=-1)
    return xr.Dataset(
        {
            "count": (("method", "dose", "bin"), count, {"long_name": "simulations"}),
            "chi_square": (("method", "dose"), chi_square),
            "p_value": (("method", "dose"), chdtrc(bins - 1, chi_square)),
        },
        coords={"method": rank["method"], "dose": rank["dose"], "bin": (np.arange(bins) + 0.5) / bins},
    )


def _allocation(patients: Sequence[int], num_doses: int) -> np.ndarray:
    if len(patients) != num_doses:
        raise InputError("patients", got=patients, wanted=f"{num_doses} whole numbers, one for each dose")
    return np.array(patients)


def _draw_prior(model: pm.Model, number: int, rng: np.random.Generator) -> np.ndarray:
    """P(DLT) under the prior, shape (number, K)."""
    if model.potentials:
        raise UnsupportedModelError(
            "model",
            got=f"potentials {[potential.name for potential in model.potentials]}",
            wanted="a prior made of distributions alone, so that it can be drawn from",
        )
    drawn: Any = pm.draw(model["prob_dlt"], draws=number, random_seed=rng, mode=_MODE)
    return np.asarray(drawn, dtype=float).reshape(number, -1)


def _nuts_ranks(
    sampler: Sampler,
    patients: np.ndarray,
    dlts: np.ndarray,
    prob_dlt: np.ndarray,
    streams: Sequence[np.random.Generator],
    progress: Progress,
) -> tuple[np.ndarray, dict[str, list[str]]]:
    """Scaled ranks (simulation, dose) among thinned draws, and what is wrong with which simulation."""
    ranks, problems = np.empty(dlts.shape), {}
    # Equally spaced over all chains: ranks are uniform only if the draws hardly depend on each other.
    kept = np.linspace(0, sampler.chains * sampler.draws - 1, RANKED_DRAWS).round().astype(int)
    for index, stream in enumerate(streams):
        result = sampler.sample(
            Outcomes.from_counts(patients.tolist(), dlts[index].tolist()), root_seed(stream)
        )
        if found := problems_of(result):
            problems[f"simulation {index}"] = found
        draws = result["posterior"].to_dataset()["prob_dlt"].transpose("chain", "draw", "dose").values
        draws = draws.reshape(-1, len(patients))[kept]
        below, equal = (draws < prob_dlt[index]).sum(axis=0), (draws == prob_dlt[index]).sum(axis=0)
        # P(DLT) can round to 0 or 1 in truth and draws alike: such ties are broken at random.
        ranks[index] = (below + stream.integers(0, equal + 1) + 0.5) / (RANKED_DRAWS + 1)
        progress((index + 1) / len(streams))
    return ranks, problems
