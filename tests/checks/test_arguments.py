"""Functions and frozen values whose arguments are checked."""

import pickle
from typing import TypedDict, Unpack

import attrs
import pytest

from bayesdose.checks.arguments import checked, checked_value, hints_of
from bayesdose.checks.quantities import Count, Positive, Probability
from bayesdose.errors import InputError


@checked
def area(width: Positive, height: Positive = 1.0, *, unit: str = "mm") -> str:
    """Area of a rectangle."""
    return f"{width * height:g} {unit}"


class Settings(TypedDict, total=False):
    size: Count
    label: str


@checked
def with_settings(first: int, **settings: Unpack[Settings]) -> dict:
    return {"first": first, **settings}


@checked_value
class Range:
    low: Probability
    high: Probability = attrs.field(default=0.5)
    names: tuple[str, ...] = ()

    @high.validator
    def _in_order(self, attribute, value):
        if value <= self.low:
            raise InputError("Range, high", got=value, wanted=f"a number above {self.low}")

    @checked
    def contains(self, value: float) -> bool:
        return self.low <= value <= self.high


class Elsewhere:
    @classmethod
    @checked
    def of(cls, number: Count) -> int:
        return number


def test_what_is_taken():
    assert area(2) == "2 mm"
    assert area(height=2, width=3, unit="cm") == "6 cm"
    assert with_settings(1, size=2) == {"first": 1, "size": 2}
    assert Range(0.1, names=["a"]) == Range(0.1, 0.5, ("a",))
    assert Range(0.1).contains(0.2)
    assert Elsewhere.of(3) == 3
    assert area.__name__ == "area"
    assert area.__doc__ == "Area of a rectangle."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: area("2"), "area, width: got '2'; wanted a number above 0 and finite."),
        (lambda: area(2, unit=3), "area, unit: got 3; wanted a text."),
        (
            lambda: area(2, hieght=3),
            "argument of area: got 'hieght'; wanted one of width, height, unit. Did you",
        ),
        (
            lambda: area(),
            "area: got \"missing a required argument: 'width'\"; wanted area(width, height=1.0, *, ",
        ),
        (
            lambda: area(1, 2, 3),
            "area: got 'too many positional arguments'; wanted area(width, height=1.0, *, ",
        ),
        (lambda: area(1, width=2), "multiple values for argument 'width'"),
        (
            lambda: with_settings(1, size=0),
            "with_settings, size: got 0; wanted a whole number of at least 1.",
        ),
        (
            lambda: with_settings(1, sise=2),
            "argument of with_settings: got 'sise'; wanted one of first, size,",
        ),
        (lambda: Range(2), "Range, low: got 2; wanted a number above 0 and at most 1."),
        (lambda: Range(0.5, 0.2), "Range, high: got 0.2; wanted a number above 0.5."),
        (
            lambda: Range(0.5, hihg=0.7),
            "argument of Range: got 'hihg'; wanted one of low, high, names. Did you",
        ),
        (lambda: Range(), "Range: got \"missing a required argument: 'low'\"; wanted Range(low, high="),
        (lambda: Range(0.1, names="abc"), "Range, names: got 'abc'; wanted a list of texts."),
        (lambda: Range(0.1).contains("a"), "contains, value: got 'a'; wanted a number."),
        (
            lambda: attrs.evolve(Range(0.1), high=7),
            "Range, high: got 7; wanted a number above 0 and at most 1.",
        ),
        (lambda: attrs.evolve(Range(0.1), high=0.05), "Range, high: got 0.05; wanted a number above 0.1."),
        (lambda: Elsewhere.of("a"), "of, number: got 'a'; wanted a whole number of at least 1."),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(InputError) as caught:
        call()
    assert message in str(caught.value)


def test_a_value_is_frozen_has_slots_and_can_be_sent():
    value = Range(0.1)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        value.low = 0.2
    assert not hasattr(value, "__dict__")
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(value) == hash(Range(0.1))


def test_hints_stand_for_each_argument():
    assert set(hints_of(area)) == {"width", "height", "unit"}
    assert set(hints_of(with_settings)) == {"first", "size", "label"}
    assert set(hints_of(Range)) == {"low", "high", "names"}
    # Asked again and again, so they are resolved once.
    assert hints_of(Range) is hints_of(Range)
