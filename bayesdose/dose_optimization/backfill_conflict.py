"""What an interval design decides where backfilled doses speak against its decision at the current dose."""

import numpy as np

from bayesdose.designs.interval import IntervalDesign
from bayesdose.dose_optimization.backfill_decisions import decision_codes
from bayesdose.rules.decision_table import DEESCALATE, ESCALATE, STAY
from bayesdose.trial import Cohorts, TrialState

__all__ = ["next_by_pooled_data"]


def next_by_pooled_data(
    design: IntervalDesign,
    state: TrialState,
    eliminated: np.ndarray | None = None,
    backfilled: np.ndarray | None = None,
) -> Cohorts:
    """The next cohort of each trial by BF-BOIN's rule for conflicts.

    A lower dose b conflicts with the current one, c, if it would stay or de-escalate where c escalates, or
    would de-escalate where c does not escalate. The highest such b is taken, and the data of b to c are
    pooled: escalate from c if the pooled rate says so, stay if it says so, else go to the highest dose k of
    these for which the pooled data of b to k do not say de-escalate, or else below b.

    Parameters
    ----------
    design : IntervalDesign
        The design that decides where nothing conflicts.
    state : TrialState
        B trials, with the escalation's level.
    eliminated : ndarray of bool, shape (B, K), optional
        Doses that are eliminated; by default those that the counts eliminate.
    backfilled : ndarray of bool, shape (B, K), optional
        Doses at which somebody was backfilled; no other can be in conflict. By default all are taken for
        such.

    Notes
    -----
    The publication speaks of backfilled doses; the R package bfboin asks all doses below the current one.
    They differ where a dose was left upwards on pooled data, against its own, and took nobody afterwards.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.
    """
    trial, levels = np.arange(len(state)), np.arange(len(design.grid))
    patients, dlts = state.patients, state.dlts.astype(int)
    decisions, current = decision_codes(design, patients, dlts), state.level
    here = decisions[trial, current]
    limit = np.where(here == ESCALATE, STAY, DEESCALATE)
    below = levels < current[:, None]
    speaks = below & (decisions >= limit[:, None])
    if backfilled is not None:
        speaks &= backfilled
    conflict = speaks.any(axis=1)
    first = np.where(speaks, levels, 0).max(axis=1)
    # From b on, up to each dose; nothing below b.
    inside = levels >= first[:, None]
    of_pooled = decision_codes(design, np.cumsum(patients * inside, axis=1), np.cumsum(dlts * inside, axis=1))
    safe = inside & (levels <= current[:, None]) & (of_pooled < DEESCALATE)
    highest = np.where(safe, levels, -1).max(axis=1)
    stays, pooled = highest >= 0, of_pooled[trial, current]
    moved = pooled < DEESCALATE
    at = np.where(moved, current, np.where(stays, highest, first))
    then = np.where(moved, pooled, np.where(stays, STAY, DEESCALATE))
    return design.cohorts_after(
        state,
        np.where(conflict, at, current),
        np.where(conflict, then, here),
        design.eliminated(state) if eliminated is None else eliminated,
    )
