"""Accelerated titration in the words of a protocol."""

from typing import TYPE_CHECKING

from bayesdose.designs.base import described

if TYPE_CHECKING:
    from bayesdose.designs.accelerated_titration import AcceleratedTitration

__all__ = ["titration_in_words"]

_SECOND = {"Titration": "Titration 2", "After the titration": "After titration 2"}


def titration_in_words(design: "AcceleratedTitration") -> dict[str, str]:
    """A titration and the design that follows it, part by part.

    Titrations that follow one another are numbered, so that each keeps its rule.
    """
    following = {_one_later(heading): text for heading, text in described(design.following).items()}
    several = "Titration 2" in following
    return {
        "Design": f"accelerated titration, then {following.pop('Design')}",
        "Titration 1" if several else "Titration": _single_patients(design),
        "After titration 1" if several else "After the titration": _hand_over(design),
        **following,
        "Most patients": str(design.max_patients),
    }


def _one_later(heading: str) -> str:
    """A following design's heading, its titrations numbered from 2."""
    if heading in _SECOND:
        return _SECOND[heading]
    name, _, number = heading.rpartition(" ")
    numbered = name in ("Titration", "After titration") and number.isdigit()
    return f"{name} {int(number) + 1}" if numbered else heading


def _single_patients(design: "AcceleratedTitration") -> str:
    """How single patients are treated, and what ends it."""
    levels, dlts, moderates = design.single_patient_levels, design.trigger_dlts, design.trigger_moderates
    how_many = "" if levels is None else f" at {levels} level{'s' * (levels > 1)} at most"
    step = "" if design.largest_step is None else f", in steps of {100 * design.largest_step:g} % at most"
    ends = [] if dlts is None else [f"{dlts} DLT{'s' * (dlts > 1)}"]
    if moderates is not None:
        ends.append(f"{moderates} moderate toxicit{'ies' if moderates > 1 else 'y'}")
    if design.confirm_at_level:
        ends.append("two patients at one level with a moderate toxicity or a DLT (the first adds a patient)")
    return f"one patient a level{how_many}{step}, until {' or '.join(ends)}"


def _hand_over(design: "AcceleratedTitration") -> str:
    """Where the following design takes over."""
    size = int(design.following.first_cohort().size[0])
    takes_over = "the design goes on from there"
    if size > 1:
        takes_over = (
            f"the dose is topped up to {size} patients and {takes_over}, "
            "at once where two patients at the dose had DLTs"
        )
    return f"{takes_over}; without such an end it starts one level above the last single patient"
