"""Rules joined by ``&`` and ``|``: kept in one list, and how far they are from another answer.

A margin is the largest error of each posterior number (probability, mean, second moment, plug-in)
that cannot change a rule's answer. Infinite: the answer does not depend on the posterior.
"""

import inspect
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from bayesdose.checks.kinds import kind_of
from bayesdose.checks.words import words_for
from bayesdose.errors import InputError
from bayesdose.rules.elimination import BetaElimination

__all__ = ["all_of_margin", "any_of_margin", "first_of_margin", "joined"]

_OPERATORS = {"all_of": "&", "any_of": "|"}
_HARD_RULE = (
    "A rule on a dose's own patients joins a model's increments: "
    "increments & NotEliminated(BetaElimination(...))."
)


def all_of_margin(answers: Sequence[np.ndarray], margins: Sequence[np.ndarray]) -> np.ndarray:
    """Margin of "every rule says yes".

    Where all say yes it is the smallest of their margins; otherwise the largest margin of those that say no,
    since all of these would have to change.

    Parameters
    ----------
    answers : sequence of bool ndarray
        What each rule says.
    margins : sequence of ndarray
        How far each rule is from the opposite answer.

    Examples
    --------
    >>> yes, no = np.array([True]), np.array([False])
    >>> far, near = np.array([0.3]), np.array([0.1])
    >>> all_of_margin([yes, yes], [far, near]), all_of_margin([yes, no], [near, far])
    (array([0.1]), array([0.3]))
    """
    of_no = [np.where(yes, -np.inf, margin) for yes, margin in zip(answers, margins, strict=True)]
    every = reduce(np.logical_and, answers)
    return np.where(every, reduce(np.minimum, margins), reduce(np.maximum, of_no))


def any_of_margin(answers: Sequence[np.ndarray], margins: Sequence[np.ndarray]) -> np.ndarray:
    """Margin of "some rule says yes", as `all_of_margin` with yes and no exchanged."""
    return all_of_margin([~answer for answer in answers], margins)


def first_of_margin(answers: Sequence[np.ndarray], margins: Sequence[np.ndarray]) -> np.ndarray:
    """Margin of "this is the first rule that says yes".

    It is the smallest margin of the rules up to that one, or of all rules where none of them says yes.
    """
    yes, margin = np.stack(answers), np.stack(margins)
    before = np.cumsum(yes, axis=0) - yes > 0
    return np.where(before, np.inf, margin).min(axis=0)


def joined(joining: Any, left: Any, right: Any) -> Any:
    """Two rules of one kind as one rule; what either has joined in the same way stays in one list.

    Parameters
    ----------
    joining : type
        Class of the joined rule, whose kind both must be of.
    left, right : object
        What stands on either side of the operator.

    Raises
    ------
    InputError
        If one of the two is no rule of that kind.
    """
    kind, operator = kind_of(joining), _OPERATORS[joining.joins]
    assert kind is not None, "only rules of a kind are joined"
    for one in (left, right):
        if not isinstance(one, kind) or inspect.isclass(one):
            raise InputError(
                f"rules joined by {operator}",
                got=one,
                wanted=f"{words_for(kind)} on both sides",
                fix=_HARD_RULE if isinstance(one, BetaElimination) else "",
            )
    return joining(
        tuple(one for rule in (left, right) for one in (rule.rules if type(rule) is joining else (rule,)))
    )
