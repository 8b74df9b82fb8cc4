"""``bayesdose next`` with follow-up: what is decided while patients are followed, and when that changes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from bayesdose.designs.base import patients_in_words
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.grammar.designs import read_follow_up_design
from bayesdose.late_onset.cohorts import left_of_cohort
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.model_with_pending import TITEModelBased
from bayesdose.late_onset.patients import FollowedPatients, parse_follow_up
from bayesdose.late_onset.patients_by_dates import load_follow_up
from bayesdose.late_onset.running import (
    Outlook,
    cohort_over,
    outlook,
    running_trial,
    with_one_dlt,
)
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.late_onset.weights import linear_weights
from bayesdose.late_onset.with_follow_up import in_time
from bayesdose.models.description import ModelDescription
from bayesdose.progress import progress_bar
from bayesdose.report.subject import Subject, load_subject
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import posterior_table, print_assumptions_in_short
from bayesdose.trial import StopReason

__all__ = ["describe_outlook", "has_follow_up", "show_next_with_follow_up"]


def has_follow_up(outcomes: str) -> bool:
    """Whether a text of outcomes is a table of dates, or holds follow-up."""
    return "@" in outcomes or outcomes.lower().endswith(".csv")


def show_next_with_follow_up(where: str, text: str, design_name: str | None, window: int | None) -> None:
    """Print what a design decides now, and how waiting changes it; for a model-based one the posterior.

    Parameters
    ----------
    where : str
        What `load_subject` takes.
    text : str
        Patients with follow-up, such as ``"3N 3N@14/28 3T"``, or the path of a CSV table of dates.
    design_name : str or None
        Design that decides.
    window : int or None
        Days of the DLT window; by default those of the notation, or of the protocol's first regimen.

    Raises
    ------
    InputError
        If an input is wrong, or the design has no form that decides while patients are followed.
    """
    subject = load_subject(where)
    patients = _patients(subject, text, window)
    patients.counts(len(subject.grid))  # a level off the grid is refused before the model is built
    choice = subject.choice(design_name)
    with progress_bar(f"Preparing {subject.name}"):
        label, design = _design(subject, choice)
    console = terminal()
    if isinstance(design, TITEModelBased) and design.design.tables[0].source is not None:
        source = design.design.tables[0].source
        _show_posterior(console, subject, label, design.design, source.model, patients)
    console.print(describe_outlook(design, patients))
    if subject.protocol is not None:
        stated = [regimen.dlt_window_days.value for regimen in subject.protocol.regimens]
        if patients.window not in stated:
            days = ", ".join(f"{value:g}" for value in dict.fromkeys(stated))
            console.print(f"The protocol's DLT window: {days} days; here {patients.window}.")
    bearing = (
        ("grid", "start_dose", "prior") if isinstance(design, TITEModelBased) else ("grid", "start_dose")
    )
    print_assumptions_in_short(console, subject.protocol, bearing)


def describe_outlook(design: FollowUpDesign, patients: FollowedPatients) -> str:
    """What a design decides now, how waiting changes it, and what a DLT in a pending patient would do.

    Parameters
    ----------
    design : FollowUpDesign
        The design.
    patients : FollowedPatients
        The patients so far.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    InputError
        If there is no patient, or a level is off the design's grid.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.late_onset.interval_with_pending import tite_boin
    >>> design = tite_boin(DoseGrid((1, 3, 10), "mg"), 0.3, max_patients=30)
    >>> print(describe_outlook(design, parse_follow_up("1N 1N@20/28 1N@10/28")))
    Now: accrual is suspended.
    If no DLT is seen and nobody is enrolled: after 8 more days of follow-up 3 patients at level 2 (3 mg).
    The first escalation is after 8 more days of follow-up, if no DLT is seen.
    With a DLT in the pending patient at level 1 who was followed longest: 3 patients at level 1 (1 mg).
    """
    trials, lines = running_trial(design, patients), []
    asked = cohort_over(design, trials)
    to_come = int(trials.phase[0] - asked.phase[0])
    if to_come:
        there = design.grid.level_in_words(int(trials.level[0]))
        lines.append(f"Now: {patients_in_words(to_come)} at {there}, to fill the cohort.")
    trials = asked
    found = outlook(design, trials)
    now = _decision(design, trials, found.decisions.take(np.array([0])))
    lines.append(f"If the cohort is closed as it is: {now}." if to_come else f"Now: {now}.")
    pending = np.flatnonzero(trials.at_risk[0])
    if not len(pending):
        return "\n".join([*lines, "All outcomes are known."])
    lines.append(_waiting(design, trials, found))
    lines.append(_escalation(found))
    for level in pending:
        decision = design.next_patient(with_one_dlt(trials, int(level)))
        lines.append(
            f"With a DLT in the pending patient at level {level + 1} who was followed longest: "
            f"{_decision(design, trials, decision)}."
        )
    return "\n".join(lines)


def _waiting(design: FollowUpDesign, trials: FollowedTrials, found: Outlook) -> str:
    if len(found.days) == 1:
        days = _days(found.complete)
        return f"Waiting does not change this if no DLT is seen; all outcomes are known after {days}."
    changes = [
        f"after {_days(int(day))} {_decision(design, trials, found.decisions.take(np.array([number])))}"
        for number, day in enumerate(found.days)
        if number
    ]
    return f"If no DLT is seen and nobody is enrolled: {'; '.join(changes)}."


def _escalation(found: Outlook) -> str:
    if found.escalates is None:
        return "Waiting alone leads to no escalation."
    if found.escalates == 0:
        return "This is an escalation."
    return f"The first escalation is after {_days(found.escalates)}, if no DLT is seen."


def _days(number: int) -> str:
    return f"{number} more {'day' if number == 1 else 'days'} of follow-up"


def _decision(design: FollowUpDesign, trials: FollowedTrials, one: Enrolment) -> str:
    """A decision about the next patient in words; the first of a batch."""
    if one.waits[0]:
        return "accrual is suspended"
    reason = list(StopReason)[int(one.stop[0])]
    if reason is not StopReason.GOES_ON:
        return f"the trial stops: {reason.value}"
    if one.backfills[0]:
        return f"1 patient beside the escalation at {design.grid.level_in_words(int(one.level[0]))}"
    cohorts = getattr(design, "design", None)
    number = 1
    if cohorts is not None:
        after = replace(trials, level=one.level, phase=one.phase)
        number = 1 + int(left_of_cohort(cohorts, after)[0])
    return f"{patients_in_words(number)} at {design.grid.level_in_words(int(one.level[0]))}"


def _design(subject: Subject, choice: str) -> tuple[str, FollowUpDesign]:
    """The design that `choice` names, in the form that decides while patients are followed."""
    if not choice.lower().endswith(".toml"):
        label, design = subject.design(choice)
        return label, in_time(design)
    design = read_follow_up_design(Path(choice), subject.context)
    if design.grid != subject.grid:
        raise InputError(
            f"design file {choice}, its doses", got=str(design.grid), wanted=f"those of {subject.name}"
        )
    return Path(choice).stem, design


def _patients(subject: Subject, text: str, window: int | None) -> FollowedPatients:
    stated = None
    if subject.protocol is not None:
        stated = round(subject.protocol.regimens[0].dlt_window_days.value)
    if not text.lower().endswith(".csv"):
        return parse_follow_up(text, window)
    days = stated if window is None else window
    if days is None:
        raise InputError("window", got=None, wanted="the days of the DLT window", fix="Pass --window DAYS.")
    return load_follow_up(Path(text), days)


def _show_posterior(
    console: Console,
    subject: Subject,
    label: str,
    design: ModelBased,
    model: ModelDescription,
    patients: FollowedPatients,
) -> None:
    """The exact posterior with the weighted likelihood of the pending patients."""
    from bayesdose.inference.exact import exact_posterior
    from bayesdose.models.contract import observe_pending
    from bayesdose.outcomes import Outcomes

    counts, waiting = patients.counts(len(design.grid))
    level, days = np.nonzero(waiting)
    each = waiting[level, days]
    weights = linear_weights(np.repeat(days, each).astype(float), patients.window)
    made = model.build(design.grid)
    with made:
        observe_pending(np.repeat(level, each) + 1, weights)
    known = tuple(
        (at + 1, "N" * int(none) + "T" * int(dlts))
        for at, (none, dlts) in enumerate(counts.tolist())
        if none + dlts
    )
    bounds = design.next_dose.needs.bounds or design.tables[0].bounds
    summary = exact_posterior(made, Outcomes(known), bounds=bounds)
    summary["patients"] = summary["patients"] + waiting.sum(axis=1)
    console.print(
        f"{subject.name} after {patients}, {label} (exact posterior of P(DLT){subject.assumed_grid}; a "
        "pending patient has the likelihood 1 - w P(DLT), w the share of the window that has passed)",
        style="bold",
    )
    console.print(posterior_table(summary, design.grid, None, waiting.sum(axis=1).tolist()))
