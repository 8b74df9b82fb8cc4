"""Trials that treat simulated patients as they arrive: the independent check of the exact engine.

Patient j of trial i has one latent uniform u, the same for every design and scenario, and the same as without
time: a DLT at any dose whose P(DLT) exceeds u, in the step in which P(DLT by then) first does. The days on
which patients arrive are the same for every design too. From one arrival to the next nothing is computed step
by step: when a patient's outcome will be known follows at enrolment.
"""

from dataclasses import dataclass

import numpy as np

from bayesdose.late_onset.arrivals import Arrivals, arrival_steps
from bayesdose.late_onset.asking import Asked, ask, differs, recommended
from bayesdose.late_onset.beside import NEVER
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.distinct import distinct
from bayesdose.late_onset.responses import DrawnResponses
from bayesdose.late_onset.trials import FollowedTrials
from bayesdose.late_onset.walking import Walking
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.monte_carlo import latent_uniforms
from bayesdose.trial import StopReason

__all__ = ["Calendar", "Walked", "walk"]

# Seeds of patients are below this; what they are plus this is the seed of their arrivals.
_ARRIVALS = 2**64
_AT_FIRST = 64


class Calendar:
    """The steps in which the patients of trials `first` to `last` - 1 arrive, as many as are asked for."""

    def __init__(self, arrivals: Arrivals, step: float, seed: int, first: int, last: int) -> None:
        self._arrivals, self._step = arrivals, step
        self._made_from = (seed + _ARRIVALS, first, last)
        self._steps = self._made(_AT_FIRST)

    def step_of(self, trial: np.ndarray, number: np.ndarray) -> np.ndarray:
        """When patients arrive, by their number; the first, number 0, when the trial opens."""
        while number.max(initial=0) >= self._steps.shape[1]:
            # A patient's gap depends on the trial and the number alone, so the others stay as they were.
            self._steps = self._made(2 * self._steps.shape[1])
        return self._steps[trial, number]

    def _made(self, patients: int) -> np.ndarray:
        uniforms = latent_uniforms(*self._made_from, patients)
        later = arrival_steps(self._arrivals, uniforms[:, 1:], self._step)
        return np.concatenate([np.zeros((len(uniforms), 1), dtype=np.int64), later], axis=1)


@dataclass(frozen=True, eq=False)
class Walked:
    """How N trials went in each of S scenarios.

    Parameters
    ----------
    final : FinalTrials
        The ways in which trials ended, T of them; trials have no cohorts here.
    end : ndarray of int, shape (S, N)
        Position among them of each trial's.
    duration, suspended : ndarray of int, shape (S, N)
        Steps until the last outcome was known, and those in which accrual was suspended.
    turned_away, contradicted : ndarray of int, shape (S, N)
        Patients who were turned away, and decisions that pending patients would have changed.
    backfilled : ndarray of int, shape (S, N, K)
        Patients at each dose beside the escalation; zeros of no memory where the design does not backfill.
    """

    final: FinalTrials
    end: np.ndarray
    duration: np.ndarray
    suspended: np.ndarray
    turned_away: np.ndarray
    contradicted: np.ndarray
    backfilled: np.ndarray


