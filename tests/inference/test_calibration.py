"""Both engines are calibrated under the model's own prior, and a wrong prior is noticed."""

import numpy as np
import pymc as pm
import pytest
import xarray as xr

from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.inference import calibration
from bayesdose.inference.calibration import simulation_based_calibration, uniformity
from bayesdose.inference.exact import exact_cdf, exact_posterior
from bayesdose.inference.refinement import Nodes
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes

GRID = DoseGrid((1, 3, 10), unit="mg")
PATIENTS = (3, 3, 3)
SIMULATIONS = 80


def logistic(mean=(-0.5, 0.0), sd=(1.5, 0.5)):
    return two_parameter_logistic(GRID, NormalPrior(mean, sd, reference_dose=3))


@pytest.fixture(scope="module")
def model():
    return logistic()


@pytest.fixture(scope="module")
def calibrated(model):
    return simulation_based_calibration(model, PATIENTS, simulations=SIMULATIONS, rng=1)


def test_both_methods_are_uniform(calibrated):
    # The seed is fixed; six p-values, not independent, at a level of 0.01 / 6.
    assert (uniformity(calibrated)["p_value"] > 0.01 / 6).all()
    assert calibrated["converged"].all()


def test_methods_agree(calibrated):
    nuts, exact = calibrated["rank"].sel(method="nuts"), calibrated["rank"].sel(method="exact")
    # Rank r of L draws is binomial around L times the distribution function: errors up to four
    # standard deviations of 99 draws, and the half rank that the scaling adds.
    error = np.sqrt(exact * (1 - exact) / calibration.RANKED_DRAWS)
    assert (np.abs(nuts - exact) <= 4 * error + 0.02).all()


# Six simulations a bin, as the chi-square distribution needs. A spread is seen in the outermost of ten bins;
# a shift takes no more than five.
@pytest.mark.parametrize(
    ("truth", "bins"), [({"sd": (3.0, 1.0)}, 10), ({"mean": (1.5, 0.0)}, 5)], ids=["sd halved", "shifted"]
)
def test_wrong_prior_is_detected(model, truth, bins):
    wrong = simulation_based_calibration(
        model, PATIENTS, simulations=6 * bins, rng=1, truth=logistic(**truth), methods=("exact", "nuts")
    )
    assert (uniformity(wrong, bins=bins)["p_value"].min("dose") < 1e-3).all()


def test_record(calibrated):
    assert calibrated["rank"].dims == ("method", "simulation", "dose")
    assert ((calibrated["rank"] > 0) & (calibrated["rank"] < 1)).all()
    assert calibrated.attrs["seed"] == 1
    assert calibrated.attrs["ranked_draws"] == 99
    assert (calibrated["dlts"] <= calibrated["patients"]).all()


def test_shorter_run_is_the_start_of_a_longer_one(model, calibrated):
    shares = []
    few = simulation_based_calibration(model, PATIENTS, simulations=3, rng=1, progress=shares.append)
    xr.testing.assert_equal(few, calibrated.isel(simulation=slice(3)))
    assert shares == pytest.approx([i / 6 for i in range(1, 7)])


class DrawsBetween:
    """Stands for a sampler whose posterior draws of P(DLT) all lie between 0.2 and 0.8."""

    chains, draws = 4, 500

    def sample(self, outcomes, seed):
        rng = np.random.default_rng(seed)
        prob_dlt = (("chain", "draw", "dose"), rng.uniform(0.2, 0.8, size=(4, 500, 2)))
        diverging = (("chain", "draw"), np.zeros((4, 500), dtype=bool))
        groups = {"posterior": {"prob_dlt": prob_dlt}, "sample_stats": {"diverging": diverging}}
        return xr.DataTree.from_dict({name: xr.Dataset(values) for name, values in groups.items()})


def test_ranks_of_a_truth_below_and_above_all_draws():
    simulations, shares = 6, []
    truth = np.tile([0.1, 0.9], (simulations, 1))
    dlts = np.zeros((simulations, 2), dtype=int)
    streams = np.random.default_rng(1).spawn(simulations)
    ranks, problems = calibration._nuts_ranks(
        DrawsBetween(), np.array([3, 3]), dlts, truth, streams, shares.append
    )
    # 0 and 99 of 99 draws lie below: the lowest and the highest of 100 ranks, each in the middle of its bin.
    np.testing.assert_allclose(ranks, np.tile([0.005, 0.995], (simulations, 1)), rtol=0, atol=1e-15)
    assert not problems
    assert shares[-1] == 1


