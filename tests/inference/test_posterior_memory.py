"""A table that remembers gives what it would have computed, whatever it was asked before."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.inference import posterior_memory
from bayesdose.inference.posterior_memory import with_memory
from bayesdose.models.description import TwoParameterLogistic

GRID = bd.DoseGrid((1, 3, 10), "mg")


@pytest.fixture(scope="module")
def table():
    model = TwoParameterLogistic(bd.priors.NormalPrior((-1.0, 0.0), (2.0, 1.0), 3.0))
    design = bd.model_based(GRID, model, next_dose=bd.rules.MaxTargetProbability(0.16, 0.33), max_patients=24)
    return design.tables[-1]


def batches():
    """Batches of data sets that repeat within themselves and each other."""
    rng = np.random.default_rng(3)
    for _ in range(5):
        patients = rng.integers(0, 3, size=(400, 3)) * 3
        yield patients, rng.binomial(patients, 0.3)


def check(remembering, table):
    for patients, dlts in batches():
        found, computed = remembering.posterior(patients, dlts), table.posterior(patients, dlts)
        for name in ("mean", "sd", "prob_below"):
            # Which data sets share a block moves the last digits.
            np.testing.assert_allclose(getattr(found, name), getattr(computed, name), rtol=0, atol=1e-11)
        assert found.num_patients.tolist() == patients.sum(axis=1).tolist()
        assert (found.bounds, found.error) == (computed.bounds, computed.error)
        assert found.averages_below is None


def test_the_same_posteriors_and_each_data_set_once(table):
    remembering = with_memory(table)
    check(remembering, table)
    # 0, 1, 2 cohorts of three at each of three doses, and their DLTs: 1 + 4 + 7 data sets a dose.
    assert 400 < len(remembering.memory) <= 12**3
    known = len(remembering.memory)
    patients, dlts = next(batches())
    remembering.posterior(patients, dlts)
    assert len(remembering.memory) == known


def test_data_sets_of_one_number_are_told_apart(table, monkeypatch):
    monkeypatch.setattr(posterior_memory, "row_numbers", lambda data: data[:, 0].astype(np.int64))
    check(with_memory(table), table)


def test_a_full_memory_computes(table, monkeypatch):
    monkeypatch.setattr(posterior_memory, "_MOST", 300)
    remembering = with_memory(table)
    check(remembering, table)
    assert len(remembering.memory) <= 300


def test_memory_says_nothing_of_a_table(table):
    assert with_memory(table) == table
    assert repr(with_memory(table)) == repr(table)
    assert len(with_memory(table).memory) == 0
    empty = np.zeros((0, 3), dtype=int)
    assert len(with_memory(table).posterior(empty, empty).mean) == 0
