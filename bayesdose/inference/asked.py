"""What is asked of tables: bounds on P(DLT), and how accurate they are to be."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import annotated_types as at

from bayesdose.checks.quantities import InnerProbability, Tolerance

__all__ = ["Bounds", "Tolerances", "in_order"]


def _falls(tolerances: Sequence[float]) -> bool:
    return all(high >= low for high, low in pairwise(tolerances))


# A table holds a column for each dose and bound at every node: thousands would fill the memory.
Bounds = Annotated[
    Sequence[InnerProbability], at.Predicate(lambda bounds: 1 <= len(bounds) <= 100), "with 1 to 100 of them"
]
Tolerances = Annotated[tuple[Tolerance, ...], at.MinLen(1), at.Predicate(_falls), "in decreasing order"]


def in_order(bounds: Sequence[float]) -> tuple[float, ...]:
    """Bounds on P(DLT), lowest first and each once."""
    return tuple(sorted(set(bounds)))
