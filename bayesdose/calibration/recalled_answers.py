"""Answers that designs of a sweep share.

A cap changes an answer only where it passes a number that the state attains, so of a thousand designs that
differ in caps most answer alike in most states. What one of them answered is kept with the interval of each
cap within which it holds; the others ask only where their caps lie outside.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import attrs
import numpy as np

from bayesdose.designs.base import Design, design_hash
from bayesdose.findings.caps import caps_of
from bayesdose.findings.rule_parts import Part, with_part
from bayesdose.inference.on_ladder import on_ladder
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.row_index import GrowingRows, RowIndex, row_numbers
from bayesdose.short_rows import across
from bayesdose.simulation.answering import Answering
from bayesdose.trial import NO_DOSE, UNSETTLED, Cohorts, TrialState

__all__ = ["AnswerMemory", "but_for_caps", "free_caps"]

# States that are remembered: some 120 bytes each, so at most 250 MB.
_MOST = 2_000_000
# Any value that every cap can have.
_ANY_CAP = 0.5


def free_caps(design: Design) -> tuple[Part, ...]:
    """Rules of a model-based design whose caps could be others with the same tables."""
    if not hasattr(design, "answers"):
        return ()
    return tuple(part for part in caps_of(design) if _with_cap(part).bounds == part.rule.bounds)


def but_for_caps(design: Design) -> Hashable:
    """What tells designs apart that differ in more than their caps."""
    parts = free_caps(design)
    for part in parts:
        design = with_part(design, part, _with_cap(part))
    return design_hash(design) if parts else None


def _with_cap(part: Part) -> Any:
    return attrs.evolve(part.rule, **{part.rule.compares: _ANY_CAP})


class AnswerMemory:
    """What designs that differ in caps alone answered in the states that they reached."""

    def __init__(self) -> None:
        self._index = RowIndex()
        self._answers, self._used, self._holds = GrowingRows(), GrowingRows(), GrowingRows()

    def asked_by(self, design: Design) -> Design:
        """A design that answers as this one does, from memory where that is certain."""
        parts = free_caps(design)
        return Answering(design, lambda state: self._concluded(design, parts, state)) if parts else design

    def _concluded(self, design: Any, parts: Sequence[Part], state: TrialState) -> tuple[Cohorts, np.ndarray]:
        counts = state.counts.reshape(len(state), -1)
        rows = np.concatenate([counts, state.level[:, None], state.phase[:, None]], axis=1, dtype=np.int32)
        numbers = row_numbers(rows)
        position = self._index.find(numbers, rows)
        caps = np.array([getattr(part.rule, part.rule.compares) for part in parts])
        known = np.flatnonzero(position >= 0)
        answers, used = np.empty((len(state), 3), dtype=int), np.empty(len(state), dtype=int)
        asked = np.ones(len(state), dtype=bool)
        if len(known):
            holds = self._holds.take(position[known])
            same = across(np.logical_and, (holds[:, 0] < caps) & (caps < holds[:, 1]))
            known = known[same]
            answers[known], used[known] = (
                self._answers.take(position[known]),
                self._used.take(position[known]),
            )
            asked[known] = False
        new = np.flatnonzero(asked)
        if len(new):
            found = _decided(design, parts, state.take(new))
            answers[new], used[new] = found[:2]
            self._keep(position[new], numbers[new], rows[new], found)
        return design.cohorts(state, answers[:, :2], used), answers[:, 2]

    def _keep(
        self, position: np.ndarray, numbers: np.ndarray, rows: np.ndarray, found: tuple[np.ndarray, ...]
    ) -> None:
        """Put answers of states in place of older ones, and add those of new states."""
        kept = self._answers, self._used, self._holds
        again = np.flatnonzero(position >= 0)
        for place, array in zip(kept, found, strict=True):
            if len(again):
                place.put(position[again], array[again])
        new = np.flatnonzero(position < 0)
        if not len(new) or len(self._index) + len(new) > _MOST:
            return
        new = new[np.argsort(numbers[new])]
        self._index.add(numbers[new], rows[new])
        for place, array in zip(kept, found, strict=True):
            place.add(array[new])


def _decided(
    design: Any, parts: Sequence[Part], state: TrialState
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers (B, 3), the table that settled what is next (B,), and for which caps they hold (B, 2, C)."""
    by_table: list[np.ndarray] = []

    def decide(here: TrialState, summary: BatchPosterior) -> tuple[np.ndarray, np.ndarray]:
        found, margin = design.answers(here, summary)
        by_table.append(np.stack([_holds(part, here, found[:, 0], summary) for part in parts], axis=-1))
        return found, margin

    answers, used = on_ladder(design.tables, state, decide)
    holds = by_table[0]
    for number, sharper in enumerate(by_table[1:], start=1):
        holds[across(np.logical_or, (used >= number) | (used == UNSETTLED))] = sharper
    holds[across(np.logical_or, used == UNSETTLED), 0] = np.inf
    return answers, used[:, 0], holds


def _holds(part: Part, state: TrialState, next_level: np.ndarray, summary: BatchPosterior) -> np.ndarray:
    """Between which values a rule compares its cap with the attained numbers alike, shape (B, 2)."""
    rule: Any = part.rule
    cap = getattr(rule, rule.compares)
    if hasattr(rule, "stop"):
        attained = rule.attained(summary, np.where(next_level == NO_DOSE, state.level, next_level))[:, None]
    else:
        attained = rule.attained(summary)
    below = across(np.maximum, np.where(attained < cap, attained, -np.inf)) + summary.error
    above = across(np.minimum, np.where(attained < cap, np.inf, attained)) - summary.error
    # On which side a number within the error of the cap is, nobody knows.
    below[(below >= cap) | (above <= cap)] = np.inf
    return np.stack([below, above], axis=1)
