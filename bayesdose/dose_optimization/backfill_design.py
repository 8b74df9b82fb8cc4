"""Backfill with a fixed number per cohort: lower doses of interest take patients beside the escalation."""

from typing import Literal

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Patients, Positive
from bayesdose.designs.base import Design
from bayesdose.designs.references import cites
from bayesdose.dose_optimization.backfill_closing import ClosingRule
from bayesdose.dose_optimization.backfill_escalation import Backfilled, PerCohort, Priority
from bayesdose.dose_optimization.backfill_opening import OpeningRule

__all__ = ["backfilled"]


@cites("Zhao2024")
@checked
def backfilled(
    escalation: Design,
    patients_per_cohort: PerCohort,
    opening: OpeningRule | None = None,
    closing: ClosingRule | None = None,
    conflict: Literal["design", "pooled"] = "design",
    priority: Priority = "highest",
    cap_per_dose: Patients | None = None,
    cap_in_all: Patients | None = None,
    escalation_patients: Patients | None = None,
    ratio: Positive | None = None,
) -> Backfilled:
    """An escalation beside which lower doses take a fixed number of patients with each of its cohorts.

    After each cohort of the escalation one dose below its level that is open takes patients; then the
    escalation decides, at its own level, from all patients. Patients in parentheses, ``(1NNN)``, are those
    backfilled: of a running trial they may stand anywhere behind its first cohort, and ``(1X)`` says that
    nobody came.

    A dose is open if it was given, is below the escalation's current one, is of interest (`opening`), does
    not show too many DLTs (`closing`), was not eliminated by an interval design, and no cap is reached.

    Parameters
    ----------
    escalation : Design
        The design that escalates: an interval design, a model-based one, 3+3 or another. Its own largest
        number of patients counts all of them, those backfilled included.
    patients_per_cohort : int
        Patients backfilled with each cohort, all at one dose; 0 for nobody.
    opening : OpeningRule, optional
        When a dose is of interest, such as `OpenAfterResponses`; by default at once.
    closing : ClosingRule, optional
        When it shows too many DLTs, such as `CloseFromRate`; by default never.
    conflict : {"design", "pooled"}, default "design"
        What decides where backfilled doses speak against the decision at the current one: the design's own
        rule (an interval design or 3+3 decides at the lowest dose that it would leave downwards; a model
        weighs the data of all doses), or BF-BOIN's pooled data, for an interval design.
    priority : {"highest", "lowest"}, default "highest"
        Which of several open doses takes the patients.
    cap_per_dose : int, optional
        Patients at a dose, those of the escalation included, from which it takes no more.
    cap_in_all : int, optional
        Most patients backfilled in all; needed where the escalation does not count all patients itself.
    escalation_patients : int, optional
        The trial ends when the escalation has treated so many patients of its own; by default all patients
        count towards its maximum.
    ratio : float, optional
        At most so many patients backfilled for each patient of the escalation's cohort, rounded up.

    Returns
    -------
    Backfilled
        The design. Results have the stage "backfill" beside the escalation.

    Raises
    ------
    InputError
        If a number is out of range, the parts do not fit together, or a decision table lacks rows that are
        needed.

    Notes
    -----
    **Assumption.** Patients come at a fixed number per cohort, as by the recruitment ratio of crmPack; with
    arrivals at random their number is random too, and there are no exact probabilities. The outcomes of the
    escalation's cohort are known when a dose below it is looked at, which closes doses at the earliest.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.

    Examples
    --------
    >>> from bayesdose.designs.boin import boin
    >>> from bayesdose.dose_optimization.backfill_opening_rules import OpenAfterResponses
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.report.next_dose import describe_decision
    >>> escalation = boin(DoseGrid((1, 3, 10), "mg"), 0.25, max_patients=30)
    >>> design = backfilled(escalation, 2, OpenAfterResponses(), cap_in_all=10, escalation_patients=20)
    >>> describe_decision(design, "1NNE 2NNN")
    'Next: 2 patients at level 1 (1 mg), in the backfill.'
    >>> describe_decision(design, "1NNE 2NNN (1NE)")
    'Next: 3 patients at level 3 (10 mg).'
    """
    return Backfilled(
        escalation,
        patients_per_cohort,
        opening,
        closing,
        conflict,
        priority,
        cap_per_dose,
        cap_in_all,
        escalation_patients,
        ratio,
    )
