"""Whether worse data never lead to a higher dose, nor better data to a lower one."""

from collections.abc import Iterator

import numpy as np

from bayesdose.alike import distinct_rows
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
    for change in changes:
        for dose in range(counts.shape[1]):
            before = counts.copy()
            before[:, dose] -= change
            possible = np.flatnonzero((before[:, dose] >= 0).all(axis=1) & (order != _UNCOMPARED))
            partner = _position(walk, before[possible], possible)
            there = np.flatnonzero(partner >= 0)
            after, other = order[possible[there]], order[partner[there]]
            wrong = (after > other) if higher else (after < other)
            wrong &= other != _UNCOMPARED
            found[possible[there[wrong]]] = partner[there[wrong]]
    return found


def _position(walk: Walk, counts: np.ndarray, states: np.ndarray) -> np.ndarray:
    """The reachable state with these counts, and level and phase of given states; -1 where there is none."""
    level, phase = walk.state.level, walk.state.phase
    columns = (np.concatenate([column, column[states]]) for column in (level, phase))
    _, kind = distinct_rows(np.concatenate([walk.state.counts, counts]), *columns)
    known = np.full(kind.max(initial=-1) + 1, -1)
    known[kind[: len(level)]] = np.arange(len(level))
    return known[kind[len(level) :]]
