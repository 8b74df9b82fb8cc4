"""Tables against independent quadrature: a few data sets of the accuracy study (benchmarks/accuracy)."""

import numpy as np
import pytest

from bayesdose.inference.posterior import posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from benchmarks.accuracy.run import (
    BOUNDS,
    GRIDS,
    MAX_PATIENTS,
    PRIORS,
    TOLERANCE,
    Density,
    by_cubature,
    by_gauss_legendre,
    data_sets,
)


@pytest.mark.parametrize("prior_name", ["wide", "narrow", "correlation -0.5"])
def test_tables_hold_their_tolerance(prior_name):
    # Four data sets of each: one patient, no DLT in 100 patients, DLTs only, and a random trial. A narrow
    # prior is contradicted by DLTs only: the posterior then lies in the prior's far tail.
    grid, prior = GRIDS["6 doses"], PRIORS[prior_name]
    (table,) = tabulate(
        two_parameter_logistic(grid, prior),
        bounds=BOUNDS,
        max_patients=MAX_PATIENTS,
        tolerances=(TOLERANCE,),
    )
    patients, dlts = data_sets(6, 4, seed=19)
    found = posterior(table, patients, dlts).prob_below
    for number, (n, y) in enumerate(zip(patients, dlts, strict=True)):
        density = Density.of(grid, prior, n, y)
        expected = by_gauss_legendre(density)
        np.testing.assert_allclose(found[number], expected, rtol=0, atol=TOLERANCE)
        if number == 1:
            value, error, status = by_cubature(density, dose=2)
            assert status == "converged"
            assert error < 2e-8
            # cubature's own estimate of its error
            np.testing.assert_allclose(expected[2], value, rtol=0, atol=error)


def test_data_sets_of_every_kind():
    patients, dlts = data_sets(15, 50, seed=3)
    assert patients.sum(axis=1).min() == 1
    assert patients.sum(axis=1).max() == MAX_PATIENTS
    assert np.all(dlts <= patients)
    assert (dlts.sum(axis=1) == 0).sum() >= 5
    assert np.all(dlts == patients, axis=1).sum() >= 5
