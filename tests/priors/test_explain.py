"""The explanation of a prior against R's quadrature, closed forms and the design itself."""

from dataclasses import dataclass

import numpy as np
import pytest
from attrs import evolve
from scipy.special import expit
from scipy.stats import beta

from bayesdose.designs.blrm import blrm
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.explain import explain_prior
from bayesdose.priors.prob_dlt_moments import prob_dlt_moments, prob_dlt_quantiles
from bayesdose.priors.quantiles import prior_from_quantiles
from bayesdose.priors.robust import robustify

GRID = DoseGrid((1.0, 2.5, 5.0, 10.0), "mg")
PRIOR = NormalPrior(mean=(-1.4, 0.0), sd=(1.5, 0.7), reference_dose=10.0, correlation=-0.2)  # of make_blrm
TARGET = (0.16, 0.33)


def test_against_quadrature_in_r(golden):
    (case,) = [case for case in golden("blrm_quadrature.json")["cases"] if not sum(case["n"])]
    prior = NormalPrior.from_covariance(case["prior_mean"], case["prior_cov"], case["dref"])
    grid = DoseGrid(case["dose"], unit="mg")
    explained = explain_prior(prior, grid, target_interval=tuple(case["cuts"]))
    for name in ("mean", "sd"):
        np.testing.assert_allclose(explained[name], [dose[name] for dose in case["doses"]], atol=1e-9)
    intervals = [dose["interval_probs"] for dose in case["doses"]]
    np.testing.assert_allclose(explained["interval_probability"], intervals, atol=1e-10)
    where = [case["quantile_probs"].index(q) for q in (0.025, 0.5, 0.975)]
    quantiles = [[dose["quantiles"][i] for i in where] for dose in case["doses"]]
    # R's quantiles: uniroot with tolerance 1e-10 on the logit scale.
    np.testing.assert_allclose(explained["quantile"], quantiles, atol=1e-7)
    # Log beta has mean 0.
    assert explained["prob_slope_above_one"].item() == pytest.approx(0.5, abs=1e-14)


@dataclass(frozen=True)
class BetaPrior:
    """P(DLT) ~ Beta(a, b) at every dose: no model, but a prior with a distribution function."""

    a: float
    b: float
    reference_dose: float = 1.0
    origin: str = "beta"

    def cdf(self, log_ratio, logit):
        return beta.cdf(expit(logit), self.a, self.b) + 0 * np.asarray(log_ratio)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.5, 4.0), (30.0, 70.0), (2.0, 0.8)])
def test_effective_sample_size_of_a_beta_prior_is_its_size(a, b):
    explained = explain_prior(BetaPrior(a, b), GRID, target_interval=TARGET)
    np.testing.assert_allclose(explained["mean"], a / (a + b), atol=1e-9)
    # Errors of 1e-9 in the moments are magnified where the variance is small (0.002 here).
    np.testing.assert_allclose(explained["effective_sample_size"], a + b, rtol=1e-6)
    assert np.isnan(explained["prob_slope_above_one"])


def test_a_mixture_is_explained_by_its_parts():
    other = NormalPrior((0.5, 0.4), (0.7, 0.3), 10.0)
    parts = [explain_prior(prior, GRID, target_interval=TARGET) for prior in (PRIOR, other)]
    whole = explain_prior(NormalMixture((0.3, 0.7), (PRIOR, other)), GRID, target_interval=TARGET)
    for name in ("mean", "interval_probability", "prob_slope_above_one"):
        expected = 0.3 * parts[0][name] + 0.7 * parts[1][name]
        np.testing.assert_allclose(whole[name], expected, atol=1e-9)
    second = sum(w * (part["sd"] ** 2 + part["mean"] ** 2) for w, part in zip((0.3, 0.7), parts, strict=True))
    np.testing.assert_allclose(whole["sd"] ** 2, second - whole["mean"] ** 2, atol=1e-9)


def test_moments_of_a_narrow_prior():
    prior = NormalPrior((-1.0, 0.0), (0.01, 0.05), reference_dose=1.0)
    mean, sd = prob_dlt_moments(prior, np.zeros(1))
    # Delta method; its error is of the order of the variance, 1e-4, relative to the value.
    p = expit(-1.0)
    assert mean[0] == pytest.approx(p, rel=1e-4)
    assert sd[0] == pytest.approx(0.01 * p * (1 - p), rel=1e-3)


def test_a_prior_without_spread_is_refused():
    with pytest.raises(InputError, match="wider than"):
        prob_dlt_moments(NormalPrior((-1.0, 0.0), (1e-5, 0.05), 1.0), np.zeros(1))


def test_quantiles_far_out():
    # Log beta up to 4 at the reference times exp(-8): logits down to some hundreds.
    prior = NormalPrior((0.0, 1.0), (1.0, 1.0), reference_dose=1.0)
    x = np.array([-8.0, -8.0])
    found = prob_dlt_quantiles(prior, x, np.array([0.5, 0.99]))
    # The median of a sum of two independent terms, one of them 20 times wider: near -8 e.
    assert np.log(found[0]) == pytest.approx(-8 * np.e, rel=0.02)
    np.testing.assert_allclose(prior.cdf(-8.0, np.log(found[1] / (1 - found[1]))), 0.99, atol=1e-9)


