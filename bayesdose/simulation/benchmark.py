"""The nonparametric optimal benchmark: an MTD rule on patients who show their outcome at every dose."""

from collections.abc import Sequence
from typing import Annotated

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Patients
from bayesdose.errors import InputError
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.simulation.benchmark_selection import Ties, estimated_selection, exact_selection
from bayesdose.versions import versions_in_words

__all__ = ["benchmark_efficiency", "benchmark_from_uniforms", "optimal_benchmark"]


@checked
def optimal_benchmark(
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)],
    num_patients: Patients,
    mtd_rule: MTDRule,
    *,
    ties: Ties = "lower",
) -> xr.Dataset:
    """How often complete information on the same number of patients finds the MTD, exactly.

    Each patient has one latent uniform u and would have a DLT at a dose if u is below its P(DLT), so
    every patient tells something of every dose. The MTD rule is applied to the shares of DLTs. Its selection
    probabilities are finite sums of multinomial probabilities, without simulation.

    Parameters
    ----------
    scenarios : sequence of Scenario
        True curves, on one grid.
    num_patients : int
        Patients in the trial; to compare with a design, its maximum.
    mtd_rule : ClosestTo or HighestBelow
        Rule that names the MTD, from the truth and from the estimates.
    ties : {"lower", "higher", "split"}, default "lower"
        Which of several doses whose estimates are equally close to the target is selected: the lowest (as
        `ClosestTo` does), the highest, or each with equal probability. The answer depends on it.
        With `HighestBelow` there are no ties.

    Returns
    -------
    xarray.Dataset
        ``selection_probability`` (scenario, recommendation), ``correct_selection``, ``overdose_selection``,
        ``underdose_selection`` and ``mtd`` (scenario), and ``true_prob_dlt`` (scenario, dose), named as in
        `operating_characteristics`.

    Raises
    ------
    InputError
        If there is no scenario, names repeat or grids differ, the number of patients is not a whole number
        from 1 to 500, `ties` is unknown, the rule is another one, or its `too_toxic` is not above its
        target.

    References
    ----------
    O'Quigley J, Paoletti X, Maccario J (2002). Non-parametric optimal design in dose finding studies.
    Biostatistics 3:51-56.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.rules.mtd import ClosestTo
    >>> curve = Scenario("one", DoseGrid.of_levels(5), (0.05, 0.1, 0.25, 0.4, 0.6))
    >>> for ties in ("lower", "split", "higher"):
    ...     benchmark = optimal_benchmark([curve], 20, ClosestTo(0.25), ties=ties)
    ...     print(ties, round(float(benchmark.correct_selection[0]), 4))
    lower 0.624
    split 0.615
    higher 0.6045
    """
    check_scenarios(scenarios)
    prob_dlt = np.array([scenario.prob_dlt for scenario in scenarios])
    selection = exact_selection(prob_dlt, num_patients, mtd_rule, ties)
    grid, mtd = scenarios[0].grid, mtd_rule.mtd(prob_dlt)[:, None]
    chosen = np.arange(-1, len(grid))
    return xr.Dataset(
        {
            "selection_probability": (("scenario", "recommendation"), selection),
            "correct_selection": ("scenario", np.sum(selection, axis=1, where=chosen == mtd)),
            "overdose_selection": ("scenario", np.sum(selection, axis=1, where=chosen > mtd)),
            "underdose_selection": ("scenario", np.sum(selection, axis=1, where=chosen < mtd)),
            "true_prob_dlt": (("scenario", "dose"), prob_dlt),
            "mtd": ("scenario", np.array(["none", *grid.labels])[mtd[:, 0] + 1], {"long_name": "true MTD"}),
        },
        coords={
            "scenario": [scenario.name for scenario in scenarios],
            "dose": ("dose", list(grid.values), {"units": grid.unit}),
            "recommendation": ["none", *grid.labels],
        },
        attrs={
            "method": "exact",
            "num_patients": num_patients,
            "mtd_rule": str(mtd_rule),
            "ties": ties,
            "versions": versions_in_words(),
        },
    )


