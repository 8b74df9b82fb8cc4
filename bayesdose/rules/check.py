"""Checks of numbers that several rules share."""

from bayesdose.errors import InputError

__all__ = ["check_at_least", "check_interval", "check_probability"]


def check_probability(name: str, value: float) -> None:
    """Refuse anything outside (0, 1]."""
    if not 0 < value <= 1:
        raise InputError(name, got=value, wanted="a probability above 0 and at most 1")


def check_interval(name: str, lower: float, upper: float) -> None:
    """Refuse an interval of probabilities that is empty or upside down."""
    if not 0 <= lower < upper <= 1:
        raise InputError(
            name,
            got=(lower, upper),
            wanted="two probabilities, the lower one first",
            fix="Write for example (0.16, 0.33).",
        )


def check_at_least(name: str, value: int, least: int) -> None:
    """Refuse anything but a whole number of at least `least`."""
    if not isinstance(value, int) or value < least:
        raise InputError(name, got=value, wanted=f"a whole number of at least {least}")
