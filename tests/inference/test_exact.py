"""One data set's posterior against independent quadrature and published numbers."""

import json
from pathlib import Path

import numpy as np
import pymc as pm
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import _parameter_labels, exact_posterior
from bayesdose.inference.posterior import posterior
from bayesdose.inference.refinement import Nodes
from bayesdose.inference.table import tabulate
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes, parse_outcomes

GOLDEN = Path(__file__).parents[1] / "golden" / "blrm_quadrature.json"
CASES = json.loads(GOLDEN.read_text())["cases"]
CASE_IDS = [f"case-{case['case']}" for case in CASES]
# Half a unit of the fifth decimal, and the reference's own difference between grids.
PRINTED = 6e-6 + 2.2e-6


def model_of(case):
    prior = NormalPrior.from_covariance(case["prior_mean"], case["prior_cov"], case["dref"])
    return two_parameter_logistic(DoseGrid(case["dose"], unit="mg"), prior)


def column(case, name):
    return np.array([dose[name] for dose in case["doses"]])


@pytest.fixture(scope="module")
def nbg_posterior(nbg, nbg_model):
    return exact_posterior(nbg_model, nbg["outcomes"], bounds=nbg["bounds"], quantiles=nbg["probabilities"])


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_against_gauss_legendre(case):
    # golden/blrm_quadrature.json: another rule, exact to 1e-15. The rule that is returned is the finer
    # of two that agree to 1e-8, and converges exponentially: its own error is below 1e-10.
    found = exact_posterior(
        model_of(case),
        Outcomes.from_counts(case["n"], case["y"]),
        bounds=case["cuts"],
        quantiles=case["quantile_probs"],
    )
    np.testing.assert_allclose(found["mean"], column(case, "mean"), atol=1e-10)
    np.testing.assert_allclose(found["sd"], column(case, "sd"), atol=1e-10)
    np.testing.assert_allclose(found["interval_probability"], column(case, "interval_probs"), atol=1e-10)
    np.testing.assert_allclose(found["quantile"], column(case, "quantiles"), atol=1e-7)
    np.testing.assert_allclose(found["parameter_mean"], [case["theta0_mean"], case["theta1_mean"]], atol=1e-9)
    np.testing.assert_allclose(found["parameter_sd"], [case["theta0_sd"], case["theta1_sd"]], atol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=CASE_IDS)
def test_table_against_gauss_legendre(case):
    (table,) = tabulate(
        model_of(case), bounds=case["cuts"], max_patients=max(sum(case["n"]), 1), tolerances=(1e-10,)
    )
    found = posterior(table, np.array([case["n"]]), np.array([case["y"]]))
    np.testing.assert_allclose(found.mean[0], column(case, "mean"), atol=1e-10)
    np.testing.assert_allclose(found.sd[0], column(case, "sd"), atol=1e-10)
    np.testing.assert_allclose(found.prob_below[0], column(case, "cdf_at_cuts"), atol=1e-10)


def test_nbg_worked_example(nbg, nbg_posterior):
    # Stat Med 27:2420 data and prior; golden/nbg_2008.json, printed to five decimals.
    reference = nbg["quadrature"]
    for name in ("mean", "sd", "quantile", "interval_probability"):
        np.testing.assert_allclose(nbg_posterior[name], reference[name], atol=PRINTED, err_msg=name)
    for name in ("parameter_mean", "parameter_sd"):
        # Printed to four decimals.
        np.testing.assert_allclose(nbg_posterior[name], reference[name], atol=6e-5, err_msg=name)


def test_nbg_against_jags(nbg, nbg_posterior):
    # bcrm's JAGS run, as printed in escalation's tests: up to 0.004 of Monte Carlo error.
    np.testing.assert_allclose(nbg_posterior["mean"], nbg["jags"]["mean"], atol=5e-3)


def test_nbg_decisions(nbg, nbg_posterior):
    expected = nbg["decisions"]
    doses = nbg_posterior["dose"].values
    overdose = nbg_posterior["interval_probability"].sel(interval=["[0.35, 0.6)", "[0.6, 1]"]).sum("interval")
    assert doses[overdose < expected["ewoc_probability"]].max() == expected["ewoc_dose"]
    assert (
        doses[abs(nbg_posterior["mean"].values - 0.30).argmin()] == expected["dose_with_mean_closest_to_0_30"]
    )
    for case in expected["losses"]:
        loss = nbg_posterior["interval_probability"].values @ np.array(case["loss"], dtype=float)
        assert doses[loss.argmin()] == case["dose"]


