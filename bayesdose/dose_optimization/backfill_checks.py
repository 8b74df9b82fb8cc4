"""What fits together in a design with backfill."""

from typing import Any

import attrs

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.optional import stages_of
from bayesdose.dose_optimization.backfill_closing import ClosingRule
from bayesdose.dose_optimization.backfill_memory import LARGEST_INNER_PHASE, LARGEST_MEMORY
from bayesdose.dose_optimization.backfill_opening import OpeningRule
from bayesdose.errors import InputError

__all__ = [
    "check_caps",
    "check_closing",
    "check_conflict",
    "check_escalation",
    "check_level",
    "check_memory",
    "check_opening",
    "check_own_patients",
    "check_says_too_many",
    "counts_all_patients",
]

_NOT_INTERVAL = "a design that decides by a table at the current dose, such as boin"


def counts_all_patients(design: Design) -> bool:
    """Whether a design ends by its own `max_patients`, whoever they are; else its rules bound them."""
    if isinstance(design, AcceleratedTitration):
        return False
    return attrs.has(type(design)) and "max_patients" in attrs.fields_dict(type(design))


def check_escalation(design: Any, field: attrs.Attribute, escalation: Design) -> None:
    """Validator of the escalation: it is one, and its table covers the patients backfilled."""
    if bool(stages_of(escalation)[1:]):
        raise InputError(
            "backfilled, escalation",
            got=f"a design with the stages {', '.join(stages_of(escalation))}",
            wanted="a design that escalates alone",
        )
    if isinstance(escalation, IntervalDesign):
        size, most = design.patients_per_cohort, escalation.max_patients
        # A dose has its own full cohorts and any number of those backfilled; caps cut the last one.
        numbers = {
            own + more
            for own in escalation.patients_at_dose | {0}
            for more in (range(0, most + 1, size) if size else (0,))
            if 0 < own + more <= most
        }
        missing = sorted(numbers - set(escalation.table.patients))
        if missing:
            raise InputError(
                "backfilled, decision table",
                got=f"rows for {', '.join(map(str, escalation.table.patients))} patients",
                wanted="rows for the numbers that a dose can have with those backfilled: "
                f"{', '.join(map(str, missing))} too",
                fix="Take a rule that fills its table, such as boin's, or add the rows.",
            )


def check_level(design: Any, opening: OpeningRule) -> None:
    """Refuse an opening rule whose level is not on the design's grid."""
    levels = len(design.grid)
    if opening.highest_level > levels:
        raise InputError(
            "backfilled, opening",
            got=f"level {opening.highest_level}",
            wanted=f"a level number from 1 to {levels}, the number of doses on the grid",
        )


def check_opening(design: Any, field: attrs.Attribute, opening: OpeningRule | None) -> None:
    """Validator of the opening rule: its level is on the grid, and responses can be counted."""
    if opening is None:
        return
    check_level(design, opening)
    categories = design.escalation.outcome_categories
    if opening.looks_at_responses and categories != 2:
        raise InputError(
            "backfilled, opening",
            got=f"{opening}, with an escalation that counts outcomes in {categories} categories",
            wanted="an escalation that looks at DLTs alone beside a rule that looks at responses",
        )


def check_says_too_many(escalation: Design, closing: ClosingRule) -> None:
    """Refuse a closing rule that leaves it to the design which counts are too many DLTs, if it cannot say."""
    if closing.asks_design and not isinstance(escalation, IntervalDesign):
        raise InputError(
            "backfilled, closing",
            got="no rate, with another escalation than an interval design",
            wanted=f"a rate of DLTs, or {_NOT_INTERVAL}",
            fix="Give for example CloseFromRate(0.3).",
        )


def check_closing(design: Any, field: attrs.Attribute, closing: ClosingRule | None) -> None:
    """Validator of the closing rule: the design can say which rates are too high where it is to."""
    if closing is not None:
        check_says_too_many(design.escalation, closing)


def check_conflict(design: Any, field: attrs.Attribute, conflict: str) -> None:
    """Validator of the rule for conflicts: data are pooled where a table decides, which has all rows."""
    if conflict != "pooled":
        return
    if not isinstance(design.escalation, IntervalDesign):
        raise InputError(
            "backfilled, conflict",
            got="pooled",
            wanted=f"{_NOT_INTERVAL}: a model weighs the data of all doses, and 3+3 decides at a too toxic "
            "dose below first",
            fix='Leave it at conflict="design".',
        )
    missing = sorted(set(range(1, design.max_patients + 1)) - set(design.escalation.table.patients))
    if missing:
        raise InputError(
            "backfilled, conflict",
            got=f"pooled, with a decision table without rows for {', '.join(map(str, missing))} patients",
            wanted="a table with a row for every number of patients, which pooled doses can have",
        )


def check_caps(design: Any, field: attrs.Attribute, cap: int | None) -> None:
    """Validator of the cap on all patients backfilled: it is there where nothing else bounds them."""
    if cap is None and design.patients_per_cohort and not counts_all_patients(design.escalation):
        raise InputError(
            "backfilled, cap_in_all",
            got=None,
            wanted="a number of patients: this escalation has no largest number of its own that counts them",
        )


def check_own_patients(design: Any, field: attrs.Attribute, number: int | None) -> None:
    """Validator of the escalation's own patients: all of them, those backfilled included, are no fewer."""
    most = design.escalation.max_patients
    if number is not None and number > most:
        raise InputError(
            "backfilled, escalation_patients",
            got=number,
            wanted=f"at most {most}, which the escalation treats in all, those backfilled included",
        )


def check_memory(design: Any) -> None:
    """Refuse a design of whose trials too much would have to be remembered."""
    if design.radices.product * LARGEST_INNER_PHASE > LARGEST_MEMORY:
        raise InputError(
            "backfilled",
            got=f"{design.max_patients} patients, {len(design.grid)} doses and "
            f"{design.radices.cohorts - 1} cohorts told apart",
            wanted="a smaller trial: what is remembered of one does not fit in 62 bits",
        )