@checked
def benchmark_from_uniforms(
    uniforms: np.ndarray, prob_dlt: np.ndarray, mtd_rule: MTDRule, *, ties: Ties = "lower"
) -> np.ndarray:
    """What complete information selects in each simulated trial, from the trials' own latent uniforms.

    Its differences from a design that treated the same patients are paired.

    Parameters
    ----------
    uniforms : array_like, shape (N, patients)
        Latent uniforms of the patients of N trials; a patient has a DLT at a dose if u < P(DLT).
    prob_dlt : array_like, shape (S, K)
        P(DLT) at each dose in S scenarios, not falling with dose.
    mtd_rule : MTDRule
        Rule that is applied to the estimates.
    ties : {"lower", "higher", "split"}, default "lower"
        As in `optimal_benchmark`. Rules other than `ClosestTo` settle ties themselves.

    Returns
    -------
    ndarray, shape (S, N, K + 1)
        Probability that each dose is selected, none first: one 1 a trial, or equal shares of the tied
        doses with ``ties="split"``. Its mean over trials estimates `optimal_benchmark`.

    Raises
    ------
    InputError
        If the shapes do not fit, a number is outside its range, a curve falls or `ties` is unknown.

    Examples
    --------
    >>> from bayesdose.rules.mtd import ClosestTo
    >>> benchmark_from_uniforms([[0.02, 0.3, 0.6, 0.9]], [[0.1, 0.5]], ClosestTo(0.25))
    array([[[0., 1., 0.]]])
    """
    uniforms, prob_dlt = uniforms.astype(float), prob_dlt.astype(float)
    if uniforms.ndim != 2 or not uniforms.shape[1] or not np.all((uniforms >= 0) & (uniforms < 1)):
        raise InputError(
            "uniforms",
            got=f"{uniforms} of shape {uniforms.shape}",
            wanted="numbers from 0 to below 1 of shape (trials, patients)",
        )
    curves = prob_dlt.ndim == 2 and prob_dlt.size > 0 and np.all((prob_dlt >= 0) & (prob_dlt <= 1))
    if not curves or np.any(np.diff(prob_dlt, axis=1) < 0):
        raise InputError(
            "prob_dlt",
            got=f"{prob_dlt} of shape {prob_dlt.shape}",
            wanted="probabilities of shape (scenarios, doses) that do not fall with dose",
        )
    selected = np.zeros((len(prob_dlt), len(uniforms), prob_dlt.shape[1] + 1))
    for scenario, curve in enumerate(prob_dlt):
        estimates = np.stack([np.mean(uniforms < prob, axis=1) for prob in curve], axis=1)
        selected[scenario] = estimated_selection(estimates, mtd_rule, ties)
    return selected


@checked
def benchmark_efficiency(characteristics: xr.Dataset, benchmark: xr.Dataset) -> xr.Dataset:
    """Correct selection of designs as a share of the benchmark's.

    The benchmark is a reference, not a strict upper bound: a design whose prior is right, or that settles
    ties in the right direction, can exceed 1.

    Parameters
    ----------
    characteristics : xarray.Dataset
        Result of `operating_characteristics`.
    benchmark : xarray.Dataset
        Result of `optimal_benchmark` in the same scenarios and with the same MTD rule.

    Returns
    -------
    xarray.Dataset
        ``efficiency`` (design, scenario), NaN where the benchmark is never correct; with
        ``efficiency_mcse`` for Monte Carlo results, ``efficiency_lower`` and ``efficiency_upper`` for
        truncated ones.

    Raises
    ------
    InputError
        If scenarios, true curves or MTD rules differ, or an argument is the result of something else.
    """
    for name, dataset, function in (
        ("characteristics", characteristics, "operating_characteristics"),
        ("benchmark", benchmark, "optimal_benchmark"),
    ):
        if not {"scenario", "true_prob_dlt", "correct_selection"} <= set(dataset.variables):
            raise InputError(name, got=f"a dataset of {list(dataset)}", wanted=f"the result of {function}")
    names, own_names = benchmark["scenario"].values.tolist(), characteristics["scenario"].values.tolist()
    if names != own_names or not np.array_equal(
        characteristics["true_prob_dlt"].values, benchmark["true_prob_dlt"].values
    ):
        raise InputError(
            "benchmark",
            got=f"scenarios {names} with P(DLT) {benchmark['true_prob_dlt'].values.tolist()}",
            wanted=f"those of the designs, {own_names} with their P(DLT)",
        )
    rule, own_rule = benchmark.attrs["mtd_rule"], characteristics.attrs["mtd_rule"]
    if rule != own_rule:
        raise InputError("benchmark", got=f"MTD rule {rule!r}", wanted=f"that of the designs, {own_rule!r}")
    reference = benchmark["correct_selection"].where(benchmark["correct_selection"] > 0)
    ratios = {
        f"efficiency{kind}": characteristics[f"correct_selection{kind}"] / reference
        for kind in ("", "_mcse", "_lower", "_upper")
        if f"correct_selection{kind}" in characteristics
    }
    told = {f"benchmark_{name}": benchmark.attrs[name] for name in ("num_patients", "ties")}
    return xr.Dataset(ratios, attrs={"mtd_rule": rule, **told})
