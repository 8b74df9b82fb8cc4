"""Simulated trials in chunks, added up in whole numbers: the same for any number of chunks and workers."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bayesdose.late_onset.arrivals import Arrivals
from bayesdose.late_onset.design import FollowUpDesign, backfills
from bayesdose.late_onset.responses import DrawnResponses
from bayesdose.late_onset.timing import in_total, of_durations
from bayesdose.late_onset.walk import Calendar, Walked, walk
from bayesdose.progress import Progress, Share, no_progress
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.characteristics import characteristics
from bayesdose.simulation.chunks import chunk_of
from bayesdose.simulation.jobs import results_of
from bayesdose.simulation.monte_carlo import latent_uniforms
from bayesdose.simulation.tally import Chunk
from bayesdose.simulation.truth import Truth

__all__ = ["SimulatedTime", "TimeTally", "simulate_in_chunks", "simulated_characteristics"]

# Trials of a chunk, and trials times scenarios of one, which bound a worker's memory.
_CHUNK, _TRIALS_AT_ONCE = 10_000, 100_000
# Seeds of patients are below 2**63, those of their arrivals have 2**64 more.
_RESPONSES = 2**65


@dataclass(frozen=True, eq=False)
class TimeTally:
    """What trials of one design took, in whole steps, patients and decisions.

    Parameters
    ----------
    durations : ndarray of int, shape (S, T)
        Trials that took 0, 1, ... steps.
    totals, squares : ndarray of int, shape (S, 4)
        Sums over trials, and of squares: steps suspended, patients turned away, contradicted decisions, steps
        that the trial took.
    backfilled, backfilled_squares : ndarray of int, shape (S, K)
        Sums over trials, and of squares: backfilled patients at each dose.
    """

    durations: np.ndarray
    totals: np.ndarray
    squares: np.ndarray
    backfilled: np.ndarray
    backfilled_squares: np.ndarray

    @classmethod
    def of(cls, walked: Walked) -> "TimeTally":
        """The sums of some trials."""
        each = np.stack([walked.suspended, walked.turned_away, walked.contradicted, walked.duration], axis=-1)
        longest = int(walked.duration.max(initial=0)) + 1
        durations = np.stack([np.bincount(row, minlength=longest) for row in walked.duration])
        aside = walked.backfilled.sum(axis=1, dtype=np.int64)
        aside_squares = np.square(walked.backfilled, dtype=np.int64).sum(axis=1)
        return cls(durations, each.sum(axis=1), np.square(each).sum(axis=1), aside, aside_squares)

    @classmethod
    def sum(cls, parts: Sequence["TimeTally"]) -> "TimeTally":
        """All trials of several."""
        longest = max(part.durations.shape[1] for part in parts)
        padded = [np.pad(p.durations, ((0, 0), (0, longest - p.durations.shape[1]))) for p in parts]
        names = ("totals", "squares", "backfilled", "backfilled_squares")
        sums = (np.sum([getattr(part, name) for part in parts], axis=0) for name in names)
        return cls(np.sum(padded, axis=0), *sums)


@dataclass(frozen=True, eq=False)
class SimulatedTime:
    """All that a worker needs to simulate any of the trials.

    Parameters
    ----------
    designs : tuple of FollowUpDesign
        D designs.
    reached : ndarray, shape (S, K, W + 1)
        Probability of a DLT within 0, 1, ..., W steps.
    truth : Truth
        The S scenarios.
    arrivals : Arrivals
        How patients arrive.
    step : float
        Days of a step.
    seed : int
        Seed of the patients, their arrivals and their responses.
    responses : ndarray, shape (S, K, 2, R + 1), optional
        Probability of a response seen within 0, 1, ..., R steps, without and with a DLT; where a design
        backfills.
    """

    designs: tuple[FollowUpDesign, ...]
    reached: np.ndarray
    truth: Truth
    arrivals: Arrivals
    step: float
    seed: int
    responses: np.ndarray | None = None

    def simulate(self, first: int, last: int) -> tuple[Chunk, tuple[TimeTally, ...]]:
        """Trials `first` to `last` - 1 of every design in every scenario, on the same patients."""
        most = max(design.max_patients for design in self.designs)
        uniforms = latent_uniforms(self.seed, first, last, most)
        calendar = Calendar(self.arrivals, self.step, self.seed, first, last)
        drawn = None
        if self.responses is not None:
            drawn = DrawnResponses(self.responses, latent_uniforms(self.seed + _RESPONSES, first, last, most))
        walked = [
            walk(one, self.reached, uniforms, self.arrivals, calendar, drawn if backfills(one) else None)
            for one in self.designs
        ]
        chunk = chunk_of([(one.final, one.end) for one in walked], self.truth)
        return chunk, tuple(TimeTally.of(one) for one in walked)


def simulate_in_chunks(
    task: SimulatedTime,
    trials: int,
    *,
    chunk_size: int | None = None,
    executor: Executor | None = None,
    progress: Progress = no_progress,
) -> tuple[Chunk, tuple[TimeTally, ...]]:
    """A number of trials of every design, here or by an executor's workers.

    Raises
    ------
    SimulationError
        If a chunk fails twice.
    """
    size = chunk_size or max(100, min(_CHUNK, _TRIALS_AT_ONCE // len(task.reached)))
    ranges = [(first, min(first + size, trials)) for first in range(0, trials, size)]
    jobs = {(first, last): partial(task.simulate, first, last) for first, last in ranges}
    parts, done = [], 0
    for (first, last), part in results_of(jobs, executor, lambda one: f"Trials {one[0]} to {one[1] - 1}"):
        parts.append(part)
        done += last - first
        progress(Share(done / trials, done, "trials"))
    each = zip(*(times for _, times in parts), strict=True)
    return Chunk.sum([chunk for chunk, _ in parts]), tuple(TimeTally.sum(same) for same in each)


def simulated_characteristics(
    chunk: Chunk, times: Sequence[TimeTally], trials: int, task: SimulatedTime, max_patients: int
) -> list[Variables]:
    """Operating characteristics of each design, with Monte Carlo standard errors.

    Parameters
    ----------
    chunk, times : Chunk and sequence of TimeTally
        What `simulate_in_chunks` found.
    trials : int
        Their number.
    task : SimulatedTime
        What was simulated.
    max_patients : int
        Length of the ``patients`` coordinate, less one.
    """
    found = []
    for tally, time in zip(chunk.tallies, times, strict=True):
        frequency = tally.frequency / trials
        variables = characteristics(
            tally.final, frequency, task.truth, max_patients=max_patients, duration=None, trials=trials
        )
        mean = time.totals / trials
        # Rounding may leave a variance of no trial's a little below 0.
        error = np.sqrt(np.maximum(time.squares / trials - mean**2, 0.0) / trials)
        for kind, value in (("", mean), ("_mcse", error)):
            suspended, turned_away, contradicted, duration = value.T
            totals = in_total(task.step * suspended, turned_away, contradicted)
            variables |= {f"{name}{kind}": (("scenario",), one) for name, one in totals.items()}
            variables[f"expected_duration{kind}"] = (("scenario",), task.step * duration)
        share = time.durations / trials
        by_then = np.minimum(np.cumsum(share, axis=1), 1.0)
        variables |= of_durations(share, task.step, None)
        spread = np.sqrt(by_then * (1 - by_then) / trials)
        variables["duration_distribution_mcse"] = (("scenario", "days"), spread)
        if task.responses is not None:
            aside = time.backfilled / trials
            error = np.sqrt(np.maximum(time.backfilled_squares / trials - aside**2, 0.0) / trials)
            for kind, value in (("", aside), ("_mcse", error)):
                variables[f"expected_backfilled_patients{kind}"] = (("scenario", "dose"), value)
        found.append(variables)
    return found
