"""Whether worse data never lead to a higher dose, nor better data to a lower one."""

from collections.abc import Iterator

import numpy as np

from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.sighting import Aim, Sighting, into
from bayesdose.findings.walk import Walk
from bayesdose.trial import StopReason

__all__ = ["KINDS", "non_monotone_states"]

MORE_DLTS = Kind(
    "higher dose with one DLT more",
    "two trials that differ in one DLT: the one that has it gets a higher next dose, or goes on where the "
    "other stops for toxicity",
    Severity.ERROR,
    "A DLT is evidence against a dose, and here it argues for a higher one.",
    "Cheung2005",
)
MORE_PATIENTS = Kind(
    "lower dose with more patients without DLT",
    "two trials that differ in patients without DLT at one dose, one patient or one cohort: the one that has "
    "them gets a lower next dose, or stops for toxicity where the other goes on",
    Severity.WARNING,
    "Patients without DLT are evidence for a dose, and here they argue for a lower one.",
    "Cheung2005",
)
KINDS = (MORE_DLTS, MORE_PATIENTS)
_TOXIC = (StopReason.LOWEST_TOO_TOXIC, StopReason.NO_ADMISSIBLE_DOSE)
_UNCOMPARED = -2


def non_monotone_states(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """States that have another dose than a state with one DLT, or some patients without, more or less.

    Both states are reachable, after a cohort at the same level and with the same phase of the design.
    """
    toxic = np.isin(walk.following.stop, [reason.code for reason in _TOXIC])
    order = np.select([walk.goes_on, toxic], [walk.following.level, -1], _UNCOMPARED)
    dlt = np.zeros(walk.state.counts.shape[2], dtype=int)
    dlt[[0, -1]] = -1, 1
    other = _against(walk, order, dlt[None], higher=True)
    yield Sighting(MORE_DLTS, into(walk, other >= 0), compared=("with one DLT less", other))
    sizes = np.unique(walk.following.size[walk.goes_on])
    without = np.zeros((len(sizes), len(dlt)), dtype=int)
    without[:, 0] = sizes
    other = _against(walk, order, without, higher=False)
    yield Sighting(MORE_PATIENTS, into(walk, other >= 0), compared=("without those patients", other))


def _against(walk: Walk, order: np.ndarray, changes: np.ndarray, higher: bool) -> np.ndarray:
    """For each state, one that it differs from and whose order is on the wrong side; -1 for none; (D,)."""
    counts, found = walk.state.counts, np.full(len(walk.state), -1)
    # A number for each state, to which a change of counts adds the same everywhere; equal states have equal
    # numbers, and that different ones have different numbers is looked up below.
    weights = np.random.default_rng(1).integers(1, 2**62, counts[0].size + 2)
    flat = np.concatenate(
        [counts.reshape(len(counts), -1), walk.state.level[:, None], walk.state.phase[:, None]], 1
    )
    number = flat.astype(np.int64) @ weights
    by_number = np.argsort(number)
    compared = order != _UNCOMPARED
    for change in changes:
        for dose in range(counts.shape[1]):
            before = counts[:, dose] - change
            states = np.flatnonzero((before >= 0).all(axis=1) & compared)
            moved = np.zeros_like(counts[0], dtype=np.int64)
            moved[dose] = change
            wanted = number[states] - moved.ravel() @ weights[:-2]
            place = np.minimum(np.searchsorted(number, wanted, sorter=by_number), len(number) - 1)
            other = by_number[place]
            wrong = (order[states] > order[other]) if higher else (order[states] < order[other])
            there = np.flatnonzero((number[other] == wanted) & compared[other] & wrong)
            states, other = states[there], other[there]
            same = (flat[states, :-2] - moved.ravel() == flat[other, :-2]).all(axis=1)
            same &= (flat[states, -2:] == flat[other, -2:]).all(axis=1)
            found[states[same]] = other[same]
    return found
