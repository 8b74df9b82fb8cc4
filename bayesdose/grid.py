"""The dose grid: the doses that a trial may give, in order."""

import math
from itertools import pairwise
from typing import Self

from bayesdose.checks.arguments import checked_value
from bayesdose.errors import InputError

__all__ = ["DoseGrid"]


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
        If the doses are not finite, positive and strictly increasing, or the labels are not K
        different texts.

    Examples
    --------
    >>> grid = DoseGrid((0.1, 0.3, 1.0), unit="mg/kg")
    >>> len(grid), grid.labels
    (3, ('0.1', '0.3', '1'))
    """

    values: tuple[float, ...]
    unit: str
    labels: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        try:
            values = tuple(float(value) for value in self.values)
        except (TypeError, ValueError):
            raise InputError("dose grid", got=self.values, wanted="a list of numbers") from None
        if not values or not all(math.isfinite(value) and value > 0 for value in values):
            raise InputError(
                "dose grid", got=self.values, wanted="at least one dose, all above zero and finite"
            )
        if any(high <= low for low, high in pairwise(values)):
            raise InputError(
                "dose grid",
                got=self.values,
                wanted="strictly increasing doses",
                fix="Sort the doses and drop repeated ones.",
            )
        labels = tuple(map(str, self.labels)) or tuple(f"{value:.12g}" for value in values)
        if len(labels) != len(values) or len(set(labels)) != len(labels) or "none" in labels:
            raise InputError(
                "dose labels",
                got=labels,
                wanted=f"{len(values)} different texts, one a dose, none of them 'none'",
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "labels", labels)

    def __len__(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        return f"{', '.join(self.labels)} {self.unit}"

    @classmethod
    def of_levels(cls, number: int) -> Self:
        """A grid of bare dose levels 1, 2, ..., for designs that never look at the doses.

        Examples
        --------
        >>> DoseGrid.of_levels(3).labels
        ('1', '2', '3')
        """
        return cls(values=tuple(range(1, number + 1)), unit="level")

    def index(self, dose: float) -> int:
        """Index (0 for the lowest) of a dose that is on the grid.

        Raises
        ------
        InputError
            If the dose is not on the grid.
        """
        for index, value in enumerate(self.values):
            if math.isclose(value, dose, rel_tol=1e-9):
                return index
        raise InputError("dose", got=dose, wanted=f"one of the grid's doses, {self}")
