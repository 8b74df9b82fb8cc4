"""Validators of a field beside another field of the same value."""

import operator
from collections.abc import Callable
from typing import Any

import attrs

from bayesdose.errors import InputError

__all__ = ["above", "below"]


def above(other: str) -> Callable[[Any, attrs.Attribute, Any], None]:
    """Validator of a field that must be above another field of the same value.

    Examples
    --------
    >>> from bayesdose.checks.arguments import checked_value
    >>> @checked_value
    ... class Interval:
    ...     lower: float
    ...     upper: float = attrs.field(validator=above("lower"))
    >>> Interval(0.3, 0.2)
    Traceback (most recent call last):
    bayesdose.errors.InputError: Interval, upper: got 0.2; wanted a number above lower, which is 0.3.
    """
    return _compared("above", operator.gt, other)


def below(other: str) -> Callable[[Any, attrs.Attribute, Any], None]:
    """Validator of a field that must be below another field of the same value."""
    return _compared("below", operator.lt, other)


def _compared(
    word: str, holds: Callable[[float, float], bool], other: str
) -> Callable[[Any, attrs.Attribute, Any], None]:
    def check(value: Any, field: attrs.Attribute, number: float) -> None:
        limit = getattr(value, other)
        if not holds(number, limit):
            raise InputError(
                f"{type(value).__name__}, {field.name}",
                got=number,
                wanted=f"a number {word} {other}, which is {limit:g}",
            )

    return check
