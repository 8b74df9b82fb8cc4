"""Caps as intervals: between which values a cap makes the same design, and which decisions are close to it.

A cap changes decisions only where it passes a number that some reachable state attains.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import attrs
import numpy as np

from bayesdose.described import said_of
from bayesdose.designs.base import Design
from bayesdose.findings.answers import AskedRules
from bayesdose.findings.rule_parts import Part, parts_of, with_part
from bayesdose.short_rows import across
from bayesdose.trial import NO_DOSE, StopReason

__all__ = ["CapInterval", "Crossings", "cap_intervals", "caps_of", "crossings", "sharpened_near_caps"]

# Attained numbers that are looked at in one go on each side of a cap.
_AT_ONCE = 16
# Distance beyond an attained number at which a cap has passed it for certain: the last table's error is less.
_BEYOND = 1e-7
# An attained number so close to a cap is the cap.
_TIE = 1e-9


@attrs.frozen
class CapInterval:
    """The values of a cap with which a design is the same, over every state that it can reach.

    Parameters
    ----------
    rule : str
        The rule in words.
    field : str
        The rule's number that is meant, such as ``"cap"``.
    value : float
        What it is.
    lower, upper : float
        The nearest attained numbers at which some next dose, stop or recommended dose changes; the ends of
        what the number can be where nothing does.
    """

    rule: str
    field: str
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class Crossings:
    """What a cap is compared with, in the A states in which a design's rules are asked.

    Parameters
    ----------
    part : Part
        The rule.
    attained : ndarray, shape (A, J)
        Attained numbers, NaN where the rule's answer has no bearing; J is the number of doses, or 1.
    """

    part: Part
    attained: np.ndarray

    @property
    def value(self) -> float:
        """The cap."""
        return float(getattr(self.part.rule, self.part.rule.compares))

    @property
    def most(self) -> float:
        """The largest value that the cap can have."""
        return 1.0

    def moved(self, design: Design, value: float) -> Design:
        """The design with another cap."""
        rule = attrs.evolve(self.part.rule, **{self.part.rule.compares: value})
        return with_part(design, self.part, rule)


def caps_of(design: Design) -> Iterator[Part]:
    """The rules that compare a posterior number with one of their fields, which they name by `compares`."""
    return (part for part in parts_of(design) if hasattr(part.rule, "compares"))


def crossings(part: Part, asked: AskedRules) -> Crossings:
    """What a rule's cap is compared with in each state."""
    state, summary = asked.state, asked.summary
    assert summary is not None, "a design with such a rule has a model"
    level = asked.next_level
    rule: Any = part.rule
    if hasattr(rule, "stop"):
        attained = rule.attained(summary, np.where(level == NO_DOSE, state.level, level))[:, None]
        return Crossings(part, attained)
    attained = rule.attained(summary).copy()
    # A full trial asks for no next dose, and one that goes on for no recommended dose.
    stop = asked.answers[:, 1]
    reach = asked.reach & (stop != StopReason.MAX_PATIENTS.code)[:, None]
    given = (state.patients > 0) & (stop > 0)[:, None]
    attained[~(reach | given)] = np.nan
    return Crossings(part, attained)


def sharpened_near_caps(asked: AskedRules) -> AskedRules:
    """The same states, with posteriors from a better table where a cap is within the error of a worse one."""
    modelled: Any = asked.design
    for number in range(1, len(getattr(modelled, "tables", ())) - 1):
        near = np.zeros(len(asked.which), dtype=bool)
        for part in caps_of(asked.design):
            seen = crossings(part, asked)
            near |= across(np.logical_or, np.abs(seen.attained - seen.value) <= asked.error[:, None])
        near &= asked.error > modelled.tables[number].error
        asked = asked.sharpened(np.flatnonzero(near), number)
    return asked


def cap_intervals(asked: AskedRules) -> tuple[CapInterval, ...]:
    """The interval of each cap of a design with a model, with all else as it is; empty for other designs."""
    if asked.summary is None:
        return ()
    found, parts = [], list(caps_of(asked.design))
    for part in parts:
        coarse = crossings(part, asked)
        lower, upper = (_end(coarse, asked, side) for side in (-1, 1))
        rule: Any = part.rule
        found.append(CapInterval(said_of(rule), rule.compares, coarse.value, lower, upper))
    return tuple(found)


def _end(coarse: Crossings, asked: AskedRules, side: int) -> float:
    """The nearest attained number above (1) or below (-1) a cap that changes something when it is passed."""
    # Every number may be on this side, as far as the table's error can say; NaN is on none.
    distance = side * (coarse.attained - coarse.value) + asked.error[:, None]
    distance[~(distance > 0)] = np.inf
    first = np.maximum(across(np.minimum, distance) - 2 * asked.error, 0.0)
    finite, number, passed = int(np.isfinite(first).sum()), _AT_ONCE, -_TIE
    while True:
        everything = number >= finite
        order = np.argsort(first) if everything else np.argpartition(first, number)
        where, horizon = order[: min(number, finite)], np.inf if everything else float(first[order[number]])
        found = _first_change(coarse, asked.exactly(where), side, (passed, horizon)) if len(where) else None
        if found is not None:
            return coarse.value + side * max(found, 0.0)
        if everything:
            return coarse.most if side > 0 else 0.0
        passed, number = horizon, 3 * number


def _first_change(
    coarse: Crossings, asked: AskedRules, side: int, between: tuple[float, float]
) -> float | None:
    """The smallest distance within a range at which a state decides otherwise; None if there is none."""
    passed, horizon = between
    distance = side * (crossings(coarse.part, asked).attained - coarse.value)
    row, column = np.nonzero((distance > passed) & (distance <= horizon))
    values = distance[row, column]
    for number in np.argsort(values):
        moved = coarse.value + side * (float(values[number]) + _BEYOND)
        if not 0 < moved < coarse.most:
            return None
        if asked.changed(coarse.moved(asked.design, moved), row[number : number + 1]).any():
            return float(values[number])
    return None
