"""Which dose of a known curve is the MTD."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.rules.mtd import ClosestTo, HighestBelow


def test_highest_below_is_strict():
    curves = np.array([[0.1, 0.2, 0.3], [0.1, 0.2, np.nextafter(0.3, 0)], [0.3, 0.4, 0.5], [0.0, 0.0, 0.0]])
    assert HighestBelow(0.3).mtd(curves).tolist() == [1, 2, -1, 2]


def test_closest_to_takes_the_lower_dose_at_a_tie():
    # In floating point the higher dose is closer by a last bit; in decimal both are 0.1 away.
    assert 0.35 - 0.25 < 0.25 - 0.15
    assert ClosestTo(0.25).mtd(
        np.array([[0.1, 0.15, 0.35], [0.1, 0.14, 0.35], [0.3, 0.3, 0.3]])
    ).tolist() == [1, 2, 0]


def test_closest_to_without_and_with_a_limit():
    too_toxic = np.array([[0.35, 0.5], [0.4, 0.5]])
    assert ClosestTo(0.25).mtd(too_toxic).tolist() == [0, 0]
    assert ClosestTo(0.25, too_toxic=0.4).mtd(too_toxic).tolist() == [0, -1]


def test_rules_name_different_doses_on_one_curve():
    curve = np.array([0.05, 0.18, 0.29, 0.45])
    assert (int(HighestBelow(0.3).mtd(curve)), int(ClosestTo(0.2).mtd(curve))) == (2, 1)


@pytest.mark.parametrize("value", [0, -0.1, 1.1, float("nan")])
def test_probabilities_out_of_range(value):
    with pytest.raises(
        InputError, match=r"HighestBelow, limit: got .*; wanted a number above 0 and at most 1"
    ):
        HighestBelow(value)
    with pytest.raises(InputError, match=r"ClosestTo, target: got .*; wanted a number"):
        ClosestTo(value)
    with pytest.raises(InputError, match=r"ClosestTo, too_toxic: got .*; wanted a number"):
        ClosestTo(0.25, too_toxic=value)
