"""The two-parameter logistic model follows its formula and the contract."""

import numpy as np

from bayesdose.grid import DoseGrid
from bayesdose.inference.compiled import compile_model
from bayesdose.models.contract import model_coords
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior

GRID = DoseGrid((1, 3, 10), unit="mg")
PRIOR = NormalPrior((-1.0, 0.3), (1.5, 0.6), reference_dose=3.0, correlation=-0.3)


def test_prob_dlt_follows_the_formula():
    points = np.array([[-1.0, 0.3], [0.5, -0.7]])
    logit = points[:, :1] + np.exp(points[:, 1:]) * np.log(np.array(GRID.values) / 3.0)
    compiled = compile_model(two_parameter_logistic(GRID, PRIOR))
    np.testing.assert_allclose(compiled.prob_dlt(points), 1 / (1 + np.exp(-logit)), rtol=1e-13)


def test_prior_is_the_normal_density():
    points = np.array([[-1.0, 0.3], [0.5, -0.7]])
    compiled = compile_model(two_parameter_logistic(GRID, PRIOR))
    away = points - np.array(PRIOR.mean)
    squared = np.einsum("mi,ij,mj->m", away, np.linalg.inv(PRIOR.covariance), away)
    expected = -0.5 * squared - np.log(2 * np.pi) - 0.5 * np.log(np.linalg.det(PRIOR.covariance))
    np.testing.assert_allclose(compiled.log_prior(points), expected, rtol=1e-12)


def test_contract():
    model = two_parameter_logistic(GRID, PRIOR)
    assert model_coords(GRID) == {"dose": (1.0, 3.0, 10.0)}
    assert model.coords["parameter"] == ("log_alpha", "log_beta")
    for name in ("prob_dlt", "patients", "dlts", "outcome"):
        assert model.named_vars_to_dims[name] == ("dose",)
