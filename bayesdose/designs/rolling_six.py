"""Rolling six: its decision on the patients of one dose, and a design without waiting for outcomes."""

from enum import StrEnum
from functools import cache
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count
from bayesdose.described import Described
from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.base import Design, on_grid
from bayesdose.designs.references import cites, references_of
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import MTDRule
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["RollingSix", "RollingSixDecision", "rolling_six", "rolling_six_decision"]


_CohortSize = Annotated[int, at.Ge(3), at.Le(6)]


class RollingSixDecision(StrEnum):
    """What the next patient of a rolling six trial is given."""

    ESCALATE = "escalate"
    STAY = "stay"
    HOLD = "hold accrual"
    DEESCALATE = "de-escalate"


@checked
def rolling_six_decision(
    enrolled: int | np.ndarray, evaluable: int | np.ndarray, dlts: int | np.ndarray
) -> np.ndarray:
    """What follows from the patients at the current dose, some of whom may still be at risk.

    Two DLTs de-escalate at any time. Without a DLT the dose is passed as soon as all of three, four
    or five patients are evaluable, or five of six; with one DLT, as soon as all six are. Otherwise
    the next patient joins the dose if fewer than six are enrolled, and waits if six are.

    Parameters
    ----------
    enrolled : int or array of int
        Patients enrolled at the current dose, 0 to 6.
    evaluable : int or array of int
        Those whose outcome is known; the others are at risk of a DLT.
    dlts : int or array of int
        DLTs among the evaluable ones.

    Returns
    -------
    ndarray of str
        A `RollingSixDecision` each, in the shape of the numbers broadcast together.

    Raises
    ------
    InputError
        Unless 0 <= dlts <= evaluable <= enrolled <= 6, in whole numbers, or if the arrays' shapes differ.

    References
    ----------
    Skolnik JM, Barrett JS, Jayaraman B, Patel D, Adamson PC (2008). Shortening the timeline of
    pediatric phase I trials: the rolling six design. Journal of Clinical Oncology 26:190-195. The
    decisions are those of its column in Table 2 of Frankel PH et al. (2020), JAMA Network Open
    3:e204787.

    Examples
    --------
    >>> str(rolling_six_decision(enrolled=3, evaluable=3, dlts=0))
    'escalate'
    >>> rolling_six_decision(enrolled=[5, 6, 6], evaluable=[4, 4, 5], dlts=0).tolist()
    ['stay', 'hold accrual', 'escalate']
    """
    try:
        enrolled, evaluable, dlts = np.broadcast_arrays(enrolled, evaluable, dlts)
    except ValueError:
        shapes = [np.shape(counts) for counts in (enrolled, evaluable, dlts)]
        wanted = "numbers, or arrays of one shape"
        raise InputError("rolling six", got=f"arrays of shapes {shapes}", wanted=wanted) from None
    whole = all(np.issubdtype(counts.dtype, np.integer) for counts in (enrolled, evaluable, dlts))
    if not whole or np.any((dlts < 0) | (dlts > evaluable) | (evaluable > enrolled) | (enrolled > 6)):
        raise InputError(
            "rolling six",
            got=f"enrolled {enrolled.tolist()}, evaluable {evaluable.tolist()}, DLTs {dlts.tolist()}",
            wanted="whole numbers with 0 <= DLTs <= evaluable <= enrolled <= 6",
        )
    all_known = evaluable == enrolled
    # One patient at risk among six cannot make it two DLTs.
    clean = (dlts == 0) & ((all_known & (enrolled >= 3)) | ((enrolled == 6) & (evaluable >= 5)))
    return np.select(
        [dlts >= 2, clean | ((dlts == 1) & all_known & (enrolled == 6)), enrolled < 6],
        [RollingSixDecision.DEESCALATE, RollingSixDecision.ESCALATE, RollingSixDecision.STAY],
        RollingSixDecision.HOLD,
    )


