"""``bayesdose next``: the next dose of a running trial, with its reason."""

from typing import Literal

import numpy as np
from rich.console import Console

from bayesdose.checks.arguments import checked
from bayesdose.checks.conform import conform
from bayesdose.checks.quantities import Seed
from bayesdose.designs.base import Design, patients_in_words
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.not_evaluable import not_evaluable_in_words, replacement
from bayesdose.designs.optional import ESCALATION, stage_positions, stages_of
from bayesdose.designs.running import Departure, follow
from bayesdose.errors import InputError
from bayesdose.inference.posterior import posterior
from bayesdose.models.description import ModelDescription, built
from bayesdose.outcomes import Outcomes, as_outcomes, parse_outcomes
from bayesdose.progress import progress_bar
from bayesdose.report.subject import Subject, bearing, load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import (
    posterior_table,
    print_assumptions,
    print_assumptions_in_short,
)
from bayesdose.treatments import Grid, written_level
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["decision_in_words", "describe_decision", "show_next_dose"]


def show_next_dose(
    where: str,
    text: str,
    design_name: str | None,
    *,
    sampler: Literal["exact", "nuts"] = "exact",
    seed: int = 1,
    verbose: bool = False,
    replace: bool = False,
    to_end: bool = False,
) -> None:
    """Print the decision, and for a model-based design the posterior behind it.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    text : str
        Outcomes so far, such as ``"1N 2N 3NNT"``.
    design_name : str or None
        Design that decides.
    sampler : {"exact", "nuts"}
        With "nuts", the decision from NUTS draws is shown beside the exact one.
    seed : int
        Seed of the sampler.
    verbose : bool
        Whether all assumptions of the protocol are printed with their reasons.
    replace : bool
        Whether patients of the last cohort who are not evaluable are replaced.
    to_end : bool
        Whether the design goes on with what the protocol does after the escalation.

    Raises
    ------
    InputError
        If an input is wrong, or NUTS is asked for where no model decides or no patient was treated.
    """
    conform(seed, Seed, "seed")
    subject, outcomes = load_subject(where), parse_outcomes(text)
    if not to_end:
        outcomes.numbered(subject.doses)  # a level off the grid is refused before the model is built
    choice = subject.choice(design_name)
    with progress_bar(f"Preparing {subject.name}"):
        label, design = subject.design(choice)
    model_based, design = design, subject.to_end(design) if to_end else design
    source = model_based.tables[0].source if isinstance(model_based, ModelBased) else None
    if sampler == "nuts" and (source is None or outcomes.num_patients == 0):
        raise InputError(
            "sampler",
            got="nuts",
            wanted="exact",
            fix="NUTS is for model-based designs, after the first cohort was treated.",
        )
    console = terminal()
    if source is not None:
        assert isinstance(model_based, ModelBased)
        escalated = outcomes.under_first(design.grid)
        _show_posterior(console, subject, label, model_based, source.model, escalated)
        if sampler == "nuts":
            _show_certainty(console, model_based, source.model, escalated, seed)
    console.print(describe_decision(design, outcomes, replace=replace))
    for said in subject.ends(to_end):
        console.print(said)
    if verbose:
        print_assumptions(console, subject.protocol, stages=to_end)
    else:
        print_assumptions_in_short(console, subject.protocol, bearing(choice, source is not None, to_end))


@checked
def describe_decision(design: Design, outcomes: Outcomes | str, *, replace: bool = False) -> str:
    """The next cohort, or why the trial stops and what is recommended, in a sentence.

    Others name the cohorts that the design would not have given, and the patients who are not evaluable, if
    there are any.

    Parameters
    ----------
    design : Design
        Any design.
    outcomes : Outcomes or str
        Patients so far, in the order in which they were treated; empty before the first.
    replace : bool, default False
        Whether patients of the last cohort who are not evaluable (``X``) are replaced: the next patients
        then fill that cohort, unless the evaluable ones make the design stop or go to a lower dose. If not,
        the design decides from the evaluable patients alone. A cohort without an evaluable patient is given
        again either way.

    Returns
    -------
    str
        With the levels' numbers and doses.

    Raises
    ------
    InputError
        If a level is off the design's grid or the notation cannot be read.

    Examples
    --------
    >>> from bayesdose.designs.three_plus_three import ThreePlusThree
    >>> from bayesdose.grid import DoseGrid
    >>> describe_decision(ThreePlusThree(DoseGrid((1, 3, 10), "mg"), "deescalation"), "1NNN 2NNT")
    'Next: 3 patients at level 2 (3 mg).'
    >>> design = ThreePlusThree(DoseGrid((1, 3, 10), "mg"), "deescalation")
    >>> describe_decision(design, "1NNN 2NNX", replace=True).split(".")[0]
    'Next: 1 patient at level 2 (3 mg)'
    """
    outcomes = as_outcomes(outcomes, design.grid)
    not_evaluable = not_evaluable_in_words(outcomes, replace)
    if not outcomes.num_patients:
        return f"{decision_in_words(design, design.first_cohort(), None)} {not_evaluable}".rstrip()
    state, departed = follow(design, outcomes)
    again = replacement(design, outcomes) if replace else None
    following = design.next_cohort(state) if again is None else again
    sentences = [decision_in_words(design, following, state), *([not_evaluable] * bool(not_evaluable))]
    if departed:
        cohorts = "; ".join(_departure(design.grid, one) for one in departed)
        sentences.append(f"The trial departed from the design at {cohorts}.")
    elsewhere = [one for one in departed if one.planned is not None and not one.at_planned_level]
    if elsewhere:
        written = _outside(design.grid, elsewhere[-1])
        sentences.append(f"Outside the escalation (backfill, expansion)? Then write {written}.")
    return " ".join(sentences)


