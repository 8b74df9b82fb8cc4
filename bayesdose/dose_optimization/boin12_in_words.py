"""BOIN12 as a protocol describes it."""

from typing import TYPE_CHECKING

from bayesdose.designs.base import patients_in_words

if TYPE_CHECKING:
    from bayesdose.dose_optimization.boin12_design import BOIN12

__all__ = ["boin12_in_words"]


def boin12_in_words(design: "BOIN12") -> dict[str, str]:
    """Each part of the design."""
    lowest = ["without a dose if the lowest is too toxic"] * design.stop_at_lowest
    early = [f"if {design.stopping}"] * (design.stopping is not None)
    none = "without a dose if none of the doses in reach is admissible"
    return {
        "Design": "BOIN12: responses and DLTs of each dose, by the utility of its patients",
        "Doses": str(design.grid),
        "Start": design.grid.level_in_words(design.start_level - 1),
        "Utility": f"{design.utility}; a dose is the more desirable the higher "
        f"P(u > {design.rank.benchmark:g}), u the utility per patient on the scale from 0 to 100, u / 100 "
        "with the prior Beta(1, 1)",
        "Admissible doses": str(design.admissible),
        "Decisions": _decisions(design),
        "Cohorts": f"cohorts of {design.cohort_size}",
        "Most patients": str(design.max_patients),
        "Earlier stop": "; ".join([*lowest, none, *early]),
        "Recommended dose": _recommended(design),
        "Ends of the dose range": "at the highest dose no neighbour is above, at the lowest none below; "
        "to go down from the lowest is to stay",
        "Ties": "of three equally desirable doses the highest, of two between the boundaries the lower",
        "Departures": "any number of patients is decided in the same way; where a dose below the current "
        "one is too toxic, the trial is decided there",
    }


def _decisions(design: "BOIN12") -> str:
    low, high = design.boundaries.lambda_e, design.boundaries.lambda_d
    above = "" if design.stop_at_lowest else ", and stays at the lowest even if that is too toxic"
    explore, enough = design.explore_from, design.enough_to_stay
    explores = (
        ""
        if explore is None
        else f"; with {patients_in_words(explore)} or more at the dose, and a rate below {high:.3f}, the "
        "next dose is given if it never was"
    )
    return (
        f"observed DLT rate at the current dose of at least {high:.3f}: one level down, to a dose that is "
        f"not admissible too{above}; above {low:.3f} with {patients_in_words(enough)} or more: the "
        "more desirable admissible dose of this one and the one below, the lowest dose if neither is "
        "admissible; otherwise the most desirable admissible dose of this one and its two neighbours"
        f"{explores}"
    )


def _recommended(design: "BOIN12") -> str:
    if design.selection == "next-dose":
        return "the dose that would be given next, the current one where that was never given"
    return (
        "of the admissible doses given, up to the dose whose isotonic estimate of P(DLT) is closest to "
        f"{design.max_toxicity:g}, the one with the highest posterior mean of u; the lower of two that are "
        "equal"
    )
