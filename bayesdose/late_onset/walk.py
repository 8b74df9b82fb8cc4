"""Trials that treat simulated patients as they arrive: the independent check of the exact engine.

Patient j of trial i has one latent uniform u, the same for every design and scenario, and the same as without
time: a DLT at any dose whose P(DLT) exceeds u, in the step in which P(DLT by then) first does. The days on
which patients arrive are the same for every design too. From one arrival to the next nothing is computed step
by step: when a patient's outcome will be known follows at enrolment.
"""

from dataclasses import dataclass, fields

import numpy as np

from bayesdose.late_onset.arrivals import Arrivals, arrival_steps
from bayesdose.late_onset.asking import Asked, ask, differs, recommended
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.distinct import distinct
from bayesdose.late_onset.trials import FollowedTrials
from bayesdose.simulation.graph import FinalTrials
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
    """

    final: FinalTrials
    end: np.ndarray
    duration: np.ndarray
    suspended: np.ndarray
    turned_away: np.ndarray
    contradicted: np.ndarray


@dataclass(eq=False)
class _Walking:
    """Trials under way, B of them, with at most N patients each."""

    number: np.ndarray  # (B,): scenario * trials + trial
    counts: np.ndarray  # (B, K, 2): known outcomes
    level_of: np.ndarray  # (B, N): level of each patient
    enrolled_at: np.ndarray  # (B, N)
    known_at: np.ndarray  # (B, N): step in which the outcome is known
    dlt: np.ndarray  # (B, N): whether it is a DLT
    pending: np.ndarray  # (B, N): whether it is not known yet
    patients: np.ndarray  # (B,)
    level: np.ndarray  # (B,)
    phase: np.ndarray  # (B,)
    now: np.ndarray  # (B,)
    arrived: np.ndarray  # (B,): patients who have arrived
    queue: np.ndarray  # (B,): of these, who wait
    again: np.ndarray  # (B,): whether one of these is asked about in the same step
    suspended: np.ndarray  # (B,)

    @classmethod
    def opened(cls, number: int, doses: int, patients: int) -> "_Walking":
        """Trials without patients, the first of whom has arrived."""
        zero, mark = np.zeros(number, dtype=np.int64), np.zeros(number, dtype=bool)
        each, marks = np.zeros((number, patients), dtype=np.int32), np.zeros((number, patients), dtype=bool)
        return cls(
            number=np.arange(number),
            counts=np.zeros((number, doses, 2), dtype=np.int16),
            level_of=each,
            enrolled_at=each.copy(),
            known_at=each.copy(),
            dlt=marks,
            pending=marks.copy(),
            patients=zero,
            level=zero.copy(),
            phase=zero.copy(),
            now=zero.copy(),
            arrived=zero + 1,
            queue=zero.copy(),
            again=mark,
            suspended=mark.copy(),
        )

    def take(self, which: np.ndarray) -> "_Walking":
        """The trials that a mask or an index array selects."""
        return _Walking(*(getattr(self, one.name)[which] for one in fields(self)))

    def enrol(
        self, which: np.ndarray, level: np.ndarray, phase: np.ndarray, reached: np.ndarray, u: np.ndarray
    ) -> None:
        """Enrol a patient with uniform `u` in some trials, at levels with P(DLT) `reached` by steps."""
        window = reached.shape[1] - 1
        patient = self.patients[which]
        # The step in which P(DLT) by then first exceeds the uniform, W for no DLT.
        shown = np.sum(reached[:, 1:] <= u[:, None], axis=1)
        self.level_of[which, patient], self.dlt[which, patient] = level, shown < window
        self.enrolled_at[which, patient] = self.now[which]
        self.known_at[which, patient] = self.now[which] + np.minimum(shown + 1, window)
        self.pending[which, patient] = True
        self.patients[which] = patient + 1
        self.level[which], self.phase[which] = level, phase

    def learn(self, news: np.ndarray) -> None:
        """Count the outcomes of patients that a mask, shape (B, N), selects."""
        trial, patient = np.nonzero(news)
        place = (trial, self.level_of[trial, patient], self.dlt[trial, patient].astype(int))
        np.add.at(self.counts, place, 1)
        self.pending[trial, patient] = False

    def distinct(self, window: int) -> tuple[FollowedTrials, np.ndarray]:
        """The distinct states of the trials, and the position of each one's among them."""
        followed = self.level_of * window + (self.now[:, None] - self.enrolled_at) + 1
        most = int(self.pending.sum(axis=1).max(initial=0))
        codes = -np.sort(-np.where(self.pending, followed, 0), axis=1)[:, :most]
        first, kind = distinct(self.counts, codes, self.level, self.phase)
        pending = np.zeros((len(first), self.counts.shape[1] * window), dtype=np.int16)
        row, column = np.nonzero(codes[first])
        np.add.at(pending, (row, codes[first][row, column] - 1), 1)
        shaped = pending.reshape(len(first), -1, window)
        return FollowedTrials(self.counts[first], shaped, self.level[first], self.phase[first]), kind


