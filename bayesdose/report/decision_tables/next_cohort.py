"""The decision after each outcome of the next cohort of a running trial, for any design."""

import numpy as np

from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.optional import concluded
from bayesdose.designs.running import follow
from bayesdose.errors import InputError
from bayesdose.inference.posterior import posterior
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.report.next_dose import decision_in_words
from bayesdose.report.page.report_table import Column, Table
from bayesdose.rules.lowest_dose import ewoc_in
from bayesdose.simulation.states import cohort_outcomes, expand, start_state
from bayesdose.trial import Cohorts, StopReason, TrialState

__all__ = ["next_cohort_table"]

# Columns for the counts of a cohort, the last category first, by the number of categories.
_COUNTED = {
    2: {"dlts": "DLTs"},
    3: {"dlts": "DLTs", "moderates": "moderate"},
    4: {"dlts": "DLTs alone", "both": "responses and DLTs", "responses": "responses alone"},
}


def next_cohort_table(
    name: str, design: Design, outcomes: Outcomes | str, file: str = "next-cohort"
) -> Table:
    """What follows from each outcome of the planned cohort, and of one with fewer evaluable patients.

    Parameters
    ----------
    name : str
        Name of the design in the caption.
    design : Design
        Any design.
    outcomes : Outcomes or str
        Patients so far; empty before the first.
    file : str
        Name of the table's file.

    Raises
    ------
    InputError
        If the design stops after these outcomes, or an outcome is off its doses.
    """
    outcomes = as_outcomes(outcomes, design.grid)
    departed, planned, state = (
        (),
        design.first_cohort(),
        start_state(len(design.grid), design.outcome_categories),
    )
    if outcomes.num_patients:
        state, departed = follow(design, outcomes)
        planned = design.next_cohort(state)
    if planned.reason(0) is not StopReason.GOES_ON:
        raise InputError(
            "decision table",
            got=f"outcomes {outcomes}, after which the design stops: {planned.reason(0).value}",
            wanted="outcomes after which it treats a cohort",
        )
    size = int(planned.size[0])
    categories = design.outcome_categories
    shown = np.concatenate([cohort_outcomes(number, categories) for number in range(size, 0, -1)])
    after = _after(state, planned, shown)
    following, _ = concluded(design, after)
    rows = []
    for number, counts in enumerate(shown.tolist()):
        row = {"patients": sum(counts), **dict(zip(_COUNTED[categories], counts[:0:-1], strict=True))}
        one = np.array([number])
        row["decision"] = decision_in_words(design, following.take(one), after.take(one))
        rows.append(row)
    columns = [Column("patients", "evaluable patients", 0)]
    columns += [Column(key, heading, 0) for key, heading in _COUNTED[categories].items()]
    columns.append(Column("decision", "decision"))
    overdose = _overdose(design, after, following)
    if overdose is not None:
        heading, values = overdose
        columns.append(Column("overdose", heading, 4))
        for row, value in zip(rows, values.tolist(), strict=True):
            row["overdose"] = value
    where = design.grid.level_in_words(int(planned.level[0]))
    caption = (
        f"{name} after {str(outcomes) or 'no patients'}: the decision after each outcome of the next cohort "
        f"at {where}, {size} patients as planned or fewer who are evaluable."
    )
    if overdose is not None:
        assert isinstance(design, ModelBased)
        caption += f" A dose may be given if {design.admissible}."
    if departed:
        numbers = ", ".join(str(one.number) for one in departed)
        caption += f" The trial so far departed from the design at cohort {numbers}."
    return Table(file, caption, tuple(columns), rows, grouped=1)


def _after(state: TrialState, planned: Cohorts, shown: np.ndarray) -> TrialState:
    """The trial after each outcome of its cohort."""
    copies = np.zeros(len(shown), dtype=int)
    return expand(state.take(copies), planned.take(copies), shown)


def _overdose(design: Design, after: TrialState, following: Cohorts) -> tuple[str, np.ndarray] | None:
    """P(overdose) at the next dose, and what it is; None for a design without such a rule."""
    ewoc = ewoc_in(design.admissible) if isinstance(design, ModelBased) else None
    if ewoc is None:
        return None
    assert isinstance(design, ModelBased)
    summary = posterior(design.tables[-1], after.patients, after.dlts)
    probability = ewoc.overdose_probability(summary)[np.arange(len(after)), following.level]
    goes_on = following.stop == StopReason.GOES_ON.code
    return f"P(P(DLT) >= {ewoc.bound:g}) at the next dose", np.where(goes_on, probability, np.nan)
