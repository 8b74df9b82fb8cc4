"""When a lower dose is open for backfill: values that say so in words, combined with ``&`` and ``|``."""

from abc import abstractmethod
from functools import reduce
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import Levels, Patients
from bayesdose.designs.base import patients_in_words
from bayesdose.rules.joined_rules import joined
from bayesdose.rules.remembered_cohorts import MOST_COHORTS
from bayesdose.trial import TrialState

__all__ = [
    "AllOpenings",
    "AnyOpening",
    "CombinedOpening",
    "OpenAfterCohorts",
    "OpenAfterPatients",
    "OpenAfterResponses",
    "OpenFromLevel",
    "OpeningRule",
]


@kind("rule")
class OpeningRule(Protocol):
    """A rule that says which doses are of enough interest to take more patients.

    Other conditions are not its matter: only a dose that was given, and that is below the escalation's
    current one, is ever open.
    """

    @property
    @abstractmethod
    def looks_at_responses(self) -> bool:
        """Whether the rule needs outcomes in four categories."""
        ...

    @property
    @abstractmethod
    def cohorts_told_apart(self) -> int:
        """Up to how many cohorts of the escalation the rule tells apart, 0 if it does not count them."""
        ...

    @property
    @abstractmethod
    def highest_level(self) -> int:
        """Largest level number that the rule names, 1 if it names none."""
        ...

    @abstractmethod
    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K).

        `cohorts`, shape (B,), are those of the escalation so far, or as many as the rule tells apart.
        """
        ...

    @abstractmethod
    def responses_kept(self, responses: np.ndarray, full: np.ndarray) -> np.ndarray:
        """The fewest responses at each dose with which the rule says the same, now and later, shape (B, K).

        Doses that are `full`, shape (B, K), take no more patients.
        """
        ...


class CombinedOpening(OpeningRule):
    """What all opening rules share: ``&``, ``|``, and the answers of a rule that looks at little."""

    @property
    def looks_at_responses(self) -> bool:
        """False, unless a rule says otherwise."""
        return False

    @property
    def cohorts_told_apart(self) -> int:
        """0, unless a rule counts cohorts."""
        return 0

    @property
    def highest_level(self) -> int:
        """1, unless a rule names a level."""
        return 1

    def responses_kept(self, responses: np.ndarray, full: np.ndarray) -> np.ndarray:
        """None, unless a rule looks at them."""
        return 0 * responses

    def __and__(self, other: OpeningRule) -> "AllOpenings":
        return joined(AllOpenings, self, other)

    def __rand__(self, other: OpeningRule) -> "AllOpenings":
        return joined(AllOpenings, other, self)

    def __or__(self, other: OpeningRule) -> "AnyOpening":
        return joined(AnyOpening, self, other)

    def __ror__(self, other: OpeningRule) -> "AnyOpening":
        return joined(AnyOpening, other, self)


@checked_value
class OpenFromLevel(CombinedOpening):
    """Only a level and those above it are ever open.

    Parameters
    ----------
    level : int
        Level number, 1 for the lowest.

    Raises
    ------
    InputError
        If it is not a whole number from 1 to 100.
    """

    level: Levels

    def __str__(self) -> str:
        return f"it is level {self.level} or higher"

    @property
    def highest_level(self) -> int:
        """The level."""
        return self.level

    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return np.broadcast_to(np.arange(state.counts.shape[1]) >= self.level - 1, state.counts.shape[:2])


@checked_value
class OpenAfterCohorts(CombinedOpening):
    """Open once the escalation has treated so many cohorts in all.

    Parameters
    ----------
    number : int
        Cohorts of the escalation, the last one included; those backfilled do not count.

    Raises
    ------
    InputError
        If it is not a whole number from 1 to 100.
    """

    number: Levels

    def __str__(self) -> str:
        return f"the escalation has treated {self.number} or more cohorts"

    @property
    def cohorts_told_apart(self) -> int:
        """The number of cohorts."""
        return min(self.number, MOST_COHORTS)

    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return np.broadcast_to((cohorts >= self.number)[:, None], state.counts.shape[:2])


@checked_value
class OpenAfterPatients(CombinedOpening):
    """Open once so many patients were treated at the dose.

    Parameters
    ----------
    number : int
        Patients at the dose, those backfilled included.

    Raises
    ------
    InputError
        If it is not a whole number of at least 1.
    """

    number: Patients

    def __str__(self) -> str:
        return f"{patients_in_words(self.number)} or more were treated at it"

    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        return state.patients >= self.number


@checked_value
class OpenAfterResponses(CombinedOpening):
    """Open once so many responses were seen.

    Parameters
    ----------
    number : int, default 1
        Responses, with a DLT or without.
    lower_doses : bool, default False
        Whether responses at lower doses count too. Of BF-BOIN there are both readings: the R package bfboin
        counts those at the dose alone, simFastBOIN those at the dose or below it.

    Raises
    ------
    InputError
        If the number is not a whole number of at least 1.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.
    """

    number: Patients = 1
    lower_doses: bool = False

    def __str__(self) -> str:
        seen = "1 response was" if self.number == 1 else f"{self.number} or more responses were"
        return f"{seen} seen at it{' or below it' if self.lower_doses else ''}"

    @property
    def looks_at_responses(self) -> bool:
        """True."""
        return True

    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K)."""
        seen = state.responses
        return (np.cumsum(seen, axis=1) if self.lower_doses else seen) >= self.number

    def responses_kept(self, responses: np.ndarray, full: np.ndarray) -> np.ndarray:
        """The first so many, from the lowest dose up where lower doses count; shape (B, K)."""
        if not self.lower_doses:
            return np.where(full, 0, np.minimum(responses, self.number))
        up_to = np.minimum(np.cumsum(responses, axis=1), self.number)
        # Above the highest dose that can open, nobody asks.
        open_above = np.logical_or.accumulate(~full[:, ::-1], axis=1)[:, ::-1]
        return np.where(open_above, np.diff(up_to, axis=1, prepend=0), 0)


