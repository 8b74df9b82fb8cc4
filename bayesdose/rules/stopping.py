"""Stopping rules: values that are combined with ``&`` and ``|`` and say why they fired."""

from abc import abstractmethod
from typing import Any, Protocol

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Patients
from bayesdose.errors import InputError
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.rules.joined_rules import all_of_margin, first_of_margin, joined
from bayesdose.trial import StopReason, TrialState

__all__ = [
    "AllOf",
    "AnyOf",
    "CombinedStopping",
    "PatientsAtDose",
    "PatientsInTrial",
    "StaysAtDose",
    "StoppingRule",
    "counts_alone",
    "mtd_targets",
]


@kind("rule")
class StoppingRule(Protocol):
    """A rule that looks at each trial, the dose it would give next, and the posterior if there is one."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) that the posterior must offer."""
        ...

    @property
    @abstractmethod
    def reads_posterior(self) -> bool:
        """Whether the rule looks at the posterior; otherwise it counts alone."""
        ...

    @abstractmethod
    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        ...

    @abstractmethod
    def forbids_recommendation(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Whether the rule fires because all doses are too toxic, so that no dose is recommended; (B,)."""
        ...

    @abstractmethod
    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Largest error of each posterior number that cannot change the answer, shape (B,)."""
        ...


def mtd_targets(rule: StoppingRule) -> tuple[float, ...]:
    """P(DLT) of each MTD that the posterior must know: a rule's ``mtd_targets``, if it has any."""
    return getattr(rule, "mtd_targets", ())


def counts_alone(design: Any, field: attrs.Attribute, rule: StoppingRule | None) -> None:
    """Validator of the stopping rule of a design without a model: it looks at no posterior."""
    if rule is not None and rule.reads_posterior:
        raise InputError(
            f"{type(design).__name__}, {field.name}",
            got=str(rule),
            wanted="rules that count patients: there is no posterior here",
        )


class CombinedStopping(StoppingRule):
    """What all stopping rules share: ``&``, ``|``, and the answers of a rule that counts patients alone."""

    @property
    def bounds(self) -> tuple[float, ...]:
        """No bounds, unless a rule looks at the posterior."""
        return ()

    @property
    def reads_posterior(self) -> bool:
        """False, unless a rule says otherwise: it counts patients alone."""
        return False

    def forbids_recommendation(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """False for every trial, unless a rule says otherwise; shape (B,)."""
        return np.zeros(len(state), dtype=bool)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Infinite, unless a rule looks at the posterior: counts have no error; shape (B,)."""
        return np.full(len(state), np.inf)

    def __and__(self, other: StoppingRule) -> "AllOf":
        return joined(AllOf, self, other)

    def __rand__(self, other: StoppingRule) -> "AllOf":
        return joined(AllOf, other, self)

    def __or__(self, other: StoppingRule) -> "AnyOf":
        return joined(AnyOf, self, other)

    def __ror__(self, other: StoppingRule) -> "AnyOf":
        return joined(AnyOf, other, self)


@checked_value
class PatientsInTrial(CombinedStopping):
    """Stop when this many patients were treated in all; `&` makes it a minimum for another rule.

    Parameters
    ----------
    number : int
        Enough patients in all.

    Raises
    ------
    InputError
        If `number` is not a whole number of at least 1.
    """

    number: Patients

    def __str__(self) -> str:
        return f"{self.number} or more patients in the trial"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        return StopReason.ENOUGH_IN_TRIAL.where(state.num_patients >= self.number)


@checked_value
class PatientsAtDose(CombinedStopping):
    """Stop when the dose that would be given next has this many patients already.

    Parameters
    ----------
    number : int
        Enough patients at one dose.

    Raises
    ------
    InputError
        If `number` is not a whole number of at least 1.
    """

    number: Patients

    def __str__(self) -> str:
        return f"{self.number} or more patients at the next dose"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        there = state.patients[np.arange(len(state)), next_level]
        return StopReason.ENOUGH_AT_DOSE.where(there >= self.number)


@checked_value
class StaysAtDose(CombinedStopping):
    """Stop when the trial would stay at its dose, which has this many patients already.

    BOIN's ``n.earlystop``. A trial that would move goes on, unlike under `PatientsAtDose`.

    Parameters
    ----------
    number : int
        Enough patients at the dose.

    Raises
    ------
    InputError
        If `number` is not a whole number of at least 1.
    """

    number: Patients

    def __str__(self) -> str:
        return f"the trial would stay at a dose with {self.number} or more patients"

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        here = state.patients[np.arange(len(state)), state.level]
        fired = (here >= self.number) & (next_level == state.level)
        return StopReason.ENOUGH_AT_DOSE.where(fired)


class _Several(CombinedStopping):
    """What `AllOf` and `AnyOf` share."""

    rules: tuple[StoppingRule, ...]

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds of all the rules, in increasing order."""
        return tuple(sorted({bound for rule in self.rules for bound in rule.bounds}))

    @property
    def mtd_targets(self) -> tuple[float, ...]:
        """Those of all the rules, in increasing order."""
        return tuple(sorted({target for rule in self.rules for target in mtd_targets(rule)}))

    @property
    def reads_posterior(self) -> bool:
        """Whether one of the rules looks at the posterior."""
        return any(rule.reads_posterior for rule in self.rules)


@checked_value
class AllOf(_Several):
    """Stop when every rule says so; the first rule's reason is kept. Made by ``&``."""

    joins = "all_of"

    rules: tuple[StoppingRule, ...]

    def __str__(self) -> str:
        return " and ".join(f"({rule})" for rule in self.rules)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        codes = np.stack([rule.stop(state, next_level, posterior) for rule in self.rules])
        return np.where((codes > 0).all(axis=0), codes[0], StopReason.GOES_ON.code)

    def forbids_recommendation(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Where all rules fire and one of them forbids it; shape (B,)."""
        forbids = [rule.forbids_recommendation(state, next_level, posterior) for rule in self.rules]
        return np.any(forbids, axis=0) & (self.stop(state, next_level, posterior) > 0)

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Largest error of each posterior number that cannot change the answer, shape (B,)."""
        fires = [rule.stop(state, next_level, posterior) > 0 for rule in self.rules]
        return all_of_margin(fires, [rule.margin(state, next_level, posterior) for rule in self.rules])


@checked_value
class AnyOf(_Several):
    """Stop when one of the rules says so; the first one's reason is kept. Made by ``|``."""

    joins = "any_of"

    rules: tuple[StoppingRule, ...]

    def __str__(self) -> str:
        return " or ".join(f"({rule})" for rule in self.rules)

    def stop(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """`StopReason.code` of each trial, 0 where it goes on; shape (B,)."""
        codes = np.stack([rule.stop(state, next_level, posterior) for rule in self.rules])
        first = (codes > 0).argmax(axis=0)
        return codes[first, np.arange(codes.shape[1])]

    def forbids_recommendation(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Where one of the rules forbids it, whichever rule is named as the reason; shape (B,)."""
        return np.any(
            [rule.forbids_recommendation(state, next_level, posterior) for rule in self.rules], axis=0
        )

    def margin(
        self, state: TrialState, next_level: np.ndarray, posterior: BatchPosterior | None = None
    ) -> np.ndarray:
        """Largest error of each posterior number that cannot change the answer, shape (B,)."""
        fires = [rule.stop(state, next_level, posterior) > 0 for rule in self.rules]
        return first_of_margin(fires, [rule.margin(state, next_level, posterior) for rule in self.rules])
