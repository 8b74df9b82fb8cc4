"""Increments under which a trial without a DLT cannot reach all doses, found when a design is made."""

import numpy as np

from bayesdose.checks.warning import warn
from bayesdose.errors import DesignWarning
from bayesdose.grid import DoseGrid
from bayesdose.rules.increments import IncrementsRule
from bayesdose.trial import TrialState

__all__ = ["stuck_at", "warn_if_rigid"]


def warn_if_rigid(subject: str, grid: DoseGrid, increments: IncrementsRule, start_level: int) -> None:
    """Warn, with `DesignWarning`, if the increments keep a trial without any DLT from the highest dose."""
    level = stuck_at(grid, increments, start_level - 1)
    if level is not None:
        here, highest = grid.level_in_words(level), grid.level_in_words(len(grid) - 1)
        warn(
            f"{subject}: from {here} the increments ({increments}) reach no higher dose, even without a DLT, "
            f"so {highest} is never given. "
            "Allow larger steps there, or put doses between.",
            DesignWarning,
        )


def stuck_at(grid: DoseGrid, increments: IncrementsRule, start: int) -> int | None:
    """Index of the dose that a trial without a DLT cannot leave upwards; None if it reaches the highest."""
    counts = np.zeros((1, len(grid), 2), dtype=int)
    level = start
    while level < len(grid) - 1:
        counts[0, level, 0] = 3
        # No patient is remembered: all are the last cohort, and none had a DLT.
        state = TrialState(counts, np.array([level]), np.zeros(1, dtype=int))
        higher = np.flatnonzero(increments.within_reach(state, grid)[0, level + 1 :])
        if not len(higher):
            return level
        level += 1 + int(higher.max())
    return None