def test_asked_against_achieved():
    stated = [
        Quantile(1, 0.5, 0.02),
        Quantile(1, 0.95, 0.33),
        Quantile(10, 0.5, 0.3),
        Quantile(10, 0.95, 0.8),
    ]
    met = explain_prior(prior_from_quantiles(stated), GRID, target_interval=TARGET)
    assert met.attrs["worst_probability_difference"] < 1e-9
    assert met.attrs["worst_prob_dlt_difference"] < 1e-9
    assert met["warning"].size == 0
    # The same statements under a prior that does not meet the first: its median at 1 is elsewhere.
    prior = evolve(prior_from_quantiles(stated), asked=(Quantile(1, 0.5, 0.05),))
    explained = explain_prior(prior, GRID, target_interval=TARGET)
    np.testing.assert_allclose(explained["achieved_prob_dlt"], 0.02, atol=1e-9)
    assert explained.attrs["worst_prob_dlt_difference"] == pytest.approx(0.03, abs=1e-9)
    # log(0.05 / 0.95) - log(0.02 / 0.98), by hand.
    assert explained.attrs["worst_logit_difference"] == pytest.approx(0.947381, abs=1e-6)
    np.testing.assert_allclose(explained["asked_logit"], -2.944439, atol=1e-6)
    np.testing.assert_allclose(explained["achieved_logit"], -3.891820, atol=1e-6)
    reached = float(prior.cdf(np.log(0.1), np.log(0.05 / 0.95)))
    assert explained.attrs["worst_probability_difference"] == pytest.approx(reached - 0.5, abs=1e-12)


def test_no_statements_where_none_were_asked():
    assert "asked_dose" not in explain_prior(PRIOR, GRID, target_interval=TARGET)


def test_warnings_carry_the_notes_and_a_fixed_slope():
    prior = evolve(PRIOR, sd=(1.5, 0.1), notes=("mind this",))
    first, second = explain_prior(prior, GRID, target_interval=TARGET)["warning"].values
    assert first == "mind this"
    assert "slope is nearly fixed" in second
    # log(2) / (2 * 1.959964) = 0.17683: from there on the interval spans a factor of two.
    assert explain_prior(evolve(PRIOR, sd=(1.5, 0.1769)), GRID, target_interval=TARGET)["warning"].size == 0
    assert explain_prior(evolve(PRIOR, sd=(1.5, 0.1767)), GRID, target_interval=TARGET)["warning"].size == 1


def test_a_mixture_keeps_the_notes_of_its_components():
    noted = evolve(PRIOR, notes=("the median is off by 0.1",))
    explained = explain_prior(robustify(noted, 0.25, PRIOR), GRID, target_interval=TARGET)
    assert explained["warning"].values.tolist() == ["component 1 (weight 0.75): the median is off by 0.1"]


def test_what_the_design_does_before_any_data(make_blrm):
    design = make_blrm(start_level=2)
    explained = explain_prior(PRIOR, GRID, target_interval=TARGET, design=design)
    overdose = explained["interval_probability"].values[:, -1]
    np.testing.assert_allclose(explained["overdose_probability"], overdose, atol=1e-8)
    assert explained["admissible"].values.tolist() == (overdose < 0.25).tolist()
    assert explained.attrs["start_level"] == 2
    assert explained.attrs["start_is_admissible"] == int(overdose[1] < 0.25)
    in_target = np.where(overdose < 0.25, explained["interval_probability"].values[:, 1], -1)
    assert explained.attrs["model_level"] == in_target.argmax() + 1
    assert explained.attrs["stops_before_data"] == 0


def test_a_prior_that_stops_the_trial_before_it_starts():
    toxic = NormalPrior((1.0, 0.0), (1.0, 0.5), reference_dose=1.0)
    design = blrm(GRID, toxic, target_interval=TARGET, ewoc_cap=0.25, stop_cap=None, max_patients=6)
    attrs = explain_prior(toxic, GRID, target_interval=TARGET, design=design).attrs
    expected = {"stops_before_data": 1, "start_is_admissible": 0, "model_level": 0, "start_level": 1}
    assert {name: attrs[name] for name in expected} == expected
    # With a cap of its own for the stop the lowest dose is not closed, but the trial stops all the same.
    two_caps = blrm(GRID, toxic, target_interval=TARGET, ewoc_cap=0.25, max_patients=6)
    assert explain_prior(toxic, GRID, target_interval=TARGET, design=two_caps).attrs["stops_before_data"] == 1


def test_a_design_of_another_prior_or_grid_is_refused(make_blrm):
    design = make_blrm()
    with pytest.raises(InputError, match="built from this prior"):
        explain_prior(evolve(PRIOR, sd=(1.5, 0.8)), GRID, target_interval=TARGET, design=design)
    with pytest.raises(InputError, match="a design on the grid"):
        explain_prior(PRIOR, DoseGrid((1, 2, 5, 10), "mg"), target_interval=TARGET, design=design)


def test_target_interval_upside_down():
    with pytest.raises(InputError, match="target_interval"):
        explain_prior(PRIOR, GRID, target_interval=(0.33, 0.16))
