"""What the models of several regimens of one drug share: treatments, in order, and their doses."""

from collections.abc import Sequence
from typing import Annotated, Protocol

import annotated_types as at
import numpy as np

from bayesdose.checks.kinds import kind
from bayesdose.described import said_of
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid

__all__ = ["Grids", "RegimenModel", "check_two_regimens", "regimen_of", "treatment_doses"]

Grids = Annotated[tuple[DoseGrid, ...], at.MinLen(1)]


@kind("model")
class RegimenModel(Protocol):
    """A model of P(DLT) at every treatment, a treatment being a dose in a regimen.

    Treatments are numbered regimen by regimen: all doses of the first regimen, then all of the second.
    P(DLT) of a treatment is that over its own regimen's DLT window.
    """

    def check(self, grids: Sequence[DoseGrid]) -> None:
        """Refuse regimens that the model is not about.

        Raises
        ------
        InputError
            If their number, doses or units do not fit.
        """
        ...

    def in_words(self, unit: str) -> str:
        """The model in words, its doses with the grids' unit."""
        return said_of(self)


def treatment_doses(grids: Sequence[DoseGrid]) -> np.ndarray:
    """The dose of every treatment, shape (K,)."""
    return np.concatenate([grid.values for grid in grids])


def regimen_of(grids: Sequence[DoseGrid]) -> np.ndarray:
    """The regimen of every treatment, 0 for the first; shape (K,)."""
    return np.repeat(np.arange(len(grids)), [len(grid) for grid in grids])


def check_two_regimens(grids: Sequence[DoseGrid]) -> None:
    """Refuse other than two regimens, and units that differ: a reference dose is in one unit."""
    if len(grids) != 2:
        raise InputError("regimens", got=f"{len(grids)} dose grids", wanted="two, one for each regimen")
    if grids[0].unit != grids[1].unit:
        raise InputError(
            "regimens", got=f"doses in {grids[0].unit!r} and in {grids[1].unit!r}", wanted="one unit for both"
        )
