"""The worked example of Neuenschwander, Branson and Gsponer (2008), and other models."""

import numpy as np
import pymc as pm
import pytest

from bayesdose.grid import DoseGrid
from bayesdose.models.contract import model_coords, observe_dlts
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior


@pytest.fixture(scope="session")
def nbg(golden):
    return golden("nbg_2008.json")


@pytest.fixture(scope="session")
def nbg_model(nbg):
    prior = NormalPrior.from_covariance(nbg["prior_mean"], nbg["prior_covariance"], nbg["reference_dose"])
    return two_parameter_logistic(DoseGrid(nbg["doses"], unit="mg"), prior)


@pytest.fixture(scope="session")
def power_model():
    """Build ``p = skeleton ** exp(theta)`` with theta normal around 0."""

    def build(doses, skeleton, variance):
        with pm.Model(coords=model_coords(DoseGrid(doses, unit="mg"))) as model:
            theta = pm.Normal("theta", 0.0, np.sqrt(variance))
            observe_dlts(np.array(skeleton) ** pm.math.exp(theta))
        return model

    return build
