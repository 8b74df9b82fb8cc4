"""NUTS agrees with the exact engine, compiles once, and says when it has not converged."""

import arviz_stats
import numpy as np
import nutpie
import pymc as pm
import pytest
import xarray as xr

from bayesdose.errors import ConvergenceWarning, InputError, UnsupportedModelError
from bayesdose.inference import sampling
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.sampling import fit, fit_many
from bayesdose.outcomes import parse_outcomes


@pytest.fixture(scope="module")
def draws(nbg, nbg_model):
    return fit(nbg_model, nbg["outcomes"], rng=20080615)


def test_agrees_with_the_exact_posterior(nbg, nbg_model, draws):
    expected = exact_posterior(nbg_model, nbg["outcomes"], bounds=(0.2,), quantiles=(0.5,))
    posterior = draws["posterior"].to_dataset()
    mcse = arviz_stats.mcse(posterior)
    # Four Monte Carlo standard errors: the seed is fixed, and 17 normal deviates stay below 4.
    for name, exact in (("prob_dlt", expected["mean"]), ("theta", expected["parameter_mean"])):
        away = np.abs(posterior[name].mean(("chain", "draw")).values - exact.values)
        np.testing.assert_array_less(away, 4 * mcse[name].values, err_msg=name)


def test_groups_and_record(nbg, draws):
    assert set(draws.groups) == {"/", "/posterior", "/sample_stats", "/observed_data", "/constant_data"}
    assert dict(draws["posterior"].sizes) == {"chain": 4, "draw": 1000, "parameter": 2, "dose": 15}
    assert draws["constant_data"]["patients"].sum() == 18
    assert draws["observed_data"]["outcome"].sel(dose=25) == 2
    assert draws.attrs["outcomes"] == nbg["outcomes"]
    assert draws.attrs["nutpie_version"] == nutpie.__version__
    assert draws.attrs["pymc_version"] == pm.__version__


@pytest.fixture(scope="module")
def all_groups(nbg, nbg_model):
    return fit(nbg_model, nbg["outcomes"], rng=20080615, log_likelihood=True, posterior_predictive=True)


