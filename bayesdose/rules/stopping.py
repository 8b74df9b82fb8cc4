"""Stopping rules: values that are combined with ``&`` and ``|`` and say why they fired."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayesdose.rules.check import check_at_least
from bayesdose.trial import StopReason, TrialState

__all__ = ["AllOf", "AnyOf", "PatientsAtDose", "PatientsInTrial", "StaysAtDose", "StoppingRule"]


class StoppingRule(Protocol):
    """A rule that looks at each trial and the dose it would give next."""

    def stop(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        ...


class _Combined:
    """``rule & rule`` and ``rule | rule``, for every stopping rule."""

    def __and__(self: StoppingRule, other: StoppingRule) -> "AllOf":
        return AllOf((self, other))

    def __or__(self: StoppingRule, other: StoppingRule) -> "AnyOf":
        return AnyOf((self, other))


@dataclass(frozen=True)
class PatientsInTrial(_Combined):
    """Stop when this many patients were treated in all; `&` makes it a minimum for another rule.

    Parameters
    ----------
    number : int
        Enough patients in all.
    """

    number: int

    def __post_init__(self) -> None:
        check_at_least("patients in the trial", self.number, 1)

    def stop(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return _code(state.patients.sum(axis=1) >= self.number, StopReason.ENOUGH_IN_TRIAL)


@dataclass(frozen=True)
class PatientsAtDose(_Combined):
    """Stop when the dose that would be given next has this many patients already.

    Parameters
    ----------
    number : int
        Enough patients at one dose.
    """

    number: int

    def __post_init__(self) -> None:
        check_at_least("patients at the dose", self.number, 1)

    def stop(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        there = state.patients[np.arange(len(state)), next_level]
        return _code(there >= self.number, StopReason.ENOUGH_AT_DOSE)


@dataclass(frozen=True)
class StaysAtDose(_Combined):
    """Stop when the trial would stay at its dose, which has this many patients already.

    BOIN's ``n.earlystop``. A trial that would move goes on, unlike under `PatientsAtDose`.

    Parameters
    ----------
    number : int
        Enough patients at the dose.
    """

    number: int

    def __post_init__(self) -> None:
        check_at_least("patients at the dose", self.number, 1)

    def stop(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        here = state.patients[np.arange(len(state)), state.level]
        fired = (here >= self.number) & (next_level == state.level)
        return _code(fired, StopReason.ENOUGH_AT_DOSE)


@dataclass(frozen=True)
class AllOf(_Combined):
    """Stop when every rule says so; the first rule's reason is kept."""

    rules: tuple[StoppingRule, ...]

    def stop(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        codes = np.stack([rule.stop(state, next_level) for rule in self.rules])
        return np.where((codes > 0).all(axis=0), codes[0], StopReason.GOES_ON.code)


@dataclass(frozen=True)
class AnyOf(_Combined):
    """Stop when one of the rules says so; the first one's reason is kept."""

    rules: tuple[StoppingRule, ...]

    def stop(self, state: TrialState, next_level: np.ndarray) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        codes = np.stack([rule.stop(state, next_level) for rule in self.rules])
        first = (codes > 0).argmax(axis=0)
        return codes[first, np.arange(codes.shape[1])]


def _code(fired: np.ndarray, reason: StopReason) -> np.ndarray:
    return np.where(fired, reason.code, StopReason.GOES_ON.code)