def decision_in_words(design: Design, cohorts: Cohorts, state: TrialState | None) -> str:
    """The next cohort of one trial, or why it stops and what is recommended, in a sentence or two."""
    reason = cohorts.reason(0)
    if reason is StopReason.GOES_ON:
        part = stages_of(design)[int(stage_positions(design, cohorts.phase)[0])]
        where = "" if part == ESCALATION else f", in the {part}"
        return f"Next: {_patients_at_level(design.grid, cohorts)}{where}."
    assert state is not None
    recommended = int(design.recommend(state)[0])
    dose = "no dose" if recommended == NO_DOSE else design.grid.level_in_words(recommended)
    return f"Stop: {reason.value}. Recommended: {dose}."


def _departure(grid: Grid, one: Departure) -> str:
    if one.planned is None:
        planned = "it has no decision there"
    elif one.at_planned_level:
        planned = f"planned: {_patients(one.planned)}"
    elif one.planned.reason(0) is StopReason.GOES_ON:
        planned = f"planned: {_patients_at_level(grid, one.planned)}"
    else:
        planned = f"planned: stop, {one.planned.reason(0).value}"
    return f"cohort {one.number}, {written_level(grid, one.level - 1)}{one.letters} ({planned})"


def _outside(grid: Grid, one: Departure) -> str:
    """A cohort as it is written where it stands outside the escalation."""
    return f"({written_level(grid, one.level - 1)}{one.letters})"


def _patients_at_level(grid: Grid, cohorts: Cohorts) -> str:
    return f"{_patients(cohorts)} at {grid.level_in_words(int(cohorts.level[0]))}"


def _patients(cohorts: Cohorts) -> str:
    return patients_in_words(int(cohorts.size[0]))


def _show_posterior(
    console: Console,
    subject: Subject,
    label: str,
    design: ModelBased,
    model: ModelDescription,
    outcomes: Outcomes,
) -> None:
    from bayesdose.inference.exact import exact_posterior

    bounds = design.next_dose.needs.bounds or design.tables[0].bounds
    summary = exact_posterior(built(model, design.grid), outcomes, bounds=bounds)
    console.print(
        f"{subject.name} after {outcomes or 'no patients'}, {label} "
        f"(exact posterior of P(DLT){subject.assumed_grid})",
        style="bold",
    )
    console.print(posterior_table(summary, design.grid, _admissible(design, outcomes)))
    for heading in ("Admissible doses", "Next dose"):
        if heading in design.words:
            console.print(f"{heading}: {design.words[heading]}.")


def _admissible(design: ModelBased, outcomes: Outcomes) -> list[bool] | None:
    """What the design's rule of admissible doses says of each dose, on its finest table."""
    if design.admissible is None:
        return None
    counts = outcomes.counts(len(design.grid), 2)[None]
    summary = posterior(design.tables[-1], counts.sum(axis=-1), counts[..., -1])
    return np.asarray(design.admissible.admissible(summary)[0]).tolist()


def _show_certainty(
    console: Console, design: ModelBased, model: ModelDescription, outcomes: Outcomes, seed: int
) -> None:
    from bayesdose.designs.certainty import decision_certainty
    from bayesdose.inference.sampling import fit

    with progress_bar("Sampling by NUTS"):
        draws = fit(built(model, design.grid), outcomes, rng=seed)
    certainty = decision_certainty(design, outcomes, draws)
    level = certainty.sampled_level
    dose = "no dose" if level == NO_DOSE else f"level {level + 1}"
    verdict = "the exact choice" if certainty.agrees else "NOT the exact choice"
    console.print(
        f"NUTS (seed {seed}): {dose}, {verdict}. Closest call: {certainty.boundary}, "
        f"{certainty.distance:.4f} apart, {certainty.standard_errors:.1f} Monte Carlo standard errors."
    )
