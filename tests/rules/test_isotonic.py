"""Isotonic regression of a batch, against scipy's of one curve at a time."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize

from bayesdose.rules.isotonic import isotonic_regression


@st.composite
def curves(draw):
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 9)))
    # Few different values, so that ties are common; weights from far apart, some of them zero.
    values = draw(arrays(float, shape, elements=st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 1.0])))
    weights = draw(arrays(float, shape, elements=st.sampled_from([0.0, 0.5, 1.0, 3.0, 18.0, 26800.0])))
    return values, weights


@settings(max_examples=300)
@given(curves())
def test_as_scipy_where_the_weight_is_above_zero(drawn):
    # Both are weighted means of the same blocks: 1e-12 is rounding.
    values, weights = drawn
    fitted = isotonic_regression(values, weights)
    for value, weight, curve in zip(values, weights, fitted, strict=True):
        used = weight > 0
        assert np.isnan(curve[~used]).all()
        if used.any():
            expected = optimize.isotonic_regression(value[used], weights=weight[used]).x
            assert np.abs(curve[used] - expected).max() < 1e-12


def test_by_hand():
    # Weights 1, 3, 1: 0.4 and 0.2 are pooled to (0.4 + 0.6) / 4 = 0.25, which stays below 0.5.
    fitted = isotonic_regression(np.array([[0.4, 0.2, 0.5]]), np.array([[1.0, 3.0, 1.0]]))
    assert np.abs(fitted - [0.25, 0.25, 0.5]).max() < 1e-15
    # A dose without weight does not part the doses beside it.
    left_out = isotonic_regression(np.array([[0.4, 0.9, 0.2]]), np.array([[1.0, 0.0, 1.0]]))
    assert np.abs(left_out[0, [0, 2]] - 0.3).max() < 1e-15
    # The rate 0 / 0 of a dose without patients is no number; it counts as little.
    without_rate = isotonic_regression(np.array([[0.4, np.nan, 0.2]]), np.array([[1.0, 0.0, 1.0]]))
    assert np.abs(without_rate[0, [0, 2]] - 0.3).max() < 1e-15
