"""What a trial without any DLT does: how high it gets, and where it stands still."""

from dataclasses import dataclass

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.simulation.states import expand, start_state
from bayesdose.trial import StopReason

__all__ = ["NoDLTPath", "no_dlt_path"]


@dataclass(frozen=True)
class NoDLTPath:
    """The cohorts of a trial without any DLT.

    Parameters
    ----------
    levels, sizes : tuple of int
        Level index and patients of each cohort.
    stop : StopReason
        Why it ends; `StopReason.GOES_ON` where it was left as soon as it had the highest dose.
    """

    levels: tuple[int, ...]
    sizes: tuple[int, ...]
    stop: StopReason

    def __str__(self) -> str:
        cohorts = zip(self.levels, self.sizes, strict=True)
        return " ".join(f"{level + 1}{'N' * size}" for level, size in cohorts)


def no_dlt_path(design: Design) -> NoDLTPath:
    """Follow a trial without any DLT until it ends or was given the highest dose.

    It asks the design in one state after the other, so it takes designs of any size. All patients have no
    toxicity at all.

    Examples
    --------
    >>> from bayesdose.designs.three_plus_three import ThreePlusThree
    >>> from bayesdose.grid import DoseGrid
    >>> str(no_dlt_path(ThreePlusThree(DoseGrid.of_levels(3), "deescalation")))
    '1NNN 2NNN 3NNN'
    """
    top = len(design.grid) - 1
    state, cohorts = start_state(len(design.grid), design.outcome_categories), design.first_cohort()
    levels, sizes = [], []
    while cohorts.stop[0] == StopReason.GOES_ON.code:
        levels.append(int(cohorts.level[0]))
        sizes.append(int(cohorts.size[0]))
        if levels[-1] == top:
            break
        outcome = np.zeros((1, design.outcome_categories), dtype=int)
        outcome[0, 0] = sizes[-1]
        state = expand(state, cohorts, outcome)
        cohorts = design.next_cohort(state)
    return NoDLTPath(tuple(levels), tuple(sizes), cohorts.reason(0))
