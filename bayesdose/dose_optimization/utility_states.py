"""Trials with responses as designs see them that look at less."""

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.trial import TrialState

__all__ = ["by_margins", "dlts_alone"]


def by_margins(state: TrialState) -> TrialState:
    """Trials of which only patients, DLTs and responses are kept: one state for all that have these.

    A response alone and a DLT alone become both in one patient and neither in another, as far as there are
    any.
    """
    counts = state.counts.copy()
    pairs = np.minimum(counts[..., 1], counts[..., 3])
    counts += pairs[..., None] * np.array([1, -1, 1, -1], dtype=counts.dtype)
    return TrialState(counts, state.level, state.phase)


def dlts_alone(state: TrialState) -> TrialState:
    """Trials as a design sees them that counts patients without and with a DLT."""
    dlts = dlts_in(state.counts)
    total = state.patients.astype(state.counts.dtype)
    return TrialState(np.stack([total - dlts, dlts], axis=-1), state.level, state.phase)
