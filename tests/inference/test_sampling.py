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
from bayesdose.inference.sampling import fit


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


def test_groups_and_record(nbg, draws, tmp_path):
    assert set(draws.groups) == {"/", "/posterior", "/sample_stats", "/observed_data", "/constant_data"}
    assert dict(draws["posterior"].sizes) == {"chain": 4, "draw": 1000, "parameter": 2, "dose": 15}
    assert draws["constant_data"]["patients"].sum() == 18
    assert draws["observed_data"]["outcome"].sel(dose=25) == 2
    assert draws.attrs["outcomes"] == nbg["outcomes"]
    assert draws.attrs["nutpie_version"] == nutpie.__version__
    assert draws.attrs["pymc_version"] == pm.__version__
    draws.to_netcdf(tmp_path / "draws.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "draws.nc", engine="h5netcdf") as stored:
        xr.testing.assert_equal(stored["posterior"]["prob_dlt"].load(), draws["posterior"]["prob_dlt"])
        assert stored.attrs["seed"] == draws.attrs["seed"]


def test_second_data_set_reuses_the_compiled_model(nbg_model, draws, monkeypatch):
    def refuse(model):
        raise AssertionError("compiled again")

    monkeypatch.setattr(sampling.nutpie, "compile_pymc_model", refuse)
    other = fit(nbg_model, "1NNN", rng=20080615)
    assert other["constant_data"]["patients"].values.tolist() == [3, *[0] * 14]
    assert other["posterior"]["prob_dlt"].mean() != draws["posterior"]["prob_dlt"].mean()


def test_same_seed_gives_the_same_draws(nbg, nbg_model, draws):
    again = fit(nbg_model, nbg["outcomes"], rng=np.random.default_rng(20080615))
    xr.testing.assert_equal(again["posterior"]["theta"], draws["posterior"]["theta"])


def test_too_few_draws_warn(nbg_model):
    with pytest.warns(
        ConvergenceWarning, match="effective sample size .* below 400.*raise `tune` and `draws`"
    ):
        fit(nbg_model, "1NNN", rng=1, chains=2, draws=50, tune=100)


def test_divergences_and_rhat_warn():
    rng = np.random.default_rng(3)
    apart = rng.normal(size=(4, 500)) + 3 * np.arange(4)[:, None]
    result = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"theta": (("chain", "draw"), apart)}),
            "sample_stats": xr.Dataset({"diverging": (("chain", "draw"), rng.random((4, 500)) < 0.01)}),
        }
    )
    with pytest.warns(ConvergenceWarning, match=r"divergent transitions; R-hat .* above 1.01.*reparametrise"):
        sampling._warn_unless_converged(result)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chains": 0}, "chains"),
        ({"draws": 0}, "draws"),
        ({"tune": 0.5}, "tune"),
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
    with pytest.raises(UnsupportedModelError, match="without dlts, patients, prob_dlt"):
        fit(model, "1NNN")
