"""The MAP prior: against quadrature with one earlier trial, in its limits, and its own account of itself."""

import csv
from functools import cache
from pathlib import Path

import arviz_stats
import numpy as np
import pytest
import xarray as xr
from scipy.special import logit
from scipy.stats import ks_1samp, kstwobign

from bayesdose.errors import ConvergenceWarning, InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.models import hierarchical
from bayesdose.models.earlier_trials import Heterogeneity, HistoricalTrial
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes
from bayesdose.priors.meta_analytic import map_prior
from bayesdose.protocols.designs import protocol_prior
from bayesdose.protocols.load import load_protocol
from benchmarks.historical.cases import CASES, HETEROGENEITY
from tests.priors.map_quadrature import map_distribution

# Drug A of the MAP example in OncoBayes2's documentation.
GRID = DoseGrid((12.5, 25, 50, 80, 100, 150), unit="mg")
DRUG_A = HistoricalTrial("Drug A", GRID, (1, 1, 3, 9, 23, 3), (0, 0, 0, 1, 4, 2), reference_dose=80)
MEAN = NormalPrior((float(logit(1 / 3)), 0.0), (2.0, 1.0), reference_dose=80, origin="weak")
# (log ratio, logit) at 25, 50, 100 and 150 mg for two bounds on P(DLT).
AT = [(np.log(dose / 80), logit(bound)) for dose in (25, 50, 100, 150) for bound in (0.16, 0.33)]
# Doubling the nodes of any direction moves the quadrature's probabilities by less than this.
QUADRATURE = 1e-3


@pytest.fixture(scope="module", autouse=True)
def one_model_of_a_history():
    """The same trials and priors give the same model object, so that PyMC compiles it once for all tests."""
    build = cache(hierarchical.hierarchical_logistic)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            hierarchical, "hierarchical_logistic", lambda trials, *priors: build(tuple(trials), *priors)
        )
        yield


@pytest.fixture(scope="module")
def found():
    return map_prior(GRID, [DRUG_A], MEAN, Heterogeneity(), rng=2016)


@pytest.fixture(scope="module")
def reference():
    return map_distribution(DRUG_A, MEAN, Heterogeneity(), AT)


def new_pair(result):
    return result.draws["posterior"].to_dataset()["theta_new"]


def far_from(values, expected):
    """Distance of averages over draws from their expected values, in Monte Carlo standard errors."""
    mcse = arviz_stats.mcse(values.to_dataset(name="x"))["x"].values
    return np.abs(values.mean(("chain", "draw")).values - expected) / mcse


def test_draws_agree_with_quadrature(found, reference):
    mean, _, below = reference
    pair = new_pair(found)
    # Four standard errors at a fixed seed: ten normal deviates stay below with probability 0.999.
    assert np.all(far_from(pair, mean) < 4)
    first, second = pair.sel(parameter="log_alpha"), pair.sel(parameter="log_beta")
    for (x, value), expected in zip(AT, below, strict=True):
        logits = first + np.exp(second) * x
        share = (logits < value).astype(float)
        mcse = float(arviz_stats.mcse(share.to_dataset(name="x"))["x"])
        assert abs(float(share.mean()) - expected) < 4 * mcse + QUADRATURE


def test_mixture_agrees_with_quadrature_as_far_as_it_says(found, reference):
    mean, covariance, below = reference
    mixture = np.array([found.prior.cdf(x, value) for x, value in AT])
    allowed = float(found.distance.max()) + found.sampling_error + QUADRATURE
    np.testing.assert_allclose(mixture, below, rtol=0, atol=allowed)
    # Some 8000 effective draws: 4 standard errors of a mean are 0.045 sd, of a variance (kurtosis up to
    # 6, for the spread's long tail) 0.1 of it.
    np.testing.assert_allclose(found.prior.mean, mean, rtol=0, atol=0.045 * 0.87)
    np.testing.assert_allclose(np.diag(found.prior.covariance), np.diag(covariance), rtol=0.1)


def test_distance_is_the_kolmogorov_distance(found):
    pair = new_pair(found).values.reshape(-1, 2)
    assert found.distance.attrs["long_name"] == "Kolmogorov distance of P(DLT), mixture to draws"
    for index in (0, 4):
        x = np.log(GRID.values[index] / 80)
        draws = pair[:, 0] + np.exp(pair[:, 1]) * x

        def cdf(values, x=x):
            return np.concatenate([found.prior.cdf(x, part) for part in np.array_split(values, 20)])

        exact = ks_1samp(draws, cdf).statistic
        # Every tenth of 20,000 order statistics is looked at.
        assert exact - 5e-4 <= float(found.distance[index]) <= exact + 1e-12


def test_sampling_error_is_that_of_the_effective_draws(found):
    pair = new_pair(found)
    x = xr.DataArray(np.log(np.array(GRID.values) / 80), dims="dose")
    logits = (
        pair.sel(parameter="log_alpha", drop=True) + np.exp(pair.sel(parameter="log_beta", drop=True)) * x
    )
    effective = arviz_stats.ess(logits.to_dataset(name="x"))["x"].min()
    np.testing.assert_allclose(found.sampling_error, kstwobign.ppf(0.95) / np.sqrt(effective), rtol=1e-4)


