"""Two regimens, exactly: published numbers, an independent sampler, and the models that they reduce to."""

from functools import cache

import numpy as np
import pytest
from scipy.special import expit, logit, sici

import bayesdose as bd
from bayesdose.inference.coupled import SeparateTables, TwoRegimenTable
from bayesdose.inference.posterior import Needs, PosteriorTable
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.models.description import TwoParameterLogistic

GRID = bd.DoseGrid((0.01, 0.03, 0.1, 0.2, 0.3, 0.45), "mg/kg")
PRIOR = bd.priors.NormalPrior((float(logit(0.25)), 0.0), (2.0, 1.0), reference_dose=0.3)
OWN = bd.priors.NormalPrior((-1.5, 0.2), (1.5, 0.5), reference_dose=0.3)
PATIENTS = np.array([[1, 1, 3, 3, 6, 3, 0, 0, 0, 3, 0, 0]])
DLTS = np.array([[0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0]])
# The lower doses under one regimen, the higher ones under the other: together one grid.
LOWER, HIGHER = bd.DoseGrid(GRID.values[:3], "mg/kg"), bd.DoseGrid(GRID.values[3:], "mg/kg")
SETTINGS = {"bounds": (0.16, 0.33), "max_patients": 12}


@cache
def tabulated(model, grids=(GRID, GRID), tolerance=1e-2, max_patients=20):
    """The one table of a model."""
    (table,) = bd.inference.tabulate_regimens(
        model, grids, bounds=(0.16, 0.33), max_patients=max_patients, tolerances=(tolerance,)
    )
    return table


def trials(number, num_treatments, seed=3):
    """Patients and DLTs of some data sets."""
    rng = np.random.default_rng(seed)
    patients = rng.integers(0, 4, size=(number, num_treatments))
    return patients, rng.binomial(patients, rng.uniform(0, 0.6, size=(number, 1)))


@pytest.mark.parametrize(
    ("distribution", "sd", "expected", "within"),
    [
        (
            "normal",
            0.5,
            (
                (0.01934, 0.03259, 0.06977, 0.12645, 0.19217, 0.29296),
                (0.02294, 0.03857, 0.08213, 0.14741, 0.22012, 0.32433),
            ),
            2e-5,
        ),
        (
            "half-normal",
            1.0,
            (
                (0.0159, 0.0271, 0.0594, 0.1116, 0.1761, 0.2811),
                (0.0360, 0.0603, 0.1285, 0.2292, 0.3330, 0.4583),
            ),
            5e-4,
        ),
    ],
)
def test_means_under_a_shift(distribution, sd, expected, within):
    """Computed once in three dimensions, by other code."""
    model = bd.models.CovariateShift(PRIOR, sd, distribution=distribution)
    answer = tabulated(model, tolerance=1e-4).posterior(PATIENTS, DLTS)
    np.testing.assert_allclose(answer.mean.reshape(2, 6), expected, rtol=0, atol=within)


def test_a_shift_as_a_model_of_three_dimensions():
    """The nodes of two dimensions and the shift between them give what those of three give."""
    model = bd.models.CovariateShift(
        bd.priors.NormalPrior((-1.0, 0.0), (1.0, 0.4), reference_dose=3, correlation=0.3), 0.5, 0.3
    )
    grids = bd.DoseGrid((1, 3), "mg"), bd.DoseGrid((1, 3), "mg")
    (cube,) = refined_tables(model.densities(grids), bounds=(0.33,), max_patients=9, tolerances=(1e-3,))
    (table,) = bd.inference.tabulate_regimens(
        model, grids, bounds=(0.33,), max_patients=9, tolerances=(1e-6,)
    )
    patients, dlts = trials(20, 4)
    one, other = cube.posterior(patients, dlts), table.posterior(patients, dlts)
    for name in ("mean", "sd", "prob_below"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=cube.error)


