"""Models of two regimens: in numpy as in PyMC, sampled by NUTS as computed exactly, and what is refused."""

from math import comb

import arviz_stats
import numpy as np
import pytest
from pytensor.compile.mode import Mode
from scipy.special import expit, logsumexp
from scipy.stats import binom, halfnorm, multivariate_normal, norm

import bayesdose as bd
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.sampling import Sampler, problems_of
from bayesdose.models.half_normal import half_normal

ONCE, TWICE = bd.DoseGrid((10, 20, 40, 80), "mg"), bd.DoseGrid((40, 80), "mg")
GRIDS = (ONCE, TWICE)
PRIOR = bd.priors.NormalPrior((-0.85, 0.1), (1.5, 0.7), reference_dose=80, correlation=-0.3)
OWN = bd.priors.NormalPrior((-1.0, 0.2), (1.0, 0.5), reference_dose=80)
BETWEEN = bd.priors.Heterogeneity((0.5, 0.25), factor=2)
CURVE = bd.models.PowerCurve((0.05, 0.1, 0.2, 0.3, 0.4, 0.5))
PATIENTS, DLTS = np.array([[3, 3, 3, 6, 3, 3]]), np.array([[0, 0, 0, 1, 1, 2]])
SHIFTS = {
    "normal": bd.models.CovariateShift(PRIOR, 0.5, 0.4),
    "half-normal": bd.models.CovariateShift(PRIOR, 0.8, distribution="half-normal"),
    "fixed": bd.models.CovariateShift(PRIOR, 0.0, 0.4),
    "mixture": bd.models.CovariateShift(bd.priors.NormalMixture((0.7, 0.3), (PRIOR, OWN)), 0.5),
}


@pytest.mark.parametrize("name", SHIFTS)
def test_the_densities_are_pymcs(name):
    found, expected = SHIFTS[name].densities(GRIDS), compile_model(SHIFTS[name].build(GRIDS))
    np.testing.assert_allclose(found.start, expected.start, rtol=1e-12, atol=1e-12)
    assert found.doses.tolist() == expected.doses.tolist() == [10, 20, 40, 80, 40, 80]
    points = found.start + np.random.default_rng(5).normal(size=(200, len(found.start)))
    for function in ("log_cells", "prob_dlt"):
        mine, theirs = getattr(found, function)(points), getattr(expected, function)(points)
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-13)
    difference = found.log_prior(points) - expected.log_prior(points)
    np.testing.assert_allclose(difference, difference[0], rtol=0, atol=1e-10)


def test_half_normal_of_a_deviate():
    deviate = np.array([-6.0, -1.0, 0.0, 0.5, 3.0, 7.0])
    expected = halfnorm(scale=0.7).isf(norm.sf(deviate))
    np.testing.assert_allclose(half_normal(deviate, 0.7), expected, rtol=1e-9)


def test_pymcs_density_of_exchangeable_regimens():
    """Which regimen is exchangeable is summed over: a mixture for each, given the common mean and spread."""
    model = bd.models.ExchangeableRegimens(PRIOR, BETWEEN, (0.8, 0.3), (OWN, OWN))
    built = model.build(GRIDS)
    built.set_data("patients", PATIENTS[0])
    built.set_data("dlts", DLTS[0])
    logp = built.compile_logp(jacobian=False, mode=Mode(linker="py", optimizer="fast_compile"))
    point = {"mu": [-1.0, 0.3], "tau": [0.4, 0.2], "rho": 0.5, "theta_1": [-1.2, 0.1], "theta_2": [-0.7, 0.6]}
    values = {
        "mu": point["mu"],
        "tau_log__": np.log(point["tau"]),
        "rho_interval__": np.log(1.5 / 0.5),
        "theta_1": point["theta_1"],
        "theta_2": point["theta_2"],
    }
    tau = np.diag(point["tau"])
    spread = tau @ np.array([[1, 0.5], [0.5, 1]]) @ tau
    expected = multivariate_normal(PRIOR.mean, PRIOR.covariance).logpdf(point["mu"]) - np.log(2)
    expected += norm.logpdf(np.log(point["tau"]), np.log(BETWEEN.median), np.log(2) / 1.96).sum()
    expected -= np.log(point["tau"]).sum()
    own = multivariate_normal(OWN.mean, OWN.covariance)
    common = multivariate_normal(point["mu"], spread)
    for share, theta in ((0.8, point["theta_1"]), (0.3, point["theta_2"])):
        expected += logsumexp([common.logpdf(theta), own.logpdf(theta)], b=[share, 1 - share])
    log_ratio = np.log(np.array([10, 20, 40, 80, 40, 80]) / 80)
    theta = np.repeat([point["theta_1"], point["theta_2"]], [4, 2], axis=0)
    prob_dlt = expit(theta[:, 0] + np.exp(theta[:, 1]) * log_ratio)
    expected += binom.logpmf(DLTS[0], PATIENTS[0], prob_dlt).sum()
    found = logp({name: np.array(value, dtype=float) for name, value in values.items()})
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize(
    "model", [SHIFTS["half-normal"], bd.models.ExchangeableRegimens(PRIOR, BETWEEN)], ids=["shift", "alike"]
)
def test_nuts_agrees(model):
    (table,) = bd.inference.tabulate_regimens(
        model, GRIDS, bounds=(0.33,), max_patients=21, tolerances=(2e-2,)
    )
    exact = table.posterior(PATIENTS, DLTS)
    sampler = Sampler(model.build(GRIDS), target_accept=0.95)
    draws = sampler.sample(bd.Outcomes.from_counts(tuple(PATIENTS[0]), tuple(DLTS[0])), 7)
    assert not problems_of(draws)
    prob_dlt = draws["posterior"].to_dataset()[["prob_dlt"]]
    for values, expected in ((prob_dlt, exact.mean[0]), ((prob_dlt < 0.33) * 1.0, exact.below(0.33)[0])):
        error = arviz_stats.mcse(values)["prob_dlt"].values
        away = values["prob_dlt"].mean(("chain", "draw")).values - expected
        # Four standard errors, and where all draws are on one side of the bound one of a share of 1 / 4000.
        np.testing.assert_array_less(np.abs(away), 4 * error + 1e-3)