def test_generator_leaves_a_seed_that_repeats_the_run(model):
    def run(rng):
        return simulation_based_calibration(model, PATIENTS, simulations=2, rng=rng, methods=("exact",))

    found = run(np.random.default_rng(7))
    assert "converged" not in found
    xr.testing.assert_identical(run(found.attrs["seed"]), found)


def test_other_models(power_model):
    # A model with one free variable, and doses without patients.
    model = power_model((1, 3, 10), (0.1, 0.2, 0.4), 1.34)
    found = simulation_based_calibration(model, (0, 6, 0), simulations=5, rng=4, methods=("exact",))
    # All doses move together, so that the truth has the same rank at each.
    np.testing.assert_allclose(found["rank"].values, found["rank"].values[..., :1] * np.ones(3), atol=1e-6)


def test_cdf_is_the_exact_posteriors(model):
    patients, dlts = np.array([[3, 3, 3], [0, 0, 0], [3, 24, 6]]), np.array([[0, 1, 2], [0, 0, 0], [0, 4, 6]])
    values = np.array([[0.1, 0.3, 0.6], [0.2, 0.4, 0.5], [0.05, 0.2, 0.7]])
    found = exact_cdf(model, patients, dlts, values, tolerance=1e-8)
    for n, y, value, below in zip(patients, dlts, values, found, strict=True):
        data = Outcomes.from_counts(n, y)
        expected = exact_posterior(model, data, bounds=value)["interval_probability"].values
        # Bounds are sorted, and so are these values: bound d separates intervals d and d + 1.
        np.testing.assert_allclose(below, np.diag(expected.cumsum(axis=1)), atol=1e-7)


def test_cdf_out_of_reach(model, monkeypatch):
    monkeypatch.setattr("bayesdose.inference.exact._NODES", Nodes(first_cut=40, first_other=30, most=3000))
    with pytest.raises(InputError, match="Ask for a larger tolerance"):
        exact_cdf(model, np.array([[3, 3, 3]]), np.array([[0, 1, 2]]), np.full((1, 3), 0.3), tolerance=1e-12)


def test_uniformity_by_hand():
    rank = np.array([0.05, 0.15, 0.25, 0.45, 0.55, 0.95, 1.0, 0.3])[None, :, None]
    found = uniformity(
        xr.Dataset(
            {"rank": (("method", "simulation", "dose"), rank)},
            coords={"method": ["exact"], "dose": [1.0]},
            attrs={"ranked_draws": 99},
        ),
        bins=2,
    )
    # Five below a half and three above, where four are expected: 2 * 1 / 4, and chi-square with 1 df.
    assert found["count"].values.tolist() == [[[5, 3]]]
    assert found["chi_square"].item() == pytest.approx(0.5)
    assert found["p_value"].item() == pytest.approx(0.4795001221869535)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"patients": (3, 3)}, "3 whole numbers"),
        ({"patients": (3, 3, -1)}, r"patients.2.: got -1"),
        ({"patients": (3, 3, 0.5)}, r"patients.2.: got 0.5"),
        ({"simulations": 0}, "simulations"),
        ({"methods": ()}, "none twice"),
        ({"methods": ("exact", "exact")}, "none twice"),
        ({"methods": ("exat",)}, "one of 'nuts', 'exact'"),
        (
            {"truth": two_parameter_logistic(DoseGrid((1, 2), "mg"), NormalPrior((0, 0), (1, 1), 1))},
            "2 doses",
        ),
    ],
)
def test_bad_arguments(model, change, message):
    with pytest.raises(InputError, match=message):
        simulation_based_calibration(model, **{"patients": PATIENTS, "simulations": 1, "rng": 1, **change})


def test_bins_must_divide_the_ranks(calibrated):
    with pytest.raises(InputError, match="a divisor of 100"):
        uniformity(calibrated, bins=7)


def test_prior_with_potentials_cannot_be_drawn_from():
    with pm.Model(coords=model_coords(GRID)) as model:
        x = pm.Normal("x")
        pm.Potential("fence", -(x**2))
        observe_dlts(pm.math.invlogit(x + np.arange(3)))
    with pytest.raises(UnsupportedModelError, match="fence"):
        simulation_based_calibration(model, PATIENTS, simulations=1, rng=1)
