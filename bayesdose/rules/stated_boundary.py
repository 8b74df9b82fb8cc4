"""A stopping boundary as a protocol's table states it."""

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Count, Patients, increases
from bayesdose.errors import InputError
from bayesdose.rules.monitoring import CountedMonitoring

__all__ = ["StatedBoundary"]


def _increase(rule: "StatedBoundary", field: attrs.Attribute, patients: tuple[int, ...]) -> None:
    if not patients or not increases(patients):
        raise InputError(
            "StatedBoundary, patients", got=patients, wanted="at least one number, each above the one before"
        )


def _one_each(rule: "StatedBoundary", field: attrs.Attribute, events: tuple[int, ...]) -> None:
    if len(events) != len(rule.patients):
        raise InputError(
            "StatedBoundary, events", got=events, wanted=f"{len(rule.patients)} numbers, one a look"
        )


@checked_value
class StatedBoundary(CountedMonitoring):
    """Stop with so many events, or more, among so many patients; at other numbers of patients never.

    With "no response" as the event this is a two-stage design for activity, such as Simon's.

    Parameters
    ----------
    patients : tuple of int
        Numbers of patients at which is looked, increasing.
    events : tuple of int
        Fewest events that stop there. A number above that of the patients never stops.

    Raises
    ------
    InputError
        If the numbers of patients do not increase, or there is not one number of events for each.

    References
    ----------
    Simon R (1989). Optimal two-stage designs for phase II clinical trials. Controlled Clinical Trials
    10:1-10.

    Examples
    --------
    At most 1 response in 10 patients, or at most 5 in 29, ends Simon's design:

    >>> StatedBoundary((10, 29), (9, 24)).boundary(10)[-2:]
    (None, 9)
    """

    patients: tuple[Patients, ...] = attrs.field(validator=_increase)
    events: tuple[Count, ...] = attrs.field(validator=_one_each)

    def __str__(self) -> str:
        table = ", ".join(
            f"{events} of {patients}" for patients, events in zip(self.patients, self.events, strict=True)
        )
        return f"at least {table} patients with the event"

    def stops(
        self, patients: np.ndarray, dlts: np.ndarray, level: np.ndarray, recommended: np.ndarray
    ) -> np.ndarray:
        """Whether each trial stops, shape (B,)."""
        looks, fewest = np.array(self.patients), np.array(self.events)
        place = np.minimum(np.searchsorted(looks, patients), len(looks) - 1)
        return (looks[place] == patients) & (dlts >= fewest[place])
