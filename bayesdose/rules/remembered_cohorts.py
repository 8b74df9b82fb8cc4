"""The cohorts before the last one, for stopping rules that count cohorts.

Counts of patients do not say in how many cohorts they came. A design with such a rule puts into the state's
phase what was before the last cohort: how many cohorts, and how many in a row at which level. The number
stops rising where the rules no longer tell more cohorts apart, so that trials stay alike.
"""

from typing import Any, NamedTuple

import numpy as np

from bayesdose.rules.increments import IncrementsRule
from bayesdose.rules.remembered_counts import NUM_PAIRS, remember
from bayesdose.trial import TrialState

__all__ = ["MOST_COHORTS", "LooksBack", "cohorts_in_a_row", "cohorts_in_trial", "looks_back", "next_phase"]

# A grid has at most 100 doses, and a rule counts up to 100 cohorts.
MOST_COHORTS = 100
_BASE = 128


class LooksBack(NamedTuple):
    """Up to how many cohorts a rule tells apart: in the trial, and in a row at one level; 0 for none."""

    in_trial: int = 0
    in_a_row: int = 0


def looks_back(rule: Any) -> LooksBack:
    """How far back a stopping rule looks, or the rules that it joins; None is no rule."""
    parts = [looks_back(one) for one in getattr(rule, "rules", ())]
    own = getattr(rule, "looks_back", LooksBack())
    return LooksBack(*(max(numbers) for numbers in zip(own, *parts, strict=True)))


def next_phase(state: TrialState, increments: IncrementsRule | None, stopping: Any) -> np.ndarray:
    """Phase for the next cohort, which holds what a design's rules look back at; shape (B,)."""
    remembers_counts = increments is not None and increments.looks_at_last_cohort
    back = looks_back(stopping)
    if not any(back):
        return remember(state) if remembers_counts else state.phase
    in_trial = np.minimum(cohorts_in_trial(state), back.in_trial)
    in_a_row = np.minimum(cohorts_in_a_row(state), back.in_a_row)
    level = np.where(in_a_row > 0, state.level, 0)
    cohorts = (in_trial * _BASE + in_a_row) * _BASE + level
    return cohorts * NUM_PAIRS + (remember(state) if remembers_counts else 0)


def cohorts_in_trial(state: TrialState) -> np.ndarray:
    """Cohorts so far, the last one included, as far as the phase remembers; shape (B,)."""
    return state.phase // NUM_PAIRS // _BASE // _BASE + 1


def cohorts_in_a_row(state: TrialState) -> np.ndarray:
    """The last cohorts that were given the current level, as far as the phase remembers; shape (B,)."""
    in_a_row, level = np.divmod(state.phase // NUM_PAIRS % (_BASE * _BASE), _BASE)
    return np.where(level == state.level, in_a_row, 0) + 1
