"""The promise of every rule's margin: errors below it in all posterior numbers never change the answer.

The ladder of tables rests on it: a state is settled on a coarse table if its margin exceeds the error.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.admissible import EWOC, MTDEWOC, NotTooToxic, QuantileBelow
from bayesdose.rules.mean_below import MeanBelow
from bayesdose.rules.next_dose import HighestAllowed, MaxTargetProbability, MinExpectedLoss
from bayesdose.rules.next_dose_by_estimate import ClosestMean, ClosestMedian, ClosestPlugIn
from bayesdose.rules.posterior_precision import CredibleIntervalInside, CVBelow, SDBelow
from bayesdose.rules.posterior_stopping import HighestDoseSafe, LowestTooToxic, TargetProbabilityReached
from bayesdose.rules.rising_feasibility import MTDEWOCByPatients
from bayesdose.rules.stopping import PatientsAtDose
from bayesdose.trial import TrialState

BOUNDS = (0.2, 0.33, 0.6)
K = 4

EWOC_RULE, QUANTILE = EWOC(0.33, 0.25), QuantileBelow(0.33, 0.75)
ADMISSIBLE = [
    EWOC_RULE,
    MTDEWOC(0.33, 0.25),
    NotTooToxic(0.6, 0.5),
    QUANTILE,
    MeanBelow(0.33),
    MTDEWOCByPatients(0.33, (0, 20), (0.25, 0.5)),
    EWOC_RULE & NotTooToxic(0.6, 0.1),
    EWOC_RULE | (QuantileBelow(0.2, 0.5) & NotTooToxic(0.6, 0.1)),
]
NEXT_DOSE = [
    MaxTargetProbability(0.2, 0.33),
    MinExpectedLoss(BOUNDS, (1, 0, 1, 2)),
    MinExpectedLoss((0.33,), (0.5, 3)),
    ClosestMean(0.25),
    ClosestPlugIn(0.25),
    ClosestMedian(0.25),
    HighestAllowed(),
]
TOXIC, TARGET = LowestTooToxic(0.33, 0.5), TargetProbabilityReached(0.2, 0.33, 0.3)
STOPPING = [
    TOXIC,
    TARGET,
    SDBelow(0.15),
    CVBelow(0.5),
    CredibleIntervalInside(0.2, 0.6, 0.4),
    HighestDoseSafe(0.33, 0.5),
    LowestTooToxic(0.33, 0.5, min_patients=3),
    TOXIC | TARGET,
    (PatientsAtDose(3) & TARGET) | SDBelow(0.1),
    TARGET & CVBelow(0.6) & TOXIC,
]


def random_posterior(rng, trials=40):
    """Numbers of no model in particular; means and second moments are consistent."""
    mean, plug_in = rng.random((2, trials, K))
    sd = rng.random((trials, K)) * np.sqrt(mean * (1 - mean))
    prob_below = np.sort(rng.random((trials, K, len(BOUNDS))), axis=-1)
    # A model with one parameter: what is compared is P(parameter < midpoint of two doses); it falls in both.
    averages = np.zeros((trials, K, K))
    place = np.sort(rng.random((trials, K)), axis=1)[:, ::-1]
    low, high = np.triu_indices(K, 1)
    averages[:, low, high] = (place[:, low] + place[:, high]) / 2
    return BatchPosterior(
        mean,
        sd,
        prob_below,
        BOUNDS,
        0.0,
        plug_in=plug_in,
        averages_below=averages,
        num_patients=np.arange(trials),
    )


def with_errors(posterior, size, rng):
    """The same with errors of up to `size` (shape (B,)) in each number, signs at random."""

    def off(values):
        scale = size.reshape(-1, *[1] * (values.ndim - 1))
        return values + scale * rng.choice([-1.0, 1.0, 0.3], size=values.shape)

    mean = off(posterior.mean)
    second_moment = off(posterior.mean**2 + posterior.sd**2)
    upper = np.triu(np.ones((K, K), dtype=bool), 1)
    return dataclasses.replace(
        posterior,
        mean=mean,
        sd=np.sqrt(np.maximum(second_moment - mean**2, 0)),
        prob_below=off(posterior.prob_below),
        plug_in=off(posterior.plug_in),
        averages_below=np.where(upper, off(posterior.averages_below), 0),
    )


def just_below(margin):
    return np.minimum(margin, 0.2) * (1 - 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("rule", ADMISSIBLE, ids=str)
def test_admissible(rule, seed):
    rng = np.random.default_rng(seed)
    posterior = random_posterior(rng)
    margin = rule.margin(posterior)
    for dose in range(K):
        other = with_errors(posterior, just_below(margin[:, dose]), rng)
        assert np.array_equal(rule.admissible(other)[:, dose], rule.admissible(posterior)[:, dose])
    assert np.all(margin >= 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("rule", NEXT_DOSE, ids=str)
def test_next_dose(rule, seed):
    rng = np.random.default_rng(seed)
    posterior, allowed = random_posterior(rng), rng.random((40, K)) < 0.7
    margin = rule.margin(posterior, allowed)
    other = with_errors(posterior, just_below(margin), rng)
    assert np.array_equal(rule.choose(other, allowed), rule.choose(posterior, allowed))
    assert np.all(margin >= 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
@pytest.mark.parametrize("rule", STOPPING, ids=str)
def test_stopping(rule, seed):
    rng = np.random.default_rng(seed)
    posterior = random_posterior(rng)
    counts = rng.integers(0, 3, size=(40, K, 2))
    state = TrialState(counts, np.zeros(40, dtype=int), np.zeros(40, dtype=int))
    level = rng.integers(0, K, size=40)
    margin = rule.margin(state, level, posterior)
    other = with_errors(posterior, just_below(margin), rng)
    assert np.array_equal(rule.stop(state, level, other), rule.stop(state, level, posterior))
    assert np.all(margin >= 0)
