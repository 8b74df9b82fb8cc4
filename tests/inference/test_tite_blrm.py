"""A two-parameter logistic model with pending patients: by tables, by PyMC's model and by NUTS."""

import arviz_stats
import numpy as np
import pytest

import bayesdose as bd
from bayesdose.inference.follow_up import FollowUpTable
from bayesdose.models.description import TwoParameterLogistic

# Input: the R package escalation, vignette A280, weights; prior of Neuenschwander et al. (2008) with
# independent parameters. Numbers: an independent quadrature, five decimals.
GRID = bd.DoseGrid((1, 2.5, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 250), unit="mg")
PRIOR = bd.priors.NormalPrior((2.15, 0.52), (0.84, 0.80), reference_dose=250)
MEANS = [0.09449, 0.16000, 0.23611, 0.34037, 0.41404, 0.47071, 0.51627, 0.55396, 0.61306, 0.65753, 0.73230]
MEANS += [0.77884, 0.83373, 0.86511, 0.88550]
PARAMETERS = [2.28115, -0.09655]
# Doses 1 1 2.5 2.5 5 5, a DLT in the fifth patient, weights 1 1 1 0.9 1 0.5.
KNOWN, LEVEL, WEIGHT = "1NN 2N 3T", np.array([2, 3]), np.array([0.9, 0.5])


@pytest.fixture(scope="module")
def model():
    model = bd.models.two_parameter_logistic(GRID, PRIOR)
    with model:
        bd.models.observe_pending(LEVEL, WEIGHT)
    return model


@pytest.fixture(scope="module")
def exact(model):
    return bd.exact_posterior(model, KNOWN, bounds=(0.16, 0.33), quantiles=(0.5,))


def test_pymcs_model_by_quadrature(exact):
    # Independent numbers of five decimals: 1e-5, half a unit of theirs and of rounding.
    assert exact["mean"].values == pytest.approx(MEANS, abs=1e-5)
    assert exact["parameter_mean"].values == pytest.approx(PARAMETERS, abs=1e-5)


def test_tables(exact):
    design = bd.late_onset.tite_blrm(
        GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=18
    )
    counts = bd.Outcomes(((1, "NN"), (2, "N"), (3, "T"))).counts(15)[None]
    pending = np.zeros((1, 15, 10), dtype=int)
    pending[0, 1, 9] = pending[0, 2, 5] = 1
    trials = bd.late_onset.FollowedTrials(counts, pending, np.array([2]), np.array([0]))
    found = design.posterior(trials)
    assert found.mean[0] == pytest.approx(MEANS, abs=1e-5)
    # The same posterior by quadrature over PyMC's model to 1e-8, over the tables to 1e-9.
    assert found.mean[0] == pytest.approx(exact["mean"].values, abs=2e-8)
    below = exact["interval_probability"].values[:, 0]
    assert found.below(0.16)[0] == pytest.approx(below, abs=2e-8)


def test_densities_without_pymc(exact):
    densities = TwoParameterLogistic(PRIOR).densities(GRID).given_pending(LEVEL - 1, WEIGHT)
    points = densities.ordinary_points()
    plain = TwoParameterLogistic(PRIOR).densities(GRID)
    p = plain.prob_dlt(points)
    added = np.log1p(-0.9 * p[:, 1]) + np.log1p(-0.5 * p[:, 2])
    assert densities.log_prior(points) - plain.log_prior(points) == pytest.approx(added, abs=1e-12)


def test_nuts(model, exact):
    draws = bd.fit(model, KNOWN, rng=20000901)
    posterior = draws["posterior"].to_dataset()
    mcse = arviz_stats.mcse(posterior)
    # Four Monte Carlo standard errors: the seed is fixed, and 17 normal deviates stay below 4.
    for name, expected in (("prob_dlt", exact["mean"]), ("theta", exact["parameter_mean"])):
        away = np.abs(posterior[name].mean(("chain", "draw")).values - expected.values)
        np.testing.assert_array_less(away, 4 * mcse[name].values, err_msg=name)


def test_weights_of_whole_windows_are_known_outcomes():
    # A patient followed for the whole window is one without a DLT.
    design = bd.late_onset.tite_blrm(
        GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=18
    )
    table = design.design.tables[-1]
    known, dlts = np.zeros((1, 15), dtype=int), np.zeros((1, 15), dtype=int)
    known[0, :3], dlts[0, 2] = [3, 3, 2], 1
    pending = np.zeros((1, 15, 2), dtype=int)
    pending[0, 1, 1] = 2
    found = FollowUpTable.of(table, np.array([0.0, 1.0])).posterior(known, dlts, pending)
    known[0, 1] += 2
    # Sums over the same nodes in another order: rounding.
    assert found.mean == pytest.approx(table.posterior(known, dlts).mean, abs=1e-12)
