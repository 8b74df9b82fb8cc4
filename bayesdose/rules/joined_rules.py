"""Rules joined by ``&`` and ``|``: kept in one list, and how far they are from another answer.

A margin is the largest error of each posterior number (probability, mean, second moment, plug-in)
that cannot change a rule's answer. Infinite: the answer does not depend on the posterior.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["all_of_margin", "any_of_margin", "first_of_margin", "spread"]


def all_of_margin(answers: Sequence[np.ndarray], margins: Sequence[np.ndarray]) -> np.ndarray:
    """Margin of "every rule says yes": of the closest yes, or of the surest no.

    Parameters
    ----------
    answers : sequence of bool ndarray
        What each rule says.
    margins : sequence of ndarray
        How far each is from saying the other.

    Examples
    --------
    >>> yes, no = np.array([True]), np.array([False])
    >>> far, near = np.array([0.3]), np.array([0.1])
    >>> all_of_margin([yes, yes], [far, near]), all_of_margin([yes, no], [near, far])
    (array([0.1]), array([0.3]))
    """
    yes, margin = np.stack(answers), np.stack(margins)
    return np.where(yes.all(axis=0), margin.min(axis=0), np.where(yes, -np.inf, margin).max(axis=0))


def any_of_margin(answers: Sequence[np.ndarray], margins: Sequence[np.ndarray]) -> np.ndarray:
    """Margin of "some rule says yes": of the surest yes, or of the closest no."""
    return all_of_margin([~answer for answer in answers], margins)


def first_of_margin(answers: Sequence[np.ndarray], margins: Sequence[np.ndarray]) -> np.ndarray:
    """Margin of "this is the first rule that says yes": of all rules up to it; of all if none does."""
    yes, margin = np.stack(answers), np.stack(margins)
    before = np.cumsum(yes, axis=0) - yes > 0
    return np.where(before, np.inf, margin).min(axis=0)


def spread(joining: type, *rules: Any) -> tuple[Any, ...]:
    """The rules in one list, those of a rule that already joins in this way among them."""
    return tuple(one for rule in rules for one in (rule.rules if type(rule) is joining else (rule,)))
