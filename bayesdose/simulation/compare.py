"""Operating characteristics of several designs in several scenarios, as one Dataset."""

import hashlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import zip_longest
from typing import Literal

import numpy as np
import xarray as xr

from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.check import check_at_least
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.seeds import root_seed
from bayesdose.simulation.characteristics import Truth, characteristics
from bayesdose.simulation.exact import end_probabilities
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.monte_carlo import latent_uniforms, simulate_trials
from bayesdose.trial import StopReason

__all__ = ["check_method", "design_hash", "operating_characteristics"]

_UNITS = {
    "expected_patients": "patients",
    "expected_dlts": "patients",
    "expected_sample_size": "patients",
    "expected_duration": "days",
}


def operating_characteristics(
    designs: Mapping[str, Design],
    scenarios: Sequence[Scenario],
    *,
    mtd_rule: MTDRule,
    method: Literal["exact", "monte-carlo"] = "exact",
    trials: int | None = None,
    dlt_window: float | None = None,
    rng: np.random.Generator | int | None = None,
    progress: Progress = no_progress,
) -> xr.Dataset:
    """How designs behave in scenarios, on the same patients.

    Parameters
    ----------
    designs : mapping of str to Design
        Designs by the name that tables and figures show, all on one grid.
    scenarios : sequence of Scenario
        True curves, on the same grid.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    method : {"exact", "monte-carlo"}, default "exact"
        Enumerate every trial, or simulate `trials` of them.
    trials : int, optional
        Number of simulated trials for each design and scenario; needed for ``"monte-carlo"``.
    dlt_window : float, optional
        Days that a cohort is followed before the next one starts. A cohort is assumed to be
        enrolled at once. Without it there is no ``expected_duration``.
    rng : numpy.random.Generator or int, optional
        Source of the simulated patients; ``attrs["seed"]`` given as `rng` makes the same ones again.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        Variables over ``design``, ``scenario`` and ``dose``, ``recommendation``, ``patients`` or
        ``stop_reason``. `underdose_selection` counts recommending no dose where there is an MTD.
        ``proportion_...`` and ``dlt_rate`` are ratios of means; ``mean_trial_dlt_rate`` is the mean of
        the trials' ratios. Monte Carlo results have a standard error ``<name>_mcse`` beside each;
        exact ones count in ``refined_states`` how many states of a design were decided at once, after one
        refinement of the posterior, after two, and so on.

    Raises
    ------
    InputError
        If there is no design or scenario, grids differ, names repeat, the MTD rule is none, the DLT
        window is not positive, the method is unknown, or `trials` does not go with it.

    References
    ----------
    Cheung YK (2011). Dose Finding by the Continual Reassessment Method. Chapman and Hall, for the
    accuracy index.
    """
    _check(designs, scenarios, mtd_rule, dlt_window)
    check_method(method, trials)
    truth = Truth(np.array([scenario.prob_dlt for scenario in scenarios]), mtd_rule)
    max_patients = max(design.max_patients for design in designs.values())
    seed, uniforms = None, np.zeros((0, 0))
    if trials is not None:
        seed = root_seed(rng)
        uniforms = latent_uniforms(seed, trials, max_patients)

    per_design, refined, unresolved = [], [], 0.0
    for number, design in enumerate(designs.values()):

        def part(share: float, number: int = number) -> None:
            progress((number + share) / len(designs))

        prob_outcome = np.stack([scenario.prob_outcome(design.outcome_categories) for scenario in scenarios])
        if trials is None:
            graph = trial_graph(design, part)
            final, weights = graph.final, end_probabilities(graph, prob_outcome)
            refined.append(graph.refined)
        else:
            final, weights = simulate_trials(design, prob_outcome, uniforms, part)
        variables = characteristics(
            final, weights, truth, max_patients=max_patients, dlt_window=dlt_window, trials=trials
        )
        unresolved = max(unresolved, 1.0 - float(weights.sum(axis=1).min()))
        per_design.append(xr.Dataset(variables))
        part(1.0)
    result: xr.Dataset = xr.concat(per_design, dim="design").assign_coords(design=list(designs))
    if refined:
        columns = np.array(list(zip_longest(*refined, fillvalue=0)))
        result["refined_states"] = (("refinement", "design"), columns)
    return _labelled(result, designs, scenarios, truth, max_patients).assign_attrs(
        _attributes(method, trials, seed, dlt_window, mtd_rule) | {"unresolved_probability": unresolved}
    )


