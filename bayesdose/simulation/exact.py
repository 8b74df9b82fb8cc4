"""Probability pushed through the trial graph: exact, with no Monte Carlo error."""

from collections.abc import Sequence

import numpy as np

from bayesdose.progress import Progress, Share, no_progress
from bayesdose.rules.mtd import limit_of
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.characteristics import characteristics
from bayesdose.simulation.closed_doses import expected_at_closed
from bayesdose.simulation.coherence import incoherent_steps
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.ends import Ends
from bayesdose.simulation.graph import TrialGraph
from bayesdose.simulation.stage_durations import stage_durations
from bayesdose.simulation.truth import Truth

__all__ = ["exact_characteristics"]

# Scenarios times ends that are worked on at a time: 64 MB of probabilities.
_BLOCK = 2**23


def exact_characteristics(
    graph: TrialGraph,
    prob_outcome: np.ndarray,
    truth: Truth,
    *,
    max_patients: int,
    duration: Duration | None,
    stages: Sequence[int | None] = (),
    progress: Progress = no_progress,
) -> Variables:
    """Operating characteristics in any number of scenarios, some at a time.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose.
    truth : Truth
        The same scenarios' P(DLT), and the MTD rule.
    max_patients : int
        Length of the ``patients`` coordinate, less one.
    duration : Duration, optional
        How long cohorts take.
    stages : sequence of int or None, optional
        Later stages of the comparison; see `characteristics`.
    progress : callable, optional
        Called with the share of the scenarios that are done.

    Returns
    -------
    dict of str to (dims, array)
        As `characteristics` gives them, ``incoherent_probability (scenario)``,
        ``unresolved_probability (scenario)`` and, with `duration` and `stages`, what `stage_durations` gives.
    """
    parts: list[Variables] = []
    ends = Ends(graph, [incoherent_steps(graph, limit_of(truth.mtd_rule))])
    rows = max(1, _BLOCK // len(graph.final.stop))
    for start in range(0, len(prob_outcome), rows):
        block = slice(start, start + rows)
        weights = ends.probabilities(prob_outcome[block])
        lost = np.maximum(1.0 - weights.sum(axis=1), 0.0) if graph.truncated else None
        parts.append(
            characteristics(
                graph.final,
                weights,
                truth.take(block),
                max_patients=max_patients,
                duration=duration,
                lost=lost,
                stages=stages,
                at_closed=expected_at_closed(graph, prob_outcome[block]),
            )
        )
        parts[-1] |= _incoherent(ends.with_steps(prob_outcome[block])[0], lost)
        if duration is not None and stages:
            patients = parts[-1]["expected_stage_patients"][1]
            patients = patients if lost is None else patients * (1 - lost[:, None])
            longest = duration.longest_mean(max_patients)
            parts[-1] |= stage_durations(
                graph, prob_outcome[block], duration, stages, patients, lost, longest
            )
        unresolved = np.zeros(len(weights)) if lost is None else lost
        parts[-1]["unresolved_probability"] = (("scenario",), unresolved)
        done = start + len(weights)
        progress(Share(done / len(prob_outcome), done, "scenarios"))
    return {
        name: (dims, np.concatenate([part[name][1] for part in parts]))
        for name, (dims, _) in parts[0].items()
    }


def _incoherent(probability: np.ndarray, lost: np.ndarray | None) -> Variables:
    """The share of trials with an incoherent step, with bounds where trials were left out."""
    name, dims = "incoherent_probability", ("scenario",)
    if lost is None:
        return {name: (dims, probability)}
    upper = np.minimum(probability + lost, 1.0)
    return {
        name: (dims, probability / (1 - lost)),
        f"{name}_lower": (dims, probability),
        f"{name}_upper": (dims, upper),
    }