def walk(
    design: FollowUpDesign,
    reached: np.ndarray,
    uniforms: np.ndarray,
    arrivals: Arrivals,
    calendar: Calendar,
    responses: DrawnResponses | None = None,
) -> Walked:
    """Walk the same patients through a design in each scenario.

    All trials go from one patient who is ready to the next together; equal states are decided once.

    Parameters
    ----------
    design : FollowUpDesign
        The design.
    reached : ndarray, shape (S, K, W + 1)
        Probability of a DLT within 0, 1, ..., W steps at each dose.
    uniforms : ndarray, shape (N, patients)
        Latent uniforms of the patients of N trials.
    arrivals : Arrivals
        Capacity and waiting room.
    calendar : Calendar
        When the patients of these trials arrive.
    responses : DrawnResponses, optional
        Their responses, for a design that backfills.

    Raises
    ------
    SimulationError
        If the design waits although every outcome is known, or enrols too many.
    """
    (scenarios, doses, steps), trials = reached.shape, len(uniforms)
    total, window = scenarios * trials, steps - 1
    duration, suspended, turned_away, contradicted = np.zeros((4, total), dtype=np.int64)
    backfilled = np.broadcast_to(np.int16(0), (total, doses))
    if responses is not None:
        backfilled = np.zeros((total, doses), dtype=np.int16)
    walking = Walking.opened(total, doses, design.max_patients, responses is not None)
    ended: list[tuple[np.ndarray, FollowedTrials, np.ndarray]] = []

    def enrol(which: np.ndarray, level: np.ndarray, phase: np.ndarray, aside: np.ndarray) -> None:
        scenario, trial = np.divmod(walking.number[which], trials)
        patient, before = walking.patients[which], walking.level[which]
        u = uniforms[trial, patient]
        dlt = walking.enrol(which, level, phase, reached[scenario, level], u)
        if walking.beside is not None and responses is not None:
            walking.level[which] = np.where(aside, before, level)
            walking.beside.enrol(which, patient, aside, level)
            after = responses.seen_after(scenario, level, dlt, trial, patient)
            walking.beside.seen_at[which, patient] = np.minimum(walking.now[which] + after, NEVER)

    first = design.first_patient()
    nobody_aside = np.zeros(total, dtype=bool)
    enrol(np.arange(total), np.repeat(first.level, total), np.repeat(first.phase, total), nobody_aside)
    while len(walking.number):
        arrival = calendar.step_of(walking.number % trials, walking.arrived)
        waiting = np.where(walking.queue > 0, walking.now + ~walking.again, arrival)
        now = np.minimum(arrival, waiting)
        # Once all is known accrual is open again, whoever comes.
        until = np.minimum(now, walking.known_at.max(axis=1))
        suspended[walking.number] += np.where(walking.suspended, until - walking.now, 0)
        comes = arrival == now
        walking.now, walking.arrived, walking.queue = now, walking.arrived + comes, walking.queue + comes
        walking.learn(walking.pending & (walking.known_at <= now[:, None]))
        if walking.beside is not None:
            walking.beside.see(now, walking.level_of)

        states, kind = walking.distinct(window)
        asked = _asked(design, arrivals, states)
        contradicted[walking.number] += _contradicted(design, walking, asked, kind)
        gained = asked.trials.pending[..., 0] - states.pending[..., 0]
        taken = gained.any(axis=1)
        some = np.flatnonzero(taken[kind])
        here = kind[some]
        aside = asked.trials.enrolled_beside - states.enrolled_beside > 0
        enrol(some, gained.argmax(axis=1)[here], asked.trials.phase[here], aside[here])
        stop = asked.stop[kind]
        left = walking.queue - taken[kind]
        too_many = np.where(stop == 0, np.maximum(left - arrivals.waiting_room, 0), 0)
        turned_away[walking.number] += too_many
        walking.queue, walking.again, walking.suspended = left - too_many, taken[kind], asked.suspended[kind]

        stops = stop != StopReason.GOES_ON.code
        if stops.any():
            over = walking.take(stops)
            if over.beside is not None:
                backfilled[over.number] = over.beside.patients
            duration[over.number] = over.known_at.max(axis=1)
            over.learn(over.pending)
            nobody = np.broadcast_to(np.int16(0), (len(over.number), doses, window))
            ended.append(
                (over.number, FollowedTrials(over.counts, nobody, over.level, over.phase), stop[stops])
            )
            walking = walking.take(~stops)
    final, end = _ends(design, ended, total)
    numbers = (end, duration, suspended, turned_away, contradicted)
    of_trials = [one.reshape(scenarios, trials) for one in numbers]
    return Walked(final, *of_trials, backfilled=backfilled.reshape(scenarios, trials, doses))


def _asked(design: FollowUpDesign, arrivals: Arrivals, states: FollowedTrials) -> Asked:
    """Each of the distinct states asked about one patient."""
    going_on, one = np.zeros(len(states), dtype=int), np.ones(len(states), dtype=int)
    return ask(design, arrivals, states, going_on, going_on.astype(bool), one)


def _contradicted(design: FollowUpDesign, walking: Walking, asked: Asked, kind: np.ndarray) -> np.ndarray:
    """Whether the outcomes of each trial's pending patients would have changed what was decided; (B,)."""
    position = np.full(len(asked.stop), -1)
    position[asked.decided] = np.arange(len(asked.decided))
    changed = np.zeros(len(kind), dtype=bool)
    which = np.flatnonzero(position[kind] >= 0)
    if len(which):
        later, decided = walking.take(which), position[kind[which]]
        later.learn(later.pending)
        before = asked.before
        nobody = np.broadcast_to(np.int16(0), (len(which), *before.pending.shape[1:]))
        beside = None if before.backfill is None else before.backfill.take(decided).complete()
        completed = FollowedTrials(later.counts, nobody, before.level[decided], before.phase[decided], beside)
        changed[which] = differs(design, completed, asked.answer.take(decided))
    return changed


def _ends(
    design: FollowUpDesign, ended: list[tuple[np.ndarray, FollowedTrials, np.ndarray]], total: int
) -> tuple[FinalTrials, np.ndarray]:
    """The distinct ways in which trials ended, and the position of each trial's among them."""
    number = np.concatenate([number for number, _, _ in ended])
    trials = [trials for _, trials, _ in ended]
    stop = np.concatenate([stop for _, _, stop in ended])
    counts, level, phase = (
        np.concatenate([getattr(one, name) for one in trials]) for name in ("counts", "level", "phase")
    )
    first, kind = distinct(counts, level, phase, stop)
    nobody = np.broadcast_to(np.int16(0), (len(first), *trials[0].pending.shape[1:]))
    states = FollowedTrials(counts[first], nobody, level[first], phase[first])
    dose = recommended(design, states, stop[first])
    nothing = np.zeros((len(first), 0), dtype=np.int16)
    end = np.empty(total, dtype=np.int32)
    end[number] = kind
    zero = np.zeros(len(first), dtype=int)
    return FinalTrials(states.counts, dose, stop[first], zero, nothing), end
