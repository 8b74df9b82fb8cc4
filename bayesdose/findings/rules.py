"""Rules that do nothing, rules that always act, and rules whose order matters."""

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np

from bayesdose.described import said_of
from bayesdose.findings.answers import AskedRules
from bayesdose.findings.finding import Kind, Severity
from bayesdose.findings.rule_parts import Part, is_a, joined_parts, parts_of, with_part
from bayesdose.findings.sighting import Aim, Sighting, into
from bayesdose.findings.walk import Walk
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.increments import IncrementsRule
from bayesdose.rules.stopping import StoppingRule
from bayesdose.trial import NO_DOSE, StopReason

__all__ = ["KINDS", "idle_rules", "order_of_rules"]

NEVER = Kind(
    "rule that never fires",
    "in no state that a trial can reach does the rule stop, or forbid anything",
    Severity.WARNING,
    "The protocol promises what cannot happen: the rule, or one of its numbers, is not what was meant.",
    "crmPack, issue 365",
)
IDLE = Kind(
    "rule that changes nothing",
    "the rule fires, and without it every next dose, stop and recommended dose would be the same",
    Severity.NOTE,
    "Other rules say the same wherever it matters; it can go, or one of its numbers is not what was meant.",
    "crmPack, issue 365",
)
ALWAYS = Kind(
    "rule that always fires",
    "in every state in which it is asked the rule stops the trial",
    Severity.ERROR,
    "The trial ends with the first cohort that the rule looks at, whatever was seen.",
    "crmPack, issue 365",
)
ORDER = Kind(
    "rules whose order changes a decision",
    "joined in the opposite order, these rules give another next dose, stop or recommended dose",
    Severity.WARNING,
    "The protocol has to say which rule comes first.",
    "escalation, issue 4",
)
ORDER_OF_REASONS = Kind(
    "rules whose order changes the reason",
    "joined in the opposite order, these rules decide the same and give another reason for a stop",
    Severity.NOTE,
    "Tables of stop reasons depend on the order; no decision does.",
    "escalation, issue 4",
)
KINDS = (NEVER, IDLE, ALWAYS, ORDER, ORDER_OF_REASONS)


def idle_rules(walk: Walk, aim: Aim, asked: AskedRules) -> Iterator[Sighting]:
    """Rules without which nothing changes, and stopping rules that always fire."""
    seen = set()
    for part in parts_of(asked.design):
        stops, acts = _acts(part, asked)
        if stops.size and stops.all():
            yield Sighting(ALWAYS, subject=said_of(part.rule), states=len(stops))
            seen.add(ALWAYS)
        if not asked.changes(with_part(asked.design, part, None), np.flatnonzero(acts)):
            kind = IDLE if acts.any() else NEVER
            numbers = (("states in which it fires", float(acts.sum())),) if kind is IDLE else ()
            yield Sighting(kind, subject=said_of(part.rule), states=len(acts), numbers=numbers)
            seen.add(kind)
    yield from (Sighting(kind) for kind in (NEVER, IDLE, ALWAYS) if kind not in seen)


def order_of_rules(walk: Walk, aim: Aim, asked: AskedRules) -> Iterator[Sighting]:
    """Joined rules that decide otherwise, or give another reason, in the opposite order."""
    seen = set()
    for part in joined_parts(asked.design):
        turned = attrs.evolve(part.rule, rules=tuple(reversed(part.rule.rules)))
        where = np.flatnonzero(_say(part.rule, asked) != _say(turned, asked))
        changed = asked.changed(with_part(asked.design, part, turned), where)
        for kind, found in ((ORDER, where[changed]), (ORDER_OF_REASONS, where[~changed])):
            if len(found):
                states = np.zeros(len(walk.state), dtype=bool)
                states[asked.which[found]] = True
                yield Sighting(kind, into(walk, states), subject=said_of(part.rule))
                seen.add(kind)
    yield from (Sighting(kind) for kind in (ORDER, ORDER_OF_REASONS) if kind not in seen)


def _acts(part: Part, asked: AskedRules) -> tuple[np.ndarray, np.ndarray]:
    """Whether a stopping rule stops in each trial in which it is asked, and where a rule does anything (A,).

    What is said about a trial that goes on or stops without the rule is not asked where it stops already.
    """
    said, nothing = _say(part.rule, asked), np.zeros(0, dtype=bool)
    if is_a(part.rule, StoppingRule):
        open_trials = asked.next_level != NO_DOSE
        return (said > 0)[open_trials & (asked.answers[:, 1] != StopReason.MAX_PATIENTS.code)], said > 0
    # Whatever says nothing about doses may act everywhere, such as the rule of the recommended dose.
    return nothing, said > 0


def _say(rule: Any, asked: AskedRules) -> np.ndarray:
    """What a rule says in each state as one number, 0 where it neither stops nor forbids; shape (A,)."""
    state, summary = asked.state, asked.summary
    weights = 2 ** np.arange(min(len(asked.design.grid), 60))
    if is_a(rule, StoppingRule):
        level = np.where(asked.next_level == NO_DOSE, state.level, asked.next_level)
        code = np.where(asked.next_level == NO_DOSE, 0, rule.stop(state, level, summary))
        return code + 100 * rule.forbids_recommendation(state, level, summary)
    if is_a(rule, IncrementsRule):
        return ~rule.within_reach(state, asked.design.grid)[:, : len(weights)] @ weights
    if is_a(rule, AdmissibleRule) and summary is not None:
        return ~rule.admissible(summary)[:, : len(weights)] @ weights
    return np.ones(len(state), dtype=int)
