"""What a type accepts, in words."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import annotated_types as at
import numpy as np
import pytest

from bayesdose.checks.quantities import Count, Finite, InnerProbability, Positive, Probability
from bayesdose.checks.words import words_for
from bayesdose.grid import DoseGrid


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


type Alias = Sequence[Probability]


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (bool, "True or False"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a text"),
        (Path, "a path"),
        (None, "None"),
        (np.ndarray, "an array of numbers"),
        (float | None, "a number or None"),
        (Literal["a", "b"], "one of 'a', 'b'"),
        (Colour, "one of red, blue"),
        (tuple[float, str], "2 values: a number, a text"),
        (tuple[float, ...], "a list of numbers"),
        (list[bool], "a list of truth values"),
        (Sequence[DoseGrid], "a list of values of the kind DoseGrid"),
        (Mapping[str, float], "a dict from names to numbers"),
        (dict, "a dict"),
        (Callable[[int], int], "a function"),
        (DoseGrid, "a DoseGrid"),
        (Exception, "an Exception"),
        (Probability, "a number above 0 and at most 1"),
        (InnerProbability, "a number above 0 and below 1"),
        (Positive, "a number above 0 and finite"),
        (Finite, "a number that is finite"),
        (Count, "a whole number of at least 1"),
        (Annotated[int, at.Le(1_000_000)], "a whole number at most 1,000,000"),
        (Annotated[float, at.Gt(1e-9)], "a number above 1e-09"),
        (Annotated[int, at.Interval(ge=1, le=3)], "a whole number of at least 1 and at most 3"),
        (Annotated[tuple[int, ...], at.MinLen(2)], "a list of whole numbers with at least 2 of them"),
        (Alias, "a list of numbers above 0 and at most 1"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_words(hint, words):
    assert words_for(hint) == words
