"""Finer and finer tables of a model, until they are as accurate as asked for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayesdose.inference.posterior import NEGLIGIBLE, ROUNDING, BatchPosterior
from bayesdose.inference.refinement import Nodes, refinements
from bayesdose.inference.treatment_table import TreatmentTable
from bayesdose.threads import one_thread

__all__ = ["ladder", "numbers_of"]

# Coarser tables are kept in single precision, whose rounding (1e-6) is far below this.
_SINGLE_PRECISION_FROM = 2e-5


def ladder[T: TreatmentTable](
    tabulated: Callable[[tuple[int, ...]], T],
    nodes: Nodes,
    dimensions: int,
    probes: tuple[np.ndarray, np.ndarray],
    tolerances: Sequence[float],
    lighter: Callable[[T], T] | None = None,
) -> tuple[T, ...]:
    """Tables whose error on the probe data sets is within each tolerance, coarsest first.

    Parameters
    ----------
    tabulated : callable
        ``shape -> table`` with so many nodes in each direction.
    nodes : Nodes
        How many nodes the tables have.
    dimensions : int
        Number of directions.
    probes : (ndarray, ndarray)
        Patients and DLTs of the data sets on which two successive tables are compared, each (B, K).
    tolerances : sequence of float
        Largest errors, decreasing.
    lighter : callable, optional
        Makes a table lighter, where its error allows it.

    Returns
    -------
    tuple
        One table for each tolerance.

    Raises
    ------
    InputError
        If a tolerance is out of reach.
    """
    wanted, found = list(tolerances), []
    # BLAS threads that wait for each other on a busy machine take many times as long as one.
    with one_thread():
        for table in _checked(tabulated, nodes, dimensions, probes, wanted[-1], lighter):
            while wanted and table.error <= wanted[0]:
                found.append(table)
                wanted.pop(0)
            if not wanted:
                break
    return tuple(found)


def numbers_of(answer: BatchPosterior) -> np.ndarray:
    """All that a rule may decide on, shape (B, numbers); the second moment stands for the sd."""
    parts = [answer.prob_below, answer.mean, answer.mean**2 + answer.sd**2, answer.plug_in]
    parts = [part for part in [*parts, answer.averages_below, answer.mtd_above] if part is not None]
    return np.concatenate([part.reshape(len(answer.mean), -1) for part in parts], axis=1)


def _checked[T: TreatmentTable](
    tabulated: Callable[[tuple[int, ...]], T],
    nodes: Nodes,
    dimensions: int,
    probes: tuple[np.ndarray, np.ndarray],
    tolerance: float,
    lighter: Callable[[T], T] | None,
) -> Iterator[T]:
    """Finer and finer tables, each with its error against the next one on the probe data sets."""

    def measured(shape: tuple[int, ...]) -> tuple[T, np.ndarray]:
        table = tabulated(shape)
        return table, numbers_of(table.posterior(*probes))

    for (table, _), (_, finer_answer), error in refinements(measured, nodes, dimensions, tolerance):
        if lighter is not None and error >= _SINGLE_PRECISION_FROM:
            table = lighter(table)
            error = float(np.max(np.abs(numbers_of(table.posterior(*probes)) - finer_answer)))
        # Never claim less than rounding, and add what `posterior` leaves out.
        known: Any = replace(table, error=max(error, ROUNDING) * (1 + NEGLIGIBLE))  # pyright: ignore
        yield known
