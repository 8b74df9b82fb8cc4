"""The two-parameter logistic model against OncoBayes2 (Stan) and against published worked examples."""

import numpy as np
import pytest

from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.posterior import posterior
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes

# 2 data sets x 6 doses x (mean and 3 intervals) are 48 comparisons. By Bonferroni, |z| above 4.5 has
# probability 48 x 6.8e-6 = 3e-4 if both are right; an error of 5 standard errors (0.005) would show.
MOST_STANDARD_ERRORS = 4.5
# Half a unit of the fifth decimal, and the reference's own difference between two grids (2.2e-6), twice:
# an interval probability is the difference of two values.
PRINTED = 5e-6 + 2 * 2.2e-6


def model_of(case):
    prior = NormalPrior.from_covariance(case["prior_mean"], case["prior_cov"], case["dref"])
    return two_parameter_logistic(DoseGrid(case["dose"], unit="mg"), prior)


def column(case, name):
    # An event that no draw hit has no standard error (null).
    return np.array([dose[name] for dose in case["doses"]], dtype=float)


def assert_within_monte_carlo_error(found, estimate, standard_error):
    known = standard_error > 0
    assert known.mean() > 0.9
    z = (found - estimate)[known] / standard_error[known]
    assert np.abs(z).max() < MOST_STANDARD_ERRORS
    # No draw of 100,000 there: the probability is below 2e-4 (0.9999 ** 100,000 is 5e-5).
    assert np.all(np.abs(found - estimate)[~known] < 2e-4)


@pytest.fixture(scope="module")
def cases(golden):
    return golden("blrm_oncobayes2.json")["cases"]


@pytest.mark.parametrize("index", [0, 1])
def test_table_against_oncobayes2(cases, index):
    # golden/blrm_oncobayes2.json: 4 x 25,000 draws of NUTS, no divergences.
    case = cases[index]
    (table,) = tabulate(model_of(case), bounds=case["cuts"], max_patients=sum(case["n"]))
    found = posterior(table, np.array([case["n"]]), np.array([case["y"]]))
    edges = np.concatenate([np.zeros((6, 1)), found.prob_below[0], np.ones((6, 1))], axis=1)
    assert_within_monte_carlo_error(found.mean[0], column(case, "mean"), column(case, "mcse_mean"))
    assert_within_monte_carlo_error(
        np.diff(edges, axis=1), column(case, "interval_probs"), column(case, "mcse_interval_probs")
    )


def test_exact_posterior_against_oncobayes2(cases):
    case = cases[1]
    found = exact_posterior(
        model_of(case),
        Outcomes.from_counts(case["n"], case["y"]),
        bounds=case["cuts"],
        quantiles=case["quantile_probs"],
    )
    assert_within_monte_carlo_error(found["mean"].values, column(case, "mean"), column(case, "mcse_mean"))
    assert_within_monte_carlo_error(
        found["interval_probability"].values,
        column(case, "interval_probs"),
        column(case, "mcse_interval_probs"),
    )
    estimate = [case["theta0_mean"], case["theta1_mean"]]
    standard_error = np.array([case["theta0_sd"], case["theta1_sd"]]) / np.sqrt(case["ess_theta"])
    assert_within_monte_carlo_error(found["parameter_mean"].values, estimate, standard_error)
    # No standard errors are given for quantiles. That of a median is at most about
    # 1.25 sd / sqrt(ESS); 0.3 / sqrt(60,000) x 1.25 x 4.5 is 0.007.
    median = case["quantile_probs"].index(0.5)
    np.testing.assert_allclose(
        found["quantile"].values[:, median], column(case, "quantiles")[:, median], atol=7e-3
    )


def test_oncobayes2_single_agent_example(nbg):
    # Data and prior of OncoBayes2's `hist_SA` example: log alpha ~ N(logit 0.5, 2^2), log beta ~ N(0, 1).
    # Expected values: two-dimensional quadrature on two grids, printed to four and five decimals.
    model = two_parameter_logistic(DoseGrid(nbg["doses"], unit="mg"), NormalPrior((0, 0), (2, 1), 250))
    found = exact_posterior(model, nbg["outcomes"], bounds=(0.16, 0.33))
    np.testing.assert_allclose(found["parameter_mean"], [1.5094, 0.0219], atol=6e-5)
    np.testing.assert_allclose(found["parameter_sd"], [1.6395, 0.5368], atol=6e-5)
    overdose = found["interval_probability"].sel(interval="[0.33, 1]")
    np.testing.assert_allclose(
        overdose.sel(dose=[10, 15, 20, 25, 30]), [0.02984, 0.10600, 0.21165, 0.31778, 0.41050], atol=PRINTED
    )
    # The whole table at three doses: mean, sd, quantiles, interval probabilities.
    expected = {
        1: (0.02130, 0.03067, 0.00012, 0.00271, 0.00959, 0.02695, 0.11004, 0.99270, 0.00721, 0.00009),
        20: (0.22738, 0.13378, 0.03479, 0.12419, 0.20518, 0.30864, 0.53887, 0.36280, 0.42554, 0.21165),
        250: (0.73511, 0.23442, 0.18440, 0.58686, 0.80944, 0.93068, 0.99244, 0.01825, 0.06472, 0.91704),
    }
    for dose, row in expected.items():
        at_dose = found.sel(dose=dose)
        values = [at_dose["mean"], at_dose["sd"], *at_dose["quantile"], *at_dose["interval_probability"]]
        np.testing.assert_allclose([float(value) for value in values], row, atol=PRINTED, err_msg=str(dose))
    assert found["dose"].values[overdose < 0.25].max() == 20