class _Several(CombinedOpening):
    """What `AllOpenings` and `AnyOpening` share."""

    rules: tuple[OpeningRule, ...]

    @property
    def looks_at_responses(self) -> bool:
        """Whether one of the rules does."""
        return any(rule.looks_at_responses for rule in self.rules)

    @property
    def cohorts_told_apart(self) -> int:
        """As many as the rules do."""
        return max(rule.cohorts_told_apart for rule in self.rules)

    @property
    def highest_level(self) -> int:
        """The largest of the rules."""
        return max(rule.highest_level for rule in self.rules)

    def responses_kept(self, responses: np.ndarray, full: np.ndarray) -> np.ndarray:
        """The most that one of the rules needs: more than it needs changes no rule's answer; (B, K)."""
        return reduce(np.maximum, (rule.responses_kept(responses, full) for rule in self.rules))


@checked_value
class AllOpenings(_Several):
    """Open where every rule says so. Made by ``&``.

    Parameters
    ----------
    rules : tuple of OpeningRule
        The rules.

    Raises
    ------
    InputError
        If one is no opening rule.
    """

    joins = "all_of"

    rules: tuple[OpeningRule, ...]

    def __str__(self) -> str:
        return " and ".join(f"({rule})" for rule in self.rules)

    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by all the rules, shape (B, K)."""
        return reduce(np.logical_and, (rule.opens(state, cohorts) for rule in self.rules))


@checked_value
class AnyOpening(_Several):
    """Open where one of the rules says so. Made by ``|``.

    Parameters
    ----------
    rules : tuple of OpeningRule
        The rules.

    Raises
    ------
    InputError
        If one is no opening rule.
    """

    joins = "any_of"

    rules: tuple[OpeningRule, ...]

    def __str__(self) -> str:
        return " or ".join(f"({rule})" for rule in self.rules)

    def opens(self, state: TrialState, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by one of the rules, shape (B, K)."""
        return reduce(np.logical_or, (rule.opens(state, cohorts) for rule in self.rules))
