"""Accelerated titration rules by the publication or registry record that words them."""

from typing import Annotated

import annotated_types as at

from bayesdose.checks.arguments import checked
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.designs.references import cites

__all__ = ["nct04202003_titration", "nct07623850_titration", "simon_titration"]

_SIMON_STEPS = {2: 0.4, 3: 1.0}
_Number = Annotated[
    int,
    at.Predicate(_SIMON_STEPS.__contains__),
    "2 or 3 (design 1 is the following design itself, and design 4 needs later courses)",
]


@cites("Simon1997")
@checked
def simon_titration(following: Design, *, number: _Number) -> AcceleratedTitration:
    """Titration by the first-course rules of Simon et al. (1997), their design 2 or 3.

    One patient a level until one has a DLT or two have grade 2 toxicity, at any levels; then the
    level is topped up and `following` goes on. Steps of the titration are at most 40 % in design 2
    and 100 % in design 3.

    Parameters
    ----------
    following : Design
        Design of the later cohorts. Theirs are of three to six patients, in steps of 40 %: a 3+3 on
        a grid with such steps.
    number : {2, 3}
        Number of the design in the publication. Design 1 has no titration, and design 4 looks at
        later courses, which are not modelled.

    Returns
    -------
    AcceleratedTitration
        Without intra-patient escalation, so the published results do not apply to it.

    Raises
    ------
    InputError
        If the number is not 2 or 3.

    References
    ----------
    Simon R, Freidlin B, Rubinstein L, Arbuck SG, Collins J, Christian MC (1997). Accelerated
    titration designs for phase I clinical trials in oncology. Journal of the National Cancer
    Institute 89:1138-1147.
    """
    return AcceleratedTitration(following, trigger_moderates=2, largest_step=_SIMON_STEPS[number])


@cites("Simon1997")
@checked
def nct07623850_titration(following: Design) -> AcceleratedTitration:
    """Titration as worded in registry record NCT07623850: a second patient has to confirm.

    A patient with an adverse event of grade 2 or worse adds one patient at the level. If that one
    has such an event too, the titration ends and `following` (a 3+3 in the record) goes on from
    there; else the titration goes on.

    **Assumption.** A DLT is taken as an event of grade 2 or worse and has no rule of its own, since
    the record names none: one patient with a DLT and one without any such event go on to the next
    single-patient level. The record's rules for grade 2 cytokine release or neurotoxicity within
    its 3+3, and its waiting times, are not modelled.

    Parameters
    ----------
    following : Design
        Design that takes over.

    Returns
    -------
    AcceleratedTitration
        M in the outcome notation is a grade 2 event that is no DLT.

    Raises
    ------
    InputError
        If it is no design that can take over.
    """
    return AcceleratedTitration(following, trigger_dlts=None, confirm_at_level=True)


@cites("Simon1997")
@checked
def nct04202003_titration(following: Design) -> AcceleratedTitration:
    """Titration of lemzoparlimab's registry record NCT04202003: single patients at two levels only.

    The first DLT, or the first predefined drug-related non-haematologic toxicity of grade 2 or
    worse, expands the level to a full cohort, and `following` (a 3+3 in the record) goes on.

    Parameters
    ----------
    following : Design
        Design that takes over.

    Returns
    -------
    AcceleratedTitration
        M in the outcome notation is a predefined toxicity of grade 2 that is no DLT.

    Raises
    ------
    InputError
        If it is no design that can take over.
    """
    return AcceleratedTitration(following, single_patient_levels=2, trigger_moderates=1)
