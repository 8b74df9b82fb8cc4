"""Patients walking through a design: the independent check of the exact engine.

Patient j of trial i has one latent uniform u, the same for every design and scenario: a DLT at any
dose whose P(DLT) exceeds u, a moderate toxicity where the two probabilities together do. So
differences between designs are differences on the same patients.
"""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from bayesdose.designs.base import Design
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.graph import FinalTrials, recommended
from bayesdose.simulation.states import distinct_states, start_state
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["Watch", "latent_uniforms", "simulate_trials"]

Watch = Callable[[np.ndarray, TrialState, Cohorts], None]


def latent_uniforms(seed: int, first: int, last: int, patients: int) -> np.ndarray:
    """Latent uniforms of the patients of trials `first` to `last` - 1, shape (trials, patients).

    Trial i draws from ``SeedSequence(seed, spawn_key=(i,))``: its patients do not depend on how
    many trials there are, and the first patients not on how many follow.
    """
    return np.stack(
        [
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,))).random(patients)
            for i in range(first, last)
        ]
    )


def simulate_trials(
    design: Design,
    prob_outcome: np.ndarray,
    uniforms: np.ndarray,
    progress: Progress = no_progress,
    watch: Watch | None = None,
) -> tuple[FinalTrials, np.ndarray]:
    """Walk the same patients through a design in each scenario.

    All trials move in lock step, and each decision is taken once for each distinct state.

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
        Called after each cohort with the trials still walking (scenario * N + trial), their states and
        the cohorts that they were given.

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
    start = start_state(num_doses, categories)
    walking = np.arange(scenarios * trials)
    state = start.take(np.zeros(len(walking), dtype=int))
    cohorts = design.first_cohort().take(np.zeros(len(walking), dtype=int))
    finals: list[FinalTrials] = []
    end = np.empty(scenarios * trials, dtype=np.int32)
    with threadpool_limits(1):
        while len(walking):
            state = _treat(state, cohorts, walking, trials, thresholds, uniforms)
            if watch is not None:
                watch(walking, state, cohorts)
            distinct, position = distinct_states(state)
            following = design.next_cohort(distinct)
            stops = following.stop != StopReason.GOES_ON.code
            number_of_end = sum(len(final.stop) for final in finals) + np.cumsum(stops) - 1
            ended = stops[position]
            end[walking[ended]] = number_of_end[position[ended]]
            stopped = distinct.take(stops)
            number = np.full(len(stopped), len(finals) + 1)
            dose = recommended(design, stopped)
            finals.append(FinalTrials(stopped.counts, dose, following.stop[stops], number))
            walking, state, position = walking[~ended], state.take(~ended), position[~ended]
            cohorts = following.take(position)
            progress(1.0 - len(walking) / (scenarios * trials))
    return FinalTrials.join(finals), end.reshape(scenarios, trials)


def _treat(
    state: TrialState,
    cohorts: Cohorts,
    walking: np.ndarray,
    trials: int,
    thresholds: np.ndarray,
    uniforms: np.ndarray,
) -> TrialState:
    """Add each trial's cohort: its next patients' outcomes at the cohort's level."""
    counts = state.counts.copy()
    treated = counts.sum(axis=(1, 2), dtype=int)
    here = thresholds[walking // trials, cohorts.level]
    rows = np.arange(len(state))
    for patient in range(int(cohorts.size.max())):
        in_cohort = patient < cohorts.size
        u = uniforms[(walking % trials)[in_cohort], (treated + patient)[in_cohort]]
        # The number of thresholds above u: all for a DLT, none for no toxicity.
        category = (u[:, None] < here[in_cohort]).sum(axis=1)
        counts[rows[in_cohort], cohorts.level[in_cohort], category] += 1
    return TrialState(counts, cohorts.level, cohorts.phase)
