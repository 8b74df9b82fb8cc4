"""Operating characteristics of designs in scenarios, by either engine."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from bayesdose.checks.numbers import check_at_least
from bayesdose.designs.base import Design, design_hash
from bayesdose.errors import InputError
from bayesdose.progress import Progress, no_progress, span
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.seeds import root_seed
from bayesdose.simulation.characteristics import Truth, characteristics
from bayesdose.simulation.checkpoint import Checkpoint
from bayesdose.simulation.chunks import SimulationTask, simulate_study
from bayesdose.simulation.duration import Accrual, Duration
from bayesdose.simulation.exact import exact_characteristics
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.labels import labelled
from bayesdose.simulation.paired import paired_differences
from bayesdose.simulation.size import MEMORY_BUDGET
from bayesdose.simulation.truncation import Truncation
from bayesdose.versions import versions_in_words

__all__ = ["check_method", "check_study", "operating_characteristics"]

# A graph takes about as long as probability through it for so many scenarios.
_SCENARIOS_OF_A_GRAPH = 1_000


def operating_characteristics(
    designs: Mapping[str, Design],
    scenarios: Sequence[Scenario],
    *,
    mtd_rule: MTDRule,
    method: Literal["exact", "monte-carlo"] = "exact",
    dlt_window: float | None = None,
    accrual: Accrual | None = None,
    max_unresolved: float = 0.0,
    memory_budget: float = MEMORY_BUDGET,
    trials: int | None = None,
    target_mcse: float | None = None,
    rng: np.random.Generator | int | None = None,
    executor: Executor | None = None,
    chunk_size: int | None = None,
    checkpoint: Path | str | None = None,
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
        Enumerate every trial, or simulate some.
    dlt_window : float, optional
        Days that a cohort is followed before the next one starts. Without it there is no
        ``expected_duration``.
    accrual : Accrual, optional
        How patients arrive; by default a cohort is enrolled at once. Needs `dlt_window`.
    max_unresolved : float, default 0
        Exact engine: probability of the rarest trials that may be left out in any scenario, for graphs
        that are too large otherwise. Each result then has ``<name>_lower`` and ``<name>_upper``.
    memory_budget : float, default 8 GiB
        Exact engine: bytes that a graph may take; a larger one is refused with an estimate.
    trials : int, optional
        Monte Carlo engine: number of simulated trials for each design and scenario.
    target_mcse : float, optional
        Monte Carlo engine, instead of `trials`: simulate until the standard error of the correct selection is
        at most this in every scenario, for every design.
    rng : numpy.random.Generator or int, optional
        Monte Carlo engine: source of the patients; ``attrs["seed"]`` given as `rng` makes the same ones.
    executor : concurrent.futures.Executor, optional
        Monte Carlo engine: who simulates chunks of trials, such as a ``ProcessPoolExecutor`` or dask's
        ``client.get_executor()``; by default this process. The result is the same bit for bit.
    chunk_size : int, optional
        Monte Carlo engine: trials in a chunk. The result does not depend on it.
    checkpoint : path, optional
        Monte Carlo engine: folder for finished chunks. A run that was killed is resumed by the same call.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        Variables over ``design``, ``scenario`` and ``dose``, ``recommendation``, ``patients``,
        ``stop_reason`` or ``quantile``. `underdose_selection` counts recommending no dose where there is
        an MTD. ``proportion_...`` and ``dlt_rate`` are ratios of means; ``mean_trial_dlt_rate`` is the
        mean of the trials' ratios. Exact results count in ``refined_states`` how many states of a
        design were decided at once, after one refinement of the posterior, after two, and so on, in
        ``unsettled_states`` how many lie within the smallest error from another decision, and in
        ``unresolved_probability`` what was left out. Monte Carlo results have a standard error
        ``<name>_mcse`` beside each, and differences between designs on the same patients,
        ``<name>_difference`` (design, other_design, scenario), with theirs.

    Raises
    ------
    InputError
        If there is no design or scenario, grids differ, names repeat, the MTD rule is none, a number is
        out of range, an option belongs to the other method, or the checkpoint is of another study or
        damaged.
    GraphTooLargeError
        If a graph does not fit in its memory.
    SimulationError
        If a chunk of trials fails twice.

    References
    ----------
    Cheung YK (2011). Dose Finding by the Continual Reassessment Method. Chapman and Hall, for the
    accuracy index.
    """
    check_study(designs, scenarios)
    if not hasattr(mtd_rule, "mtd"):
        raise InputError("mtd_rule", got=mtd_rule, wanted="an MTD rule such as HighestBelow(0.30)")
    check_method(method, trials, target_mcse, max_unresolved, executor, chunk_size, checkpoint)
    duration = _duration(dlt_window, accrual)
    truth = Truth(np.array([scenario.prob_dlt for scenario in scenarios]), mtd_rule)
    prob_outcomes = tuple(
        np.stack([scenario.prob_outcome(design.outcome_categories) for scenario in scenarios])
        for design in designs.values()
    )
    max_patients = max(design.max_patients for design in designs.values())
    hashes = [design_hash(design) for design in designs.values()]
    attributes = {
        "method": method,
        "mtd_rule": str(mtd_rule),
        "versions": versions_in_words(),
        **({} if duration is None else {"dlt_window_days": duration.dlt_window}),
        **({} if duration is None else {"duration_assumption": str(duration)}),
    }
    if method == "exact":
        result = _exact(
            designs, prob_outcomes, truth, max_patients, duration, max_unresolved, memory_budget, progress
        )
        attributes["unresolved_probability"] = float(result["unresolved_probability"].max())
    else:
        study = SimulationTask(tuple(designs.values()), prob_outcomes, truth, root_seed(rng))
        kept = None
        if checkpoint is not None:
            kept = Checkpoint(Path(checkpoint), study.settings(list(designs), hashes))
        chunk, number = simulate_study(
            study,
            trials=trials,
            target_mcse=target_mcse,
            chunk_size=chunk_size,
            executor=executor,
            checkpoint=kept,
            progress=progress,
        )
        per_design = [
            characteristics(
                tally.final,
                tally.frequency / number,
                truth,
                max_patients=max_patients,
                duration=duration,
                trials=number,
            )
            for tally in chunk.tallies
        ]
        result = _joined([xr.Dataset(one) for one in per_design])
        result = result.assign(paired_differences(chunk.products, number))
        attributes |= {"trials": number, "seed": study.seed, "unresolved_probability": 0.0}
    return labelled(result, designs, scenarios, truth, hashes, max_patients).assign_attrs(attributes)


