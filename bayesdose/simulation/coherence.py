"""Escalation right after a cohort with many DLTs."""

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.rules.increments import share_reached
from bayesdose.simulation.graph import TrialGraph
from bayesdose.treatments import regimens_of

__all__ = ["incoherent_steps"]


def incoherent_steps(graph: TrialGraph, share: float) -> list[np.ndarray]:
    """For each layer, which of its edges are incoherent steps.

    A step is incoherent if the next cohort gets a higher dose, of the same regimen, than one of whose
    patients this share or more had a DLT.

    Parameters
    ----------
    graph : TrialGraph
        The enumerated design.
    share : float
        Share of DLTs in a cohort from which escalation is incoherent.

    References
    ----------
    Cheung YK (2005). Coherence principles in dose-finding studies. Biometrika 92:863-873.
    """
    many = share_reached(dlts_in(graph.outcomes), graph.outcomes.sum(axis=1), share)
    masks, regimen = [], regimens_of(graph.design.grid)
    for layer, after in zip(graph.layers, [*graph.layers[1:], None], strict=True):
        # The level that follows each child; a trial that stops goes nowhere.
        following = np.full(len(layer.stops), -1)
        if after is not None:
            going_on = np.flatnonzero(~layer.stops)
            following[going_on[after.parent]] = after.level
        edges_of_child = np.diff(layer.child_start, append=len(layer.parent))
        child = np.repeat(np.arange(len(layer.stops)), edges_of_child)
        higher = (following[child] > layer.level) & (regimen[following[child]] == regimen[layer.level])
        masks.append(many[layer.outcome] & higher)
    return masks
