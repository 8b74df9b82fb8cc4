"""Patients walking through a design: the independent check of the exact engine.

Patient j of trial i has one latent uniform u, the same for every design and scenario: a DLT at any
dose whose P(DLT) exceeds u, a moderate toxicity where the two probabilities together do. So
differences between designs are differences on the same patients.
"""

import math
from collections.abc import Callable

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.optional import recorded
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.graph import conclusions
from bayesdose.simulation.states import distinct_states, expand, start_state
from bayesdose.threads import one_thread
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["Watch", "latent_uniforms", "simulate_trials"]

Watch = Callable[[np.ndarray, TrialState], None]

# Uniforms that Philox makes at one position of its counter.
_AT_ONCE = 4


def latent_uniforms(seed: int, first: int, last: int, patients: int) -> np.ndarray:
    """Latent uniforms of the patients of trials `first` to `last` - 1, shape (trials, patients).

    Philox makes the numbers at any position of its counter from a key, which is of the seed. A position
    is a trial's number and that of a block of four patients, so a uniform depends on the seed, its trial
    and its patient alone: not on how many trials there are, nor on how many patients follow.

    References
    ----------
    Salmon JK, Moraes MA, Dror RO, Shaw DE (2011). Parallel random numbers: as easy as 1, 2, 3. Proceedings
    of SC11, doi 10.1145/2063384.2063405.
    """
    key = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    blocks = []
    for block in range(math.ceil(patients / _AT_ONCE)):
        # The first word counts up, so one call makes a block of all trials; numpy counts before it makes
        # numbers, so trial i has position i + 1.
        stream = np.random.Philox(key=key, counter=np.array([first, block, 0, 0], dtype=np.uint64))
        blocks.append(np.random.Generator(stream).random((last - first, _AT_ONCE)))
    return np.concatenate(blocks, axis=1)[:, :patients]


def simulate_trials(
    design: Design,
    prob_outcome: np.ndarray,
    uniforms: np.ndarray,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> tuple[FinalTrials, np.ndarray]:
    """Walk the same patients through a design in each scenario.

    All trials move in lock step. What is kept of a trial is the position of its state among the distinct
    ones, for each of which a decision is taken once.

    Parameters
    ----------
    design : Design
        The design.
    prob_outcome : ndarray, shape (S, K, C)
        True probability of each outcome category at each dose; the last category is DLT.
    uniforms : ndarray, shape (N, patients)
        Latent uniforms of the patients of N trials.
    progress : callable, optional
        Called with the share of trials that have ended.
    watch : callable, optional
        Called after each cohort with the trials still walking (scenario * N + trial) and their states, whose
        level is the cohort's.

    Returns
    -------
    final : FinalTrials
        The ways in which trials ended, T of them.
    end : ndarray of int, shape (S, N)
        Position among them of each trial's.
    """
    scenarios, num_doses, categories = prob_outcome.shape
    trials = len(uniforms)
    # P(u < threshold) per category, from DLT down: shape (S, K, C - 1).
    thresholds = np.cumsum(prob_outcome[:, :, :0:-1], axis=-1)
    walking = np.arange(scenarios * trials)
    state, cohorts, position = start_state(num_doses, categories), design.first_cohort(), 0 * walking
    finals: list[FinalTrials] = []
    end = np.empty(scenarios * trials, dtype=np.int32)
    with one_thread():
        while len(walking):
            below = _below(state, cohorts, position, walking, thresholds, uniforms)
            state, position = _reached(state, cohorts, position, below)
            if watch is not None:
                watch(walking, state.take(position))
            following, dose = conclusions(design, state)
            stops = following.stop != StopReason.GOES_ON.code
            number_of_end = sum(len(final.stop) for final in finals) + np.cumsum(stops) - 1
            ended = stops[position]
            end[walking[ended]] = number_of_end[position[ended]]
            stopped, number = state.take(stops), np.full(int(stops.sum()), len(finals) + 1)
            record = recorded(design, stopped)
            finals.append(FinalTrials(stopped.counts, dose[stops], following.stop[stops], number, record))
            walking, position = walking[~ended], (np.cumsum(~stops) - 1)[position[~ended]]
            state, cohorts = state.take(~stops), following.take(~stops)
            progress(1.0 - len(walking) / (scenarios * trials))
    return FinalTrials.join(finals), end.reshape(scenarios, trials)


def _below(
    state: TrialState,
    cohorts: Cohorts,
    position: np.ndarray,
    walking: np.ndarray,
    thresholds: np.ndarray,
    uniforms: np.ndarray,
) -> np.ndarray:
    """How many uniforms of each trial's cohort are below each threshold of its level, shape (C - 1, B)."""
    scenario, trial = np.divmod(walking, len(uniforms))
    size, level = cohorts.size[position], cohorts.level[position]
    treated = state.counts.sum(axis=(1, 2), dtype=int)[position]
    here = thresholds[scenario, level].T
    below = np.zeros(here.shape, dtype=int)
    for patient in range(int(cohorts.size.max())):
        given = patient < size
        u = uniforms[trial, np.where(given, treated + patient, 0)]
        below += (u < here) & given
    return below


def _reached(
    state: TrialState, cohorts: Cohorts, position: np.ndarray, below: np.ndarray
) -> tuple[TrialState, np.ndarray]:
    """The distinct states that cohorts lead to, and the position of each trial's among them."""
    shape = (len(state), *[int(cohorts.size.max()) + 1] * len(below))
    ways, way = np.unique(np.ravel_multi_index((position, *below), shape), return_inverse=True)
    parent, *below_thresholds = np.unravel_index(ways, shape)
    given = cohorts.take(parent)
    # A DLT is below all thresholds, no toxicity below none.
    outcomes = np.diff([0 * parent, *below_thresholds, given.size], axis=0)[::-1].T
    distinct, child = distinct_states(expand(state.take(parent), given, outcomes))
    return distinct, child[way]