def test_netcdf_round_trip(all_groups, tmp_path):
    all_groups.to_netcdf(tmp_path / "draws.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "draws.nc", engine="h5netcdf") as stored:
        xr.testing.assert_identical(stored.load(), all_groups)


def test_zarr_round_trip(all_groups, tmp_path):
    # Without consolidated metadata, which format 3 does not have yet, and zarr warns about.
    all_groups.to_zarr(tmp_path / "draws.zarr", zarr_format=2)
    with xr.open_datatree(tmp_path / "draws.zarr", engine="zarr") as stored:
        xr.testing.assert_identical(stored.load(), all_groups)


def test_log_likelihood_is_pymcs(nbg, nbg_model, all_groups, draws):
    found = all_groups["log_likelihood"]["outcome"]
    assert found.dims == ("chain", "draw", "dose")
    # The extra groups leave the draws alone.
    xr.testing.assert_identical(all_groups["posterior"].to_dataset()["theta"], draws["posterior"]["theta"])
    model = nbg_model.copy()
    counts = parse_outcomes(nbg["outcomes"]).counts(15)
    with model:
        pm.set_data({"patients": counts.sum(axis=1), "dlts": counts[:, 1]})
    expected = pm.compute_log_likelihood(
        draws.copy(), model=model, progressbar=False, extend_inferencedata=False
    )
    np.testing.assert_allclose(found.values, expected["outcome"].values, rtol=0, atol=1e-12)


def test_posterior_predictive(all_groups):
    found = all_groups["posterior_predictive"]["outcome"]
    patients = all_groups["constant_data"]["patients"]
    assert found.dims == ("chain", "draw", "dose")
    assert np.issubdtype(found.dtype, np.integer)
    assert ((found >= 0) & (found <= patients)).all()
    # Given P(DLT) the 4000 counts are independent binomials: four standard errors of their mean.
    p = all_groups["posterior"]["prob_dlt"]
    error = np.sqrt((patients * p * (1 - p)).sum(("chain", "draw"))) / 4000
    away = np.abs((found - patients * p).mean(("chain", "draw")))
    assert (away <= 4 * error).all()


def test_many_data_sets(nbg_model):
    shares = []
    first, second = fit_many(nbg_model, ["1NNN", "1NNN 2NNT"], rng=8, progress=shares.append)
    assert shares == [0.5, 1.0]
    assert [first.attrs["outcomes"], second.attrs["outcomes"]] == ["1NNN", "1NNN 2NNT"]
    # Neither the other data sets nor their number change the draws.
    (other, again) = fit_many(nbg_model, ["", "1NNN 2NNT"], rng=np.random.default_rng(8))
    # The sampler notes when it ran among the attributes, so these are left out.
    xr.testing.assert_equal(again["posterior"], second["posterior"])
    assert other.attrs["seed"] == first.attrs["seed"] != second.attrs["seed"]
    for rng in (np.random.default_rng(8).spawn(2)[1], second.attrs["seed"]):
        alone = fit(nbg_model, "1NNN 2NNT", rng=rng)
        xr.testing.assert_equal(alone["posterior"], second["posterior"])


def test_many_data_sets_warn_once(nbg_model):
    with pytest.warns(ConvergenceWarning) as caught:
        fit_many(nbg_model, ["", "1NNN"], rng=1, chains=1, draws=50, tune=100)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    assert "data set 0 (no patients): one chain" in message
    assert "data set 1 (1NNN): one chain" in message


def test_long_lists_of_problems_are_cut():
    message = sampling.problem_report({f"data set {i}": ["2 divergent transitions"] for i in range(12)})
    assert "data set 9: 2 divergent" in message
    assert "data set 10" not in message
    assert "and 2 more data sets" in message


def test_many_data_sets_are_checked_first(nbg_model, monkeypatch):
    monkeypatch.setattr(sampling.Sampler, "sample", lambda *_: pytest.fail("sampled before the check"))
    with pytest.raises(InputError, match="dose levels from 1 to 15"):
        fit_many(nbg_model, ["1NNN", "16N"], rng=1)


def test_second_data_set_reuses_the_compiled_model(nbg_model, draws, monkeypatch):
    def refuse(model):
        raise AssertionError("compiled again")

    monkeypatch.setattr(sampling.nutpie, "compile_pymc_model", refuse)
    other = fit(nbg_model, "1NNN", rng=20080615)
    assert other["constant_data"]["patients"].values.tolist() == [3, *[0] * 14]
    assert other["posterior"]["prob_dlt"].mean() != draws["posterior"]["prob_dlt"].mean()


def test_same_seed_gives_the_same_draws(nbg, nbg_model, draws):
    assert draws.attrs["seed"] == 20080615
    again = fit(nbg_model, nbg["outcomes"], rng=draws.attrs["seed"])
    xr.testing.assert_equal(again["posterior"]["theta"], draws["posterior"]["theta"])


def test_too_few_draws_warn(nbg_model):
    with pytest.warns(
        ConvergenceWarning, match="effective sample size .* below 400.*raise `tune` and `draws`"
    ):
        fit(nbg_model, "1NNN", rng=1, chains=2, draws=50, tune=100)


def test_divergences_and_rhat_are_problems():
    rng = np.random.default_rng(3)
    apart = rng.normal(size=(4, 500)) + 3 * np.arange(4)[:, None]
    result = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"theta": (("chain", "draw"), apart)}),
            "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), rng.random((4, 500)) < 0.01)}),
        }
    )
    problems = sampling.problems_of(result)
    assert [words.split()[1] for words in problems[:1]] == ["divergent"]
    assert problems[1].startswith("R-hat")
    assert "reparametrise" in sampling.problem_report({"": problems})


def test_two_chains_that_agree_are_no_problem():
    independent = np.random.default_rng(3).normal(size=(2, 1000))
    result = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"theta": (("chain", "draw"), independent)}),
            "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), np.zeros((2, 1000), dtype=bool))}),
        }
    )
    assert sampling.problems_of(result) == []


def test_every_fit_has_a_seed_of_its_own(nbg_model, draws, monkeypatch):
    used = []

    def note(*_, seed, **__):
        used.append(seed)
        raise InterruptedError

    monkeypatch.setattr(sampling.nutpie, "sample", note)
    sampler = sampling.Sampler(nbg_model)
    for seed in range(100):
        with pytest.raises(InterruptedError):
            sampler.sample(parse_outcomes("1NNN"), seed)
    # Among 2^32 seeds, two of a hundred are the same with a probability of one in a million.
    assert len(set(used)) == 100


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chains": 0}, "chains"),
        ({"draws": 0}, "draws"),
        ({"tune": 0.5}, "tune"),
        ({"draws": 10**9}, "draws"),
        ({"chains": 1000, "draws": 1_000_000}, "at most 10,000,000 draws in all"),
        ({"outcomes": "16N"}, "dose levels from 1 to 15"),
        ({"outcomes": "x"}, "1NNN 2NNT"),
    ],
)
def test_bad_arguments(nbg_model, change, message):
    with pytest.raises(InputError, match=message):
        fit(nbg_model, **{"outcomes": "1NNN", **change})


def test_model_without_the_contract():
    with pm.Model() as model:
        pm.Normal("x")
    with pytest.raises(UnsupportedModelError, match="without prob_dlt, patients, dlts, outcome"):
        fit(model, "1NNN")