SC1 = (NormalPrior((-0.708, -0.389), (1.2, 0.9), 90), (10, 20, 35, 50, 65, 80, 90, 100), (1, 0, 2, 3))
SC3 = (
    NormalPrior((-0.8473, -0.0935), (1.489, 1.275), 150),
    (10, 15, 30, 45, 60, 90, 120, 150, 180, 240),
    (1, 0, 1, 2),
)
# crmPack's comparison with SAS: data, expected losses, the recommended dose, and for the second scenario
# P(P(DLT) > 0.35) and the highest dose that the increment rule allows: 1.67 times the last dose, or
# 1.5 times once there is a DLT. Losses and probabilities: two-dimensional quadrature, five decimals.
SITUATIONS = {
    "sc1_sit1": (
        SC1,
        "1NNN",
        (0.94793, 0.92754, 0.92499, 0.95422, 1.01331, 1.10116, 1.17417, 1.2527),
        None,
        35,
    ),
    "sc1_sit2": (
        SC1,
        "1NNN 2NNT",
        (0.87817, 0.83999, 0.88746, 1.00785, 1.14467, 1.2722, 1.34811, 1.41649),
        None,
        20,
    ),
    "sc1_sit4": (
        SC1,
        "1NNN 2NNN 3NNN 4NNT",
        (0.97832, 0.94786, 0.8742, 0.80417, 0.82592, 0.94576, 1.04708, 1.14747),
        None,
        50,
    ),
    "sc3_sit1": (
        SC3,
        "2NNT",
        (0.7956, 0.78445, 0.7951, 0.83232, 0.87557, 0.95674, 1.02331, 1.0767, 1.11999, 1.18586),
        (0.20154, 0.24447, 0.34605, 0.4202, 0.47572, 0.552, 0.6014, 0.63595, 0.6616, 0.6975),
        15,
    ),
    "sc3_sit2": (
        SC3,
        "2NNN 3NNT",
        (0.88021, 0.84711, 0.76695, 0.7275, 0.72558, 0.78091, 0.85722, 0.92791, 0.98781, 1.07962),
        (0.0341, 0.04783, 0.10091, 0.16861, 0.23859, 0.35693, 0.44101, 0.50015, 0.54322, 0.60157),
        45,
    ),
    "sc3_sit4": (
        SC3,
        "2NNN 3NNN 5NNN",
        (0.99541, 0.99359, 0.9861, 0.97369, 0.95461, 0.90088, 0.85498, 0.87484, 1.0067, 1.18318),
        (0.0003, 0.00044, 0.00115, 0.00289, 0.00722, 0.03478, 0.10608, 0.24302, 0.38183, 0.51772),
        90,
    ),
}
# The recommendations of the two situations whose tables are not printed.
RECOMMENDED_ONLY = {
    "sc1_sit3": (SC1, "1NNN 2NNN 3NNN 4NNN", 65),
    "sc3_sit3": (SC3, "2NNN 3NNN 5NNT 6NNT", 90),
}


def recommend(setting, data):
    """Losses, overdose probabilities and the dose of least loss among the allowed ones."""
    prior, doses, losses = setting
    model = two_parameter_logistic(DoseGrid(doses, unit="mg"), prior)
    found = exact_posterior(model, data, bounds=(0.2, 0.35, 0.6))
    intervals = found["interval_probability"].values
    loss, overdose = intervals @ np.array(losses, dtype=float), intervals[:, 2:].sum(axis=1)
    allowed = np.ones(len(doses), dtype=bool)
    if setting is SC3:
        last = doses[int(data.split()[-1][0]) - 1]
        # Increments: at most +100% up to 60, +67% from 60; at most +100% without, +50% with a DLT.
        factor = min(2.0 if last < 60 else 1.67, 1.5 if "T" in data else 2.0)
        allowed = (overdose <= 0.25) & (np.array(doses) <= factor * last)
    return loss, overdose, doses[int(np.where(allowed, loss, np.inf).argmin())]


@pytest.mark.parametrize("name", SITUATIONS)
def test_crmpack_against_sas(name):
    setting, data, expected_loss, expected_overdose, dose = SITUATIONS[name]
    loss, overdose, recommended = recommend(setting, data)
    # A loss adds interval probabilities with weights of up to 3, each off by at most 2.2e-6.
    np.testing.assert_allclose(loss, expected_loss, atol=5e-6 + 3 * 2.2e-6)
    if expected_overdose is not None:
        np.testing.assert_allclose(overdose, expected_overdose, atol=PRINTED)
    assert recommended == dose


@pytest.mark.parametrize("name", RECOMMENDED_ONLY)
def test_crmpack_against_sas_recommendation(name):
    setting, data, dose = RECOMMENDED_ONLY[name]
    assert recommend(setting, data)[2] == dose
