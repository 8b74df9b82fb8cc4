"""The settings of a sweep: every combination of the parameters' values, or some of them at random."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import attrs
import numpy as np

from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Count, Finite
from bayesdose.errors import InputError
from bayesdose.seeds import root_seed

__all__ = ["Setting", "settings_of"]

# A graph each: more would take days.
_MOST = 100_000
_RANGE = {"from", "to", "number"}


@attrs.frozen
class Setting:
    """One value of each parameter.

    Parameters
    ----------
    values : mapping of str to object
        By the parameters' names.
    shown : mapping of str to (float or str)
        The same as numbers and texts.
    """

    values: Mapping[str, Any]
    shown: Mapping[str, float | str]

    def __str__(self) -> str:
        return ", ".join(
            f"{name}={value:.12g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in self.shown.items()
        )


def settings_of(
    over: Mapping[str, Any], sample: int | None = None, rng: np.random.Generator | int | None = None
) -> tuple[Setting, ...]:
    """Every combination of values, the last parameter's varying fastest; or so many of them at random.

    Parameters
    ----------
    over : mapping of str to values
        For each parameter a list of values, a mapping of names to values, or a range of evenly spaced numbers
        ``{"from": 0.2, "to": 0.4, "number": 5}``.
    sample : int, optional
        How many to draw without replacement; all by default.
    rng : numpy.random.Generator or int, optional
        Draws them.

    Raises
    ------
    InputError
        If a parameter has no values or one twice, or the combinations are too many.
    """
    columns = {name: _named(name, values) for name, values in over.items()}
    number = math.prod(map(len, columns.values()))
    if (number if sample is None else sample) > _MOST:
        fix = "Pass sample=1_000 to try so many at random."
        raise InputError("calibrate, over", got=f"{number:,} designs", wanted=f"at most {_MOST:,}", fix=fix)
    if sample is None or sample >= number:
        chosen = list(product(*(column.items() for column in columns.values())))
    else:
        # Positions among all combinations, which are not listed: they may be millions.
        drawn = np.random.default_rng(root_seed(rng)).choice(
            number, size=sample, replace=False, shuffle=False
        )
        sizes = [len(column) for column in columns.values()]
        items = [list(column.items()) for column in columns.values()]
        places = np.stack(np.unravel_index(np.sort(drawn), sizes), axis=1).tolist()
        chosen = [[column[place] for column, place in zip(items, row, strict=True)] for row in places]
    return tuple(
        Setting(
            {name: value for name, (_, value) in zip(columns, row, strict=True)},
            {name: shown for name, (shown, _) in zip(columns, row, strict=True)},
        )
        for row in chosen
    )


def _named(name: str, values: Any) -> dict[float | str, Any]:
    """A parameter's values by what is shown of each."""
    subject = f"calibrate, over, {name}"
    if isinstance(values, Mapping) and set(values) & _RANGE:
        values = _evenly(values, subject)
    if isinstance(values, Mapping):
        found = dict(values)
    else:
        if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
            wanted = 'a list of values, or a range {"from": 0.2, "to": 0.4, "number": 5}'
            raise InputError(subject, got=values, wanted=wanted)
        plain = values.tolist() if isinstance(values, np.ndarray) else list(values)
        shown = [_shown(one) for one in plain]
        if len(set(shown)) < len(shown):
            raise InputError(
                subject, got=shown, wanted="each value once", fix="Name them: {name: value, ...}."
            )
        found = dict(zip(shown, plain, strict=True))
    if not found:
        raise InputError(subject, got=values, wanted="at least one value")
    return found


def _evenly(values: Mapping[str, Any], subject: str) -> list[float] | list[int]:
    if set(values) != _RANGE:
        raise InputError(subject, got=dict(values), wanted="a range with the keys from, to and number")
    low, high = (conform(values[end], Finite, f"{subject}, {end}") for end in ("from", "to"))
    number = conform(values["number"], Count, f"{subject}, number")
    if number < 2 or low >= high:
        raise InputError(subject, got=dict(values), wanted="from below to, and a number of at least 2")
    # 0.1 + 0.2 is to be 0.3, as it would be written; whole ends with whole steps make whole numbers.
    found = [float(f"{value:.12g}") for value in np.linspace(low, high, number)]
    whole = isinstance(values["from"], int) and all(value.is_integer() for value in found)
    return [int(value) for value in found] if whole else found


def _shown(value: Any) -> float | str:
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    return "none" if value is None else str(value)
