"""Patients walking through a design: the independent check of the exact engine.

Patient j of trial i has one latent uniform u, the same for every design and scenario: a DLT at any
dose whose P(DLT) exceeds u, a moderate toxicity where the two probabilities together do. So
differences between designs are differences on the same patients.
"""

import numpy as np
from threadpoolctl import threadpool_limits

from bayesdose.designs.base import Design
from bayesdose.progress import Progress, no_progress
from bayesdose.simulation.graph import FinalTrials, final_trials
from bayesdose.simulation.states import distinct_states, start_state
from bayesdose.trial import StopReason, TrialState

__all__ = ["latent_uniforms", "simulate_trials"]


def latent_uniforms(seed: int, trials: int, patients: int) -> np.ndarray:
    """Latent uniforms of the patients, shape (trials, patients).

    Trial i draws from ``SeedSequence(seed, spawn_key=(i,))``: its patients do not depend on how
    many trials there are, and the first patients not on how many follow.
    """
    return np.stack(
        [
            np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,))).random(patients)
            for i in range(trials)
        ]
    )


def simulate_trials(
    design: Design,
    prob_outcome: np.ndarray,
    uniforms: np.ndarray,
    progress: Progress = no_progress,
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
        Called with the share of patients treated so far.

    Returns
    -------
    final : FinalTrials
        The distinct ways in which trials ended, T of them.
    frequency : ndarray, shape (S, T)
        Share of each scenario's trials that ended so.
    """
    scenarios, num_doses, categories = prob_outcome.shape
    trials = len(uniforms)
    # P(u < threshold) per category, from DLT down: shape (S, K, C - 1).
    thresholds = np.cumsum(prob_outcome[:, :, :0:-1], axis=-1)
    start = start_state(num_doses, categories)
    walking = np.arange(scenarios * trials)
    state = start.take(np.zeros(len(walking), dtype=int))
    first = design.first_cohort()
    cohorts = first.take(np.zeros(len(walking), dtype=int))
    finals, frequencies, number = [], [], 0
    with threadpool_limits(1):
        while len(walking):
            number += 1
            state = _treat(state, cohorts, walking, trials, thresholds, uniforms)
            distinct, position = distinct_states(state)
            following = design.next_cohort(distinct)
            stops = following.stop != StopReason.GOES_ON.code
            finals.append(final_trials(design, distinct.take(stops), following.stop[stops], number))
            frequencies.append(_frequency(walking // trials, position, stops, scenarios) / trials)
            goes_on = ~stops[position]
            walking, state, position = walking[goes_on], state.take(goes_on), position[goes_on]
            cohorts = following.take(position)
            progress(1.0 - len(walking) / (scenarios * trials))
    return FinalTrials.join(finals), np.concatenate(frequencies, axis=1)


def _treat(state: TrialState, cohorts, walking, trials, thresholds, uniforms) -> TrialState:
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


def _frequency(scenario: np.ndarray, position: np.ndarray, stops: np.ndarray, scenarios: int) -> np.ndarray:
    """Number of trials of each scenario that ended in each stopping state, shape (S, stopping)."""
    counted = np.bincount(scenario * len(stops) + position, minlength=scenarios * len(stops))
    return counted.reshape(scenarios, len(stops))[:, stops].astype(float)
