"""Numbers as dose finding knows them: a type for each range, by which arguments and fields are declared."""

import math
import operator
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any

import annotated_types as at
import attrs
import numpy as np

from bayesdose.errors import InputError

__all__ = [
    "BetaPrior",
    "Count",
    "Finite",
    "InnerProbability",
    "Levels",
    "NonNegative",
    "Patients",
    "Positive",
    "Probability",
    "ProbabilityInterval",
    "Rng",
    "Share",
    "Whole",
    "above",
    "below",
    "increases",
]


def increases(values: Sequence[float]) -> bool:
    """Whether each number is above the one before it."""
    return all(low < high for low, high in pairwise(values))


# A text among the limits is the limit's words in an error.
Probability = Annotated[float, at.Gt(0), at.Le(1)]
InnerProbability = Annotated[float, at.Gt(0), at.Lt(1)]
Share = Annotated[float, at.Ge(0), at.Le(1)]
Finite = Annotated[float, at.Predicate(math.isfinite), "that is finite"]
Positive = Annotated[float, at.Gt(0), at.Predicate(math.isfinite), "finite"]
NonNegative = Annotated[float, at.Ge(0), at.Predicate(math.isfinite), "finite"]
Whole = Annotated[int, at.Ge(0)]
Count = Annotated[int, at.Ge(1)]
# Decision tables and trial graphs grow with the square of these numbers and more; real trials have tens
# of patients and about ten doses.
Patients = Annotated[int, at.Ge(1), at.Le(500)]
Levels = Annotated[int, at.Ge(1), at.Le(100)]
BetaPrior = tuple[Positive, Positive]
ProbabilityInterval = Annotated[
    tuple[InnerProbability, InnerProbability],
    at.Predicate(increases),
    "the lower one first, as in (0.16, 0.33)",
]
Rng = np.random.Generator | Annotated[int, at.Ge(0)] | None


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
