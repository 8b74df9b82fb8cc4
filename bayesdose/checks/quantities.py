"""Numbers as dose finding knows them: a type for each range, by which arguments and fields are declared."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import annotated_types as at
import numpy as np

__all__ = [
    "BetaPrior",
    "Chains",
    "Correlation",
    "Count",
    "Draws",
    "Finite",
    "FolderName",
    "InnerProbability",
    "Levels",
    "Name",
    "NonNegative",
    "Patients",
    "Positive",
    "Probability",
    "ProbabilityInterval",
    "RisingProbabilities",
    "Rng",
    "Seed",
    "Share",
    "Tolerance",
    "Tune",
    "Whole",
    "increases",
]


def increases(values: Sequence[float]) -> bool:
    """Whether each number is above the one before it."""
    return all(low < high for low, high in pairwise(values))


def _is_name(text: str) -> bool:
    # Result files hold neither null characters nor halves of a character (surrogates).
    return text != "" and not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


# A text among the limits is the limit's words in an error.
Probability = Annotated[float, at.Gt(0), at.Le(1)]
InnerProbability = Annotated[float, at.Gt(0), at.Lt(1)]
Share = Annotated[float, at.Ge(0), at.Le(1)]
Correlation = Annotated[float, at.Gt(-1), at.Lt(1)]
Finite = Annotated[float, at.Predicate(math.isfinite), "that is finite"]
Positive = Annotated[float, at.Gt(0), at.Predicate(math.isfinite), "finite"]
NonNegative = Annotated[float, at.Ge(0), at.Predicate(math.isfinite), "finite"]
# Sums over many nodes in double precision are good to about 1e-13.
Tolerance = Annotated[float, at.Ge(1e-12), at.Lt(1)]
BetaPrior = tuple[Positive, Positive]
ProbabilityInterval = Annotated[
    tuple[InnerProbability, InnerProbability],
    at.Predicate(increases),
    "the lower one first, as in (0.16, 0.33)",
]
RisingProbabilities = Annotated[
    tuple[InnerProbability, ...], at.Predicate(increases), at.Predicate(bool), "that increase, at least one"
]

Whole = Annotated[int, at.Ge(0)]
Count = Annotated[int, at.Ge(1)]
# Decision tables and trial graphs grow with the square of these numbers and more; real trials have tens
# of patients and about ten doses.
Patients = Annotated[int, at.Ge(1), at.Le(500)]
Levels = Annotated[int, at.Ge(1), at.Le(100)]

# What a sampler takes; its diagnostics need four draws of a chain.
Chains = Annotated[int, at.Ge(1), at.Le(1000)]
Draws = Annotated[int, at.Ge(4), at.Le(1_000_000)]
Tune = Annotated[int, at.Ge(1), at.Le(1_000_000)]

# What files of results can hold.
Seed = Annotated[int, at.Ge(0), at.Predicate(lambda seed: seed < 2**63), "below 2**63"]
Rng = np.random.Generator | Seed | None
Name = Annotated[str, at.Predicate(_is_name), "that is not empty and has no null character"]
FolderName = Annotated[
    str,
    at.Predicate(lambda text: re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", text) is not None),
    "of letters, digits, '_', '.' and '-', because it names a folder",
]
