"""``bayesdose next``: the next dose of a running trial, with its reason."""

from typing import Literal

from rich.console import Console

from bayesdose.designs.base import Design, running_state
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.outcomes import Outcomes, as_outcomes, parse_outcomes
from bayesdose.progress import progress_bar
from bayesdose.protocols.designs import protocol_designs, protocol_model
from bayesdose.protocols.load import load_protocol
from bayesdose.protocols.protocol import Protocol
from bayesdose.report.terminal import terminal
from bayesdose.report.terminal_tables import posterior_table, print_assumptions
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.next_dose import MaxTargetProbability
from bayesdose.trial import NO_DOSE, StopReason

__all__ = ["describe_decision", "show_next_dose"]


def show_next_dose(
    name: str, text: str, design_name: str, *, sampler: Literal["exact", "nuts"] = "exact", seed: int = 1
) -> None:
    """Print the decision, and for a BLRM the posterior behind it.

    Parameters
    ----------
    name : str
        A shipped protocol or a path to a protocol file.
    text : str
        Outcomes so far, such as ``"1N 2N 3NNT"``.
    design_name : str
        "own", "3+3" or "BLRM".
    sampler : {"exact", "nuts"}
        With "nuts", the decision from NUTS draws is shown beside the exact one.
    seed : int
        Seed of the sampler.

    Raises
    ------
    InputError
        If an input is wrong, or NUTS is asked for where no model decides or no patient was treated.
    """
    protocol, outcomes = load_protocol(name), parse_outcomes(text)
    outcomes.counts(len(protocol.grid.value))  # a level off the grid is refused before the model is built
    if sampler == "nuts" and (design_name.lower() != "blrm" or not outcomes.cohorts):
        raise InputError(
            "sampler",
            got="nuts",
            wanted="exact",
            fix="NUTS is for the BLRM, after the first cohort was treated.",
        )
    console = terminal()
    with progress_bar(f"Preparing {protocol.name}"):
        (design,) = protocol_designs(protocol, [design_name]).values()
    if isinstance(design, ModelBased):
        _show_posterior(console, protocol, design, outcomes)
        if sampler == "nuts":
            _show_certainty(console, protocol, design, outcomes, seed)
    console.print(describe_decision(design, outcomes))
    print_assumptions(console, protocol)


def describe_decision(design: Design, outcomes: Outcomes | str) -> str:
    """The next cohort, or why the trial stops and what is recommended, in a sentence.

    Parameters
    ----------
    design : Design
        Any design.
    outcomes : Outcomes or str
        Patients so far, in the order in which they were treated; empty before the first.

    Returns
    -------
    str
        With the level's number and its dose.

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
    """
    outcomes = as_outcomes(outcomes)
    grid = design.grid
    if not outcomes.cohorts:
        cohorts, state = design.first_cohort(), None
    else:
        state = running_state(design, outcomes)
        cohorts = design.next_cohort(state)
    reason = cohorts.reason(0)
    if reason is StopReason.GOES_ON:
        level, size = int(cohorts.level[0]), int(cohorts.size[0])
        patients = "1 patient" if size == 1 else f"{size} patients"
        return f"Next: {patients} at level {level + 1} ({grid.labels[level]} {grid.unit})."
    assert state is not None
    recommended = int(design.recommend(state)[0])
    dose = (
        "no dose"
        if recommended == NO_DOSE
        else f"level {recommended + 1} ({grid.labels[recommended]} {grid.unit})"
    )
    return f"Stop: {reason.value}. Recommended: {dose}."


def _show_posterior(console: Console, protocol: Protocol, design: ModelBased, outcomes: Outcomes) -> None:
    from bayesdose.inference.exact import exact_posterior

    rule, target = design.admissible, design.next_dose
    assert isinstance(rule, EWOC), "a protocol's BLRM is built by `blrm`"
    assert isinstance(target, MaxTargetProbability), "a protocol's BLRM is built by `blrm`"
    summary = exact_posterior(protocol_model(protocol), outcomes, bounds=target.needs.bounds)
    overdose = summary["interval_probability"].values[:, -1]
    assumed = "; ASSUMED DOSE GRID" if protocol.grid_is_assumed else ""
    title = f"{protocol.name} after {outcomes or 'no patients'} (exact posterior of P(DLT){assumed})"
    console.print(title, style="bold")
    console.print(posterior_table(summary, design.grid, (overdose < rule.cap).tolist()))
    console.print(
        f"EWOC passes a dose if P(DLT) is {rule.bound:g} or more with probability below {rule.cap:g}. "
        "Admissible are these, up to one level above the highest tried; the one most probably in "
        f"[{target.lower:g}, {target.upper:g}) is given next."
    )


def _show_certainty(
    console: Console, protocol: Protocol, design: ModelBased, outcomes: Outcomes, seed: int
) -> None:
    from bayesdose.designs.certainty import decision_certainty
    from bayesdose.inference.sampling import fit

    with progress_bar("Sampling by NUTS"):
        draws = fit(protocol_model(protocol), outcomes, rng=seed)
    certainty = decision_certainty(design, outcomes, draws)
    level = certainty.sampled_level
    dose = "no dose" if level == NO_DOSE else f"level {level + 1}"
    verdict = "the exact choice" if certainty.agrees else "NOT the exact choice"
    console.print(
        f"NUTS (seed {seed}): {dose}, {verdict}. Closest call: {certainty.boundary}, "
        f"{certainty.distance:.4f} apart, {certainty.standard_errors:.1f} Monte Carlo standard errors."
    )
