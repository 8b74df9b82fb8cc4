"""A PyMC model is compiled once, and never answered for with what it no longer is."""

import gc
import sys
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pymc as pm
import pytest

import bayesdose as bd
from bayesdose.inference.compiled import compile_model

GRID = bd.DoseGrid((1.0, 3.0, 10.0), "mg")
POINTS = np.array([[0.0], [0.4]])


def model_with_data(shift):
    """A model whose intercept is moved by data of its own."""
    with pm.Model(coords=bd.models.model_coords(GRID)) as model:
        moved = pm.Data("shift", shift)
        theta = pm.Normal("theta", 0.0, 1.0)
        bd.models.observe_dlts(pm.math.invlogit(theta + moved + np.array([-3.0, -2.0, -1.0])))
    return model


def test_the_second_call_compiles_nothing():
    model = model_with_data(0.0)
    assert compile_model(model) is compile_model(model)
    assert compile_model(model_with_data(0.0)) is not compile_model(model)


def test_new_data_are_read():
    model = model_with_data(0.0)
    compile_model(model)
    with model:
        pm.set_data({"shift": 1.5})
    expected = 1 / (1 + np.exp(-(POINTS + 1.5 + np.array([-3.0, -2.0, -1.0]))))
    np.testing.assert_allclose(compile_model(model).prob_dlt(POINTS), expected, rtol=1e-12)


def test_a_variable_that_is_added_is_seen():
    model = model_with_data(0.0)
    before = compile_model(model).log_prior(POINTS)
    with model:
        pm.Potential("pull", -2.0 * model["theta"] ** 2)
    np.testing.assert_allclose(compile_model(model).log_prior(POINTS), before - 2.0 * POINTS[:, 0] ** 2)


def test_a_variable_that_makes_the_model_unfit_is_seen():
    model = model_with_data(0.0)
    compile_model(model)
    with model:
        pm.Poisson("number", 2.0)
    with pytest.raises(bd.UnsupportedModelError, match="discrete variables"):
        compile_model(model)


def test_models_that_nobody_needs_are_not_kept():
    model = model_with_data(0.0)
    compile_model(model)
    alive = weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None


def test_threads_do_not_disturb_each_other():
    compiled = compile_model(model_with_data(0.0))
    points = np.random.default_rng(3).normal(size=(200, 1))
    expected = compiled.prob_dlt(points)

    def right(_):
        return np.array_equal(compiled.prob_dlt(points), expected)

    before = sys.getswitchinterval()
    # Threads take turns so often that they meet inside a function.
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(right, range(200)))
    finally:
        sys.setswitchinterval(before)
