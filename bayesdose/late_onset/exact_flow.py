"""Probability through a graph of steps: operating characteristics without Monte Carlo error."""

import numpy as np

from bayesdose.late_onset.steps import FollowUpGraph, flow_of_step
from bayesdose.late_onset.timing import in_total, of_durations
from bayesdose.late_onset.ways import prob_of_ways
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.characteristics import characteristics
from bayesdose.simulation.truth import Truth

__all__ = ["exact_characteristics"]


def exact_characteristics(
    graph: FollowUpGraph,
    hazards: np.ndarray,
    truth: Truth,
    *,
    step: float,
    max_patients: int,
) -> Variables:
    """Operating characteristics of one design.

    Parameters
    ----------
    graph : FollowUpGraph
        The design, with T ends.
    hazards : ndarray, shape (S, K, W)
        Probability of a DLT in each step of the window, given none before.
    truth : Truth
        P(DLT) of the same S scenarios, and the MTD rule.
    step : float
        Days of a step.
    max_patients : int
        Length of the ``patients`` coordinate, less one.

    Returns
    -------
    dict of str to (dims, array)
        As `bayesdose.simulation.characteristics` gives them, and those of time.
    """
    scenarios = len(hazards)
    # P(DLT in the rest of the window) by follow-up.
    rest = 1 - np.cumprod(1 - hazards[..., ::-1], axis=-1)[..., ::-1]
    going, weights = np.ones((scenarios, 1)), np.zeros((scenarios, len(graph.final.stop)))
    durations = np.zeros((scenarios, len(graph.steps) + 1))
    suspended, turned_away, contradicted = np.zeros((3, scenarios))
    for number, one in enumerate(graph.steps, 1):
        followed, reached = flow_of_step(one, going, hazards)
        for branch in one.branches:
            turned_away += branch.weight * (followed @ branch.turned_away)
            state, way = branch.contradicted.T
            prob = prob_of_ways(branch.numbers, branch.taken, rest.reshape(scenarios, -1))
            contradicted += branch.weight * np.einsum("sq,sq->s", followed[:, state], prob[:, way])
        ends = one.end >= 0
        weights[:, one.end[ends]] = reached[:, ends]
        durations[:, number] = reached[:, ends].sum(axis=1)
        going = reached[:, ~ends]
        # What holds after a step holds until the next.
        suspended += going @ one.suspended[~ends]
    lost = np.maximum(1 - weights.sum(axis=1), 0.0) if graph.truncated else None
    found = characteristics(graph.final, weights, truth, max_patients=max_patients, duration=None, lost=lost)
    totals = in_total(step * suspended, turned_away, contradicted)
    share = 1.0 if lost is None else 1 - lost
    return {
        **found,
        **{name: (("scenario",), total / share) for name, total in totals.items()},
        **of_durations(durations, step, lost),
        "unresolved_probability": (("scenario",), np.zeros(scenarios) if lost is None else lost),
    }
