"""Nodes of hardly any weight are left out of a posterior's sums, and how much that may move is held."""

from dataclasses import replace

import numpy as np
import pytest

from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import NEGLIGIBLE, posterior
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.models.description import TwoParameterLogistic
from bayesdose.models.normal_prior import NormalPrior

GRID = DoseGrid((1.0, 2.0, 5.0, 10.0), "mg")
PRIOR = NormalPrior((-1.2, 0.1), (1.6, 0.7), reference_dose=10.0, correlation=-0.3)


@pytest.fixture(scope="module")
def tables():
    return refined_tables(
        TwoParameterLogistic(PRIOR).densities(GRID),
        bounds=(0.16, 0.33),
        max_patients=30,
        tolerances=(1e-2, 1e-4, 1e-6),
    )


@pytest.fixture(scope="module")
def data_sets():
    rng = np.random.default_rng(11)
    patients = rng.integers(0, 9, size=(300, 4))
    return patients, rng.binomial(patients, (0.05, 0.15, 0.3, 0.5))


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("together", [True, False])
def test_what_is_left_out_moves_nothing_by_more_than_its_share(tables, data_sets, number, together):
    table = tables[number]
    # In double precision, where rounding is far below what is left out; of an error of infinity nothing is.
    double = {name: getattr(table, name).astype(float) for name in ("log_prior", "log_cells", "features")}
    some, every = (replace(table, **double, error=error) for error in (table.error, np.inf))
    patients, dlts = data_sets
    batches = [slice(None)] if together else [slice(row, row + 1) for row in range(0, 300, 5)]
    most = 0.0
    for batch in batches:
        found, expected = (posterior(one, patients[batch], dlts[batch]) for one in (some, every))
        for name in ("mean", "prob_below"):
            most = max(most, float(np.abs(getattr(found, name) - getattr(expected, name)).max()))
    assert 0 < most <= NEGLIGIBLE * table.error


def test_a_data_set_that_recurs_has_one_answer(tables, data_sets):
    patients, dlts = (np.concatenate([part, part[::-1]]) for part in data_sets)
    found = posterior(tables[0], patients, dlts)
    assert np.array_equal(found.prob_below, found.prob_below[::-1])
    assert len(np.unique(found.mean, axis=0)) > 200
