"""The hierarchical model's prior has the moments of its formula, and follows the contract."""

import arviz_stats
import numpy as np
import pymc as pm
import pytest
from pytensor.compile.mode import Mode
from scipy.special import logit
from scipy.stats import halfnorm, lognorm

from bayesdose.grid import DoseGrid
from bayesdose.inference.sampling import Sampler, problems_of
from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from bayesdose.models.hierarchical import hierarchical_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes

TRIALS = (
    HistoricalTrial("one", DoseGrid((1, 3, 10), "mg"), (3, 3, 3), (0, 0, 1), reference_dose=3),
    HistoricalTrial("two", DoseGrid((20, 30), "mg"), (3, 3), (0, 1), reference_dose=30),
)
MEAN = NormalPrior((-1.0, 0.2), (1.5, 0.5), reference_dose=3, correlation=-0.4)
DRAWS = 20_000


def draw(heterogeneity, names):
    model = hierarchical_logistic(TRIALS, MEAN, heterogeneity)
    mode = Mode(linker="py", optimizer="fast_compile")
    return pm.draw([model[name] for name in names], draws=DRAWS, random_seed=3, mode=mode)


@pytest.mark.parametrize(
    ("distribution", "tau"),
    [
        ("log-normal", [lognorm(np.log(4) / 1.96, scale=median) for median in (0.5, 0.25)]),
        ("half-normal", [halfnorm(scale=median / halfnorm.median()) for median in (0.5, 0.25)]),
    ],
)
def test_prior_of_the_new_trial(distribution, tau):
    tau_draws, rho, mu, new = draw(
        Heterogeneity((0.5, 0.25), distribution), ["tau", "rho", "mu", "theta_new"]
    )
    # Five standard errors of a share: 5 * sqrt(1 / 4 / 20,000).
    below = (tau_draws < (0.5, 0.25)).mean(axis=0)
    np.testing.assert_allclose(below, 0.5, rtol=0, atol=0.018)
    upper = [one.ppf(0.9) for one in tau]
    np.testing.assert_allclose((tau_draws < upper).mean(axis=0), 0.9, rtol=0, atol=0.011)
    np.testing.assert_allclose((rho < 0.5).mean(), 0.75, rtol=0, atol=0.016)
    # The deviations, in units of their own spread, are standard normal with correlation rho.
    first, second = ((new - mu) / tau_draws).T
    np.testing.assert_allclose([first.std(), second.std()], 1, rtol=0, atol=0.025)
    independent = (second - rho * first) / np.sqrt(1 - rho**2)
    np.testing.assert_allclose(np.mean(independent * first), 0, rtol=0, atol=0.035)
    np.testing.assert_allclose(independent.std(), 1, rtol=0, atol=0.025)
    np.testing.assert_allclose(np.cov(mu.T), MEAN.covariance, rtol=0, atol=0.12)


def test_prob_dlt_follows_each_trials_reference_dose():
    prob_dlt, mu, tau, rho, deviate = draw(Heterogeneity(), ["prob_dlt", "mu", "tau", "rho", "deviate"])
    first, second = deviate[..., 0], deviate[..., 1]
    log_alpha = mu[:, :1] + tau[:, :1] * first
    log_beta = mu[:, 1:] + tau[:, 1:] * (rho[:, None] * first + np.sqrt(1 - rho[:, None] ** 2) * second)
    rows = [(0, 1 / 3), (0, 1.0), (0, 10 / 3), (1, 20 / 30), (1, 1.0)]
    for row, (trial, ratio) in enumerate(rows):
        level = log_alpha[:, trial] + np.exp(log_beta[:, trial]) * np.log(ratio)
        np.testing.assert_allclose(prob_dlt[:, row], 1 / (1 + np.exp(-level)), rtol=1e-9)


def test_contract():
    model = hierarchical_logistic(TRIALS, MEAN, Heterogeneity())
    assert tuple(model.coords["dose"]) == (1, 3, 10, 20, 30)
    assert tuple(model.coords["stratum"]) == ("one", "two")
    for name in ("prob_dlt", "patients", "dlts", "outcome"):
        assert model.named_vars_to_dims[name] == ("dose",)
    assert model.named_vars_to_dims["theta_new"] == ("parameter",)


def test_published_posterior_of_decider():
    """Arm A of the example in the R package decider, as printed in crmPack's vignette comparison_decider.

    One trial of a compound (the other arms hold no data on it): 0.1: 0/3, 0.2: 1/3, reference dose 6,
    mean N(logit 0.33, 2) and N(0, 1), tau log-normal with medians 0.25 and 0.125 and log sd
    log(2) / 1.96, uniform correlation. Printed: posterior mean at 0.1, 0.2 and 6, sd and P(P(DLT) > 0.33)
    at 0.1.
    """
    grid = DoseGrid((0.1, 0.2, 6), "mg")
    trial = HistoricalTrial("A", grid, (3, 3, 0), (0, 1, 0), reference_dose=6)
    mean = NormalPrior((float(logit(0.33)), 0.0), (2.0, 1.0), reference_dose=6)
    model = hierarchical_logistic([trial], mean, Heterogeneity((0.25, 0.125), factor=2))
    sampler = Sampler(model, draws=2000, target_accept=0.99)
    data = Outcomes.from_counts(trial.patients, trial.dlts)
    result = sampler.sample(data, 20230801)
    assert not [problem for problem in problems_of(result) if "divergent" not in problem]
    prob_dlt = result["posterior"].to_dataset()[["prob_dlt"]]
    # Four of our standard errors, and 0.001 for decider's own draws, whose error is not printed.
    mcse = arviz_stats.mcse(prob_dlt)["prob_dlt"].values
    away = np.abs(prob_dlt["prob_dlt"].mean(("chain", "draw")).values - (0.11479, 0.15362, 0.51177))
    np.testing.assert_array_less(away, 4 * mcse + 1e-3)
    assert mcse[0] < 0.003
    lowest = prob_dlt.isel(dose=0)
    sd_error = float(arviz_stats.mcse(lowest, method="sd")["prob_dlt"])
    assert abs(float(lowest["prob_dlt"].std()) - 0.10869) < 4 * sd_error + 1e-3
    above = (lowest > 0.33).astype(float)
    share_error = float(arviz_stats.mcse(above)["prob_dlt"])
    assert abs(float(above["prob_dlt"].mean()) - 0.05383) < 4 * share_error + 1e-3
