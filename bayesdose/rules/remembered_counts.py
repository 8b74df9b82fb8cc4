"""What the last cohort showed, for rules that look at it alone.

A trial's state holds counts and no history. A design that needs the last cohort's outcome puts
the counts before that cohort into the state's phase, a number of its own. What else the phase remembers
(`bayesdose.rules.remembered_cohorts`) counts in whole multiples of `NUM_PAIRS`.
"""

from dataclasses import replace
from typing import Any

import attrs
import numpy as np

from bayesdose.errors import InputError
from bayesdose.trial import TrialState

__all__ = [
    "MOST_PATIENTS",
    "NUM_PAIRS",
    "also_before",
    "check_remembered",
    "last_cohort",
    "may_be_remembered",
    "remember",
    "without_dlts",
]

# Two counts up to this share a phase.
MOST_PATIENTS = 180
NUM_PAIRS = (MOST_PATIENTS + 1) ** 2


def may_be_remembered(design: Any, field: attrs.Attribute, max_patients: int) -> None:
    """Validator of a design's `max_patients`: where the increments look back, a phase can hold the counts."""
    check_remembered(f"{type(design).__name__}, {field.name}", design.increments, max_patients)


def check_remembered(subject: str, increments: Any, max_patients: int) -> None:
    """Raise `InputError` if the increments look at the last cohort and a phase cannot hold the counts."""
    if increments.looks_at_last_cohort and max_patients > MOST_PATIENTS:
        raise InputError(
            subject,
            got=max_patients,
            wanted=f"at most {MOST_PATIENTS} with an increments rule that looks at the last cohort",
        )


def remember(state: TrialState) -> np.ndarray:
    """Phase for the next cohort, which holds the patients and DLTs before it; shape (B,)."""
    return state.patients.sum(axis=1) * (MOST_PATIENTS + 1) + state.dlts.sum(axis=1)


def also_before(phase: np.ndarray, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
    """Phases that remember so many more patients and DLTs before the last cohort; shape (B,)."""
    return phase + patients * (MOST_PATIENTS + 1) + dlts


def last_cohort(state: TrialState) -> tuple[np.ndarray, np.ndarray]:
    """Patients and DLTs since the counts that the phase remembers, each of shape (B,).

    A phase of 0 remembers nobody: all patients so far are the last cohort.
    """
    patients, dlts = np.divmod(state.phase % NUM_PAIRS, MOST_PATIENTS + 1)
    return state.patients.sum(axis=1) - patients, state.dlts.sum(axis=1) - dlts


def without_dlts(state: TrialState, remembers: bool) -> TrialState:
    """The same patients as if none had had a DLT, in the phase too if it `remembers` counts."""
    counts = state.counts.copy()
    counts[..., 0] += counts[..., -1]
    counts[..., -1] = 0
    if counts.shape[-1] == 4:  # those who responded did so without a DLT
        counts[..., 1] += counts[..., 2]
        counts[..., 2] = 0
    phase = state.phase - state.phase % (MOST_PATIENTS + 1) if remembers else state.phase
    return replace(state, counts=counts, phase=phase)