def test_labels_and_record(nbg, nbg_posterior):
    assert nbg_posterior["interval"].values.tolist() == ["[0, 0.2)", "[0.2, 0.35)", "[0.35, 0.6)", "[0.6, 1]"]
    assert nbg_posterior["parameter"].values.tolist() == ["log_alpha", "log_beta"]
    assert nbg_posterior["patients"].values.sum() == 18
    assert nbg_posterior["dlts"].sel(dose=25) == 2
    assert nbg_posterior.attrs["error"] <= nbg_posterior.attrs["tolerance"] == 1e-8
    assert nbg_posterior.attrs["outcomes"] == nbg["outcomes"]
    np.testing.assert_allclose(nbg_posterior["interval_probability"].sum("interval"), 1, rtol=1e-14)


def test_labels_of_free_variables_with_and_without_coordinates():
    with pm.Model(coords={"part": ["low", "middle", "high"]}) as model:
        pm.Normal("centre")
        pm.Normal("shift", dims="part")
        pm.Normal("slope", shape=2)
        # Three shares that add up to 1 are two free variables, which have no coordinates.
        pm.Dirichlet("share", np.ones(3), dims="part")
    labels = _parameter_labels(model)
    assert labels[:6] == ["centre", "low", "middle", "high", "slope[0]", "slope[1]"]
    assert labels[6:] == ["share_simplex__[0]", "share_simplex__[1]"]


def test_no_patients_give_the_prior():
    prior = NormalPrior((-1.0, 0.2), (1.5, 0.7), reference_dose=3.0, correlation=0.3)
    grid = DoseGrid((1, 3, 10), unit="mg")
    found = exact_posterior(two_parameter_logistic(grid, prior), "", bounds=(0.16, 0.33))
    logit = np.log(np.array([0.16, 0.33]) / np.array([0.84, 0.67]))
    below = prior.cdf(np.log(np.array(grid.values)[:, None] / 3.0), logit)
    np.testing.assert_allclose(found["interval_probability"].values.cumsum(axis=1)[:, :2], below, atol=1e-9)
    np.testing.assert_allclose(found["parameter_sd"], prior.sd, atol=1e-9)


# Neuenschwander et al. (2008), table I, 1 to 50 mg: published mean and sd, then means by quadrature
# over theta with prior variance 1.34. (An sd of 1.34 misses the published means by up to 0.004.)
TABLE_I = {
    "A": (
        (0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.10, 0.17, 0.30),
        (0.069, 0.085, 0.099, 0.111, 0.123, 0.144, 0.163, 0.242, 0.330, 0.465),
        (0.055, 0.062, 0.068, 0.072, 0.076, 0.082, 0.087, 0.101, 0.109, 0.108),
        (0.0685, 0.0847, 0.0987, 0.1113, 0.1228, 0.1439, 0.1628, 0.2415, 0.3296, 0.4645),
    ),
    "B": (
        (0.063, 0.125, 0.188, 0.25, 0.313, 0.375, 0.438, 0.5, 0.563, 0.625),
        (0.024, 0.054, 0.090, 0.130, 0.176, 0.226, 0.281, 0.341, 0.405, 0.475),
        (0.030, 0.051, 0.069, 0.084, 0.097, 0.107, 0.115, 0.119, 0.120, 0.117),
        (0.0242, 0.0540, 0.0897, 0.1299, 0.1757, 0.2255, 0.2810, 0.3403, 0.4055, 0.4745),
    ),
}


@pytest.mark.parametrize("skeleton", ["A", "B"])
def test_one_parameter_power_model(nbg, power_model, skeleton):
    values, published_mean, published_sd, quadrature_mean = TABLE_I[skeleton]
    model = power_model(nbg["doses"][:10], values, 1.34)
    found = exact_posterior(model, nbg["outcomes"], bounds=(0.2, 0.35))
    # Published to three decimals, reproduced to 0.0007.
    np.testing.assert_allclose(found["mean"], published_mean, atol=8e-4)
    # The published standard deviations are up to 0.0011 above the exact ones.
    np.testing.assert_allclose(found["sd"], published_sd, atol=1.2e-3)
    np.testing.assert_allclose(found["mean"], quadrature_mean, atol=6e-5)
    assert found["parameter"].values.tolist() == ["theta"]