def test_published_posterior_of_decider():
    """Arms A and C of the example in the R package decider, as printed in crmPack's comparison_decider.

    Each is one trial of a compound; the second regimen stands for the new trial of it. The means are exact
    ones, found by other code within 0.0003, which decider's own draws agree with within 0.003.
    """
    between = bd.priors.Heterogeneity((0.25, 0.125), factor=2)
    mean = bd.priors.NormalPrior((float(logit(0.33)), 0.0), (2.0, 1.0), reference_dose=6)
    grid = bd.DoseGrid((0.1, 0.2, 0.4, 0.8, 1.6, 2.4, 3.6, 5, 6), "mg")
    table = tabulated(bd.models.ExchangeableRegimens(mean, between), (grid, grid), 1e-1, 12)
    patients, dlts = np.zeros((1, 18), dtype=int), np.zeros((1, 18), dtype=int)
    patients[0, :2], dlts[0, 1] = 3, 1
    answer = table.posterior(patients, dlts)
    expected = (0.11484, 0.15367, 0.20695, 0.27557, 0.35560, 0.40459, 0.45306, 0.49096, 0.51124)
    np.testing.assert_allclose(answer.mean[0, :9], expected, rtol=0, atol=5e-4)
    below = (0.7426, 0.6182, 0.4709, 0.3331, 0.2270, 0.1811, 0.1455, 0.1227, 0.1121)
    above = (0.0548, 0.1065, 0.2043, 0.3433, 0.4899, 0.5668, 0.6335, 0.6797, 0.7026)
    np.testing.assert_allclose(answer.below(0.16)[0, :9], below, rtol=0, atol=2e-3)
    np.testing.assert_allclose(1 - answer.below(0.33)[0, :9], above, rtol=0, atol=2e-3)

    other = bd.priors.NormalPrior(mean.mean, mean.sd, reference_dose=12)
    grid = bd.DoseGrid((2, 4, 8, 12, 16), "mg")
    new = bd.DoseGrid((8, 12), "mg")
    table = tabulated(bd.models.ExchangeableRegimens(other, between), (grid, new), 1e-1, 30)
    answer = table.posterior(np.array([[3, 3, 3, 9, 12, 0, 0]]), np.array([[0, 0, 0, 1, 2, 0, 0]]))
    expected = (0.02465, 0.03879, 0.07018, 0.11092, 0.16431)
    np.testing.assert_allclose(answer.mean[0, :5], expected, rtol=0, atol=5e-4)


# Doses of drugs 1 and 2, decider's printed mean; by other code exact mean, P(< .16), P(.16-.33), P(>= .33).
COMBINED = [
    (0.1, 8, 0.18532, 0.1853, 0.5155, 0.3583, 0.1262),
    (0.2, 8, 0.21997, 0.2200, 0.4116, 0.3935, 0.1949),
    (1.6, 8, 0.40083, 0.4007, 0.1366, 0.2969, 0.5665),
    (6, 8, 0.54406, 0.5442, 0.0974, 0.1710, 0.7316),
    (0.2, 12, 0.25637, 0.2563, 0.2804, 0.4626, 0.2570),
    (0.8, 12, 0.35946, 0.3594, 0.1320, 0.3689, 0.4991),
    (2.4, 12, 0.47244, 0.4725, 0.0832, 0.2371, 0.6797),
    (6, 12, 0.56046, 0.5608, 0.1111, 0.1548, 0.7340),
]


