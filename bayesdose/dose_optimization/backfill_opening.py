"""When a lower dose is open for backfill: the contract of such rules, joined by ``&`` and ``|``."""

from abc import abstractmethod
from functools import reduce
from typing import Protocol

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.rules.joined_rules import joined

__all__ = [
    "AllOpenings",
    "AnyOpening",
    "CombinedOpening",
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
    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by this rule, shape (B, K).

        Parameters
        ----------
        patients, responses : ndarray of int, shape (B, K)
            Patients per dose, in time those whose DLT outcome is known, and responses seen.
        cohorts : ndarray of int, shape (B,)
            Cohorts of the escalation so far, or as many as the rule tells apart.
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

    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by all the rules, shape (B, K)."""
        return reduce(np.logical_and, (rule.opens(patients, responses, cohorts) for rule in self.rules))


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

    def opens(self, patients: np.ndarray, responses: np.ndarray, cohorts: np.ndarray) -> np.ndarray:
        """Whether each dose is open by one of the rules, shape (B, K)."""
        return reduce(np.logical_or, (rule.opens(patients, responses, cohorts) for rule in self.rules))
