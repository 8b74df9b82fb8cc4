"""A value held against a declared type: every kind of type against every kind of value."""

import math
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, runtime_checkable

import annotated_types as at
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import (
    Count,
    Finite,
    InnerProbability,
    NonNegative,
    Positive,
    Probability,
    ProbabilityInterval,
    Rng,
    Share,
    Whole,
)
from bayesdose.errors import InputError


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@runtime_checkable
class Speaks(Protocol):
    def speak(self) -> str: ...


class Dog:
    def speak(self):
        return "woof"


class Box:
    """A class of no protocol."""


type Alias = tuple[Probability, ...]
DOG = Dog()
GENERATOR = np.random.default_rng(1)


def same(found, wanted):
    return type(found) is type(wanted) and found == wanted


@pytest.mark.parametrize(
    ("value", "hint", "wanted"),
    [
        (True, bool, True),
        (np.True_, bool, True),
        (3, int, 3),
        (np.int8(3), int, 3),
        (3, float, 3.0),
        (np.float32(0.5), float, 0.5),
        (Fraction(1, 4), float, 0.25),
        (math.inf, float, math.inf),
        ("a", str, "a"),
        (np.str_("a"), str, "a"),
        ("a/b", Path, Path("a/b")),
        (Path("a"), Path | str, Path("a")),
        ("a", Path | str, Path("a")),
        ("a", str | Path, "a"),
        (None, None, None),
        (None, float | None, None),
        (2, float | None, 2.0),
        ("mean", Literal["mean", "median"], "mean"),
        ("dark-blue", Colour, Colour.DARK_BLUE),
        (Colour.RED, Colour, Colour.RED),
        ([1, 2], tuple[float, ...], (1.0, 2.0)),
        (np.array([1, 2]), tuple[float, ...], (1.0, 2.0)),
        (pd.Series([1, 2]), tuple[float, ...], (1.0, 2.0)),
        ((x for x in (1, 2)), tuple[float, ...], (1.0, 2.0)),
        (range(2), Sequence[int], (0, 1)),
        ((1, 2), list[float], [1.0, 2.0]),
        ([], tuple[float, ...], ()),
        ([[1], [2, 3]], tuple[tuple[float, ...], ...], ((1.0,), (2.0, 3.0))),
        (np.eye(2, dtype=int), tuple[tuple[int, ...], ...], ((1, 0), (0, 1))),
        ([1, "a"], tuple[float, str], (1.0, "a")),
        ({"a": 1}, dict[str, float], {"a": 1.0}),
        ({"a": [1]}, Mapping[str, tuple[int, ...]], {"a": (1,)}),
        ([0.5], Alias, (0.5,)),
        (DOG, Speaks, DOG),
        (len, Callable[[str], int], len),
        (1.0, Probability, 1.0),
        (0, Share, 0.0),
        (0.5, InnerProbability, 0.5),
        (0, NonNegative, 0.0),
        (1e-300, Positive, 1e-300),
        (-5, Finite, -5.0),
        (0, Whole, 0),
        (1, Count, 1),
        ([0.16, 0.33], ProbabilityInterval, (0.16, 0.33)),
        (7, Rng, 7),
        (GENERATOR, Rng, GENERATOR),
        (None, Rng, None),
        ("anything", Any, "anything"),
        (Box, object, Box),
    ],
    ids=lambda one: type(one).__name__,  # no addresses: workers must agree on the names
)
def test_what_is_taken(value, hint, wanted):
    assert same(conform(value, hint, "x"), wanted)


