"""A model-based design in the words of a protocol."""

from typing import TYPE_CHECKING

from bayesdose.rules.cohort_size import as_cohort_size

if TYPE_CHECKING:
    from bayesdose.designs.model_based import ModelBased

__all__ = ["DECIDED_FROM_COUNTS", "model_based_in_words"]

DECIDED_FROM_COUNTS = (
    "cohorts of any size at any dose enter the model as they were treated, and the rules are asked as ever"
)


def model_based_in_words(design: "ModelBased") -> dict[str, str]:
    """The model, and what each rule does, part by part."""
    source = design.tables[0].source
    admissible = (
        {} if design.admissible is None else {"Admissible doses": f"a dose passes if {design.admissible}"}
    )
    earlier = {} if design.stopping is None else {"Earlier stop": f"if {design.stopping}"}
    rule = "the rule for the next dose" if design.recommended_by is None else f"{design.recommended_by}"
    return {
        "Design": "model-based: the posterior of P(DLT) chooses the dose",
        "Doses": str(design.grid),
        "Start": design.grid.level_in_words(design.start_level - 1),
        "Model": "one of the user's own" if source is None else source.model.in_words(design.grid.unit),
        **admissible,
        "Next dose": f"of the doses that may be given, {design.increments}, the next one is: "
        f"{design.next_dose}; without such a dose the trial stops",
        "Cohorts": str(as_cohort_size(design.cohort_size)),
        "Most patients": str(design.max_patients),
        **earlier,
        "Recommended dose": f"{design.recommendation}, chosen by: {rule}",
        "Ties": "of two doses that the rule finds equally good, the lower one",
        "Ends of the dose range": "where the highest dose is the best one the trial stays there; where not "
        "even the lowest may be given it stops without a dose",
        "Departures": DECIDED_FROM_COUNTS,
    }
