"""What the two-parameter logistic model takes as its prior."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from bayesdose.checks.kinds import kind

__all__ = ["Prior", "prior_parts"]


@kind("prior")
class Prior(Protocol):
    """A prior on (log alpha, log beta) of the two-parameter logistic model."""

    @property
    def reference_dose(self) -> float:
        """Dose at which alpha is the odds of a DLT, in the unit of the grid."""
        ...

    @property
    def origin(self) -> str:
        """Where the numbers come from, in words."""
        ...

    def cdf(self, log_ratio: ArrayLike, logit: ArrayLike) -> np.ndarray:
        """P(logit P(DLT) <= `logit`) at doses ``exp(log_ratio)`` times the reference dose."""
        ...


def prior_parts(numbers: str, origin: str, notes: Sequence[str]) -> dict[str, str]:
    """A prior's words, part by part: its numbers, where they come from, and what a user must know."""
    return {"Prior": numbers, "Origin": origin} | ({"Note": ". ".join(notes)} if notes else {})