def design_hash(design: Design) -> str:
    """SHA-256 of a design's printed form, the numbers of its tabulated model included.

    It tells designs of one run apart and shows that a rerun on the same machine and versions used the
    same one; other versions may differ in a table's last bits and so in the hash.
    """
    return hashlib.sha256(repr(design).encode()).hexdigest()


def check_method(method: str, trials: int | None) -> None:
    """Refuse an unknown method, and a number of trials that does not go with it."""
    if method not in ("exact", "monte-carlo"):
        raise InputError("method", got=method, wanted="'exact' or 'monte-carlo'")
    if method == "exact" and trials is not None:
        raise InputError("trials", got=trials, wanted="no number of trials with method='exact'")
    if method == "monte-carlo":
        if trials is None:
            raise InputError("trials", got=None, wanted="a number of trials", fix="Pass trials=10_000.")
        check_at_least("trials", trials, 2)


def _check(
    designs: Mapping[str, Design],
    scenarios: Sequence[Scenario],
    mtd_rule: MTDRule,
    dlt_window: float | None,
) -> None:
    if not isinstance(designs, Mapping) or not designs:
        raise InputError("designs", got=designs, wanted="a dict from names to designs, at least one")
    if not isinstance(scenarios, Sequence) or not scenarios:
        raise InputError("scenarios", got=scenarios, wanted="a list of scenarios, at least one")
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names):
        raise InputError("scenarios", got=names, wanted="different names")
    grid = next(iter(designs.values())).grid
    for what, other in [*designs.items(), *zip(names, scenarios, strict=True)]:
        if other.grid != grid:
            raise InputError(
                f"dose grid of {what!r}", got=other.grid, wanted=f"the same grid for all, {grid}"
            )
    if not hasattr(mtd_rule, "mtd"):
        raise InputError("mtd_rule", got=mtd_rule, wanted="an MTD rule such as HighestBelow(0.30)")
    if dlt_window is not None and not 0 < dlt_window < np.inf:
        raise InputError("dlt_window", got=dlt_window, wanted="a positive number of days, or None")


def _labelled(
    result: xr.Dataset,
    designs: Mapping[str, Design],
    scenarios: Sequence[Scenario],
    truth: Truth,
    max_patients: int,
) -> xr.Dataset:
    """Coordinates, the truth, units and the designs' hashes."""
    grid = scenarios[0].grid
    result = result.assign_coords(
        scenario=[scenario.name for scenario in scenarios],
        dose=("dose", list(grid.values), {"units": grid.unit}),
        recommendation=["none", *grid.labels],
        patients=("patients", np.arange(max_patients + 1), {"units": "patients"}),
        stop_reason=[reason.value for reason in StopReason][1:],
    )
    result["true_prob_dlt"] = (("scenario", "dose"), truth.prob_dlt)
    mtd_labels = ["none" if mtd < 0 else grid.labels[mtd] for mtd in truth.mtd]
    result["mtd"] = ("scenario", mtd_labels, {"long_name": "true MTD"})
    result["design_hash"] = ("design", [design_hash(design) for design in designs.values()])
    for name, unit in _UNITS.items():
        for variable in {name, f"{name}_mcse"} & set(result.data_vars):
            result[variable].attrs["units"] = unit
    return result


def _attributes(
    method: str, trials: int | None, seed: int | None, dlt_window: float | None, mtd_rule: MTDRule
) -> dict[str, str | int | float]:
    attributes: dict[str, str | int | float] = {
        "method": method,
        "mtd_rule": str(mtd_rule),
        "versions": ", ".join(
            f"{name} {version(name)}" for name in ("bayesdose", "numpy", "scipy", "xarray")
        ),
    }
    if trials is not None and seed is not None:
        attributes |= {"trials": trials, "seed": seed}
    if dlt_window is not None:
        attributes |= {
            "dlt_window_days": dlt_window,
            "duration_assumption": "each cohort is enrolled at once and followed for the whole DLT window",
        }
    return attributes
