"""Posteriors and trials written by hand."""

import numpy as np
import pytest

from bayesdose.inference.posterior import BatchPosterior
from bayesdose.trial import TrialState


@pytest.fixture(scope="session")
def hand_made():
    """Makes a posterior of one trial: ``below`` is {bound: probability at each dose}."""

    def make(below=None, **others):
        below = below or {0.5: [0.5, 0.5, 0.5]}
        prob_below = np.array(list(below.values()), dtype=float).T[None]
        zeros = np.zeros(prob_below.shape[:2])
        given = {name: np.array(value, dtype=float)[None] for name, value in others.items()}
        return BatchPosterior(
            **{"mean": zeros, "sd": zeros, **given},
            prob_below=prob_below,
            bounds=tuple(below),
            error=0.0,
        )

    return make


@pytest.fixture(scope="session")
def trial():
    """Makes the state of one trial from patients and DLTs at each dose and the current level's number."""

    def make(patients, dlts, level, phase=0):
        patients, dlts = np.array(patients), np.array(dlts)
        counts = np.stack([patients - dlts, dlts], axis=-1)[None]
        return TrialState(counts, np.array([level - 1]), np.array([phase]))

    return make
