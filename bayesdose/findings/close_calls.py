"""Decisions that hang on ``<`` against ``<=``, lie close to a cap, or are left to chance by a sampler."""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr

from bayesdose.described import said_of
from bayesdose.findings.answers import AskedRules
from bayesdose.findings.caps import Crossings, caps_of, crossings
from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.rule_parts import Part
from bayesdose.findings.sighting import Aim, Sighting, into
from bayesdose.findings.walk import Walk
from bayesdose.short_rows import across
from bayesdose.trial import UNSETTLED

__all__ = ["KINDS", "close_calls"]

EQUALITY = Kind(
    "decision that hangs on < against <=",
    "two numbers that are compared are equal as far as the last table can tell",
    Severity.WARNING,
    "The protocol has to say which of the two is meant; programs differ.",
    "crmPack, issue 365",
)
CLOSE = Kind(
    "decision close to a cap",
    "a posterior probability is within the margin of the cap, and on its other side the next dose, the stop "
    "or the recommended dose would be another",
    Severity.NOTE,
    "Rounding, another program or a sampler may decide otherwise.",
    "Neuenschwander2008",
)
SAMPLER = Kind(
    "decision that a sampler leaves to chance",
    "independent draws put a posterior probability on the other side of the cap with a probability of 1 % or "
    "more, and the decision would be another",
    Severity.NOTE,
    "The probability is that of a trial with one such other decision or more, at the caps alone.",
    "Neuenschwander2008",
)
KINDS = (EQUALITY, CLOSE, SAMPLER)
# A sampler is taken to be on the right side of a cap beyond so many of its standard errors.
_FAR = 4.0
_OFTEN = 0.01
# A cap that is passed by so much is passed for certain: the last table's error is less.
_BEYOND = 1e-7


def close_calls(walk: Walk, aim: Aim, asked: AskedRules) -> Iterator[Sighting]:
    """Close calls at the caps of a design with a model."""
    unsettled = walk.goes_on & (walk.following.refinement == UNSETTLED)
    yield Sighting(EQUALITY, into(walk, unsettled))
    parts = () if asked.summary is None else tuple(caps_of(asked.design))
    lapse = np.zeros(len(walk.state))
    for part in parts:
        seen = crossings(part, asked)
        near = np.flatnonzero(_within(seen, aim.margin + asked.error[:, None]))
        states, margin = _changed_at_once(part, asked, near, aim.margin)
        numbers = (("margin", aim.margin), ("least distance", margin)) if len(states) else ()
        yield Sighting(CLOSE, _steps(walk, asked, states), subject=said_of(part.rule), numbers=numbers)
        lapse[asked.which] += _lapses(seen, asked, aim.draws)
    if parts:
        often = np.minimum(lapse, 0.5)
        yield Sighting(SAMPLER, into(walk, often >= _OFTEN), numbers=(("draws", aim.draws),), lapse=often)
    else:
        yield from (Sighting(kind) for kind in (CLOSE, SAMPLER))


def _steps(walk: Walk, asked: AskedRules, states: np.ndarray) -> np.ndarray:
    mask = np.zeros(len(walk.state), dtype=bool)
    mask[asked.which[states]] = True
    return into(walk, mask)


def _within(seen: Crossings, distance: float | np.ndarray) -> np.ndarray:
    return across(np.logical_or, np.abs(seen.attained - seen.value) <= distance)


def _changed_at_once(
    part: Part, asked: AskedRules, near: np.ndarray, margin: float
) -> tuple[np.ndarray, float]:
    """States that decide otherwise with the cap moved by the margin, and the least distance of a number."""
    if not len(near):
        return near, np.inf
    exact = asked.exactly(near)
    seen = crossings(part, exact)
    distance = seen.attained - seen.value
    changed, least = np.zeros(len(near), dtype=bool), np.inf
    for side in (-1, 1):
        beyond = side * distance
        nearest = across(np.minimum, np.where((beyond >= 0) & (beyond <= margin), beyond, np.inf))
        where = np.flatnonzero(np.isfinite(nearest))
        moved = seen.value + side * (margin + _BEYOND)
        if len(where) and 0 < moved < seen.most:
            where = where[exact.changed(seen.moved(asked.design, moved), where)]
            changed[where] = True
            least = min(least, nearest[where].min(initial=np.inf))
    return near[changed], float(least)


def _lapses(seen: Crossings, asked: AskedRules, draws: int) -> np.ndarray:
    """Probability that draws pass a cap where that changes the decision, for each state; shape (A,).

    What changes is asked with the cap moved beyond all that draws may pass; the nearest number counts.
    """
    lapse = np.zeros(len(asked.state))
    error = np.sqrt(seen.value * (1 - seen.value) / draws)
    far = _FAR * error
    for side in (-1, 1):
        distance = np.where(np.isnan(seen.attained), np.inf, side * (seen.attained - seen.value))
        nearest = across(np.minimum, np.where(distance > 0, distance, np.inf))
        where = np.flatnonzero(nearest <= far)
        moved = seen.value + side * far
        if len(where) and 0 < moved < seen.most:
            where = where[asked.changed(seen.moved(asked.design, moved), where, settle=False)]
            lapse[where] += ndtr(-nearest[where] / error)
    return lapse
