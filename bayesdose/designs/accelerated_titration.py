"""Accelerated titration: single patients until a trigger, then another design."""

from dataclasses import dataclass, replace

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.check import check_at_least
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["AcceleratedTitration"]

_TITRATION, _HANDED_OVER = 0, 1


@dataclass(frozen=True)
class AcceleratedTitration:
    """One patient a level until a trigger or until the single-patient levels are used up.

    On the trigger the level is topped up to a full cohort and the following design goes on from
    there, for good. Without a trigger the following design starts with a full cohort at the level
    above the last single-patient level. "One patient at the first dose, then 3+3" is
    ``single_patient_levels=1``.

    Parameters
    ----------
    following : Design
        Design that takes over; its grid and start level are used.
    single_patient_levels : int
        Largest number of levels, from the start level up, that are given to a single patient.
    trigger_dlts : int, default 1
        Number of DLTs among the titration patients that ends the titration.
    trigger_moderates : int, optional
        Number of moderate (grade 2) toxicities among the titration patients that ends it too; by
        default they are not looked at. Needs outcomes in three categories.

    Raises
    ------
    InputError
        If a number is below one, or more single-patient levels are asked for than there are from
        the start level up.

    References
    ----------
    Simon R, Freidlin B, Rubinstein L, Arbuck SG, Collins J, Christian MC (1997). Accelerated
    titration designs for phase I clinical trials in oncology. Journal of the National Cancer
    Institute 89:1138-1147. Only its first-course rules are here: no intra-patient escalation.
    """

    following: Design
    single_patient_levels: int
    trigger_dlts: int = 1
    trigger_moderates: int | None = None

    def __post_init__(self) -> None:
        check_at_least("single-patient levels", self.single_patient_levels, 1)
        check_at_least("trigger_dlts", self.trigger_dlts, 1)
        if self.trigger_moderates is not None:
            check_at_least("trigger_moderates", self.trigger_moderates, 1)
        if self._last_single > len(self.grid) - 1:
            raise InputError(
                "single-patient levels",
                got=self.single_patient_levels,
                wanted=f"at most {len(self.grid) - self._start}, the levels from the start level up",
            )

    @property
    def _start(self) -> int:
        return int(self.following.first_cohort().level[0])

    @property
    def _cohort_size(self) -> int:
        return int(self.following.first_cohort().size[0])

    @property
    def _last_single(self) -> int:
        """Index of the last level that may be given to a single patient."""
        return self._start + self.single_patient_levels - 1

    @property
    def grid(self) -> DoseGrid:
        """The following design's doses."""
        return self.following.grid

    @property
    def outcome_categories(self) -> int:
        """Three where moderate toxicity is a trigger."""
        return self.following.outcome_categories if self.trigger_moderates is None else 3

    @property
    def max_patients(self) -> int:
        """The following design's, which counts the titration patients, unless titration needs more."""
        # Every level single, then a full cohort above them, or at the last level, which has one already.
        at_top = self._last_single == len(self.grid) - 1
        return max(self.following.max_patients, self.single_patient_levels + self._cohort_size - at_top)

    @property
    def citation(self) -> str:
        """Simon 1997, and the following design's."""
        return f"Simon et al. (1997) J Natl Cancer Inst 89:1138; {self.following.citation}"

    def first_cohort(self) -> Cohorts:
        """One patient at the start level."""
        return Cohorts.single(self._start, 1, _TITRATION)

    def next_cohort(self, state: TrialState) -> Cohorts:
        """The next cohort of each trial, or why it stops."""
        inner = replace(state, phase=np.maximum(state.phase - _HANDED_OVER, 0))
        after = self.following.next_cohort(inner)
        triggered = state.dlts.sum(axis=1) >= self.trigger_dlts
        if self.trigger_moderates is not None:
            triggered |= state.counts[..., 1].sum(axis=1) >= self.trigger_moderates
        at_top = state.level == len(self.grid) - 1
        used_up = state.level >= self._last_single
        top_up = triggered | at_top
        # A following design with single-patient cohorts has its full cohort already.
        handed_over = (state.phase >= _HANDED_OVER) | (top_up & (self._cohort_size == 1))
        level = np.where(handed_over, after.level, np.where(top_up, state.level, state.level + 1))
        titration_size = np.where(top_up, self._cohort_size - 1, np.where(used_up, self._cohort_size, 1))
        titration_phase = np.where(top_up | used_up, _HANDED_OVER, _TITRATION)
        return Cohorts(
            level=level,
            size=np.where(handed_over, after.size, titration_size),
            phase=np.where(handed_over, after.phase + _HANDED_OVER, titration_phase),
            stop=np.where(handed_over, after.stop, StopReason.GOES_ON.code),
            refinement=np.where(handed_over, after.refinement, 0),
        )

    def recommend(self, state: TrialState) -> np.ndarray:
        """The following design's recommendation from all patients, the single ones among them."""
        return self.following.recommend(replace(state, phase=np.maximum(state.phase - _HANDED_OVER, 0)))
