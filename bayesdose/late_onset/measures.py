"""Operating characteristics of designs that decide while patients are followed, exact or simulated."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import annotated_types as at
import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Patients, Positive
from bayesdose.designs.base import value_hash
from bayesdose.errors import InputError
from bayesdose.late_onset.arrivals import Arrivals, check_steps, whole_steps
from bayesdose.late_onset.design import FollowUpDesign, backfills
from bayesdose.late_onset.exact_flow import exact_characteristics
from bayesdose.late_onset.graph import follow_up_graph
from bayesdose.late_onset.onset import Onset, UniformOnset, hazards, prob_by_step
from bayesdose.late_onset.responses import ResponseTime, prob_response_by_step
from bayesdose.late_onset.simulated import SimulatedTime, simulate_in_chunks, simulated_characteristics
from bayesdose.late_onset.timing import UNITS
from bayesdose.progress import Progress, no_progress, span
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.seeds import root_seed
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.characteristics import of_designs
from bayesdose.simulation.method import Exact, MonteCarlo
from bayesdose.simulation.paired_differences import paired_differences
from bayesdose.simulation.result_labels import dataset
from bayesdose.simulation.truncation import Truncation
from bayesdose.simulation.truth import Truth
from bayesdose.threads import one_thread
from bayesdose.treatments import TreatmentGrid
from bayesdose.versions import versions_in_words

__all__ = ["operating_characteristics"]

_DAYS = "days"
_Designs = Annotated[Mapping[str, FollowUpDesign], at.MinLen(1)]
_Scenarios = Annotated[Sequence[Scenario], at.MinLen(1)]


@checked
def operating_characteristics(
    designs: _Designs,
    scenarios: _Scenarios,
    *,
    mtd_rule: MTDRule,
    dlt_window: Positive,
    arrivals: Arrivals,
    onset: Onset = UniformOnset(),
    step: Positive = 7.0,
    responses: ResponseTime | None = None,
    method: Annotated[Exact | MonteCarlo, "such as Exact() or MonteCarlo(trials=10_000)"] = Exact(),
    progress: Progress = no_progress,
) -> xr.Dataset:
    """How designs behave in time: patients arrive while others are followed.

    Time goes in steps. In each, every pending patient is followed for one more, and shows a DLT or not; then,
    if a patient is ready, the design says where it goes, or that it cannot be enrolled now. The first patient
    is enrolled when the trial opens. A trial ends with the last outcome.

    Parameters
    ----------
    designs : mapping of str to FollowUpDesign
        Designs by the name that tables and figures show, all on one grid. Cohort designs are put in
        `WaitsForOutcomes` or `DecidesEarly`.
    scenarios : sequence of Scenario
        True curves, on the same grid, of P(DLT) over the window.
    mtd_rule : MTDRule
        Rule that says which dose is the MTD in a scenario.
    dlt_window : float
        Days that each patient is followed; a whole number of steps.
    arrivals : Arrivals
        How patients arrive.
    onset : Onset, default UniformOnset()
        When a DLT shows itself, given that there is one, in all scenarios.
    step : float, default 7
        Days of a step. A week keeps exact results small; Monte Carlo takes days as well (1).
    responses : ResponseTime, optional
        When responses are seen, for designs that backfill; by default at the end of the DLT window.
    method : Exact or MonteCarlo, default Exact()
        Enumerate every trial, or simulate some, whose patients and arrivals are the same for every design.
        Arrivals at random need ``Exact(max_unresolved=...)``: a trial may take any time. Designs that
        backfill need Monte Carlo.
    progress : callable, optional
        Called with the share of the work done.

    Returns
    -------
    xarray.Dataset
        As `bayesdose.operating_characteristics` gives, and of time: ``expected_duration``,
        ``duration_distribution`` (probability of at most so many ``days``) and ``duration_quantile``;
        ``expected_time_suspended``, the days from turning a patient away, or letting it wait, to the next one
        whom the design takes or to the last outcome; ``expected_patients_turned_away``; and
        ``expected_contradicted_decisions``: levels given, or stops, that the design would have decided
        otherwise had it known the pending patients' outcomes, backfill apart. Exact results have
        ``unresolved_probability`` and, where it is not 0, bounds for all but the last three, which are means
        over the other trials. Where a design backfills, ``expected_backfilled_patients`` of each dose are
        those of its ``expected_patients`` who came beside the escalation.

    Raises
    ------
    InputError
        If there is no design or scenario, grids differ, names repeat, an argument is of another type or out
        of range, the window or a fixed gap is no whole number of steps, the method cannot take the
        arrivals or the designs, or a design looks at responses that a scenario lacks.
    GraphTooLargeError
        If a graph does not fit in its memory.
    SimulationError
        If a chunk of trials fails twice, or a design waits although every outcome is known.

    Examples
    --------
    >>> from bayesdose.designs.three_plus_three import three_plus_three
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.late_onset.waiting import DecidesEarly, WaitsForOutcomes
    >>> from bayesdose.rules.mtd import HighestBelow
    >>> grid = DoseGrid((1, 2), "mg")
    >>> design = three_plus_three(grid, "deescalation")
    >>> result = operating_characteristics(
    ...     {"waits": WaitsForOutcomes(design), "early": DecidesEarly(design)},
    ...     [Scenario("steep", grid, (0.1, 0.4))],
    ...     mtd_rule=HighestBelow(0.3), dlt_window=28, arrivals=Arrivals(14),
    ... )
    >>> result["expected_duration"].round(1).values.ravel().tolist()
    [165.2, 161.7]
    """
    window = whole_steps("dlt_window", dlt_window, step)
    check_steps(arrivals, step)
    _check(designs, scenarios)
    prob_dlt = np.array([scenario.prob_dlt for scenario in scenarios])
    truth = Truth(prob_dlt, mtd_rule)
    most = max(design.max_patients for design in designs.values())
    beside = any(backfills(design) for design in designs.values())
    seen = ResponseTime(dlt_window) if responses is None else responses
    prob_response = prob_response_by_step(scenarios, seen, step) if beside else None
    with one_thread():
        if isinstance(method, Exact):
            parts, how = _exact(designs, method, truth, arrivals, onset, window, step, most, progress)
        else:
            reached = prob_by_step(onset, prob_dlt, window)
            seed = root_seed(method.rng)
            task = SimulatedTime(tuple(designs.values()), reached, truth, arrivals, step, seed, prob_response)
            parts, how = _simulated(task, method, most, progress)
    told: dict[str, Any] = {
        "method": method.name,
        "mtd_rule": str(mtd_rule),
        "dlt_window_days": dlt_window,
        "step_days": step,
        "arrivals": str(arrivals),
        "onset": str(onset),
        **({"responses": str(seen)} if beside else {}),
        "versions": versions_in_words(),
    }
    hashes = [value_hash(design) for design in designs.values()]
    longest = max(part["duration_distribution"][1].shape[1] for part in parts)
    found = of_designs([_lengthened(part, longest) for part in parts]) | how.pop("together", {})
    days = {_DAYS: (_DAYS, step * np.arange(longest), {"units": "days"})}
    return dataset(found, designs, hashes, scenarios, truth, most, told | how, days, UNITS)


def _check(designs: Mapping[str, FollowUpDesign], scenarios: Sequence[Scenario]) -> None:
    check_scenarios(scenarios)
    grid = scenarios[0].grid
    if isinstance(grid, TreatmentGrid):
        raise InputError(
            "scenarios", got="several regimens", wanted="doses of one regimen, which has one DLT window"
        )
    for name, design in designs.items():
        if design.grid != grid:
            raise InputError(f"dose grid of {name!r}", got=design.grid, wanted=f"the scenarios' grid, {grid}")
        conform(design.max_patients, Patients, "design, max_patients")


def _exact(
    designs: Mapping[str, FollowUpDesign],
    method: Exact,
    truth: Truth,
    arrivals: Arrivals,
    onset: Onset,
    window: int,
    step: float,
    most: int,
    progress: Progress,
) -> tuple[list[Variables], dict[str, Any]]:
    """Each design's characteristics by the graph of its states."""
    for name, design in designs.items():
        if backfills(design):
            raise InputError(
                "method",
                got=f"Exact with {name!r}, which backfills",
                wanted="Monte Carlo: who is backfilled depends on every arrival and response",
                fix="Pass method=MonteCarlo(trials=10_000).",
            )
    hazard = hazards(onset, truth.prob_dlt, window)
    truncation = Truncation(truth.prob_dlt, method.max_unresolved) if method.max_unresolved else None
    parts = []
    for number, design in enumerate(designs.values()):
        graph = follow_up_graph(
            design,
            arrivals,
            window=window,
            step=step,
            truncation=truncation,
            hazards=None if truncation is None else hazard,
            memory_budget=method.memory_budget,
            progress=span(progress, number / len(designs), (number + 0.9) / len(designs)),
        )
        found = exact_characteristics(graph, hazard, truth, step=step, max_patients=most)
        found["states"] = ((), np.array(graph.states))
        parts.append(found)
        progress((number + 1) / len(designs))
    unresolved = max(float(part["unresolved_probability"][1].max()) for part in parts)
    return parts, {"unresolved_probability": unresolved}