def walk(
    design: FollowUpDesign,
    reached: np.ndarray,
    uniforms: np.ndarray,
    arrivals: Arrivals,
    calendar: Calendar,
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

    Raises
    ------
    SimulationError
        If the design waits although every outcome is known, or enrols too many.
    """
    (scenarios, doses, steps), trials = reached.shape, len(uniforms)
    total, window = scenarios * trials, steps - 1
    duration, suspended, turned_away, contradicted = np.zeros((4, total), dtype=np.int64)
    walking = _Walking.opened(total, doses, design.max_patients)
    ended: list[tuple[np.ndarray, FollowedTrials, np.ndarray]] = []

    def enrol(which: np.ndarray, level: np.ndarray, phase: np.ndarray) -> None:
        scenario, trial = np.divmod(walking.number[which], trials)
        u = uniforms[trial, walking.patients[which]]
        walking.enrol(which, level, phase, reached[scenario, level], u)

    first = design.first_patient()
    enrol(np.arange(total), np.repeat(first.level, total), np.repeat(first.phase, total))
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

        states, kind = walking.distinct(window)
        asked = _asked(design, arrivals, states)
        contradicted[walking.number] += _contradicted(design, walking, asked, kind)
        taken = asked.trials.pending[..., 0].sum(axis=1) > states.pending[..., 0].sum(axis=1)
        some = np.flatnonzero(taken[kind])
        enrol(some, asked.trials.level[kind[some]], asked.trials.phase[kind[some]])
        stop = asked.stop[kind]
        left = walking.queue - taken[kind]
        too_many = np.where(stop == 0, np.maximum(left - arrivals.waiting_room, 0), 0)
        turned_away[walking.number] += too_many
        walking.queue, walking.again, walking.suspended = left - too_many, taken[kind], asked.suspended[kind]

        stops = stop != StopReason.GOES_ON.code
        if stops.any():
            over = walking.take(stops)
            duration[over.number] = over.known_at.max(axis=1)
            over.learn(over.pending)
            nobody = np.broadcast_to(np.int16(0), (len(over.number), doses, window))
            ended.append(
                (over.number, FollowedTrials(over.counts, nobody, over.level, over.phase), stop[stops])
            )
            walking = walking.take(~stops)
    final, end = _ends(design, ended, total)
    each = [one.reshape(scenarios, trials) for one in (end, duration, suspended, turned_away, contradicted)]
    return Walked(final, *each)


def _asked(design: FollowUpDesign, arrivals: Arrivals, states: FollowedTrials) -> Asked:
    """Each of the distinct states asked about one patient."""
    going_on, one = np.zeros(len(states), dtype=int), np.ones(len(states), dtype=int)
    return ask(design, arrivals, states, going_on, going_on.astype(bool), one)


def _contradicted(design: FollowUpDesign, walking: _Walking, asked: Asked, kind: np.ndarray) -> np.ndarray:
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
        completed = FollowedTrials(later.counts, nobody, before.level[decided], before.phase[decided])
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
