"""A two-stage CRM whose first stage is one patient after the other, as dfcrm's cohere() looks at it."""

from dataclasses import dataclass

import numpy as np

import bayesdose as bd
from bayesdose.designs.base import Design
from bayesdose.trial import NO_DOSE


@dataclass(frozen=True)
class UntilAfterTheFirstDLT(Design):
    """Levels as planned until the first DLT; then one patient at the CRM's dose, and the trial ends."""

    crm: Design
    levels: tuple[int, ...]  # 1 is the lowest
    outcome_categories = 2
    citation = "Cheung2005"
    may_skip_doses = True

    @property
    def grid(self):
        return self.crm.grid

    @property
    def aims_at(self):
        return self.crm.aims_at

    @property
    def max_patients(self):
        return len(self.levels)

    def first_cohort(self):
        return bd.Cohorts.single(level=self.levels[0] - 1, size=1)

    def next_cohort(self, state):
        number = state.patients.sum(axis=1)
        planned = np.array([*self.levels, self.levels[-1]])[number] - 1
        model = self.crm.next_level(state)[0]
        dlts = state.dlts.sum(axis=1)
        ends = (number >= len(self.levels)) | (state.phase == 1)
        return bd.Cohorts(
            level=np.where(ends, state.level, np.where(dlts > 0, model, planned)),
            size=np.where(ends, 0, 1),
            phase=np.where(dlts > 0, 1, 0),
            stop=bd.StopReason.MAX_PATIENTS.where(ends),
        )

    def recommend(self, state):
        return np.full(len(state), NO_DOSE)
