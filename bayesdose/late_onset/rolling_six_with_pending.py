"""Rolling six as it was meant: patients join while others are followed."""

import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.described import Described
from bayesdose.designs.base import decided_at
from bayesdose.designs.references import cites, references_of
from bayesdose.designs.rolling_six import RollingSix, RollingSixDecision, rolling_six_decision
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import StopReason

__all__ = ["RollingSixInTime", "rolling_six"]

_FULL = 6


@checked_value
class RollingSixInTime(Described, FollowUpDesign):
    """What `rolling_six` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    complete_highest: bool

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        return _waiting(self).words | {
            "Design": "rolling six: patients join a dose while others are followed",
            "Decisions": "two DLTs at a dose de-escalate at any time. Without a DLT the dose is passed once "
            "all of three, four or five outcomes are known, or five of six; with one DLT once all six are. "
            "Otherwise the next patient joins the dose if it has fewer than six",
            "Accrual is suspended": "if six patients are at the dose and their outcomes do not decide yet",
            "Cohorts": "single patients",
        }

    @property
    def max_patients(self) -> int:
        """Six patients at every dose."""
        return _FULL * len(self.grid)

    @property
    def citation(self) -> str:
        """Keys of Skolnik et al. (2008), and of Frankel et al. (2020) for its decision table."""
        return references_of(rolling_six)

    def first_patient(self) -> Enrolment:
        """A patient at the lowest dose."""
        return Enrolment.single(level=0)

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """What happens with the patient who is ready now, in each of B trials."""
        trial, top = np.arange(len(trials)), len(self.grid) - 1
        toxic = trials.dlts >= 2
        level = decided_at(trials.level, toxic)
        level = np.where(toxic[trial, level], level - 1, level)
        none_left = level < 0
        level = np.maximum(level, 0)
        enrolled, known, dlts = (
            numbers[trial, level] for numbers in (trials.enrolled, trials.known, trials.dlts)
        )
        decision = rolling_six_decision(enrolled, known, np.where(none_left, 0, dlts))
        passed = decision == RollingSixDecision.ESCALATE
        below_toxic = toxic[trial, np.minimum(level + 1, top)] & (level < top)
        # A dose that nothing is to follow is completed to six.
        last = below_toxic | (self.complete_highest & (level == top))
        ends = passed & (below_toxic | (level == top)) & ((enrolled == _FULL) | ~last)
        stop = np.select(
            [none_left, ends & below_toxic, ends],
            [
                StopReason.LOWEST_TOO_TOXIC.code,
                StopReason.MTD_FOUND.code,
                StopReason.HIGHEST_ACCEPTED.code,
            ],
            StopReason.GOES_ON.code,
        )
        goes_on = stop == StopReason.GOES_ON.code
        waits = (decision == RollingSixDecision.HOLD) & goes_on
        rises = passed & ~below_toxic & (level < top)
        going = np.where(rises, level + 1, level)
        return Enrolment(np.where(goes_on & ~waits, going, trials.level), trials.phase, stop, waits)

    def recommend(self, trials: FollowedTrials) -> np.ndarray:
        """The highest dose given that is neither too toxic nor above a too toxic dose."""
        return _waiting(self).recommend(trials.as_known())


def _waiting(design: RollingSixInTime) -> RollingSix:
    return RollingSix(design.grid, 3, design.complete_highest)


@cites("Skolnik2008, Frankel2020")
@checked
def rolling_six(grid: DoseGrid, complete_highest: bool) -> RollingSixInTime:
    """Rolling six in time: up to six patients join a dose while others are followed.

    The decisions are those of `bayesdose.rolling_six_decision`. After a too toxic dose the one below is
    completed to six, and accepted with at most one DLT. With arrivals slower than the DLT window it selects
    as the 3+3 does, from fewer patients: it leaves a dose at the second DLT. `bayesdose.rolling_six` knows no
    time and needs an assumption in its place.

    Parameters
    ----------
    grid : DoseGrid
        The doses; the trial starts at the lowest.
    complete_highest : bool
        Whether the highest dose is accepted with six patients only. Protocols that define the MTD by six
        patients say True.

    Returns
    -------
    RollingSixInTime
        The design.

    Raises
    ------
    InputError
        If `complete_highest` is not true or false.

    References
    ----------
    Skolnik JM, Barrett JS, Jayaraman B, Patel D, Adamson PC (2008). Shortening the timeline of pediatric
    phase I trials: the rolling six design. Journal of Clinical Oncology 26:190-195.

    Examples
    --------
    Three patients, two of them followed to the end without a DLT: the fourth joins them.

    >>> design = rolling_six(DoseGrid.of_levels(3), complete_highest=True)
    >>> trial = FollowedTrials(
    ...     counts=np.array([[[2, 0], [0, 0], [0, 0]]]),
    ...     pending=np.array([[[1], [0], [0]]]),
    ...     level=np.array([0]),
    ...     phase=np.array([0]),
    ... )
    >>> int(design.next_patient(trial).level[0])
    0
    """
    return RollingSixInTime(grid, complete_highest)