@checked_value
class RollingSix(Described, Design):
    """What `rolling_six` makes, with its parameters as fields."""

    grid: DoseGrid  # pyright: ignore[reportIncompatibleMethodOverride]
    cohort_size: _CohortSize
    complete_highest: bool
    start_level: Count = attrs.field(default=1, validator=on_grid)

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        size = self.cohort_size
        return _as_a_plus_b(self).words | {
            "Design": "rolling six, with every outcome known before the next patient (an assumption)",
            "Decisions": f"{size} patients at a new dose: no DLT escalates, 1 DLT completes the dose to six "
            "patients, at most 1 DLT in six escalates. A dose with two or more DLTs is too toxic",
            "Most patients": str(self.max_patients),
        }

    @property
    def outcome_categories(self) -> int:
        """Two, with and without DLT: nothing else matters to the design."""
        return 2

    @property
    def aims_at(self) -> MTDRule:
        """The highest dose with fewer DLTs than two in six."""
        return _as_a_plus_b(self).aims_at

    @property
    def max_patients(self) -> int:
        """Six patients at every dose that a trial can have given by then."""
        doses, start = len(self.grid), self.start_level
        # Once passed, five or six patients stay acceptable when they are completed to six, so that a trial
        # either climbs from its start or leaves one too toxic dose after another below it.
        return 6 * (doses if self.cohort_size <= 4 else max(doses - start + 1, start))

    @property
    def citation(self) -> str:
        """Keys of Skolnik et al. (2008), and of Frankel et al. (2020) for its decision table."""
        return references_of(rolling_six)

    def first_cohort(self) -> Cohorts:
        """A full cohort at the start level."""
        return Cohorts.single(self.start_level - 1, self.cohort_size)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        answer = _as_a_plus_b(self).next_cohort(state)
        treated = state.patients[np.arange(len(state)), answer.level]
        # A dose with three is passed or completed to six, as in the 3+3; with fewer it gets its cohort.
        new = (answer.stop == StopReason.GOES_ON.code) & (treated < 3)
        size = np.where(new, self.cohort_size - treated, answer.size)
        return Cohorts(level=answer.level, size=size, phase=answer.phase, stop=answer.stop)

    def recommend(self, state: TrialState) -> np.ndarray:
        """The highest dose given that is neither too toxic nor above a too toxic dose."""
        return _as_a_plus_b(self).recommend(state)


@cache
def _as_a_plus_b(design: RollingSix) -> APlusB:
    """The 3+3, whose decisions on known outcomes are rolling six's."""
    return APlusB(
        design.grid,
        a=3,
        b=3,
        c=1,
        d=1,
        e=1,
        deescalation=True,
        complete_highest=design.complete_highest,
        start_level=design.start_level,
    )


@cites("Skolnik2008, Frankel2020")
@checked
def rolling_six(
    grid: DoseGrid, cohort_size: _CohortSize, complete_highest: bool, start_level: Count = 1
) -> RollingSix:
    """Rolling six with every outcome known before the next patient: doses of three to six patients.

    **Assumption.** Rolling six shortens a trial by treating up to six patients while outcomes are
    pending, so how many a dose gets depends on how fast patients come. There is no time here: a new
    dose gets `cohort_size` patients at once and their outcomes are known before the next decision,
    which is `rolling_six_decision` with nobody at risk. Three is a trial with slow accrual, and then
    the 3+3; six one with fast accrual. Durations, and decisions while outcomes are pending, are not
    modelled. After a too toxic dose the one below is completed to six, and accepted with at most one
    DLT, as in the 3+3.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    cohort_size : int
        Patients that a new dose gets at once, 3 to 6.
    complete_highest : bool
        Required: whether the highest dose is accepted with six patients only. Protocols that define
        the MTD by six patients want it; the R package RollingSix accepts three without a DLT.
    start_level : int, default 1
        Level number of the first cohort.

    Returns
    -------
    RollingSix
        The design.

    Raises
    ------
    InputError
        If the cohort size is not 3 to 6 or the start level is off the grid.

    References
    ----------
    Skolnik JM, Barrett JS, Jayaraman B, Patel D, Adamson PC (2008). Shortening the timeline of
    pediatric phase I trials: the rolling six design. Journal of Clinical Oncology 26:190-195.
    """
    return RollingSix(grid, cohort_size, complete_highest, start_level)
