"""Backfill in time: patients who arrive while the escalation's cohort is followed go to lower doses."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Patients
from bayesdose.designs.base import Design, described
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.references import cites
from bayesdose.dose_optimization.backfill_checks import check_level, check_says_too_many
from bayesdose.dose_optimization.backfill_closing import CloseFromRate, ClosingRule
from bayesdose.dose_optimization.backfill_conflict import next_by_pooled_data
from bayesdose.dose_optimization.backfill_decisions import too_many_by
from bayesdose.dose_optimization.backfill_opening import OpeningRule
from bayesdose.dose_optimization.backfill_opening_rules import OpenAfterResponses
from bayesdose.errors import InputError
from bayesdose.late_onset.cohorts import asked_with, cohorts_after, left_of_cohort
from bayesdose.late_onset.of_cohorts import OfCohorts
from bayesdose.late_onset.trials import Backfill, Enrolment, FollowedTrials
from bayesdose.late_onset.waiting import two_outcomes
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["AT_RESPONSE", "DESIGN_SAYS", "Backfilled", "backfilled"]

AT_RESPONSE = OpenAfterResponses(1, lower_doses=True)
DESIGN_SAYS = CloseFromRate()
_POOLED = (
    "where a backfilled dose says to de-escalate, or to stay while the current dose says to escalate, the "
    "highest such dose and all up to the current one are pooled, and the table decides about the pool"
)
_BY_ALL_DATA = "none: the design decides from the DLTs at all doses together"


def _leaves_room(design: "Backfilled", field: attrs.Attribute, number: int) -> None:
    most = design.design.max_patients
    if number > most:
        raise InputError(
            "backfill, escalation_patients",
            got=f"{number} of a design of at most {most} patients",
            wanted="at most the design's, which are those of the escalation and the backfilled ones together",
        )


def _counts_no_cohorts(design: "Backfilled", field: attrs.Attribute, opening: OpeningRule) -> None:
    check_level(design, opening)
    if opening.cohorts_told_apart:
        raise InputError(
            "backfilled, opening",
            got=f"{opening}, in time",
            wanted="a rule on levels, patients or responses: cohorts of the escalation are not counted here",
        )


def _says_too_many(design: "Backfilled", field: attrs.Attribute, closing: ClosingRule) -> None:
    check_says_too_many(design.design, closing)


@checked_value
class Backfilled(OfCohorts):
    """What `backfilled` and `bf_boin` make, with their parameters as fields."""

    design: Design = attrs.field(validator=two_outcomes)
    escalation_patients: Patients = attrs.field(validator=_leaves_room)
    opening: OpeningRule = attrs.field(default=AT_RESPONSE, validator=_counts_no_cohorts)
    max_at_dose: Count = 12
    closing: ClosingRule = attrs.field(default=DESIGN_SAYS, validator=_says_too_many)
    during_last_cohort: bool = False

    # Engines ask for it; see `FollowUpDesign`.
    backfills = True

    @property
    def words(self) -> dict[str, str]:
        """The design as a protocol describes it, part by part."""
        words, pools = dict(described(self.design)), isinstance(self.design, IntervalDesign)
        beside = self.max_patients - self.escalation_patients
        words["Most patients"] = f"{self.escalation_patients} in the escalation, {beside} backfilled"
        last = "" if self.during_last_cohort else "; nobody is while the last possible cohort is followed"
        return words | {
            "Backfill": "a patient who comes while the cohort is full and followed goes to the highest open "
            f"dose below it; a dose is open once {self.opening} (patients count once their DLT outcome is "
            f"known), while it is not closed and has fewer than {self.max_at_dose} patients{last}",
            "Closed to backfill": f"a dose where {self.closing}, and all above it; open again when they no "
            "longer do",
            "Pending patients": "the next cohort waits for the last one; backfilled patients count once "
            "their outcome is known",
            "Conflicts": _POOLED if pools else _BY_ALL_DATA,
        }

    @property
    def citation(self) -> str:
        """Keys for backfill, and of the design's publications."""
        own = [key for key in self.design.citation.split(", ") if key and key != "Zhao2024"]
        return ", ".join(["Zhao2024", *own])

    def first_patient(self) -> Enrolment:
        """The first of the design's first cohort."""
        first = self.design.first_cohort()
        size = min(int(first.size[0]), self.escalation_patients)
        phase = int(first.phase[0]) * (len(self.grid) + 1) * (self.max_patients + 1) + size - 1
        return Enrolment.single(int(first.level[0]), phase)

    def next_patient(self, trials: FollowedTrials) -> Enrolment:
        """Fill the cohort; decide once its outcomes are known; until then, backfill."""
        beside = _beside(trials)
        room = self.escalation_patients - trials.enrolled.sum(axis=1) + beside.patients.sum(axis=1)
        followed = trials.at_risk.sum(axis=1) > beside.pending.sum(axis=(1, 2))
        if not self.during_last_cohort:
            followed &= room > 0
        decides = (left_of_cohort(self.design, trials) == 0) & ~followed
        cohorts = self._next_cohort(trials.take(decides), room[decides])
        answer = asked_with(self.design, trials, decides, cohorts)
        doses = np.arange(len(self.grid))
        lower = np.where(self.open_doses(trials), doses, -1).max(axis=1)
        aside = answer.waits & (lower >= 0)
        return Enrolment(
            np.where(aside, lower, answer.level), answer.phase, answer.stop, answer.waits & ~aside, aside
        )

    def recommend(self, trials: FollowedTrials) -> np.ndarray:
        """The design's recommendation from the outcomes of all patients; shape (B,)."""
        return self.design.recommend(self._state_of(trials))

    def open_doses(self, trials: FollowedTrials) -> np.ndarray:
        """Doses at which a patient may be backfilled while the cohort is followed; shape (B, K)."""
        beside, known, dlts = _beside(trials), trials.known, trials.dlts
        below = np.arange(len(self.grid)) < trials.level[:, None]
        room = beside.patients.sum(axis=1) < self.max_patients - self.escalation_patients
        cohorts = np.zeros(len(trials), dtype=int)  # no rule that counts them stands here
        opened = self.opening.opens(known, beside.responses, cohorts) & (trials.enrolled > 0)
        shut = self.closing.closes(known, dlts, too_many_by(self.design)) | self._eliminated(trials)
        has_room = (trials.enrolled < self.max_at_dose) & room[:, None]
        return below & opened & ~shut & has_room

    def _state_of(self, trials: FollowedTrials) -> TrialState:
        """The trials as the design sees them: outcomes that are known."""
        own = trials.phase // (self.max_patients + 1) // (len(self.grid) + 1)
        return TrialState(trials.counts, trials.level, own)

    def _eliminated(self, trials: FollowedTrials) -> np.ndarray:
        """Doses eliminated now or, as the phase remembers, at an earlier decision; shape (B, K)."""
        if not isinstance(self.design, IntervalDesign):
            return np.zeros(trials.known.shape, dtype=bool)
        from_top = trials.phase // (self.max_patients + 1) % (len(self.grid) + 1)
        before = np.arange(len(self.grid)) >= len(self.grid) - from_top[:, None]
        return before | self.design.eliminated(self._state_of(trials))

    def _next_cohort(self, trials: FollowedTrials, room: np.ndarray) -> Cohorts:
        """The next cohort of trials whose last one is known, where `room` patients may still come."""
        state, eliminated = self._state_of(trials), self._eliminated(trials)
        if isinstance(self.design, IntervalDesign):
            beside = _beside(trials).patients > 0
            cohorts = next_by_pooled_data(self.design, state, eliminated, beside)
        else:
            cohorts = cohorts_after(self.design, state)
        stop = np.where(room > 0, cohorts.stop, StopReason.MAX_PATIENTS.code)
        goes_on = stop == StopReason.GOES_ON.code
        size = np.where(goes_on, np.minimum(cohorts.size, room), 0)
        phase = cohorts.phase * (len(self.grid) + 1) + eliminated.sum(axis=1)
        return Cohorts(np.where(goes_on, cohorts.level, trials.level), size, phase, stop)