def check_method(
    method: str,
    trials: int | None = None,
    target_mcse: float | None = None,
    max_unresolved: float = 0.0,
    executor: Executor | None = None,
    chunk_size: int | None = None,
    checkpoint: Path | str | None = None,
) -> None:
    """Refuse an unknown method, numbers out of range, and options that belong to the other method."""
    if method not in ("exact", "monte-carlo"):
        raise InputError("method", got=method, wanted="'exact' or 'monte-carlo'")
    if not 0 <= max_unresolved < 1:
        raise InputError("max_unresolved", got=max_unresolved, wanted="a probability from 0, below 1")
    if method == "exact":
        options = {
            "trials": trials,
            "target_mcse": target_mcse,
            "executor": executor,
            "chunk_size": chunk_size,
            "checkpoint": checkpoint,
        }
        for name, value in options.items():
            if value is not None:
                raise InputError(name, got=value, wanted="None with method='exact'")
        return
    if max_unresolved:
        raise InputError("max_unresolved", got=max_unresolved, wanted="0 with method='monte-carlo'")
    if (trials is None) == (target_mcse is None):
        raise InputError(
            "trials",
            got=f"trials={trials}, target_mcse={target_mcse}",
            wanted="a number of trials, or a target_mcse in its place",
            fix="Pass trials=10_000.",
        )
    if trials is not None:
        check_at_least("trials", trials, 2)
    if target_mcse is not None and not 1e-4 <= target_mcse < 1:
        raise InputError("target_mcse", got=target_mcse, wanted="a standard error from 0.0001, below 1")
    if chunk_size is not None:
        check_at_least("chunk_size", chunk_size, 1)
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError("executor", got=executor, wanted="a concurrent.futures.Executor")


def _exact(
    designs: Mapping[str, Design],
    prob_outcomes: Sequence[np.ndarray],
    truth: Truth,
    max_patients: int,
    duration: Duration | None,
    max_unresolved: float,
    memory_budget: float,
    progress: Progress,
) -> xr.Dataset:
    per_design, refined, unsettled = [], [], []
    for number, (design, prob_outcome) in enumerate(zip(designs.values(), prob_outcomes, strict=True)):
        part = span(progress, number / len(designs), (number + 1) / len(designs))
        # Where the graph ends and the scenarios begin, by how long both take for some BLRM.
        border = _SCENARIOS_OF_A_GRAPH / (_SCENARIOS_OF_A_GRAPH + len(prob_outcome))
        truncation = Truncation(prob_outcome, max_unresolved) if max_unresolved else None
        graph = trial_graph(
            design, span(part, 0.0, border), truncation=truncation, memory_budget=memory_budget
        )
        refined.append(graph.refined)
        unsettled.append(graph.unsettled)
        variables = exact_characteristics(
            graph,
            prob_outcome,
            truth,
            max_patients=max_patients,
            duration=duration,
            progress=span(part, border, 1.0),
        )
        per_design.append(xr.Dataset(variables))
    result = _joined(per_design)
    columns = np.array(list(zip_longest(*refined, fillvalue=0)))
    result["refined_states"] = (("refinement", "design"), columns)
    result["unsettled_states"] = ("design", unsettled)
    return result


def _joined(per_design: list[xr.Dataset]) -> xr.Dataset:
    return xr.concat(per_design, dim="design")


def check_study(designs: Mapping[str, Design], scenarios: Sequence[Scenario]) -> None:
    """Refuse no designs, no scenarios, scenarios of one name, and different grids."""
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


def _duration(dlt_window: float | None, accrual: Accrual | None) -> Duration | None:
    if dlt_window is None:
        if accrual is not None:
            raise InputError("accrual", got=accrual, wanted="a dlt_window beside it")
        return None
    return Duration(dlt_window) if accrual is None else Duration(dlt_window, accrual)
