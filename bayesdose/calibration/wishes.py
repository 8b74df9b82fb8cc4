"""What a design should do: objectives, and constraints that it must meet."""

import re
from collections.abc import Sequence
from typing import Literal, Self

import attrs
import numpy as np
import xarray as xr

from bayesdose.calibration.measure import Measure
from bayesdose.errors import InputError

__all__ = ["Constraint", "Objective"]

_OBJECTIVE = re.compile(r"(?P<aim>maximise|minimise) +(?P<measure>.+)")
_BRING = re.compile(r"bring +(?P<measure>.+?) +to +(?P<target>[0-9.eE+-]+)")
_CONSTRAINT = re.compile(r"(?P<measure>.+?) *(?P<sign><=|>=) *(?P<limit>[0-9.eE+-]+)")


@attrs.frozen
class Objective:
    """A measure that is to be high, low, or close to a number.

    Parameters
    ----------
    measure : Measure
    aim : {"maximise", "minimise", "bring"}
    target : float
        The number to which it is to be brought.
    """

    measure: Measure
    aim: Literal["maximise", "minimise", "bring"]
    target: float = 0.0

    def __str__(self) -> str:
        end = f" to {self.target:g}" if self.aim == "bring" else ""
        return f"{self.aim} {self.measure}{end}"

    @property
    def better(self) -> str:
        """Where its measure is better, in words."""
        words = {"maximise": "higher", "minimise": "lower", "bring": f"nearer to {self.target:g}"}
        return words[self.aim]

    @classmethod
    def parse(cls, text: str, names: Sequence[str]) -> Self:
        """Read an objective for scenarios of these names.

        Raises
        ------
        InputError
            If it is none.
        """
        stripped = text.strip()
        if found := _OBJECTIVE.fullmatch(stripped):
            return cls(Measure.parse(found["measure"], "objective", names), found["aim"])  # pyright: ignore[reportArgumentType]
        found = _BRING.fullmatch(stripped)
        if found is None:
            raise InputError(
                "objective",
                got=text,
                wanted='"maximise", "minimise" or "bring ... to NUMBER" with a measure, such as '
                '"maximise mean correct_selection"',
            )
        measure = Measure.parse(found["measure"], "objective", names)
        if measure.statistic == "worst":
            raise InputError(
                "objective", got=text, wanted="a mean or one scenario that is brought to a number"
            )
        return cls(measure, "bring", _number(found["target"], "objective"))

    def values(self, tried: xr.Dataset) -> np.ndarray:
        """The measure of each design."""
        return self.measure.of(tried, worst_is_lowest=self.aim == "maximise")

    def score(self, values: np.ndarray) -> np.ndarray:
        """A number that is the higher the better for each of some values."""
        if self.aim == "bring":
            return -np.abs(values - self.target)
        return values if self.aim == "maximise" else -values


@attrs.frozen
class Constraint:
    """A measure and a limit that it must not pass.

    Parameters
    ----------
    measure : Measure
    sign : {"<=", ">="}
    limit : float
    """

    measure: Measure
    sign: Literal["<=", ">="]
    limit: float

    def __str__(self) -> str:
        return f"{self.measure} {self.sign} {self.limit:g}"

    @classmethod
    def parse(cls, text: str, names: Sequence[str]) -> Self:
        """Read a constraint for scenarios of these names.

        Raises
        ------
        InputError
            If it is none.
        """
        found = _CONSTRAINT.fullmatch(text.strip())
        if found is None:
            wanted = 'a measure, <= or >=, and a number, such as "worst overdose_selection <= 0.3"'
            raise InputError("constraint", got=text, wanted=wanted)
        measure = Measure.parse(found["measure"], "constraint", names)
        return cls(measure, found["sign"], _number(found["limit"], "constraint"))  # pyright: ignore[reportArgumentType]

    def values(self, tried: xr.Dataset) -> np.ndarray:
        """The measure of each design."""
        return self.measure.of(tried, worst_is_lowest=self.sign == ">=")

    def excess(self, values: np.ndarray) -> np.ndarray:
        """By how much each of some values passes the limit; 0 where it does not."""
        beyond = values - self.limit if self.sign == "<=" else self.limit - values
        # A number that is not defined meets nothing.
        return np.where(np.isnan(beyond), np.inf, np.maximum(beyond, 0.0))


def _number(text: str, subject: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(subject, got=text, wanted="a number") from None
