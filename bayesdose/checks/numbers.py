"""Checks of numbers that several rules share."""

import numpy as np

from bayesdose.errors import InputError

__all__ = [
    "check_at_least",
    "check_inside",
    "check_interval",
    "check_positive",
    "check_probability",
    "is_whole",
]


def check_probability(name: str, value: float) -> None:
    """Refuse anything outside (0, 1]."""
    if not 0 < value <= 1:
        raise InputError(name, got=value, wanted="a probability above 0 and at most 1")


def check_inside(name: str, value: float) -> None:
    """Refuse anything outside (0, 1), ends included."""
    if not 0 < value < 1:
        raise InputError(name, got=value, wanted="a probability above 0 and below 1")


def check_positive(name: str, value: float) -> None:
    """Refuse anything but a finite number above zero."""
    if not 0 < value < np.inf:
        raise InputError(name, got=value, wanted="a finite number above 0")


def check_interval(name: str, lower: float, upper: float) -> None:
    """Refuse an interval of probabilities that is empty or upside down."""
    if not 0 < lower < upper < 1:
        raise InputError(
            name,
            got=(lower, upper),
            wanted="two probabilities above 0 and below 1, the lower one first",
            fix="Write for example (0.16, 0.33).",
        )


def is_whole(value: object) -> bool:
    """Whether a value is a whole number of any width; truth values are not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def check_at_least(name: str, value: int, least: int) -> None:
    """Refuse anything but a whole number of at least `least`."""
    if not is_whole(value) or value < least:
        raise InputError(name, got=value, wanted=f"a whole number of at least {least}")
