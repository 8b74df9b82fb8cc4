"""Numbers as dose finding knows them: a type for each range, by which arguments and fields are declared."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import annotated_types as at
import numpy as np

__all__ = [
    "Chains",
    "Correlation",
    "Count",
    "Draws",
    "Finite",
    "InnerProbability",
    "NonNegative",
    "Positive",
    "Probability",
    "ProbabilityInterval",
    "RisingProbabilities",
    "Rng",
    "Share",
    "Tolerance",
    "Tune",
    "Whole",
]


def _increases(values: Sequence[float]) -> bool:
    return all(low < high for low, high in pairwise(values))


# A text among the limits is the limit's words in an error.
Probability = Annotated[float, at.Gt(0), at.Le(1)]
InnerProbability = Annotated[float, at.Gt(0), at.Lt(1)]
Share = Annotated[float, at.Ge(0), at.Le(1)]
Finite = Annotated[float, at.Predicate(math.isfinite), "that is finite"]
Positive = Annotated[float, at.Gt(0), at.Predicate(math.isfinite), "finite"]
NonNegative = Annotated[float, at.Ge(0), at.Predicate(math.isfinite), "finite"]
Whole = Annotated[int, at.Ge(0)]
Count = Annotated[int, at.Ge(1)]
ProbabilityInterval = Annotated[
    tuple[InnerProbability, InnerProbability],
    at.Predicate(_increases),
    "the lower one first, as in (0.16, 0.33)",
]
RisingProbabilities = Annotated[
    tuple[InnerProbability, ...],
    at.Predicate(_increases),
    at.Predicate(bool),
    "that increase, with at least 1 of them",
]
Correlation = Annotated[float, at.Gt(-1), at.Lt(1)]
# Sums over many nodes in double precision are good to about 1e-13.
Tolerance = Annotated[float, at.Ge(1e-12), at.Lt(1)]
# What a sampler takes; its diagnostics need four draws of a chain.
Chains = Annotated[int, at.Ge(1), at.Le(1000)]
Draws = Annotated[int, at.Ge(4), at.Le(1_000_000)]
Tune = Annotated[int, at.Ge(1), at.Le(1_000_000)]
Rng = np.random.Generator | Annotated[int, at.Ge(0)] | None
