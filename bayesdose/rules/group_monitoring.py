"""When groups of patients at one dose, such as indications, stop for what is seen in them."""

from abc import abstractmethod
from typing import Literal, Protocol

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.errors import InputError
from bayesdose.rules.monitoring import MonitoringRule

__all__ = ["EachGroupAlone", "GroupMonitoring", "GroupsTogether", "Seen"]

Seen = Literal["own", "sum", "all"]


@kind("rule")
class GroupMonitoring(Protocol):
    """A rule that looks at the patients of all groups and says which groups stop.

    It treats groups alike: if their counts change places, so do its answers.
    """

    @property
    @abstractmethod
    def sees(self) -> Seen:
        """What a group's stop depends on: its "own" counts, their "sum" over the groups, or "all" of them."""
        ...

    @abstractmethod
    def stops(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Which groups stop in each of B trials, shape (B, G).

        Parameters
        ----------
        patients, events : ndarray of int, shape (B, G)
            Patients of each group and how many of them had the event, such as a DLT; a group that stopped
            before keeps its counts.
        """
        ...


def _looks_at_counts_alone(rule: object, field: attrs.Attribute, monitoring: MonitoringRule) -> None:
    if monitoring.asks_escalation:
        raise InputError(
            f"{type(rule).__name__}, monitoring",
            got=str(monitoring),
            wanted="a rule that looks at counts alone, such as BetaMonitoring",
            fix="The escalation is over when the groups begin.",
        )


def _stops(monitoring: MonitoringRule, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
    level = np.zeros(patients.size, dtype=int)
    found = monitoring.stops(patients.ravel(), events.ravel(), level, level)
    return found.reshape(patients.shape) & (patients > 0)


@checked_value
class EachGroupAlone(GroupMonitoring):
    """Each group stops by its own patients, whatever is seen in the others.

    Parameters
    ----------
    monitoring : MonitoringRule
        The rule for one group.

    Raises
    ------
    InputError
        If the rule asks the escalation.

    Examples
    --------
    >>> from bayesdose.rules.monitoring import MoreDLTsThan
    >>> EachGroupAlone(MoreDLTsThan(2)).stops(np.array([[6, 6]]), np.array([[2, 3]])).tolist()
    [[False, True]]
    """

    monitoring: MonitoringRule = attrs.field(validator=_looks_at_counts_alone)

    def __str__(self) -> str:
        return f"each group alone: {self.monitoring}"

    @property
    def sees(self) -> Seen:
        """A group's own counts."""
        return "own"

    def stops(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Which groups stop in each trial, shape (B, G)."""
        return _stops(self.monitoring, patients, events)


@checked_value
class GroupsTogether(GroupMonitoring):
    """All groups stop at once, by all their patients as if they were one group.

    Parameters
    ----------
    monitoring : MonitoringRule
        The rule for the sum.

    Raises
    ------
    InputError
        If the rule asks the escalation.

    Examples
    --------
    >>> from bayesdose.rules.monitoring import MoreDLTsThan
    >>> GroupsTogether(MoreDLTsThan(2)).stops(np.array([[6, 6]]), np.array([[2, 1]])).tolist()
    [[True, True]]
    """

    monitoring: MonitoringRule = attrs.field(validator=_looks_at_counts_alone)

    def __str__(self) -> str:
        return f"all groups together: {self.monitoring}"

    @property
    def sees(self) -> Seen:
        """The sum of all counts."""
        return "sum"

    def stops(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Which groups stop in each trial, shape (B, G)."""
        found = _stops(self.monitoring, patients.sum(axis=1), events.sum(axis=1))
        return np.broadcast_to(found[:, None], patients.shape)
