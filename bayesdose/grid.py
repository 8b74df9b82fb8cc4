"""The dose grid: the doses that a trial may give, in order."""

import math
from itertools import pairwise
from typing import Annotated, Any, Self

import annotated_types as at
import attrs

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Levels
from bayesdose.errors import InputError

__all__ = ["DoseGrid"]

_MOST_DOSES = 100
# Doses closer than this, as a share, are the same dose: doses are decimal numbers, floats nearly so.
_SAME = 1e-9
# What stands in results in the place of a dose.
_NO_DOSES = {"none", "STOP"}
_Dose = Annotated[
    float, at.Gt(0), at.Predicate(math.isfinite), "finite (0 is no dose: leave out patients on placebo)"
]
# Unit of levels whose doses nobody looks at.
_LEVEL = "level"


def _check_doses(grid: "DoseGrid", field: attrs.Attribute, values: tuple[float, ...]) -> None:
    if len(values) > _MOST_DOSES:
        wanted = f"at most {_MOST_DOSES} doses; the designs and engines are made for about ten"
        raise InputError("DoseGrid, values", got=f"{len(values)} doses", wanted=wanted)
    if any(high <= low or math.isclose(low, high, rel_tol=_SAME) for low, high in pairwise(values)):
        raise InputError(
            "DoseGrid, values",
            got=values,
            wanted="strictly increasing doses, which differ by more than a billionth",
            fix="Sort the doses and drop repeated ones.",
        )


def _doses_as_labels(labels: tuple[str, ...], grid: Any) -> tuple[str, ...]:
    return labels or tuple(f"{value:.12g}" for value in grid.values)


def _check_labels(grid: "DoseGrid", field: attrs.Attribute, labels: tuple[str, ...]) -> None:
    if len(labels) != len(grid.values) or len(set(labels)) != len(labels) or _NO_DOSES & set(labels):
        raise InputError(
            "DoseGrid, labels",
            got=labels,
            wanted=f"{len(grid.values)} different texts, one for each dose, other than 'none' and 'STOP'",
        )


@checked_value
class DoseGrid:
    """Strictly increasing, positive doses with their unit.

    Parameters
    ----------
    values : sequence of float, length K
        The doses, lowest first.
    unit : str
        Unit of the doses, e.g. ``"mg/kg"``.
    labels : sequence of str, length K, optional
        Names of the levels in tables and figures; the doses themselves if not given.

    Raises
    ------
    InputError
        If the doses are not finite, positive and strictly increasing, there are more than 100, or the
        labels are not K different texts, or one is "none" or "STOP", which stand in results where there is no
        dose.

    Examples
    --------
    >>> grid = DoseGrid((0.1, 0.3, 1.0), unit="mg/kg")
    >>> len(grid), grid.labels
    (3, ('0.1', '0.3', '1'))
    """

    values: Annotated[tuple[_Dose, ...], at.MinLen(1)] = attrs.field(validator=_check_doses)
    unit: str
    labels: tuple[str, ...] = attrs.field(
        default=(), converter=attrs.Converter(_doses_as_labels, takes_self=True), validator=_check_labels
    )

    def __len__(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        labels = ", ".join(self.labels)
        if self.unit == _LEVEL:
            return f"level{'s' * (len(self) > 1)} {labels}"
        return f"{labels} {self.unit}"

    def level_in_words(self, index: int) -> str:
        """A level, counted from 0, with its dose: ``"level 2 (3 mg)"``, or ``"level 2"`` of bare levels."""
        number, label = str(index + 1), self.labels[index]
        if self.unit == _LEVEL:
            return f"level {number}" if label == number else f"level {number} ({label})"
        return f"level {number} ({label} {self.unit})"

    @classmethod
    @checked
    def of_levels(cls, number: Levels) -> Self:
        """A grid of bare dose levels 1, 2, ..., for designs that never look at the doses.

        Examples
        --------
        >>> DoseGrid.of_levels(3).labels
        ('1', '2', '3')
        >>> print(DoseGrid.of_levels(3))
        levels 1, 2, 3
        """
        return cls(values=tuple(range(1, number + 1)), unit=_LEVEL)

    @checked
    def index(self, dose: float) -> int:
        """Index (0 for the lowest) of a dose that is on the grid.

        Raises
        ------
        InputError
            If the dose is not on the grid.
        """
        for index, value in enumerate(self.values):
            if math.isclose(value, dose, rel_tol=_SAME):
                return index
        raise InputError("dose", got=dose, wanted=f"one of the grid's doses, {self}")
