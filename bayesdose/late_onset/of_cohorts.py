"""What designs with follow-up share that stand on a cohort design."""

from typing import Any

import numpy as np

from bayesdose.described import Described
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.cohorts import first_of_cohort, state_of
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.trials import Enrolment, FollowedTrials

__all__ = ["OfCohorts"]


class OfCohorts(Described, FollowUpDesign):
    """A design with follow-up around a cohort design: its doses, first cohort and recommendation."""

    # Each has its kind of cohort design.
    design: Any

    @property
    def grid(self) -> DoseGrid:
        """The doses of the cohort design."""
        return self.design.grid

    @property
    def max_patients(self) -> int:
        """As many as the cohort design's."""
        return self.design.max_patients

    @property
    def citation(self) -> str:
        """What the cohort design cites."""
        return self.design.citation

    def first_patient(self) -> Enrolment:
        """The first of the design's first cohort."""
        return first_of_cohort(self.design)

    def recommend(self, trials: FollowedTrials) -> np.ndarray:
        """The cohort design's recommendation once all outcomes are known; shape (B,)."""
        return self.design.recommend(state_of(self.design, trials))
