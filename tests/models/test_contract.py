"""What `observe_dlts` refuses, and what every model must hold."""

import numpy as np
import pymc as pm
import pytest

from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.models.contract import check_contract, model_coords, observe_dlts

GRID = DoseGrid((1, 3, 10), unit="mg")


@pytest.mark.parametrize(
    "prob_dlt", [None, "0.1", 0.2, [0.1, 0.2], np.full((3, 2), 0.1), [1, 1, 1], object()]
)
def test_what_is_no_vector_of_prob_dlt(prob_dlt):
    with (
        pm.Model(coords=model_coords(GRID)),
        pytest.raises(InputError, match="a PyTensor vector of 3 numbers"),
    ):
        observe_dlts(prob_dlt)


def test_a_call_outside_of_a_model():
    with pytest.raises(InputError, match="got 'a call outside of a model'"):
        observe_dlts([0.1, 0.2, 0.3])


def test_a_model_without_doses():
    with pm.Model(), pytest.raises(InputError, match="no coordinate 'dose'"):
        observe_dlts([0.1, 0.2, 0.3])


def test_a_second_call():
    with pm.Model(coords=model_coords(GRID)):
        observe_dlts([0.1, 0.2, 0.3])
        with pytest.raises(InputError, match="one call for each model"):
            observe_dlts([0.1, 0.2, 0.3])


def test_the_contract():
    with pm.Model(coords=model_coords(GRID)) as model:
        observe_dlts([0.1, 0.2, 0.3])
    check_contract(model)
    with pytest.raises(UnsupportedModelError, match=r"without prob_dlt, patients, dlts, outcome.* Do this\."):
        check_contract(pm.Model(), "Do this.")
