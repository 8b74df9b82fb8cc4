"""How long the parts of a trial take: cohorts counted where they are in the trial graph."""

from collections.abc import Sequence

import numpy as np

from bayesdose.simulation.averages import Variables
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.graph import TrialGraph
from bayesdose.simulation.probability_flow import flow_through
from bayesdose.simulation.states import prob_of_outcomes

__all__ = ["expected_cohorts", "stage_durations"]


def expected_cohorts(graph: TrialGraph, prob_outcome: np.ndarray, parts: int) -> np.ndarray:
    """Expected number of cohorts in each part of the trial and at each dose.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose.
    parts : int
        Number P of the design's parts, the escalation included.

    Returns
    -------
    ndarray, shape (S, P, K)
        What trials that a truncated graph leaves out have is not in it.
    """
    scenarios, doses, _ = prob_outcome.shape
    found = np.zeros((scenarios, parts * doses))
    for layer, going_on, _ in flow_through(graph, prob_of_outcomes(prob_outcome, graph.outcomes)):
        # A cohort of which no result was kept is one of the trials left out.
        level = np.full(going_on.shape[1], -1)
        level[layer.parent] = layer.level
        kept = np.flatnonzero(level >= 0)
        cell = level[kept] if layer.stage is None else layer.stage[kept].astype(int) * doses + level[kept]
        for scenario, probability in enumerate(going_on):
            found[scenario] += np.bincount(cell, probability[kept], parts * doses)
    return found.reshape(scenarios, parts, doses)


def stage_durations(
    graph: TrialGraph,
    prob_outcome: np.ndarray,
    duration: Duration,
    columns: Sequence[int | None],
    patients: np.ndarray,
    lost: np.ndarray | None,
    longest: float,
) -> Variables:
    """Mean days of each part of the trial; of the whole too where regimens have DLT windows of their own.

    Parameters
    ----------
    graph, prob_outcome
        As for `expected_cohorts`.
    duration : Duration
        How long cohorts take.
    columns : sequence of int or None
        As for `bayesdose.simulation.stage_characteristics.add_stages`.
    patients : ndarray, shape (S, 1 + len(columns))
        Expected patients of each part.
    lost : ndarray, shape (S,), optional
        Probability of the trials that a truncated graph leaves out.
    longest : float
        No trial takes more days on average.

    Returns
    -------
    dict of str to (dims, array)
        ``expected_stage_duration (scenario, stage)``, perhaps ``expected_duration (scenario)``, and bounds
        where trials were left out.
    """
    own = max((column + 1 for column in columns if column is not None), default=0) + 1
    cohorts = expected_cohorts(graph, prob_outcome, own)
    windows = np.broadcast_to(duration.windows or duration.dlt_window, prob_outcome.shape[1])
    days = np.zeros(patients.shape)
    for place, column in enumerate((-1, *columns)):
        if column is not None:
            part = cohorts[:, column + 1]
            days[:, place] = part @ windows
            days[:, place] += duration.accrual.mean_wait(patients[:, place], part.sum(axis=1))
    found: Variables = {"expected_stage_duration": (("scenario", "stage"), days)}
    if duration.windows is not None:
        found["expected_duration"] = (("scenario",), days.sum(axis=1))
    if lost is None:
        return found
    bounded: Variables = {}
    for name, (dims, value) in found.items():
        left = lost.reshape(-1, *[1] * (value.ndim - 1))
        bounded[name] = (dims, value / (1 - left))
        bounded[f"{name}_lower"], bounded[f"{name}_upper"] = (dims, value), (dims, value + left * longest)
    return bounded
