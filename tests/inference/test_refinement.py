"""Refinement of quadrature rules: which rules are tried, and when it gives up."""

import math
import time

import numpy as np
import pytest

from bayesdose.errors import InputError, UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.refinement import Nodes, refinements
from bayesdose.inference.table import tabulate
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.models.normal_prior import NormalPrior

GRID = DoseGrid((1, 3, 10, 30), unit="mg")
NODES = Nodes(first_cut=4, first_other=3, most=2000)


def test_shapes_grow_by_a_half_in_each_direction():
    # 4 and 3, times 1.5 each time, rounded down: 20 * 15 * 15 are more than 2000.
    assert NODES.shapes(3) == [(4, 3, 3), (6, 4, 4), (9, 6, 6), (13, 10, 10)]


def test_a_rule_may_have_the_most_nodes_exactly():
    assert Nodes(first_cut=10, first_other=10, most=100).shapes(2) == [(10, 10)]
    assert Nodes(first_cut=10, first_other=10, most=99).shapes(2) == []


def test_a_step_gives_both_rules_and_their_difference():
    answers = {4: [1.0, 0.0], 6: [1.25, 0.5], 9: [1.25, 0.5]}
    steps = refinements(lambda shape: (shape[0], np.array(answers[shape[0]])), NODES, 1, 1e-3)
    (coarse, first), (fine, second), error = next(steps)
    assert (coarse, fine, error) == (4, 6, 0.5)
    assert (first.tolist(), second.tolist()) == ([1.0, 0.0], [1.25, 0.5])
    assert next(steps)[2] == 0.0


@pytest.mark.parametrize(
    ("integral", "steps"),
    [
        # Rules that do not resolve the integrand stay far off, and only so many are left.
        (lambda number: (-1) ** number * 0.4, 10),
        # No number at all.
        (lambda number: math.nan, 1),
        # As good as rounding allows.
        (lambda number: 1.0 + (-1) ** number * 1e-11, 2),
    ],
)
def test_it_gives_up(integral, steps):
    taken, numbers = [], iter(range(100))
    found = refinements(lambda shape: (shape, np.array([integral(next(numbers))])), NODES, 1, 1e-12)
    with pytest.raises(InputError, match=r"got '1e-12, still .* off'; wanted an accuracy that 2000"):
        taken.extend(error for _, _, error in found)
    assert len(taken) <= steps < len(NODES.shapes(1)) - 1


def test_it_goes_on_while_the_tolerance_is_in_reach():
    # exp(-1.5 ** k), the slowest that was seen of smooth models: below 1e-9 at k = 8.
    assert len(NODES.shapes(1)) == 16
    answers = {shape: math.exp(-(1.5**number)) for number, shape in enumerate(NODES.shapes(1))}
    steps = refinements(lambda shape: (shape, np.array([answers[shape]])), NODES, 1, 1e-9)
    assert any(error <= 1e-9 for _, _, error in steps)


@pytest.mark.parametrize(
    ("prior", "error", "message"),
    [
        (NormalPrior((0, 0), (1, 1), 30, 1 - 1e-6), UnsupportedModelError, "Lower the prior correlation"),
        (NormalPrior((0, 0), (1, 1), 30, 1 - 1e-12), UnsupportedModelError, "Lower the prior correlation"),
        (NormalPrior((0, 0), (1e-300, 1), 30), UnsupportedModelError, "double precision"),
        (NormalPrior((0, 0), (100, 100), 30), UnsupportedModelError, "double precision"),
        (NormalPrior((0, 800), (1, 1), 30), UnsupportedModelError, "double precision"),
        (NormalPrior((0, 20), (1, 1), 30), UnsupportedModelError, "rounds to 0 or 1"),
        (NormalPrior((100, 0), (1, 1), 30), InputError, "moderate spread"),
    ],
)
def test_priors_that_no_table_can_hold_are_refused_soon(prior, error, message):
    started = time.perf_counter()
    model = two_parameter_logistic(GRID, prior)
    with pytest.raises(error, match=message):
        tabulate(model, bounds=(0.16, 0.33), max_patients=30, tolerances=(1e-2, 1e-9))
    # It took half a minute and more to run out of nodes; the bound is wide, as machines are slow at times.
    assert time.perf_counter() - started < 20


def test_a_nearly_fixed_parameter_is_refused_by_the_exact_posterior_too():
    model = two_parameter_logistic(GRID, NormalPrior((0, 0), (1, 1), 30, 1 - 1e-9))
    with pytest.raises(UnsupportedModelError, match="Lower the prior correlation"):
        exact_posterior(model, "1NNN", bounds=(0.33,))