def _simulated(
    task: SimulatedTime, method: MonteCarlo, most: int, progress: Progress
) -> tuple[list[Variables], dict[str, Any]]:
    """Each design's characteristics by trials that treat the same patients, and differences between them."""
    if method.trials is None or method.checkpoint is not None:
        raise InputError(
            "method",
            got=f"target_mcse={method.target_mcse}, checkpoint={method.checkpoint}",
            wanted="a number of trials, and no checkpoint",
            fix="Pass MonteCarlo(trials=10_000).",
        )
    chunk, times = simulate_in_chunks(
        task, method.trials, chunk_size=method.chunk_size, executor=method.executor, progress=progress
    )
    parts = simulated_characteristics(chunk, times, method.trials, task, most)
    together = paired_differences(chunk.products, method.trials)
    told = {"trials": method.trials, "seed": task.seed, "unresolved_probability": 0.0}
    return parts, told | {"together": together}


def _lengthened(part: Variables, longest: int) -> Variables:
    """Distributions of the duration with as many days as the longest of any design."""
    return {
        name: (dims, _until(values, longest) if _DAYS in dims else values)
        for name, (dims, values) in part.items()
    }


def _until(values: np.ndarray, longest: int) -> np.ndarray:
    return np.pad(values, ((0, 0), (0, longest - values.shape[1])), mode="edge")
