"""Patients who are not evaluable, and whether the next ones take their places."""

from bayesdose.designs.base import Design, patients_in_words
from bayesdose.designs.optional import escalation_next
from bayesdose.designs.running import follow
from bayesdose.errors import InputError
from bayesdose.outcomes import NOT_EVALUABLE, Outcomes, evaluable
from bayesdose.trial import Cohorts, StopReason

__all__ = ["not_evaluable_in_words", "replacement"]


def replacement(design: Design, outcomes: Outcomes) -> Cohorts | None:
    """Patients in the places of those of the escalation's last cohort who are not evaluable.

    They fill the cohort up to its planned number of evaluable patients, at the same level, unless the
    evaluable ones alone already make the design stop or go below it.

    Returns
    -------
    Cohorts or None
        A batch of one; None where nobody is to be replaced.
    """
    inside = [number for number in range(1, len(outcomes.cohorts) + 1) if number not in outcomes.outside]
    level, letters = outcomes.cohorts[inside[-1] - 1] if inside else (0, "")
    # A cohort without an evaluable patient is given again by the design itself.
    if not evaluable(letters) or NOT_EVALUABLE not in letters:
        return None
    planned = _planned(design, outcomes, inside[-1])
    wanted = len(letters)
    if planned is not None and planned.size[0] > 0 and int(planned.level[0]) == level - 1:
        wanted = int(planned.size[0])
    missing = wanted - evaluable(letters)
    return (
        None if missing <= 0 or _leaves(design, outcomes, level - 1) else Cohorts.single(level - 1, missing)
    )


def not_evaluable_in_words(outcomes: Outcomes, replaced: bool) -> str:
    """Who is not evaluable and what follows from it; empty where everybody is."""
    cohorts = [
        f"{patients_in_words(letters.count(NOT_EVALUABLE))} of cohort {number}"
        for number, (_, letters) in enumerate(outcomes.cohorts, start=1)
        if NOT_EVALUABLE in letters
    ]
    if not cohorts:
        return ""
    rule = "replaced in the last cohort unless the others forbid it" if replaced else "not replaced"
    return f"Not evaluable, so not counted: {', '.join(cohorts)}; {rule}."


def _planned(design: Design, outcomes: Outcomes, number: int) -> Cohorts | None:
    """What the design planned as a cohort; None where it had no decision."""
    earlier = tuple(one for one in outcomes.outside if one < number)
    before = Outcomes(outcomes.cohorts[: number - 1], earlier)
    inside = [one for place, one in enumerate(before.cohorts, start=1) if place not in earlier]
    if not any(evaluable(letters) for _, letters in inside):
        return design.first_cohort()
    try:
        return escalation_next(design, follow(design, before)[0])
    except InputError:
        return None


def _leaves(design: Design, outcomes: Outcomes, level: int) -> bool:
    """Whether the design stops or goes below a level on the evaluable patients alone."""
    try:
        following = escalation_next(design, follow(design, outcomes)[0])
    except InputError:  # no decision on so few
        return False
    return following.reason(0) is not StopReason.GOES_ON or int(following.level[0]) < level