def test_published_posterior_of_deciders_combination():
    """Arm B of the same example: the combination, without a patient, of which each drug is a second regimen.

    There is no model of combinations: the two arms that the package gives are joined here by the example's
    own formula, 1 - (1 - p1)(1 - p2) and an interaction on the logit scale with mean 0.
    """
    between = bd.priors.Heterogeneity((0.25, 0.125), factor=2)

    def second(reference, doses, new, patients, dlts, most):
        """P(DLT) at new doses on nodes, the nodes' weights given the first regimen's data, and their step."""
        mean = bd.priors.NormalPrior((float(logit(0.33)), 0.0), (2.0, 1.0), reference_dose=reference)
        grids = bd.DoseGrid(doses, "mg"), bd.DoseGrid(new, "mg")
        table = tabulated(bd.models.ExchangeableRegimens(mean, between), grids, 1e-2, most)
        # As `TwoRegimenTable.posterior` weighs them, written anew.
        counts = np.array([*dlts, *np.subtract(patients, dlts)], dtype=float)
        log_likelihood = counts @ table.first.log_cells
        weight = np.exp(log_likelihood - log_likelihood.max()) @ table.coupling.joint
        kept = weight > 1e-7 * weight.max()
        toxic, none = table.second.log_cells[: len(new)], table.second.log_cells[len(new) :]
        # Along the first direction log alpha moves, and every logit with it.
        along = (toxic - none)[0].reshape(table.shape)[:, 0]
        return np.exp(toxic[:, kept]), weight[kept] / weight[kept].sum(), along[1] - along[0]

    doses, other = (0.1, 0.2, 0.8, 1.6, 2.4, 6), (8, 12)
    of_one, weight_one, _ = second(6, (0.1, 0.2), doses, [3, 3], [0, 1], 12)
    of_two, weight_two, step_two = second(12, (2, 4, 8, 12, 16), other, [3, 3, 3, 9, 12], [0, 0, 0, 1, 2], 30)
    weight = weight_one[:, None] * weight_two
    deviate = np.linspace(-5, 5, 31)
    normal = np.exp(-(deviate**2) / 2)
    normal /= normal.sum()
    # The variance of eta, the common one and the mean of tau² between trials.
    sd = np.sqrt(1.121**2 + 0.125**2 * np.exp(2 * (np.log(2) / 1.96) ** 2))
    for first, last, printed, exact, *shares in COMBINED:
        p1, p2 = of_one[doses.index(first)], of_two[other.index(last)]
        toxic = p1[:, None] + p2 - p1[:, None] * p2
        moved = deviate * sd * first / 6 * last / 12
        mean = sum(
            share * np.sum(weight * expit(logit(toxic) + by)) for share, by in zip(normal, moved, strict=True)
        )
        # Distribution function of drug 2's logit, from nodes that are equally far apart.
        at = np.linspace(-40, 10, 5001)
        below_at = weight_two @ (0.5 + sici(np.pi * (at - logit(p2)[:, None]) / step_two)[0] / np.pi)
        below = []
        for bound in (0.16, 0.33):
            # What drug 2 may have for the combination to be below the bound, for each node of drug 1.
            rest = (expit(logit(bound) - moved) - p1[:, None]) / (1 - p1[:, None])
            room = np.where(rest > 0, np.interp(logit(np.maximum(rest, 1e-15)), at, below_at), 0)
            below.append(weight_one @ room @ normal)
        found = np.array([mean, below[0], below[1]])
        assert abs(found[0] - exact) < 5e-4
        # decider's are means of draws.
        assert abs(found[0] - printed) < 3e-3
        np.testing.assert_allclose((found[1], found[2] - found[1], 1 - found[2]), shares, rtol=0, atol=2e-3)


@pytest.fixture(scope="module")
def new_schedule():
    """Once daily with data, twice daily without: 0.8 for exchangeable, and for certain."""
    prior = bd.priors.NormalPrior((float(logit(0.3)), 0.0), (2.0, 1.0), reference_dose=80)
    between = bd.priors.Heterogeneity((0.25, 0.125), factor=2)
    grids = bd.DoseGrid((10, 20, 40, 80), "mg"), bd.DoseGrid((80,), "mg")
    data = np.array([[3, 3, 3, 6, 0]]), np.array([[0, 0, 0, 1, 0]])

    def above(share):
        model = bd.models.ExchangeableRegimens(prior, between, (share, share), (prior, prior))
        table = tabulated(model, grids, 1e-3 if share == 0 else 1e-1, 15)
        return 1 - table.posterior(*data).below(0.33)[0, 4]

    return {share: above(share) for share in (0.8, 1.0, 0.0)}


def test_a_new_schedule_with_historical_data(new_schedule):
    """P(P(DLT) >= 0.33) at 80 mg twice a day is stated as 0.238 by importance sampling, for 0.8 exchangeable.

    The statement leaves the prior open; this one, usual in the field, gives both stated numbers.
    Its normal mixture stands for 0.181: 0.8 of the predictive distribution and 0.2 of the prior, as it was
    fitted to draws.
    """
    assert abs(new_schedule[0.8] - 0.238) < 1e-3
    assert abs(0.8 * new_schedule[1.0] + 0.2 * new_schedule[0.0] - 0.181) < 2e-3


