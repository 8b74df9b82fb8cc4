"""The traditional 3+3 design, in three variants that must not be mixed."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from bayesdose.designs.base import check_start_level
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["ThreePlusThree", "ThreePlusThreeVariant"]


class ThreePlusThreeVariant(StrEnum):
    """What happens below a too toxic dose, and what it takes to accept the highest dose."""

    NO_DEESCALATION = "no-deescalation"
    DEESCALATION = "deescalation"
    DEESCALATION_SIX = "deescalation-six"


@dataclass(frozen=True)
class ThreePlusThree:
    """Cohorts of three; 0 of 3 escalates, 1 of 3 adds three, at most 1 of 6 escalates.

    A dose with two or more DLTs is too toxic. What follows depends on the variant:

    * ``no-deescalation``: the trial stops and the dose below is the MTD, with however many patients
      it has;
    * ``deescalation``: the dose below is completed to six patients and accepted with at most one
      DLT, else the next lower one, and so on; the highest dose is accepted after 0 of 3;
    * ``deescalation-six``: as before, and the highest dose too needs six patients.

    A cohort that is smaller than three (from accelerated titration) is completed to three first.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    variant : ThreePlusThreeVariant or str
        Required: published work mixes the three, and they recommend different doses.
    start_level : int, default 1
        Level number of the first cohort.

    Raises
    ------
    InputError
        If the variant is unknown or the start level is off the grid.

    References
    ----------
    Storer BE (1989). Design and analysis of phase I clinical trials. Biometrics 45:925-937.
    Lin Y, Shih WJ (2001). Statistical properties of the traditional algorithm-based designs for
    phase I cancer clinical trials. Biostatistics 2:203-215.

    Examples
    --------
    >>> design = ThreePlusThree(DoseGrid.of_levels(3), variant="deescalation")
    >>> design.max_patients
    18
    """

    grid: DoseGrid
    variant: ThreePlusThreeVariant | str
    start_level: int = 1

    def __post_init__(self) -> None:
        if self.variant not in list(ThreePlusThreeVariant):
            raise InputError(
                "3+3 variant",
                got=self.variant,
                wanted=f"one of {', '.join(ThreePlusThreeVariant)}",
                fix="They recommend different doses, so the variant is always stated.",
            )
        object.__setattr__(self, "variant", ThreePlusThreeVariant(self.variant))
        check_start_level(self.start_level, self.grid)

    @property
    def outcome_categories(self) -> int:
        """Two: only DLTs matter."""
        return 2

    @property
    def max_patients(self) -> int:
        """Six at every dose."""
        return 6 * len(self.grid)

    @property
    def citation(self) -> str:
        """Storer 1989; Lin and Shih 2001."""
        return "Storer (1989) Biometrics 45:925; Lin and Shih (2001) Biostatistics 2:203"

    def first_cohort(self) -> Cohorts:
        """Three patients at the start level."""
        return Cohorts.single(self.start_level - 1, 3)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        patients, dlts = state.patients, state.dlts
        trial, level = np.arange(len(state)), state.level
        top = len(self.grid) - 1
        here, here_dlts = patients[trial, level], dlts[trial, level]
        below = patients[trial, np.maximum(level - 1, 0)]
        too_toxic = here_dlts >= 2
        above_too_toxic = (level < top) & (dlts[trial, np.minimum(level + 1, top)] >= 2)
        small = here < 3
        deescalates = self.variant != ThreePlusThreeVariant.NO_DEESCALATION
        needs_six = (here_dlts == 1) | (above_too_toxic & deescalates)
        if self.variant == ThreePlusThreeVariant.DEESCALATION_SIX:
            needs_six |= level == top
        lowest = 0 if deescalates else self.start_level - 1

        # Read from the top: the first condition that holds decides.
        conditions = [
            too_toxic & (level == lowest),
            too_toxic & (deescalates & (below < 6)),
            too_toxic,
            small,
            needs_six & (here < 6),
            above_too_toxic,
            level == top,
        ]
        reasons = [
            StopReason.LOWEST_TOO_TOXIC,
            StopReason.GOES_ON,
            StopReason.MTD_FOUND,
            StopReason.GOES_ON,
            StopReason.GOES_ON,
            StopReason.MTD_FOUND,
            StopReason.HIGHEST_ACCEPTED,
        ]
        stop = np.select(conditions, [reason.code for reason in reasons], StopReason.GOES_ON.code)
        move = np.select(conditions, [0, -1, 0, 0, 0, 0, 0], 1)
        # A lower dose with fewer than three (titration, or a start above it) is completed to three first.
        completing = np.where(below < 3, 3 - below, 6 - below)
        size = np.select(conditions, [0, completing, 0, 3 - here, 6 - here, 0, 0], 3)
        return Cohorts(level=level + move, size=size, phase=state.phase, stop=stop)

    def recommend(self, state: TrialState) -> np.ndarray:
        """The highest dose given that is neither too toxic nor above a too toxic dose."""
        tried = state.patients > 0
        too_toxic = np.cumsum(state.dlts >= 2, axis=1) > 0
        return np.where(tried & ~too_toxic, np.arange(len(self.grid)), NO_DOSE).max(axis=1)
