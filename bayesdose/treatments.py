"""Treatments: doses in regimens, such as 0.3 mg/kg every two or every three weeks."""

from collections import Counter
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Positive
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid

__all__ = ["Grid", "Regimen", "TreatmentGrid", "first_doses", "regimens_of", "written_level"]

_RegimenName = Annotated[
    str,
    at.Predicate(lambda name: name.isascii() and name.isalnum() and name[0].isalpha()),
    "of letters and digits, a letter first, such as 'Q2W'",
]


@checked_value
class Regimen:
    """A schedule and the doses that may be given under it.

    Parameters
    ----------
    name : str
        Short name, such as ``"Q2W"``: letters and digits, a letter first.
    grid : DoseGrid
        Its doses.
    dlt_window_days : float, optional
        Length of its DLT window in days. P(DLT) of its doses is that over this window.

    Raises
    ------
    InputError
        If the name has another form, or the window is not a positive number of days.
    """

    name: _RegimenName
    grid: DoseGrid
    dlt_window_days: Positive | None = None


def _check_regimens(
    treatments: "TreatmentGrid", field: attrs.Attribute, regimens: tuple[Regimen, ...]
) -> None:
    names = Counter(regimen.name.upper() for regimen in regimens)
    if repeated := [name for name, number in names.items() if number > 1]:
        raise InputError(
            "TreatmentGrid, regimens", got=f"two named {repeated[0]!r}", wanted="different names"
        )
    units = {regimen.grid.unit for regimen in regimens}
    if len(units) > 1:
        raise InputError(
            "TreatmentGrid, regimens", got=f"doses in {sorted(units)}", wanted="one unit for all"
        )


@checked_value
class TreatmentGrid:
    """What can be given where doses are given under several regimens: each dose in each regimen.

    Treatments are numbered regimen by regimen: all doses of the first, then all of the second. In outcome
    notation a level stands after the name of its regimen, ``"Q2W:3NNT"``; without a name it is one of the
    first regimen. Doses of different regimens are not compared with each other.

    Parameters
    ----------
    regimens : tuple of Regimen
        Two or more, the one that is tested first at the start.

    Raises
    ------
    InputError
        If there are fewer than two, two have one name, or their units differ.

    Examples
    --------
    >>> grid = DoseGrid((0.1, 0.2, 0.3), "mg/kg")
    >>> treatments = TreatmentGrid((Regimen("Q3W", grid, 21), Regimen("Q2W", grid, 28)))
    >>> len(treatments), treatments.labels[-1], treatments.level_in_words(4)
    (6, '0.3 Q2W', 'level 2 of Q2W (0.2 mg/kg)')
    """

    regimens: Annotated[tuple[Regimen, ...], at.MinLen(2)] = attrs.field(validator=_check_regimens)

    def __len__(self) -> int:
        return sum(len(grid) for grid in self.grids)

    def __str__(self) -> str:
        return "; ".join(f"{regimen.name}: {regimen.grid}" for regimen in self.regimens)

    @property
    def grids(self) -> tuple[DoseGrid, ...]:
        """The doses of each regimen."""
        return tuple(regimen.grid for regimen in self.regimens)

    @property
    def unit(self) -> str:
        """Unit of all doses."""
        return self.regimens[0].grid.unit

    @property
    def values(self) -> tuple[float, ...]:
        """The dose of each treatment."""
        return tuple(value for grid in self.grids for value in grid.values)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the treatments in tables and figures."""
        return tuple(f"{label} {one.name}" for one in self.regimens for label in one.grid.labels)

    @property
    def regimen_of(self) -> np.ndarray:
        """Position of each treatment's regimen, shape (K,)."""
        return np.repeat(np.arange(len(self.regimens)), [len(grid) for grid in self.grids])

    def level_in_words(self, index: int) -> str:
        """A treatment, counted from 0: ``"level 2 of Q2W (0.2 mg/kg)"``."""
        regimen, level = self.place(index)
        number, _, dose = regimen.grid.level_in_words(level).removeprefix("level ").partition(" ")
        return " ".join(filter(None, (f"level {number} of {regimen.name}", dose)))

    def place(self, index: int) -> tuple[Regimen, int]:
        """A treatment's regimen, and the index of its level there."""
        number = int(self.regimen_of[index])
        return self.regimens[number], index - sum(len(grid) for grid in self.grids[:number])

    @checked
    def treatment(self, regimen: str, level: Count) -> int:
        """Index of the treatment at a level (1 is the lowest) of a regimen.

        Raises
        ------
        InputError
            If there is no regimen of that name, or it has no such level.
        """
        found = [place for place, one in enumerate(self.regimens) if one.name.upper() == regimen.upper()]
        if not found:
            raise InputError.unknown_name("regimen", regimen, [one.name for one in self.regimens])
        here = self.regimens[found[0]]
        if level > len(here.grid):
            raise InputError(
                f"level of regimen {here.name}",
                got=level,
                wanted=f"1 to {len(here.grid)}, the number of its doses",
            )
        return sum(len(grid) for grid in self.grids[: found[0]]) + level - 1


Grid = DoseGrid | TreatmentGrid


def first_doses(grid: Grid) -> DoseGrid:
    """The doses of the first regimen, or of the only one."""
    return grid.grids[0] if isinstance(grid, TreatmentGrid) else grid


def regimens_of(grid: Grid) -> np.ndarray:
    """Position of the regimen of each dose or treatment, shape (K,); zeros where there is one regimen."""
    return grid.regimen_of if isinstance(grid, TreatmentGrid) else np.zeros(len(grid), dtype=int)


def written_level(grid: Grid, index: int) -> str:
    """How outcome notation writes a level, counted from 0: ``"2"``, or ``"Q2W:2"`` under a later regimen."""
    if not isinstance(grid, TreatmentGrid):
        return str(index + 1)
    regimen, level = grid.place(index)
    return str(level + 1) if regimen is grid.regimens[0] else f"{regimen.name}:{level + 1}"
