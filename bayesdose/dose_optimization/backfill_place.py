"""Which dose takes patients beside the escalation now, and how many."""

from typing import Any

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.patient_cap import Capped
from bayesdose.dose_optimization.backfill_decisions import too_many_by
from bayesdose.dose_optimization.backfill_memory import Memory
from bayesdose.trial import TrialState

__all__ = ["place_beside", "takes_no_more"]


def place_beside(
    design: Any, state: TrialState, memory: Memory, inner: TrialState
) -> tuple[np.ndarray, np.ndarray]:
    """Level and number of the patients to backfill now, 0 where nobody is; shape (B,) each.

    Parameters
    ----------
    design : Backfilled
        The design.
    state, memory : TrialState, Memory
        B trials, and what is remembered of them.
    inner : TrialState
        The same trials as the escalation sees them.
    """
    levels, patients, dlts = np.arange(len(design.grid)), state.patients, state.dlts.astype(int)
    most = _most(design, state, memory)
    is_open = (levels < memory.level[:, None]) & (patients > 0) & (most > 0) & ~memory.given[:, None]
    if design.opening is not None:
        is_open &= design.opening.opens(patients, state.responses, memory.cohorts)
    if design.closing is not None:
        is_open &= ~design.closing.closes(patients, dlts, too_many_by(design.escalation))
    eliminating = _eliminating(design.escalation)
    if eliminating is not None and is_open.any():
        is_open &= ~eliminating.eliminated(inner)
    ordered = is_open if design.priority == "lowest" else is_open[:, ::-1]
    place = ordered.argmax(axis=1)
    level = place if design.priority == "lowest" else len(levels) - 1 - place
    size = np.where(is_open.any(axis=1), most[np.arange(len(state)), level], 0)
    return level, size


def takes_no_more(design: Any, state: TrialState, memory: Memory) -> np.ndarray:
    """Doses that the caps close for good, or that are never below the current one; shape (B, K)."""
    full = np.full(state.patients.shape, False)
    full[:, -1] = True  # the highest dose is never below the current one
    if design.cap_per_dose is not None:
        full |= state.patients >= design.cap_per_dose
    over = state.num_patients >= design.max_patients
    if design.cap_in_all is not None:
        over |= memory.patients >= design.cap_in_all
    return full | over[:, None]


def _most(design: Any, state: TrialState, memory: Memory) -> np.ndarray:
    """Most patients that each dose could take now, as far as numbers of patients say; shape (B, K)."""
    patients = state.patients
    most = np.full(patients.shape, design.patients_per_cohort)
    if design.ratio is not None:
        # A ratio is a decimal number: 0.1 for each of 30 patients is 3.
        share = np.ceil(design.ratio * memory.size - 1e-9).astype(int)
        most = np.minimum(most, share[:, None])
    if design.cap_per_dose is not None:
        most = np.minimum(most, design.cap_per_dose - patients)
    if design.cap_in_all is not None:
        most = np.minimum(most, (design.cap_in_all - memory.patients)[:, None])
    return np.minimum(most, (design.max_patients - state.num_patients)[:, None])


def _eliminating(escalation: Design) -> IntervalDesign | None:
    """The interval design that eliminates doses, itself or under a cap on patients; None for others."""
    within = escalation.following if isinstance(escalation, Capped) else escalation
    return within if isinstance(within, IntervalDesign) else None
