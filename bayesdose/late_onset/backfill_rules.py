"""Which doses are open to patients beside the escalation: parts of a design with backfill, as values."""

from typing import Literal

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Whole
from bayesdose.rules.decision_table import DEESCALATE

__all__ = ["ResponseSeenAt", "decisions_at", "pooled_decisions", "too_toxic_to_backfill"]

# No patients, no decision.
_NONE = -1


@checked_value
class ResponseSeenAt:
    """A dose is opened to backfill once responses were seen at it, or at it or a lower one.

    Both readings were published: an early response tells of activity at its own dose, or, where activity does
    not fall with dose, at all higher ones too.

    Parameters
    ----------
    where : {"dose or below", "dose"}, default "dose or below"
        Where the responses were seen.
    responses : int, default 1
        How many; with 0 none is needed.
    patients : int, default 0
        Patients at the dose whose DLT outcome is known, before it is opened.

    Raises
    ------
    InputError
        If a number is below 0, or the place is another one.

    Examples
    --------
    One response, at the second of three doses:

    >>> seen, known = np.array([[0, 1, 0]]), np.array([[3, 3, 3]])
    >>> ResponseSeenAt("dose").opened(seen, known).tolist()
    [[False, True, False]]
    >>> ResponseSeenAt().opened(seen, known).tolist()
    [[False, True, True]]
    """

    where: Literal["dose or below", "dose"] = "dose or below"
    responses: Whole = 1
    patients: Whole = 0

    def __str__(self) -> str:
        number = "one response was" if self.responses == 1 else f"{self.responses} responses were"
        at = "it or a lower dose" if self.where == "dose or below" else "it"
        parts = [f"{number} seen at {at}"] * (self.responses > 0)
        parts += [f"the DLT outcome of {self.patients} patients at it is known"] * (self.patients > 0)
        return " and ".join(parts) or "at once"

    def opened(self, responses: np.ndarray, known: np.ndarray) -> np.ndarray:
        """Which doses are opened by responses seen and patients with known outcomes, each (B, K)."""
        seen = np.cumsum(responses, axis=1) if self.where == "dose or below" else responses
        return (seen >= self.responses) & (known >= self.patients)


def decisions_at(codes: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Decisions of a table about counts of any one shape, -1 where there are no patients."""
    return np.where(patients > 0, codes[patients, dlts], _NONE)


def pooled_decisions(
    codes: np.ndarray, patients: np.ndarray, dlts: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """Decisions about the counts of a dose and all from another one up to it; shape (B, K).

    Parameters
    ----------
    codes : ndarray of int
        A `DecisionTable`'s.
    patients, dlts : ndarray of int, shape (B, K)
        Counts per dose.
    first : ndarray of int, shape (B,)
        The lowest dose of each trial's pools; doses below have no decision (-1).
    """
    inside = np.arange(patients.shape[1]) >= first[:, None]
    sums = (np.cumsum(np.where(inside, one, 0), axis=1) for one in (patients, dlts))
    return decisions_at(codes, *sums)


def too_toxic_to_backfill(codes: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Doses closed to backfill, and all above one that is; shape (B, K).

    A dose is closed where a decision table would leave it downwards, by its own DLTs and by those pooled
    with the next higher dose.
    """
    higher = (np.pad(one, ((0, 0), (0, 1)))[:, 1:] + one for one in (patients, dlts))
    own, pooled = decisions_at(codes, patients, dlts), decisions_at(codes, *higher)
    return np.logical_or.accumulate((own >= DEESCALATE) & (pooled >= DEESCALATE), axis=1)
