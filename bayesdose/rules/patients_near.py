"""Stopping by the patients at doses near the one that would be given next."""

from typing import Any

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import NonNegative, Patients
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.posterior_stopping import LevelSafe
from bayesdose.rules.stopping import CombinedStopping
from bayesdose.trial import StopReason, TrialState

__all__ = ["PatientsNearDose", "check_same_doses"]

# Doses and shares are decimal numbers: 10 and 13 are 30 % apart.
_ROUNDING = 1e-9


@checked_value
class PatientsNearDose(CombinedStopping):
    """Stop when the doses near the one that would be given next have this many patients together.

    Near are the doses from ``(1 - share) * next dose`` to ``(1 + share) * next dose``, both included.

    Parameters
    ----------
    number : int
        Enough patients at these doses.
    share : float
        Largest distance as a share of the next dose; 0.3 is 30 %.
    grid : DoseGrid
        The design's doses.

    Raises
    ------
    InputError
        If a number is out of range; by the design, if it has other doses.
    """

    number: Patients
    share: NonNegative
    grid: DoseGrid

    def __str__(self) -> str:
        return f"{self.number} or more patients within {100 * self.share:g} % of the next dose"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        values = np.array(self.grid.values)
        next_dose = values[next_level][:, None]
        near = np.abs(values - next_dose) <= next_dose * self.share * (1 + _ROUNDING)
        return StopReason.ENOUGH_AT_DOSE.where((state.patients * near).sum(axis=1) >= self.number)


def check_same_doses(design: Any, field: attrs.Attribute, rule: Any) -> None:
    """Validator of a design's stopping rule: one that looks at doses or levels was given the design's."""
    for one in getattr(rule, "rules", (rule,)):
        if one is not rule:
            check_same_doses(design, field, one)
        elif isinstance(one, LevelSafe) and one.level > len(design.grid):
            raise InputError(
                f"{type(design).__name__}, {field.name}",
                got=str(one),
                wanted=f"a level number from 1 to {len(design.grid)}, the number of doses on the grid",
            )
        elif isinstance(one, PatientsNearDose) and one.grid != design.grid:
            raise InputError(
                f"{type(design).__name__}, {field.name}",
                got=f"{one} on the doses {one.grid}",
                wanted=f"the design's doses, {design.grid}",
            )