NOT_NUMBERS = (None, "1", b"1", True, np.True_, 1j, [1], (1,), {"a": 1}, np.array([1, 2]), int, DOG, math.nan)
NOT_LISTS = (None, 1, "ab", b"ab", bytearray(b"a"), {1, 2}, {"a": 1}, frozenset(), int, np.array(1.0), DOG)
BAD = {
    bool: (None, 0, 1, "true", 1.0, [], np.int8(1)),
    int: (*NOT_NUMBERS, 1.0, 1.5, math.inf, np.float64(1)),
    float: (*NOT_NUMBERS, 10**400, np.nan),
    str: (None, 1, b"a", ["a"], str, Path("a")),
    Path: (None, 1, b"a", "", "a\0b", ["a"], Path),
    Path | str: (None, 1, b"a", "", "a\0b", ["a"], Path),
    None: (0, "", False, []),
    float | None: (*NOT_NUMBERS[1:], []),
    Literal["mean", "median"]: (None, "Mean", "mode", 1, ["mean"], b"mean"),
    Colour: (None, "blue", "RED", 1, ["red"], Colour, b"red"),
    tuple[float, ...]: (*NOT_LISTS, ["1"], [None], [[1]], [math.nan], [True], [1, "2"]),
    tuple[float, float]: (*NOT_LISTS, [1], [1, 2, 3], [1, "2"]),
    Sequence[str]: (*NOT_LISTS, [1], [None]),
    dict[str, float]: (None, 1, "a", [("a", 1)], {1: 1}, {"a": "1"}, dict),
    Speaks: (None, 1, "a", Dog, Box(), [DOG]),
    Callable[[str], int]: (None, 1, "len", []),
    np.ndarray: ("a", ["a"], [None], object(), [[1], [1, 2]], None),
    Probability: (*NOT_NUMBERS, 0, -0.1, 1.0001, math.inf, -math.inf),
    Share: (*NOT_NUMBERS, -1e-9, 1.1, math.inf),
    InnerProbability: (*NOT_NUMBERS, 0, 1),
    Positive: (*NOT_NUMBERS, 0, -1, math.inf, 10**400),
    NonNegative: (*NOT_NUMBERS, -1, math.inf),
    Finite: (*NOT_NUMBERS, math.inf, -math.inf),
    Whole: (*NOT_NUMBERS, -1, 1.0),
    Count: (*NOT_NUMBERS, 0, -1),
    ProbabilityInterval: (*NOT_LISTS, [0.33, 0.16], [0.2, 0.2], [0.1, 1.0], [0.1], [0.1, 0.2, 0.3]),
    Rng: (-1, 1.5, "1", True, [1], np.random, 2**63, 10**30),
    Alias: (*NOT_LISTS, [0.0], [0.5, 2]),
    Annotated[tuple[int, ...], at.MinLen(1)]: ([], [1.5]),
}


@pytest.mark.parametrize(
    ("hint", "value"),
    [(hint, value) for hint, values in BAD.items() for value in values],
    ids=lambda one: type(one).__name__,
)
def test_what_is_refused(hint, value):
    with pytest.raises(InputError) as caught:
        conform(value, hint, "thing")
    assert str(caught.value).startswith("thing")
    assert "; wanted " in str(caught.value)


@pytest.mark.parametrize(
    ("value", "hint", "message"),
    [
        ([1, "2"], tuple[float, ...], "x[1]: got '2'; wanted a number."),
        ({"a": {"b": "c"}}, dict[str, dict[str, int]], "x['a']['b']: got 'c'; wanted a whole number."),
        ({1: 2}, dict[str, int], "x, name: got 1; wanted a text."),
        ([1, "2"], tuple[float, ...] | None, "x[1]: got '2'; wanted a number."),
        ("a", float | tuple[float, ...], "x: got 'a'; wanted a number or a list of numbers."),
        (2, Probability, "x: got 2; wanted a number above 0 and at most 1."),
        (-1, Positive, "x: got -1; wanted a number above 0 and finite."),
        (
            [0.3, 0.2],
            ProbabilityInterval,
            "x: got [0.3, 0.2]; wanted 2 values: a number above 0 and below 1, a number above 0 and below 1 "
            "the lower one first, as in (0.16, 0.33).",
        ),
        ("dark-bleu", Colour, "Did you mean 'dark-blue'?"),
        (
            "maen",
            Literal["mean", "median"],
            "x: got 'maen'; wanted one of 'mean', 'median'. Did you mean 'mean'?",
        ),
        (Dog, Speaks, "wanted a Speaks."),
    ],
)
def test_the_message(value, hint, message):
    with pytest.raises(InputError) as caught:
        conform(value, hint, "x")
    assert message in str(caught.value)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
        | st.tuples(inner, inner)
    ),
    max_leaves=6,
)


@given(ANY, st.sampled_from(list(BAD)))
def test_any_value_is_taken_or_refused_in_words(value, hint):
    try:
        found = conform(value, hint, "x")
    except InputError as error:
        refused = str(error)
    else:
        refused = ""
        # What was taken once is taken again as it is.
        again = conform(found, hint, "x")
        assert np.array_equal(again, found) if isinstance(found, np.ndarray) else same(again, found)
    assert not refused or "; wanted " in refused


@given(st.integers() | st.floats(allow_nan=False))
def test_a_probability_is_between_its_limits(value):
    try:
        found = conform(value, Probability, "x")
    except InputError:
        assert not 0 < value <= 1
    else:
        assert 0 < found <= 1
        assert found == value
