"""Nodes in reach by bounds on tiles: none that has weight is left out, whatever the shape and the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.inference.node_tiles import NodeTiles


def table(shape, doses, rng):
    """Log-likelihoods of two-parameter logistic curves on a plane or a line of nodes, and a normal prior."""
    axes = [np.linspace(-5, 5, number) for number in shape]
    first, *second = np.meshgrid(*axes, indexing="ij")
    slope = np.exp(second[0] / 2) if second else np.ones_like(first)
    at = np.log(np.arange(1, doses + 1) / doses)
    logit = (first[..., None] + slope[..., None] * at).reshape(-1, doses).T
    log_cells = -np.logaddexp(0, np.concatenate([-logit, logit]))
    log_prior = -0.5 * (first**2 + sum(one**2 for one in second)).ravel() + rng.normal(0, 0.3)
    return log_cells, log_prior


@settings(max_examples=60, deadline=None)
@given(
    shape=st.one_of(st.tuples(st.integers(1, 200)), st.tuples(st.integers(1, 40), st.integers(1, 30))),
    doses=st.integers(1, 5),
    most=st.integers(0, 60),
    log_negligible=st.floats(-40, -1),
    dtype=st.sampled_from([np.float32, np.float64]),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_node_with_weight_is_left_out(shape, doses, most, log_negligible, dtype, seed):
    rng = np.random.default_rng(seed)
    log_cells, log_prior = (array.astype(dtype) for array in table(shape, doses, rng))
    data = rng.integers(0, most + 1, (rng.integers(1, 20), 2 * doses)).astype(dtype)
    tiles = NodeTiles.of(shape, log_cells, log_prior)
    kept = tiles.in_reach(data, log_cells, log_prior, log_negligible)
    weights = data @ log_cells + log_prior
    weights -= weights.max(axis=1, keepdims=True)
    needed = np.flatnonzero((weights > log_negligible).any(axis=0))
    assert set(needed) <= set(kept)
    assert np.all(np.diff(kept) > 0)


@pytest.mark.parametrize("shape", [(200,), (72, 31), (7, 3), (24, 5, 6)])
def test_the_bounds_are_those_of_each_tile(shape):
    rng = np.random.default_rng(1)
    number = int(np.prod(shape))
    log_cells, log_prior = -rng.random((6, number)), -rng.random(number)
    tiles = NodeTiles.of(shape, log_cells, log_prior)
    assert tiles.tile.shape == (number,)
    for tile, middle in enumerate(tiles.middle):
        nodes = np.flatnonzero(tiles.tile == tile)
        assert middle in nodes
        assert np.array_equal(tiles.log_cells[:, tile], log_cells[:, nodes].max(axis=1))
        assert tiles.log_prior[tile] == log_prior[nodes].max()


def test_few_nodes_are_kept_beside_those_needed():
    log_cells, log_prior = table((160, 70), 5, np.random.default_rng(2))
    tiles = NodeTiles.of((160, 70), log_cells, log_prior)
    data = np.array([[0, 0, 1, 2, 3, 6, 6, 5, 4, 3]], dtype=float)
    weights = data @ log_cells + log_prior
    needed = np.count_nonzero(weights > weights.max() - 14)
    # The bounds cost a thirtieth of all weights, and are of use while they leave most nodes out.
    assert (
        needed < len(tiles.in_reach(data, log_cells, log_prior, -14.0)) < 1.5 * needed < len(log_prior) / 1.5
    )