def test_exnex_by_importance_sampling():
    """400,000 draws from the prior, written anew, weighted by the likelihood of both regimens' data."""
    between = bd.priors.Heterogeneity((0.5, 0.25))
    own = bd.priors.NormalPrior((-0.5, 0.3), (1.0, 0.5), reference_dose=0.15)
    model = bd.models.ExchangeableRegimens(PRIOR, between, (0.7, 0.6), (OWN, own), 0.15)
    answer = tabulated(model, max_patients=21, tolerance=5e-2).posterior(PATIENTS, DLTS)
    rng, number = np.random.default_rng(11), 400_000
    common = rng.multivariate_normal(PRIOR.mean, PRIOR.covariance, number)
    tau = np.array((0.5, 0.25)) * np.exp(np.log(4) / 1.96 * rng.normal(size=(number, 2)))
    rho = rng.uniform(-1, 1, number)
    prob_dlt = []
    for share, prior in ((0.7, OWN), (0.6, own)):
        one, two = rng.normal(size=(2, number))
        two = rho * one + np.sqrt(1 - rho**2) * two
        alike = common + tau * np.stack([one, two], axis=1)
        alone = rng.multivariate_normal(prior.mean, prior.covariance, number)
        theta = np.where(rng.random(number)[:, None] < share, alike, alone)
        log_ratio = np.log(np.array(GRID.values) / prior.reference_dose)
        slope = np.exp(np.minimum(theta[:, 1:], 30))
        prob_dlt.append(expit(theta[:, :1] + slope * log_ratio))
    prob_dlt = np.clip(np.concatenate(prob_dlt, axis=1), 1e-300, 1 - 1e-16)
    log_weight = np.log(prob_dlt) @ DLTS[0] + np.log1p(-prob_dlt) @ (PATIENTS - DLTS)[0]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    for values, found in ((prob_dlt, answer.mean[0]), (prob_dlt < 0.33, answer.below(0.33)[0])):
        expected = weight @ values
        error = np.sqrt(weight**2 @ (values - expected) ** 2)
        np.testing.assert_array_less(np.abs(found - expected), 5 * error + 2e-4)


@pytest.fixture(scope="module")
def pooled():
    """One curve for all doses, by the package's model of one regimen."""
    return refined_tables(TwoParameterLogistic(PRIOR).densities(GRID), tolerances=(1e-3,), **SETTINGS)


@pytest.mark.parametrize(
    "model", [bd.models.CovariateShift(PRIOR, 0.0), bd.models.ExchangeableRegimens(PRIOR, None)]
)
def test_regimens_that_do_not_differ_are_one(model, pooled):
    tables = bd.inference.tabulate_regimens(model, (LOWER, HIGHER), tolerances=(1e-3,), **SETTINGS)
    # Tables are equal if every bit of their numbers is.
    assert tables == pooled


@pytest.mark.parametrize(
    "model",
    [
        bd.models.CovariateShift(PRIOR, 1e-7),
        bd.models.CovariateShift(PRIOR, 1e-7, distribution="half-normal"),
        bd.models.ExchangeableRegimens(PRIOR, bd.priors.Heterogeneity((1e-7, 1e-7))),
    ],
)
def test_regimens_that_hardly_differ_are_nearly_one(model, pooled):
    table = tabulated(model, (LOWER, HIGHER), 2e-2, 12)
    assert isinstance(table, TwoRegimenTable)
    data = trials(20, 6)
    found, expected = table.posterior(*data), pooled[0].posterior(*data)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=0, atol=table.error + 1e-3)
    np.testing.assert_allclose(found.prob_below, expected.prob_below, rtol=0, atol=table.error + 1e-3)


def test_regimens_of_which_none_is_exchangeable_are_apart():
    model = bd.models.ExchangeableRegimens(PRIOR, bd.priors.Heterogeneity(), (0.0, 0.0), (OWN, PRIOR))
    (table,) = bd.inference.tabulate_regimens(model, (LOWER, HIGHER), tolerances=(1e-3,), **SETTINGS)
    assert isinstance(table, SeparateTables)
    patients, dlts = trials(20, 6)
    answer = table.posterior(patients, dlts)
    for grid, prior, part in ((LOWER, OWN, slice(3)), (HIGHER, PRIOR, slice(3, 6))):
        (alone,) = refined_tables(TwoParameterLogistic(prior).densities(grid), tolerances=(1e-3,), **SETTINGS)
        expected = alone.posterior(patients[:, part], dlts[:, part])
        for name in ("mean", "sd", "prob_below"):
            assert np.array_equal(getattr(answer, name)[:, part], getattr(expected, name))
    # The model of two regimens comes near it, by other code.
    hardly = bd.models.ExchangeableRegimens(PRIOR, bd.priors.Heterogeneity(), (1e-9, 1e-9), (OWN, PRIOR))
    near = tabulated(hardly, (LOWER, HIGHER), 2e-2, 12)
    assert isinstance(near, TwoRegimenTable)
    np.testing.assert_allclose(near.posterior(patients, dlts).mean, answer.mean, rtol=0, atol=near.error)