def test_mixture_stands_for_the_draws(found):
    # The draws cannot tell the mixture from where they came from.
    assert float(found.distance.max()) < found.sampling_error < 0.02
    assert 2 <= len(found.prior.weights) <= 3


def test_origin_names_data_spread_mean_and_seed(found):
    assert found.prior.origin == (
        "meta-analytic predictive of Drug A: 7 DLTs in 40 patients; tau log-normal with medians 0.25 and "
        "0.125, factor 4; mean: weak; NUTS seed 2016"
    )
    assert found.prior.reference_dose == 80
    assert found.draws.attrs["target_accept"] == 0.999


def test_no_spread_gives_the_pooled_posterior():
    # Two halves of the history, one of them in other units, as trials that do not differ.
    grams = DoseGrid(tuple(dose / 1000 for dose in GRID.values), "g")
    halves = [
        HistoricalTrial("one", GRID, (1, 0, 3, 4, 12, 1), (0, 0, 0, 1, 1, 1), reference_dose=80),
        HistoricalTrial("two", grams, (0, 1, 0, 5, 11, 2), (0, 0, 0, 0, 3, 1), reference_dose=0.08),
    ]
    result = map_prior(GRID, halves, MEAN, Heterogeneity((1e-4, 1e-4), factor=1.1), rng=1, draws=2000)
    pooled = exact_posterior(
        two_parameter_logistic(GRID, MEAN),
        Outcomes.from_counts(DRUG_A.patients, DRUG_A.dlts),
        bounds=(0.33,),
        quantiles=(0.5,),
    )
    pair = new_pair(result)
    assert np.all(far_from(pair, pooled["parameter_mean"].values) < 4)
    # The mixture: 8000 draws, of which a quantile's probability has a standard error of 0.006 at worst.
    x = np.log(np.array(GRID.values) / 80)
    at_median = result.prior.cdf(x, logit(pooled["quantile"].values[:, 0]))
    allowed = float(result.distance.max()) + result.sampling_error
    np.testing.assert_allclose(at_median, 0.5, rtol=0, atol=allowed)


def test_great_spread_leaves_the_mean_and_the_new_trial_as_before():
    # A trial that may differ by 30 on the logit scale says next to nothing about the mean of all trials. The
    # draws are so many that R-hat stays below its limit on every machine: with 1,000 it is at it. The grid is
    # only where distances are measured, which nothing here asks for and slopes this wide make slow.
    median, at_reference = (30.0, 15.0), DoseGrid((80,), unit="mg")
    result = map_prior(at_reference, [DRUG_A], MEAN, Heterogeneity(median, factor=1.1), rng=1, draws=4000)
    mu = result.draws["posterior"].to_dataset()["mu"]
    # What is left of the data moves the mean by less than C / (C + T), some 0.5 %, of 30.
    away = np.abs(mu.mean(("chain", "draw")).values - MEAN.mean)
    np.testing.assert_array_less(away, (0.25, 0.15))
    np.testing.assert_allclose(mu.std(("chain", "draw")), MEAN.sd, rtol=0.06)
    expected = np.sqrt(np.array(MEAN.sd) ** 2 + np.array(median) ** 2)
    np.testing.assert_allclose(result.prior.sd, expected, rtol=0.06)
    np.testing.assert_allclose(result.prior.mean, MEAN.mean, rtol=0, atol=4 * 30 / np.sqrt(4000))


def test_same_seed_gives_the_same_prior():
    one, again = (map_prior(GRID, [DRUG_A], MEAN, Heterogeneity(), rng=2016, draws=500) for _ in range(2))
    assert one.prior == again.prior
    assert np.array_equal(one.distance, again.distance)


def test_draws_that_have_not_converged_warn():
    with pytest.warns(ConvergenceWarning, match="one chain"):
        map_prior(GRID, [DRUG_A], MEAN, Heterogeneity(), rng=5, chains=1, draws=500, tune=200)


@pytest.mark.parametrize(
    ("trials", "message"), [([], "at least 1 of them"), ([DRUG_A, DRUG_A], "trials with different names")]
)
def test_trials_have_different_names(trials, message):
    with pytest.raises(InputError, match=message):
        map_prior(GRID, trials, MEAN, Heterogeneity())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.protocol)
def test_published_table_of_analogues(case):
    """The MAP prior of the first assumed allocation in docs/historical.csv, against quadrature."""
    with (Path(__file__).parents[2] / "docs/historical.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["protocol"] == case.protocol]
    protocol = load_protocol(case.protocol)
    own = protocol_prior(protocol)
    allocation = next(iter(case.allocations))
    rows = {row["dose"]: row for row in rows if row["prior"] == f"MAP, {allocation}"}
    label = protocol.grid.value.labels[-1]
    row, dose = rows[label], protocol.grid.value.values[-1]
    at = [(np.log(dose / own.reference_dose), logit(float(row[name]))) for name in ("median", "q97.5")]
    _, _, below = map_distribution(case.trial(allocation, own.reference_dose), own, HETEROGENEITY, at)
    allowed = float(row["distance"]) + float(row["sampling error"]) + QUADRATURE
    np.testing.assert_allclose(below, (0.5, 0.975), rtol=0, atol=allowed)
