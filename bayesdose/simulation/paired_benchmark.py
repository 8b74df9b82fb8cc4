"""Designs beside the optimal benchmark on the same simulated patients."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Patients, Rng
from bayesdose.designs.base import Design
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.seeds import root_seed
from bayesdose.simulation.benchmark import benchmark_from_uniforms
from bayesdose.simulation.benchmark_selection import Ties
from bayesdose.simulation.comparison import check_comparable
from bayesdose.simulation.method import Trials
from bayesdose.simulation.monte_carlo import latent_uniforms, simulate_trials
from bayesdose.versions import versions_in_words

__all__ = ["paired_efficiency"]

# Trials are taken in blocks: this many times scenarios bounds the memory.
_TRIALS_AT_ONCE = 100_000


@checked
def paired_efficiency(
    designs: Annotated[Mapping[str, Design], at.MinLen(1)],
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)],
    num_patients: Patients,
    mtd_rule: MTDRule,
    *,
    trials: Trials,
    rng: Rng = None,
    ties: Ties = "lower",
    progress: Progress = no_progress,
) -> xr.Dataset:
    """Correct selection of designs as a share of the benchmark's, on the same simulated patients.

    Trial by trial, each design meets the patients that ``operating_characteristics(method=MonteCarlo(...))``
    simulates from the same seed, and the benchmark knows the latent uniforms of the first `num_patients` of
    them. The standard errors take the pairing into account (delta method).

    Parameters
    ----------
    designs : mapping of str to Design
        Designs by name.
    scenarios : sequence of Scenario
        True curves, on the designs' grid.
    num_patients : int
        Patients whose uniforms the benchmark knows; to be fair to a design, its maximum.
    mtd_rule : MTDRule
        Rule that names the MTD, from the truth and from the benchmark's estimates.
    trials : int
        Number of simulated trials.
    rng : numpy.random.Generator or int, optional
        Source of the patients; ``attrs["seed"]`` given as `rng` makes the same ones.
    ties : {"lower", "higher", "split"}, default "lower"
        As in `optimal_benchmark`.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        ``correct_selection`` (design, scenario), ``benchmark_correct_selection`` (scenario),
        ``efficiency``, their ratio (NaN where the benchmark is never correct), and
        ``difference_from_benchmark``, the design's less the benchmark's (design, scenario); each with
        ``<name>_mcse``.

    Raises
    ------
    InputError
        If there is no design or scenario, names repeat, grids differ, or an argument is of another type or
        out of range.
    """
    check_comparable(designs, scenarios)
    seed = root_seed(rng)
    prob_dlt = np.array([scenario.prob_dlt for scenario in scenarios])
    mtd = mtd_rule.mtd(prob_dlt)
    outcomes = [
        np.stack([scenario.prob_outcome(design.outcome_categories) for scenario in scenarios])
        for design in designs.values()
    ]
    patients = max(num_patients, *(design.max_patients for design in designs.values()))
    block = max(1, _TRIALS_AT_ONCE // len(scenarios))
    # Sums over trials of the designs' and the benchmark's correct selections and of their products.
    sums = np.zeros((len(designs), len(scenarios), 2))
    reference = np.zeros((len(scenarios), 2))
    for first in range(0, trials, block):
        uniforms = latent_uniforms(seed, first, min(first + block, trials), patients)
        selected = benchmark_from_uniforms(uniforms[:, :num_patients], prob_dlt, mtd_rule, ties=ties)
        right = np.take_along_axis(selected, (mtd + 1)[:, None, None], axis=2)[..., 0]
        reference += np.stack([right, right**2], axis=-1).sum(axis=1)
        for number, (design, outcome) in enumerate(zip(designs.values(), outcomes, strict=True)):
            final, end = simulate_trials(design, outcome, uniforms)
            own = final.recommendation[end] == mtd[:, None]
            sums[number] += np.stack([own, own * right], axis=-1).sum(axis=1)
        progress(min(first + block, trials) / trials)
    (pcs, product), (bench, square) = np.moveaxis(sums / trials, -1, 0), reference.T / trials
    return xr.Dataset(
        {
            name: (("design", "scenario")[-value.ndim :], value)
            for name, value in _estimates(pcs, product, bench, square, trials).items()
        },
        coords={"design": list(designs), "scenario": [scenario.name for scenario in scenarios]},
        attrs={
            "method": "monte-carlo",
            "trials": trials,
            "seed": seed,
            "mtd_rule": str(mtd_rule),
            "benchmark_num_patients": num_patients,
            "benchmark_ties": ties,
            "versions": versions_in_words(),
        },
    )


def _estimates(
    pcs: np.ndarray, product: np.ndarray, bench: np.ndarray, square: np.ndarray, trials: int
) -> dict[str, np.ndarray]:
    """Means, ratio and difference with standard errors, from means of correct selections and products."""
    own, other = pcs * (1 - pcs), square - bench**2
    both = product - pcs * bench
    known = np.where(bench > 0, bench, np.nan)
    ratio = pcs / known
    variances = {
        "correct_selection": own,
        "benchmark_correct_selection": other,
        # Influence of a trial on the ratio: (own - ratio * benchmark) / mean of the benchmark.
        "efficiency": (own + ratio**2 * other - 2 * ratio * both) / known**2,
        "difference_from_benchmark": own + other - 2 * both,
    }
    means = {
        "correct_selection": pcs,
        "benchmark_correct_selection": bench,
        "efficiency": ratio,
        "difference_from_benchmark": pcs - bench,
    }
    errors = {
        f"{name}_mcse": np.sqrt(np.maximum(variance, 0.0) / trials) for name, variance in variances.items()
    }
    return means | errors