def test_power_model_against_adaptive_quadrature(nbg, power_model):
    skeleton = np.array(TABLE_I["A"][0])
    found = exact_posterior(power_model(nbg["doses"][:10], skeleton, 1.34), nbg["outcomes"], bounds=(0.2,))
    counts = parse_outcomes(nbg["outcomes"]).counts(10)

    def density(theta):
        p = skeleton ** np.exp(theta)
        return np.prod((1 - p) ** counts[:, 0] * p ** counts[:, 1]) * norm.pdf(theta, 0, np.sqrt(1.34))

    # P(p < 0.2) at dose d is P(theta > cut), since p falls in theta.
    cut = np.log(np.log(0.2) / np.log(skeleton[6]))
    total, above = (quad(density, low, 6, epsabs=0, epsrel=1e-11)[0] for low in (-8, cut))
    assert found["interval_probability"].values[6, 0] == pytest.approx(above / total, abs=1e-9)


def test_three_parameter_model_against_fixed_asymptotes():
    """Averaging two-parameter posteriors over the asymptote must give the three-parameter one."""
    grid, data = DoseGrid((1, 3, 10), unit="mg"), "1NNN 2NNT 3NTT"
    ratio = np.log(np.array(grid.values) / 3.0)
    with pm.Model(coords=model_coords(grid)) as model:
        log_alpha = pm.Normal("log_alpha", -0.5, 1.0)
        log_beta = pm.Normal("log_beta", 0.0, 0.5)
        top = pm.Normal("top", 2.0, 0.5)
        observe_dlts(pm.math.invlogit(top) * pm.math.invlogit(log_alpha + pm.math.exp(log_beta) * ratio))
    found = exact_posterior(model, data, bounds=(0.33,), tolerance=1e-5, quantiles=(0.5,))
    # Oracle: a plain trapezoid sum over +-7 sd, which converges exponentially for means.
    z = [np.linspace(-7, 7, n) for n in (121, 81, 61)]
    a, b, t = np.meshgrid(-0.5 + z[0], 0.5 * z[1], 2 + 0.5 * z[2], indexing="ij")
    p = expit(t)[..., None] * expit(a[..., None] + np.exp(b)[..., None] * ratio)
    counts = parse_outcomes(data).counts(3)
    log_density = (counts[:, 1] * np.log(p) + counts[:, 0] * np.log1p(-p)).sum(axis=-1)
    log_density -= 0.5 * sum(side**2 for side in np.meshgrid(*z, indexing="ij"))
    weights = np.exp(log_density - log_density.max())
    expected = np.tensordot(weights, p, axes=3) / weights.sum()
    np.testing.assert_allclose(found["mean"], expected, atol=1e-6)
    assert found["parameter"].values.tolist() == ["log_alpha", "log_beta", "top"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bounds": ()}, "exact_posterior, bounds: got"),
        ({"bounds": (0.0, 0.3)}, r"bounds.0.: got 0.0"),
        ({"bounds": (0.3, 1.0)}, r"bounds.1.: got 1.0"),
        ({"quantiles": ()}, "quantiles"),
        ({"quantiles": (0.0,)}, "quantiles"),
        ({"quantiles": (0.5, 0.5)}, "all different"),
        ({"quantiles": [i / 1002 for i in range(1, 1002)]}, "with 1 to 1000 of them"),
        ({"tolerance": 0}, "tolerance"),
        ({"tolerance": 1e-18}, "of at least 1e-12"),
        ({"outcomes": "16N"}, "dose levels from 1 to 15"),
        ({"outcomes": "N"}, "1NNN 2NNT"),
    ],
)
def test_bad_arguments(nbg_model, change, message):
    arguments = {"outcomes": "1NNN", "bounds": (0.2,), **change}
    with pytest.raises(InputError, match=message):
        exact_posterior(nbg_model, **arguments)


def test_accuracy_out_of_reach(nbg_model, monkeypatch):
    monkeypatch.setattr("bayesdose.inference.exact._NODES", Nodes(first_cut=40, first_other=30, most=3000))
    with pytest.raises(InputError, match="Ask for a larger tolerance"):
        exact_posterior(nbg_model, "7TT", bounds=(0.2,), tolerance=1e-12)
