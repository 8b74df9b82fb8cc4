"""The dose grid refuses what is not a list of increasing positive doses."""

import math

import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((), "at least one dose"),
        ((0, 1), "above zero"),
        ((-1, 1), "above zero"),
        ((1, math.nan), "finite"),
        ((1, math.inf), "finite"),
        ((1, 1), "strictly increasing"),
        ((2, 1), "Sort the doses"),
        (("a", "b"), "a list of numbers"),
        (3, "a list of numbers"),
    ],
)
def test_bad_doses(values, message):
    with pytest.raises(InputError, match=message):
        DoseGrid(values, unit="mg")


@pytest.mark.parametrize("labels", [("a",), ("a", "a"), ("a", "none"), ("a", "b", "c")])
def test_bad_labels(labels):
    with pytest.raises(InputError, match="dose labels"):
        DoseGrid((1, 2), unit="mg", labels=labels)


def test_grid_is_a_value():
    grid = DoseGrid([1, 2.5], unit="mg")
    assert grid == DoseGrid((1.0, 2.5), unit="mg")
    assert hash(grid) == hash(DoseGrid((1.0, 2.5), unit="mg"))
    assert grid.labels == ("1", "2.5")
    assert len(grid) == 2


def test_index_of_a_dose():
    grid = DoseGrid((0.1, 0.3, 1), unit="mg")
    assert grid.index(0.1 + 0.2) == 1
    with pytest.raises(InputError, match="one of the grid's doses"):
        grid.index(0.2)


def test_grid_of_levels():
    assert DoseGrid.of_levels(3).values == (1, 2, 3)