@pytest.mark.parametrize(
    "model",
    [bd.models.CovariateShift(PRIOR, 0.5), bd.models.ExchangeableRegimens(PRIOR, bd.priors.Heterogeneity())],
)
def test_a_batch_is_its_data_sets_one_by_one(model):
    # What is said here holds for a table of any accuracy, so for the coarsest.
    table = tabulated(model, (LOWER, HIGHER), 5e-1, 12)
    patients, dlts = trials(300, 6)
    # Many with the same data of the first regimen, and some rows twice.
    patients[:200, :3], dlts[:200, :3] = (3, 3, 3), (0, 0, 1)
    patients[-5:], dlts[-5:] = patients[:5], dlts[:5]
    batch = table.posterior(patients, dlts)
    for row in (0, 7, 199, 200, 299):
        alone = table.posterior(patients[row : row + 1], dlts[row : row + 1])
        for name in ("mean", "sd", "prob_below"):
            np.testing.assert_allclose(getattr(batch, name)[row], getattr(alone, name)[0], rtol=0, atol=1e-12)
    assert batch.error == table.error <= 5e-1
    assert table.num_doses == 6
    assert table.offers(Needs((0.33,)))
    assert not table.offers(Needs((0.5,)))
    assert not table.offers(Needs((0.33,), plug_in=True))
    again = tabulated.__wrapped__(model, (LOWER, HIGHER), 5e-1, 12)
    assert again is not table
    assert again == table
    assert hash(again) == hash(table)
    assert tabulated(model, (LOWER, HIGHER), 5e-1, 13) != table


@pytest.mark.parametrize(
    "model",
    [
        bd.models.CovariateShift(PRIOR, 0.8, distribution="half-normal"),
        bd.models.ExchangeableRegimens(PRIOR, bd.priors.Heterogeneity()),
    ],
)
@pytest.mark.parametrize("alike", ["few data of the first", "few data of the second", "neither"])
def test_sums_over_nodes_are_those_of_all_pairs_of_nodes(model, alike):
    """The sums are begun from whichever regimen has few data; here from neither, pair by pair."""
    table = tabulated(model, (LOWER, HIGHER), 5e-1, 12)
    patients, dlts = trials(90, 6)
    half = {"few data of the first": slice(3), "few data of the second": slice(3, None)}.get(alike)
    if half is not None:
        patients[:, half], dlts[:, half] = (3, 0, 2), (1, 0, 0)
    nodes = table.first.log_cells.shape[1]
    joint = table.coupling.to_second(np.eye(nodes))
    likelihoods = [
        np.exp(dlts[:, part] @ one.log_cells[:3] + (patients - dlts)[:, part] @ one.log_cells[3:])
        for part, one in ((slice(3), table.first), (slice(3, None), table.second))
    ]
    evidence = np.einsum("bi,ij,bj->b", likelihoods[0], joint, likelihoods[1], optimize=True)
    weights = (likelihoods[0] * (likelihoods[1] @ joint.T), likelihoods[1] * (likelihoods[0] @ joint))
    expected = np.concatenate(
        [
            weight @ one.features[:, 1:4]
            for weight, one in zip(weights, (table.first, table.second), strict=True)
        ],
        axis=1,
    )
    found = table.posterior(patients, dlts)
    # Sums of some thousand terms of rounding errors.
    np.testing.assert_allclose(found.mean, expected / evidence[:, None], rtol=0, atol=1e-11)
    for second in (False, True):
        asked = (np.arange(6) >= 3) == second
        some = table.posterior(patients, dlts, asked)
        assert np.isnan(some.mean[:, ~asked]).all()
        assert np.array_equal(some.mean[:, asked], found.mean[:, asked])
        assert np.array_equal(some.prob_below[:, asked], found.prob_below[:, asked])


def test_regimens_change_places():
    between = bd.priors.Heterogeneity((0.5, 0.25))
    one = bd.models.ExchangeableRegimens(PRIOR, between, (0.9, 0.4), (OWN, PRIOR))
    other = bd.models.ExchangeableRegimens(PRIOR, between, (0.4, 0.9), (PRIOR, OWN))
    patients, dlts = trials(20, 6)
    back = np.roll(np.arange(6), 3)
    first = tabulated(one, (LOWER, HIGHER), 5e-2, 12).posterior(patients, dlts)
    table = tabulated(other, (HIGHER, LOWER), 5e-2, 12)
    second = table.posterior(patients[:, back], dlts[:, back])
    np.testing.assert_allclose(first.mean, second.mean[:, back], rtol=0, atol=table.error)


def test_other_models_are_refused():
    with pytest.raises(bd.InputError, match="tabulate_regimens, model"):
        bd.inference.tabulate_regimens(TwoParameterLogistic(PRIOR), (GRID, GRID), **SETTINGS)
    assert isinstance(tabulated(bd.models.CovariateShift(PRIOR, 0.0), (LOWER, HIGHER)), PosteriorTable)
