"""Whether worse data never lead to a higher dose, nor better data to a lower one."""

from collections.abc import Iterator
from dataclasses import dataclass

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
_TOXIC = (
    StopReason.LOWEST_TOO_TOXIC,
    StopReason.NO_ADMISSIBLE_DOSE,
    StopReason.SECOND_REGIMEN_TOO_TOXIC,
)
_UNCOMPARED = -2


def non_monotone_states(walk: Walk, aim: Aim) -> Iterator[Sighting]:
    """States that have another dose than a state with one DLT, or some patients without, more or less.

    Both states are reachable, after a cohort at the same level and with the same phase of the design. Next
    doses under different regimens are not compared. A design that looks at responses has more to weigh than
    DLTs, and is not held to this.
    """
    if walk.state.counts.shape[2] == 4:
        return
    toxic = np.isin(walk.following.stop, [reason.code for reason in _TOXIC])
    compared = _Compared.of(walk, np.select([walk.goes_on, toxic], [walk.following.level, -1], _UNCOMPARED))
    dlt = np.zeros(walk.state.counts.shape[2], dtype=int)
    dlt[[0, -1]] = -1, 1
    other = compared.against(dlt[None], higher=True)
    yield Sighting(MORE_DLTS, into(walk, other >= 0), compared=("with one DLT less", other))
    sizes = np.unique(walk.following.size[walk.goes_on])
    without = np.zeros((len(sizes), len(dlt)), dtype=int)
    without[:, 0] = sizes
    other = compared.against(without, higher=False)
    yield Sighting(MORE_PATIENTS, into(walk, other >= 0), compared=("without those patients", other))


@dataclass(frozen=True, eq=False)
class _Compared:
    """The states that are compared, by rising numbers.

    A change of counts adds the same to the number of every state. Equal states have equal numbers; that
    different ones have different numbers is looked up.

    Parameters
    ----------
    state : ndarray of int, shape (N,)
        Their positions in the walk of D states.
    number : ndarray of int, shape (N,)
        Their numbers, rising.
    rows : ndarray of int, shape (N, K * C + 2)
        Counts, level and phase.
    order : ndarray of int, shape (N,)
        How high the next dose is; -1 for a stop for toxicity.
    regimen : ndarray of int, shape (N,)
        The next dose's regimen.
    weights : ndarray of int, shape (K * C + 2,)
        By what a row is multiplied to make its number.
    length : int
        D.
    doses : int
        K.
    """

    state: np.ndarray
    number: np.ndarray
    rows: np.ndarray
    order: np.ndarray
    regimen: np.ndarray
    weights: np.ndarray
    length: int
    doses: int

    @classmethod
    def of(cls, walk: Walk, order: np.ndarray) -> "_Compared":
        """Of a walk and the order of its states, shape (D,)."""
        where = np.flatnonzero(order != _UNCOMPARED)
        state = walk.state.take(where)
        counts = state.counts.reshape(len(where), walk.state.counts[0].size)
        rows = np.concatenate([counts, state.level[:, None], state.phase[:, None]], axis=1, dtype=np.int64)
        weights = np.random.default_rng(1).integers(1, 2**62, rows.shape[1])
        number = rows @ weights
        rising = np.argsort(number)
        ordered = where[rising]
        regimen = walk.regimen[walk.following.level[ordered]]
        found = ordered, number[rising], rows[rising], order[ordered], regimen
        return cls(*found, weights, len(order), state.counts.shape[1])

    def against(self, changes: np.ndarray, higher: bool) -> np.ndarray:
        """For each state, one without a change whose order is on the wrong side; -1 for none; (D,)."""
        found = np.full(self.length, -1)
        categories = changes.shape[1]
        for change in changes:
            for dose in range(self.doses):
                columns = slice(dose * categories, (dose + 1) * categories)
                wanted = self.number - change @ self.weights[columns]
                # Numbers that rise are found several times as fast as others.
                place = np.minimum(np.searchsorted(self.number, wanted), len(wanted) - 1)
                wrong = self.order > self.order[place] if higher else self.order < self.order[place]
                wrong &= (self.regimen == self.regimen[place]) | (
                    np.minimum(self.order, self.order[place]) < 0
                )
                there = np.flatnonzero((self.number[place] == wanted) & wrong)
                other = place[there]
                before = self.rows[there]
                before[:, columns] -= change
                same = (before == self.rows[other]).all(axis=1)
                found[self.state[there[same]]] = self.state[other[same]]
        return found
