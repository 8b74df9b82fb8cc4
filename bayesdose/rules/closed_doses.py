"""Which doses are closed for toxicity: they are neither given again nor recommended.

A dose is closed if it was given and its rule would refuse it again to a trial that stands at that dose with
the same counts, though not if nobody had had a DLT; with it every higher dose is closed.

So a rule that limits a step upwards closes nothing: it lets a trial stay where it stands. Nor does one that
limits the patients at a dose: it refuses them without any DLT too.
"""

from dataclasses import replace

import numpy as np

from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.elimination import from_there_up
from bayesdose.rules.increments import AllIncrements, IncrementsRule
from bayesdose.rules.remembered_counts import without_dlts
from bayesdose.trial import TrialState

__all__ = ["closed_by_increments", "closed_by_posterior", "reach_and_closed"]


def closed_by_increments(rule: IncrementsRule, state: TrialState, grid: DoseGrid) -> np.ndarray:
    """Doses that a rule of increments closes, shape (B, K); each of joined rules is asked alone."""
    if isinstance(rule, AllIncrements):
        return np.any([closed_by_increments(one, state, grid) for one in rule.rules], axis=0)
    if getattr(rule, "lets_stay", False):
        return np.zeros((len(state), len(grid)), dtype=bool)
    refused = (state.patients > 0) & ~rule.within_reach(state, grid)
    closed = np.zeros(refused.shape, dtype=bool)
    for level in np.flatnonzero(refused.any(axis=0)):
        trials = np.flatnonzero(refused[:, level])
        there = replace(state.take(trials), level=np.full(len(trials), level))
        harmless = without_dlts(there, rule.looks_at_last_cohort)
        again, otherwise = (rule.within_reach(one, grid)[:, level] for one in (there, harmless))
        closed[trials, level] = ~again & otherwise
    return from_there_up(closed)


def reach_and_closed(
    rule: IncrementsRule, state: TrialState, grid: DoseGrid
) -> tuple[np.ndarray, np.ndarray]:
    """Doses within reach of the increments, none above one that they close, and those closed; (B, K)."""
    closed = closed_by_increments(rule, state, grid)
    return rule.within_reach(state, grid) & ~closed, closed


def closed_by_posterior(rule: AdmissibleRule, state: TrialState, posterior: BatchPosterior) -> np.ndarray:
    """Doses that a rule of admissible doses closes, shape (B, K).

    They are not admissible and were given, or a lower one was that is not admissible either. Where no dose is
    admissible all are closed.
    """
    refused = ~rule.admissible(posterior)
    return (from_there_up(refused & (state.patients > 0)) & refused) | refused.all(axis=1, keepdims=True)
