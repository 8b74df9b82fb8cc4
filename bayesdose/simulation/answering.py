"""A design as a trial graph sees it, with conclusions that come from elsewhere."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.trial import Cohorts, TrialState

__all__ = ["Answering"]


class Answering(Design):
    """A design that is asked for conclusions through a function, which answers as the design does.

    Parameters
    ----------
    design : Design
        A design without stages that forgets nothing.
    conclude : callable
        As `bayesdose.designs.optional.concluded` of that design; it may keep what it computes, or recall it.
    """

    def __init__(self, design: Design, conclude: Callable[[TrialState], tuple[Cohorts, np.ndarray]]) -> None:
        self._design = design
        self._conclude = conclude

    @property
    def grid(self) -> Any:
        """The doses."""
        return self._design.grid

    @property
    def outcome_categories(self) -> Any:
        """As many as the design has."""
        return self._design.outcome_categories

    @property
    def max_patients(self) -> Any:
        """Those of the design."""
        return self._design.max_patients

    @property
    def citation(self) -> Any:
        """What the design cites."""
        return self._design.citation

    def first_cohort(self) -> Any:
        """The design's."""
        return self._design.first_cohort()

    def next_cohort(self, state: TrialState) -> Any:
        """As the design's."""
        return self._design.next_cohort(state)

    def recommend(self, state: TrialState) -> Any:
        """As the design's."""
        return self._design.recommend(state)

    def conclude(self, state: TrialState) -> tuple[Cohorts, np.ndarray]:
        """What the function says."""
        return self._conclude(state)
