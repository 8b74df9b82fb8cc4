"""A running trial with pending patients: its state, and what the coming days bring if no DLT is seen."""

from dataclasses import dataclass, replace

import numpy as np

from bayesdose.checks.arguments import checked
from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.late_onset.cohorts import left_of_cohort
from bayesdose.late_onset.design import FollowUpDesign, backfills
from bayesdose.late_onset.patients import FollowedPatients
from bayesdose.late_onset.trials import Backfill, Enrolment, FollowedTrials

__all__ = ["Outlook", "as_if_complete", "cohort_over", "outlook", "running_trial", "with_one_dlt"]


@checked
def running_trial(design: FollowUpDesign, patients: FollowedPatients) -> FollowedTrials:
    """State of one running trial, from its patients in the order of their enrolment.

    A cohort goes on while its patients are given the level that the design planned, up to its planned size.
    At another level it is what stands in one word. What the design remembers of earlier cohorts is made up
    from what is known of their patients now. Patients beside the escalation leave its cohorts as they are.

    Parameters
    ----------
    design : FollowUpDesign
        The design that the trial follows.
    patients : FollowedPatients
        At least one patient.

    Returns
    -------
    FollowedTrials
        A batch of one trial, in steps of a day, for ``design.next_patient``.

    Raises
    ------
    InputError
        If there is no patient, a level is not on the design's grid, or a patient is beside an escalation
        that has none or whose design does not backfill.
    """
    if not patients.patients:
        raise InputError("outcomes", got=str(patients), wanted="at least one patient of the escalation")
    _check_beside(design, patients)
    trials, planned = None, design.first_patient()
    for number, one in enumerate(patients.patients, start=1):
        counts, pending = patients.counts(len(design.grid), number)
        beside = patients.beside(len(design.grid), number) if backfills(design) else None
        if trials is not None and one.beside:
            trials = FollowedTrials(counts[None], pending[None], trials.level, trials.phase, beside)
            continue
        if trials is not None:
            # An enrolment now is planned by what is known of the earlier patients.
            before = as_if_complete(trials)
            if one.level - 1 != trials.level[0]:
                before = cohort_over(design, before)
            planned = design.next_patient(before)
            if not planned.enrols[0]:
                planned = replace(planned, phase=before.phase)
        level = np.array([one.level - 1])
        trials = FollowedTrials(counts[None], pending[None], level, planned.phase, beside)
        if planned.level[0] != one.level - 1:
            # The design planned no cohort there, so it is what stands in one word.
            ended = cohort_over(design, trials).phase
            trials = replace(trials, phase=ended + one.together * hasattr(design, "design"))
    assert trials is not None
    return trials


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a design decides on the coming days if nobody is enrolled and no DLT is seen.

    Parameters
    ----------
    days : ndarray of int, shape (D,)
        Days from now on which the decision is another one than on the day before; the first is 0, now.
    decisions : Enrolment
        The decision from each of these days on; a batch of D.
    complete : int
        Days from now until every outcome is known.
    escalates : int or None
        Days from now until the next patient goes to a higher level than the last one, None if not at all.
    """

    days: np.ndarray
    decisions: Enrolment
    complete: int
    escalates: int | None


@checked
def outlook(design: FollowUpDesign, trials: FollowedTrials) -> Outlook:
    """What a design decides now, and how waiting changes it if no DLT is seen meanwhile.

    Parameters
    ----------
    design : FollowUpDesign
        The design.
    trials : FollowedTrials
        A batch of one trial, in steps of a day, as of `running_trial`.

    Returns
    -------
    Outlook
        The days on which the decision changes, and the decisions.

    Raises
    ------
    InputError
        If the batch has not one trial.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.late_onset.interval_with_pending import tite_boin
    >>> from bayesdose.late_onset.patients import parse_follow_up
    >>> design = tite_boin(DoseGrid.of_levels(5), 0.3, max_patients=30)
    >>> found = outlook(design, running_trial(design, parse_follow_up("1N 1N@20/28 1N@10/28")))
    >>> found.days.tolist(), found.decisions.waits.tolist(), found.escalates
    ([0, 8], [True, False], 8)
    """
    if len(trials) != 1:
        raise InputError("outlook, trials", got=f"{len(trials)} trials", wanted="one running trial")
    followed = np.flatnonzero(trials.pending.any(axis=(0, 1)))
    complete = trials.window - int(followed[0]) if len(followed) else 0
    on_day = _later(trials, complete)
    decisions = design.next_patient(on_day)
    told = np.stack([decisions.level, decisions.phase, decisions.stop, decisions.waits], axis=1)
    days = np.flatnonzero(np.r_[True, (told[1:] != told[:-1]).any(axis=1)])
    higher = np.flatnonzero(decisions.enrols & (decisions.level > trials.level[0]))
    return Outlook(days, decisions.take(days), complete, int(higher[0]) if len(higher) else None)


def _later(trials: FollowedTrials, days: int) -> FollowedTrials:
    """One trial today and on each of the coming days, if nobody is enrolled and no DLT is seen."""
    counts = np.repeat(trials.counts, days + 1, axis=0)
    for day in range(days + 1):
        counts[day, :, 0] += trials.pending[0, :, trials.window - day :].sum(axis=-1)
    level, phase = (np.repeat(one, days + 1) for one in (trials.level, trials.phase))
    beside = trials.backfill
    if beside is not None:
        patients, responses = (
            np.repeat(one, days + 1, axis=0) for one in (beside.patients, beside.responses)
        )
        beside = Backfill(patients, _followed_on(beside.pending, days), responses)
    return FollowedTrials(counts, _followed_on(trials.pending, days), level, phase, beside)


def _followed_on(pending: np.ndarray, days: int) -> np.ndarray:
    """Pending patients (1, K, W) of one trial today and on each of the coming days."""
    later = np.zeros((days + 1, *pending.shape[1:]), dtype=int)
    for day in range(days + 1):
        later[day, :, day:] = pending[0, :, : pending.shape[-1] - day]
    return later


def with_one_dlt(trials: FollowedTrials, level: int) -> FollowedTrials:
    """A trial in which the pending patient at a level (index) who was followed longest has a DLT now."""
    counts, pending = trials.counts.copy(), trials.pending.copy()
    longest = int(np.flatnonzero(pending[0, level])[-1])
    pending[0, level, longest] -= 1
    counts[0, level, 1] += 1
    beside = trials.backfill
    if beside is not None and beside.pending[0, level, longest] > pending[0, level, longest]:
        followed = beside.pending.copy()
        followed[0, level, longest] -= 1
        beside = replace(beside, pending=followed)
    return replace(trials, counts=counts, pending=pending, backfill=beside)


def as_if_complete(trials: FollowedTrials) -> FollowedTrials:
    """The trials as if every pending patient had been followed to the end without a DLT."""
    beside = None if trials.backfill is None else trials.backfill.complete()
    nobody = np.zeros_like(trials.pending)
    return replace(trials, counts=trials.as_known().counts, pending=nobody, backfill=beside)


def _check_beside(design: FollowUpDesign, patients: FollowedPatients) -> None:
    """Refuse patients beside the escalation where there is none."""
    first = next((number for number, one in enumerate(patients.patients, start=1) if one.beside), None)
    if first == 1:
        raise InputError("patient 1", got="one beside the escalation", wanted="one of the escalation first")
    if first is not None and not backfills(design):
        raise InputError(
            f"patient {first}",
            got="one beside the escalation",
            wanted="patients of the escalation: the design does not backfill",
        )


def cohort_over(design: FollowUpDesign, trials: FollowedTrials) -> FollowedTrials:
    """The trials with the rest of their cohort left out, where the design fills cohorts."""
    cohorts: Design | None = getattr(design, "design", None)
    if cohorts is None:
        return trials
    return replace(trials, phase=trials.phase - left_of_cohort(cohorts, trials))
