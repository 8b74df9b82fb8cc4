"""Numbers that hold in steps: each from its start on, up to the next start."""

from collections.abc import Callable
from typing import Any

import attrs
import numpy as np

from bayesdose.checks.quantities import increases
from bayesdose.errors import InputError

__all__ = ["as_many_as_starts", "starts_from", "step_at"]


def starts_from(first: int) -> Callable[[Any, attrs.Attribute, Any], None]:
    """Validator of the field that holds the starts: they increase from `first`."""

    def check(rule: Any, field: attrs.Attribute, starts: tuple[float, ...]) -> None:
        if starts[:1] != (first,) or not increases(starts):
            raise InputError(
                f"{type(rule).__name__}, {field.name}",
                got=starts,
                wanted=f"numbers that increase from {first}",
            )

    return check


def as_many_as_starts(rule: Any, field: attrs.Attribute, values: tuple[float, ...]) -> None:
    """Validator of the field that holds what each start begins."""
    if len(values) != len(rule.starts):
        raise InputError(
            f"{type(rule).__name__}, {field.name}",
            got=values,
            wanted=f"{len(rule.starts)} numbers, one for each of the starts",
        )


def step_at(starts: tuple[float, ...], values: tuple[float, ...], position: np.ndarray) -> np.ndarray:
    """The value that holds at each position; a step holds its start.

    Examples
    --------
    >>> step_at((0, 60), (1.0, 0.67), np.array([0, 59, 60])).tolist()
    [1.0, 1.0, 0.67]
    """
    return np.array(values)[np.searchsorted(starts, position, side="right") - 1]
