"""BF-BOIN's conflict rule: backfilled doses that say otherwise than the current dose are pooled with it."""

import numpy as np

from bayesdose.late_onset.backfill_rules import decisions_at, pooled_decisions
from bayesdose.rules.decision_table import DEESCALATE, ESCALATE, STAY

__all__ = ["level_after_conflict"]


def level_after_conflict(
    codes: np.ndarray, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, backfilled: np.ndarray
) -> np.ndarray:
    """The level to go to by the counts at the current dose and at backfilled ones below; shape (B,).

    A backfilled dose conflicts with the current one where a decision table de-escalates from it, or stays at
    it while it escalates from the current dose. The highest such dose and all up to the current one are
    pooled, and the table decides about the pool. If it de-escalates, the trial goes to the highest dose up to
    which the pool does not, else to the dose below the pool, if there is one.

    Parameters
    ----------
    codes : ndarray of int
        A `DecisionTable`'s.
    patients, dlts : ndarray of int, shape (B, K)
        Patients per dose whose outcome is known, and their DLTs.
    level : ndarray of int, shape (B,)
        The escalation's current level.
    backfilled : ndarray of bool, shape (B, K)
        Doses at which patients were backfilled.

    Returns
    -------
    ndarray of int, shape (B,)
        From 0 to one above the highest dose.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679, Table 2.

    Examples
    --------
    BOIN, target 0.25: three of seven at the first dose against none of six at the second, 3/13 in the pool:

    >>> from bayesdose.rules.boin_boundaries import BOINBoundaries
    >>> from bayesdose.rules.elimination import BetaElimination
    >>> codes = BOINBoundaries(0.25, 0.15, 0.35, BetaElimination(0.25, min_patients=3)).table(30).codes
    >>> counts = np.array([[7, 6]]), np.array([[3, 0]]), np.array([1])
    >>> level_after_conflict(codes, *counts, np.array([[True, False]])).tolist()
    [1]
    >>> level_after_conflict(codes, *counts, np.array([[False, False]])).tolist()
    [2]
    """
    trial, doses = np.arange(len(level)), np.arange(patients.shape[1])
    own = decisions_at(codes, patients, dlts)
    here = own[trial, level]
    moved = np.clip(level + np.select([here == ESCALATE, here >= DEESCALATE], [1, -1], 0), 0, None)
    stricter = (own >= DEESCALATE) | ((own == STAY) & (here == ESCALATE)[:, None])
    conflicts = stricter & backfilled & (doses < level[:, None])
    highest = np.where(conflicts, doses, -1).max(axis=1)
    pools = pooled_decisions(codes, patients, dlts, np.maximum(highest, 0))
    pool = pools[trial, level]
    safe = (pools >= ESCALATE) & (pools < DEESCALATE) & (doses >= highest[:, None]) & (doses < level[:, None])
    down = np.where(safe.any(axis=1), np.where(safe, doses, -1).max(axis=1), np.maximum(highest - 1, 0))
    resolved = np.select([pool == ESCALATE, pool == STAY], [level + 1, level], down)
    return np.where(highest >= 0, resolved, moved)