def _beside(trials: FollowedTrials) -> Backfill:
    """Who is beside the escalation; nobody where no engine has noted it."""
    if trials.backfill is not None:
        return trials.backfill
    none = np.zeros(trials.known.shape, dtype=int)
    return Backfill(none, np.zeros_like(trials.pending), none)


@cites("Zhao2024")
@checked
def backfilled(
    design: Design,
    *,
    escalation_patients: Patients,
    opening: OpeningRule = AT_RESPONSE,
    max_at_dose: Count = 12,
    closing: ClosingRule = DESIGN_SAYS,
    during_last_cohort: bool = False,
) -> Backfilled:
    """A cohort design with backfill: who comes while a cohort is followed goes to a lower dose.

    The escalation fills its cohorts and waits for their outcomes, as the design does. A patient who comes
    meanwhile is enrolled at the highest open dose below the current one. All patients whose outcome is known
    count at the next decision. An interval design then resolves conflicts between backfilled doses and the
    current one by pooling them (`bf_boin`); any other design, such as a BLRM, decides from all doses' DLTs
    as it always does.

    Parameters
    ----------
    design : Design
        Any design that looks at DLTs alone. Its largest number of patients is that of the escalation and of
        backfilled patients together.
    escalation_patients : int
        Largest number of patients in the escalation; the others may be backfilled.
    opening : OpeningRule, default OpenAfterResponses(1, lower_doses=True)
        When a dose below the current one that was given is opened: `OpenAfterResponses`, `OpenAfterPatients`
        (in time those whose DLT outcome is known) or `OpenFromLevel`, joined by ``&`` and ``|``.
    max_at_dose : int, default 12
        A dose with so many patients, of the escalation or not, is backfilled no more.
    closing : ClosingRule, default CloseFromRate()
        When a dose is closed, and all above it. By default while an interval design would de-escalate from
        it, by its own DLTs and by those pooled with the next higher dose; other designs need a rate of DLTs,
        such as ``CloseFromRate(0.298)``.
    during_last_cohort : bool, default False
        Whether patients are backfilled while the escalation's last possible cohort is followed.

    Returns
    -------
    Backfilled
        The design, for `operating_characteristics` by Monte Carlo.

    Raises
    ------
    InputError
        If the design looks at moderate toxicity or responses, or has fewer patients than the escalation; if
        the opening rule counts cohorts or names a level that is not on the grid; or if the closing rule has
        no rate, and the design no decision table.
    """
    return Backfilled(design, escalation_patients, opening, max_at_dose, closing, during_last_cohort)
