"""Asking a design about the patients who are ready, and what comes of it."""

from dataclasses import dataclass

import numpy as np

from bayesdose.errors import SimulationError
from bayesdose.late_onset.arrivals import Arrivals
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.distinct import distinct
from bayesdose.late_onset.trials import Backfill, Enrolment, FollowedTrials
from bayesdose.trial import NO_DOSE, StopReason

__all__ = ["Asked", "ask", "differs", "recommended"]

# Designs are asked about so many trials at a time, which bounds the memory of their posteriors.
_BLOCK = 50_000


@dataclass(frozen=True, eq=False)
class Asked:
    """A batch of B trials that was asked about its patients who are ready.

    Parameters
    ----------
    trials : FollowedTrials
        The trials, with who was enrolled.
    stop : ndarray of int, shape (B,)
        `StopReason.code`, 0 where the trial goes on.
    queue, turned_away : ndarray of int, shape (B,)
        Patients who wait, and those who were turned away now.
    suspended : ndarray of bool, shape (B,)
        Whether accrual is suspended.
    decided : ndarray of int, shape (Q,)
        Trials in which something was decided while patients were pending, backfill apart.
    before : FollowedTrials
        These as they were when it was decided; Q of them.
    answer : Enrolment
        What was decided in these.
    """

    trials: FollowedTrials
    stop: np.ndarray
    queue: np.ndarray
    turned_away: np.ndarray
    suspended: np.ndarray
    decided: np.ndarray
    before: FollowedTrials
    answer: Enrolment


def ask(
    design: FollowUpDesign,
    arrivals: Arrivals,
    trials: FollowedTrials,
    stop: np.ndarray,
    suspended: np.ndarray,
    ready: np.ndarray,
) -> Asked:
    """Ask a design about as many patients as are ready, one after the other, until it takes no more.

    A trial of which all is known is asked even if nobody is ready: if it stops, that is its end.

    Parameters
    ----------
    design : FollowUpDesign
        The design.
    arrivals : Arrivals
        Capacity and waiting room.
    trials : FollowedTrials
        B trials.
    stop : ndarray of int, shape (B,)
        `StopReason.code` of each.
    suspended : ndarray of bool, shape (B,)
        Whether accrual was suspended when it was last asked.
    ready : ndarray of int, shape (B,)
        Patients who are ready now.

    Raises
    ------
    SimulationError
        If a design waits although every outcome is known, or enrols more patients than it may.
    """
    counts, pending = trials.counts, trials.pending.copy()
    level, phase, stop = trials.level.copy(), trials.phase.copy(), stop.copy()
    beside = trials.backfill
    if beside is not None:
        beside = Backfill(beside.patients.copy(), beside.pending.copy(), beside.responses)
    now = FollowedTrials(counts, pending, level, phase, beside)
    complete = trials.complete
    left, suspended = np.where(stop == 0, ready, 0), suspended & (stop == 0)
    no_one = np.zeros(0, dtype=int)
    told: list[tuple[np.ndarray, FollowedTrials, Enrolment]] = []
    open_for = (stop == 0) & ((left > 0) | complete)
    while open_for.any():
        if arrivals.capacity is not None:
            full = open_for & (now.at_risk.sum(axis=1) >= arrivals.capacity)
            suspended[full], open_for = True, open_for & ~full
        which = np.flatnonzero(open_for)
        before = now.take(which)
        answer = _answers(design, before)
        stops, known = answer.stop != StopReason.GOES_ON.code, before.complete
        enrols = answer.enrols & (left[which] > 0)
        _check(design, before, answer, enrols)
        news = ((enrols & ~answer.backfills) | stops) & ~known
        told.append((which[news], before.take(news), answer.take(news)))
        stop[which] = answer.stop
        left[which] = np.where(stops, 0, left[which] - enrols)
        suspended[which] = answer.waits & ~stops
        some = which[enrols]
        goes_to, aside = answer.level[enrols], answer.backfills[enrols]
        level[some], phase[some] = np.where(aside, level[some], goes_to), answer.phase[enrols]
        pending[some, goes_to, 0] += 1
        if beside is not None:
            beside.patients[some[aside], goes_to[aside]] += 1
            beside.pending[some[aside], goes_to[aside], 0] += 1
        open_for = np.zeros(len(trials), dtype=bool)
        open_for[some] = left[some] > 0
    return Asked(
        now,
        stop,
        queue=np.minimum(left, arrivals.waiting_room),
        turned_away=np.maximum(left - arrivals.waiting_room, 0),
        suspended=suspended,
        decided=np.concatenate([no_one, *(which for which, _, _ in told)]),
        before=FollowedTrials.join([trials.take(no_one), *(before for _, before, _ in told)]),
        answer=Enrolment.join([Enrolment.nobody(), *(answer for _, _, answer in told)]),
    )


def differs(design: FollowUpDesign, completed: FollowedTrials, answer: Enrolment) -> np.ndarray:
    """Whether a design decides otherwise once all is known: another level, or stopping or not; shape (B,).

    Parameters
    ----------
    design : FollowUpDesign
        The design.
    completed : FollowedTrials
        B trials without pending patients.
    answer : Enrolment
        What it decided while there were some.
    """
    first, kind = distinct(*completed.columns)
    late = _answers(design, completed.take(first)).take(kind)
    stops, late_stops = answer.stop != StopReason.GOES_ON.code, late.stop != StopReason.GOES_ON.code
    return (stops != late_stops) | (~stops & (answer.level != late.level))


def recommended(design: FollowUpDesign, trials: FollowedTrials, stop: np.ndarray) -> np.ndarray:
    """Index of the recommended dose of trials that have ended, `NO_DOSE` of unfinished ones; shape (B,)."""
    if not len(trials):
        return np.zeros(0, dtype=int)
    first, kind = distinct(trials.counts, trials.level, trials.phase)
    some = trials.take(first)
    blocks = [some.take(block) for block in _blocks(len(some))]
    dose = np.concatenate([design.recommend(block) for block in blocks])[kind]
    return np.where(stop == StopReason.UNFINISHED.code, NO_DOSE, dose)


def _answers(design: FollowUpDesign, trials: FollowedTrials) -> Enrolment:
    parts = [design.next_patient(trials.take(block)) for block in _blocks(len(trials))]
    return Enrolment.join(parts) if parts else Enrolment.nobody()


def _blocks(number: int) -> list[np.ndarray]:
    return [np.arange(start, min(start + _BLOCK, number)) for start in range(0, number, _BLOCK)]


def _check(design: FollowUpDesign, before: FollowedTrials, answer: Enrolment, enrols: np.ndarray) -> None:
    """Refuse answers that would let a trial go on for ever, or beyond what the design promises."""
    if np.any(before.complete & answer.waits & (answer.stop == StopReason.GOES_ON.code)):
        raise SimulationError(f"{type(design).__name__} waits although every outcome is known")
    if np.any(before.enrolled.sum(axis=1)[enrols] >= design.max_patients):
        raise SimulationError(
            f"{type(design).__name__} enrols more than its largest number of patients, {design.max_patients}"
        )
