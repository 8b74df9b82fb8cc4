"""Simulated trials in chunks: what a worker does, and how chunks are shared out and put together."""

import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.progress import Progress, Share, counted, no_progress
from bayesdose.simulation.checkpoint import Checkpoint
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.jobs import results_of
from bayesdose.simulation.monte_carlo import latent_uniforms, simulate_trials
from bayesdose.simulation.paired_differences import NUM_MEASURES, trial_measures
from bayesdose.simulation.tally import Chunk, Tally
from bayesdose.simulation.truth import Truth
from bayesdose.versions import versions_in_words

__all__ = ["SimulationTask", "chunk_of", "run_chunks", "simulate_study"]

# Trials of a chunk, and trials times scenarios of one, which bounds a worker's memory to some 300 MB.
_CHUNK, _TRIALS_AT_ONCE = 10_000, 500_000
# Chunks that are held before they are added up: as many for any number of trials.
_PARTS_AT_ONCE = 16
# Trials after which a target precision is first looked at.
_PILOT = 1_000


@dataclass(frozen=True, eq=False)
class SimulationTask:
    """All that a worker needs to simulate any of a study's trials.

    Parameters
    ----------
    designs : tuple of Design
    prob_outcomes : tuple of ndarray, shape (S, K, C)
        True outcome probabilities, for each design in the categories that it looks at.
    truth : Truth
    seed : int
        Seed of the patients.
    """

    designs: tuple[Design, ...]
    prob_outcomes: tuple[np.ndarray, ...]
    truth: Truth
    seed: int

    def settings(self, names: Sequence[str], hashes: Sequence[str]) -> dict[str, str]:
        """What the result of a chunk depends on, for the checkpoint's record."""
        scenarios = hashlib.sha256()
        for array in (*self.prob_outcomes, self.truth.prob_dlt):
            scenarios.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return {
            "designs": ", ".join(f"{name} {short[:16]}" for name, short in zip(names, hashes, strict=True)),
            "scenarios": scenarios.hexdigest(),
            "mtd_rule": str(self.truth.mtd_rule),
            "seed": str(self.seed),
            "generator": "Philox",
            "versions": versions_in_words(),
        }

    def simulate(self, first: int, last: int) -> Chunk:
        """Trials `first` to `last` - 1 of every design in every scenario, on the same patients."""
        most = max(design.max_patients for design in self.designs)
        uniforms = latent_uniforms(self.seed, first, last, most)
        each = zip(self.designs, self.prob_outcomes, strict=True)
        return chunk_of([simulate_trials(design, prob, uniforms) for design, prob in each], self.truth)


def chunk_of(ended: Sequence[tuple[FinalTrials, np.ndarray]], truth: Truth) -> Chunk:
    """What designs' trials on the same patients add up to.

    Parameters
    ----------
    ended : sequence of (FinalTrials, ndarray of int, shape (S, N))
        For each of D designs, the ways in which trials ended, and the position among them of each trial's.
    truth : Truth
        The S scenarios.
    """
    tallies, measures = [], []
    for final, end in ended:
        tallies.append(Tally.of(final, end))
        measures.append(np.take_along_axis(trial_measures(final, truth), end[:, :, None], axis=1))
    # Products of whole numbers below 2**53 are exact in double precision.
    joint = np.concatenate(measures, axis=-1)
    shape = (len(joint), len(ended), NUM_MEASURES, len(ended), NUM_MEASURES)
    products = (joint.transpose(0, 2, 1) @ joint).astype(np.int64).reshape(shape)
    return Chunk(tuple(tallies), products)


def run_chunks(
    study: SimulationTask,
    ranges: Sequence[tuple[int, int]],
    *,
    executor: Executor | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Progress = no_progress,
) -> Chunk:
    """Simulate ranges of trials, here or by an executor's workers, and add them up.

    A chunk that fails is tried once more. Chunks of a checkpoint are read, new ones are added to it
    as soon as they are done.

    Raises
    ------
    SimulationError
        If a chunk fails twice; the message names its trials, and the cause is attached.
    """
    total, missing = _Total(), []
    number = sum(last - first for first, last in ranges)
    finished = 0
    for one in ranges:
        saved = None if checkpoint is None else checkpoint.read(*one)
        if saved is None:
            missing.append(one)
            continue
        total.add(saved)
        finished += one[1] - one[0]
    if finished:
        progress(finished / number)
    jobs = {(first, last): partial(study.simulate, first, last) for first, last in missing}
    for one, chunk in results_of(jobs, executor, lambda one: f"Trials {one[0]} to {one[1] - 1}"):
        if checkpoint is not None:
            checkpoint.write(*one, chunk)
        total.add(chunk)
        finished += one[1] - one[0]
        progress(finished / number)
    return total.sum()


class _Total:
    """A sum of chunks that never holds more than some of them."""

    def __init__(self) -> None:
        self._parts: list[Chunk] = []

    def add(self, chunk: Chunk) -> None:
        self._parts.append(chunk)
        if len(self._parts) == _PARTS_AT_ONCE:
            self._parts = [self.sum()]

    def sum(self) -> Chunk:
        return Chunk.sum(self._parts)


def simulate_study(
    study: SimulationTask,
    *,
    trials: int | None,
    target_mcse: float | None,
    chunk_size: int | None = None,
    executor: Executor | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Progress = no_progress,
) -> tuple[Chunk, int]:
    """A given number of trials, or as many as a precision takes; returns their sum and their number.

    The number that a precision takes depends on the trials alone, not on how they are shared out.
    """
    size = chunk_size or max(100, min(_CHUNK, _TRIALS_AT_ONCE // len(study.truth.prob_dlt)))
    done, number, wanted = [], 0, trials or _PILOT
    while number < wanted:
        starts = range(number, wanted, size)
        ranges = [(first, min(first + size, wanted)) for first in starts]
        share = Share(number / wanted, number, "trials"), Share(1.0, wanted, "trials")
        done.append(
            run_chunks(
                study,
                ranges,
                executor=executor,
                checkpoint=checkpoint,
                progress=counted(progress, *share),
            )
        )
        number = wanted
        if target_mcse is not None:
            wanted = _trials_for(Chunk.sum(done), number, target_mcse)
    return Chunk.sum(done), number


def _trials_for(chunk: Chunk, number: int, target_mcse: float) -> int:
    """Trials that bring the standard error of the correct selection to the target everywhere."""
    correct = np.stack([chunk.products[:, d, 0, d, 1] for d in range(chunk.products.shape[1])]) / number
    variance = float(np.max(correct * (1 - correct)))
    if np.sqrt(variance / number) <= target_mcse:
        return number
    # A tenth more than the estimate says, because one further round is then nearly always enough.
    return max(number + 1, math.ceil(1.1 * variance / target_mcse**2))
