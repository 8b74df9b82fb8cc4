"""What an interval design decides where backfilled doses speak against its decision at the current dose."""

import numpy as np

from bayesdose.designs.interval import IntervalDesign
from bayesdose.rules.decision_table import DEESCALATE, ESCALATE, MOST_ROWS, STAY
from bayesdose.trial import Cohorts, TrialState

__all__ = ["decision_codes", "next_by_pooled_data"]


def decision_codes(design: IntervalDesign, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Positions in `DECISIONS` for numbers of patients and DLTs of any shape; escalate without patients.

    Trials depart from the plan: the table goes on as far as its rule does. -1 where a table given by hand has
    no such row.
    """
    most = max(design.max_patients, min(int(patients.max(initial=0)), MOST_ROWS))
    codes = design.rule.table(most).codes
    inside = patients < len(codes)
    said = np.where(inside, codes[np.where(inside, patients, 0), np.where(inside, dlts, 0)], -1)
    return np.where(patients == 0, ESCALATE, said)


def next_by_pooled_data(design: IntervalDesign, state: TrialState) -> Cohorts:
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
        design.eliminated(state),
    )
