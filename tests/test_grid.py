"""The dose grid refuses what is not a list of increasing positive doses."""

import math

import pytest

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((), "with at least 1 of them"),
        (
            (0, 1),
            r"values\[0\]: got 0; wanted a number above 0 and finite .0 is no dose: leave out patients",
        ),
        ((-1, 1), r"values\[0\]: got -1; wanted a number above 0"),
        ((1, math.nan), "finite"),
        ((1, math.inf), "finite"),
        ((1, 1), "strictly increasing"),
        ((1.0, 1.0 + 1e-15), "differ by more than a billionth"),
        (range(1, 102), "got '101 doses'; wanted at most 100 doses"),
        ("123", "DoseGrid, values: got '123'; wanted a list of numbers"),
        ((1, 10**400), r"values\[1\]: got 1000"),
        (((1, 2), (3, 4)), r"values\[0\]: got \(1, 2\); wanted a number"),
        ((True, 2), r"values\[0\]: got True; wanted a number"),
        ((2, 1), "Sort the doses"),
        (("a", "b"), r"values\[0\]: got 'a'; wanted a number"),
        (3, "a list of numbers"),
    ],
)
def test_bad_doses(values, message):
    with pytest.raises(InputError, match=message):
        DoseGrid(values, unit="mg")


@pytest.mark.parametrize(
    "labels", [("a",), ("a", "a"), ("a", "none"), ("STOP", "b"), ("a", "b", "c"), "ab", None, (1, 2)]
)
def test_bad_labels(labels):
    with pytest.raises(InputError, match="DoseGrid, labels"):
        DoseGrid((1, 2), unit="mg", labels=labels)


@pytest.mark.parametrize("unit", [None, math.nan, ["mg"], b"mg", 3])
def test_a_unit_is_a_text(unit):
    with pytest.raises(InputError, match="DoseGrid, unit: got .*; wanted a text"):
        DoseGrid((1, 2), unit)


@pytest.mark.parametrize("number", [0, 3.0, math.nan, "3", None, True, 10**9])
def test_numbers_of_levels_that_make_no_grid(number):
    with pytest.raises(
        InputError, match="of_levels, number: got .*; wanted a whole number of at least 1 and"
    ):
        DoseGrid.of_levels(number)


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
    with pytest.raises(InputError, match="index, dose: got '0.1'; wanted a number"):
        grid.index("0.1")


def test_grid_of_levels():
    assert DoseGrid.of_levels(3).values == (1, 2, 3)


def test_doses_and_levels_in_words():
    doses = DoseGrid((1, 2.5), unit="mg")
    assert (str(doses), doses.level_in_words(1)) == ("1, 2.5 mg", "level 2 (2.5 mg)")
    levels = DoseGrid.of_levels(3)
    assert (str(levels), levels.level_in_words(1)) == ("levels 1, 2, 3", "level 2")
    assert str(DoseGrid.of_levels(1)) == "level 1"
    named = DoseGrid((1, 2), "level", ("A", "B"))
    assert (str(named), named.level_in_words(1)) == ("levels A, B", "level 2 (B)")