@pytest.mark.parametrize("number", range(1, 7))
def test_possible_orders_are_as_many_as_catalans_numbers(number):
    """Of two rising chains, of which one lies above the other: standard Young tableaux of two rows."""
    grid = bd.DoseGrid(tuple(range(1, number + 1)), "mg")
    orders = bd.models.possible_orders((grid, grid))
    assert len(set(orders)) == len(orders) == comb(2 * number, number) // (number + 1)
    for order in orders:
        place = np.argsort(order)
        assert np.all(np.diff(place[:number]) > 0)
        assert np.all(np.diff(place[number:]) > 0)
        assert np.all(place[:number] < place[number:])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bd.models.CovariateShift(PRIOR, -1.0), "CovariateShift, shift_sd"),
        (
            lambda: bd.models.CovariateShift(PRIOR, 1.0, 0.4, "half-normal"),
            "CovariateShift, shift_mean: got 0.4; wanted 0 for a half-normal shift",
        ),
        (
            lambda: SHIFTS["normal"].densities((ONCE,)),
            "regimens: got '1 dose grids'; wanted two, one for each regimen",
        ),
        (
            lambda: SHIFTS["normal"].build((ONCE, bd.DoseGrid((40, 80), "mg/kg"))),
            "regimens: got .*mg.* and in .*mg/kg.*wanted one unit",
        ),
        (
            lambda: bd.models.ExchangeableRegimens(PRIOR, BETWEEN, (0.8, 0.8)),
            "ExchangeableRegimens, own: got 'no priors.*wanted the prior of each regimen",
        ),
        (
            lambda: bd.models.ExchangeableRegimens(PRIOR, BETWEEN, (0.8, 0.8), (OWN, OWN), 40.0),
            r"ExchangeableRegimens, own: got .*80.0.*wanted \(80.0, 40.0\)",
        ),
        (
            lambda: bd.models.ExchangeableRegimens(PRIOR, None, (0.8, 0.8), (OWN, OWN)).build(GRIDS),
            "model: got 'regimens that have the same parameters with a probability",
        ),
        (
            lambda: bd.models.PartialOrder(CURVE, 1.0, ((1, 2, 3, 4, 5, 5),)),
            "PartialOrder, orders: got .*wanted each of the treatments 1 to 6 once",
        ),
        (lambda: bd.models.PartialOrder(CURVE, 1.0, ((1, 2, 3, 4, 5, 6),) * 2), "wanted orders that differ"),
        (
            lambda: bd.models.PartialOrder(CURVE, 1.0, ((1, 2, 3, 4, 5, 6),), (0.5,)),
            "PartialOrder, weights: got .*wanted 1 numbers with sum 1",
        ),
        (
            lambda: bd.models.PartialOrder(CURVE, 1.0, ((2, 1, 3, 4, 5, 6),)).check(GRIDS),
            "PartialOrder, orders: got .*wanted the doses of each regimen in rising order",
        ),
        (
            lambda: bd.models.PartialOrder(CURVE, 1.0, ((1, 2, 3, 4, 5, 6),)).check((ONCE, ONCE)),
            "regimens: got '8 doses in all'; wanted the skeleton's 6",
        ),
        (
            lambda: bd.models.possible_orders((bd.DoseGrid(range(1, 9), "mg"),) * 2),
            "regimens: got 'more than 1000 orders of 16 treatments'",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises((bd.InputError, bd.UnsupportedModelError), match=message):
        make()


def test_models_say_what_they_are():
    assert "plus a shift under the second regimen" in str(SHIFTS["normal"])
    assert "shift ~ N(0.4, 0.5²)" in str(SHIFTS["normal"])
    assert "shift half-normal with scale 0.8" in str(SHIFTS["half-normal"])
    assert str(SHIFTS["fixed"]).endswith("shift 0.4")
    alike = bd.models.ExchangeableRegimens(PRIOR, BETWEEN, (0.8, 0.3), (OWN, OWN))
    assert "exchangeable with probabilities 0.8 and 0.3" in str(alike)
    assert "no heterogeneity" in str(bd.models.ExchangeableRegimens(PRIOR, None))
    order = bd.models.PartialOrder(CURVE, 1.0, ((1, 2, 3, 4, 5, 6), (1, 2, 3, 5, 4, 6)), (0.25, 0.75))
    assert "1 < 2 < 3 < 5 < 4 < 6 (probability 0.75); most probable order" in str(order)


def test_reference_doses_have_their_unit_where_it_is_known():
    shift = SHIFTS["normal"]
    assert f"reference dose {PRIOR.reference_dose:g} mg/kg" in shift.in_words("mg/kg")
    assert str(shift) == shift.in_words("mg/kg").replace(" mg/kg", "")
    apart = bd.models.ExchangeableRegimens(PRIOR, None, second_reference_dose=5.0)
    assert "reference dose of the second regimen 5 mg" in apart.in_words("mg")
