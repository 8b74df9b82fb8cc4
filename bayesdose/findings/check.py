"""`check_design`: what a design does in every state that it can reach, held against what it should do."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import annotated_types as at
import attrs
import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Draws, InnerProbability
from bayesdose.designs.base import Design
from bayesdose.designs.optional import aim_of
from bayesdose.errors import InputError
from bayesdose.findings.answers import AskedRules, asked_rules
from bayesdose.findings.caps import cap_intervals, sharpened_near_caps
from bayesdose.findings.close_calls import close_calls
from bayesdose.findings.coherence import incoherent_steps
from bayesdose.findings.design_check import DesignCheck
from bayesdose.findings.ends import early_ends
from bayesdose.findings.finding import Finding
from bayesdose.findings.monotone import non_monotone_states
from bayesdose.findings.overdose import first_step_up, skipped_doses
from bayesdose.findings.rigidity import rigid_states
from bayesdose.findings.rules import idle_rules, order_of_rules
from bayesdose.findings.sighting import Aim, Sighting
from bayesdose.findings.walk import Walk, walk_through
from bayesdose.findings.witness import ShortestPaths, shortest_paths
from bayesdose.progress import Progress, no_progress
from bayesdose.rules.mtd import MTDRule
from bayesdose.scenarios.families import with_moderate_toxicity
from bayesdose.scenarios.library import builtin_scenarios
from bayesdose.scenarios.scenario import Scenario, check_scenarios
from bayesdose.scenarios.treatment_scenarios import on_treatments
from bayesdose.simulation.ends import Ends
from bayesdose.treatments import TreatmentGrid, first_doses
from bayesdose.trial import StopReason

__all__ = ["check_design"]

# Odds of at least a moderate toxicity over those of a DLT in the built-in scenarios of a design that looks.
_MODERATE_ODDS = 4.0
_PREDICATES = (incoherent_steps, non_monotone_states, rigid_states, skipped_doses, first_step_up, early_ends)
_ABOUT_RULES = (idle_rules, order_of_rules, close_calls)


@checked
def check_design(
    design: Design,
    scenarios: Annotated[Sequence[Scenario], at.MinLen(1)] | None = None,
    *,
    mtd_rule: MTDRule | None = None,
    margin: InnerProbability = 1e-4,
    draws: Draws = 4000,
    progress: Progress = no_progress,
) -> DesignCheck:
    """Check a design over every state that it can reach: each outcome of a cohort counts as possible.

    It looks for steps up after DLTs and down without any (each definition by name), decisions that worse data
    make bolder, doses that are skipped or never given, levels that are never left, ends without a dose though
    the lowest looks safe, trials far below their maximum; and, in a design with rules, for rules that do
    nothing and decisions that hang on a cap.

    Parameters
    ----------
    design : Design
        Any design, a plan or one of your own among them.
    scenarios : sequence of Scenario, optional
        True curves in which the probability of each finding is computed; by default the built-in ones of the
        design's doses.
    mtd_rule : MTDRule, optional
        Which dose is the MTD. Its limit or target is the share of DLTs that is too high. By default what the
        design's own numbers say: the target of BOIN, the upper end of a BLRM's target interval, two of six
        for 3+3.
    margin : float, default 1e-4
        Distance of a posterior probability from a cap within which a decision is called close.
    draws : int, default 4000
        Independent draws of a sampler: how often would it decide otherwise than the exact posterior?
    progress : callable, optional
        Called with the share of the work that is done.

    Returns
    -------
    DesignCheck
        Every property that was looked for, found or not, by severity.

    Raises
    ------
    InputError
        If an argument is of another type or out of range, the design's numbers state no MTD rule and none is
        given, or scenarios and design are on different doses.
    GraphTooLargeError
        If the design has too many states.

    Notes
    -----
    Of a plan of two regimens, doses are compared within a regimen alone: steps up and down, what worse data
    change, skipped doses. The way up is that of the first regimen, and rules and caps are the escalation's;
    the test of the second regimen is looked at by the steps that it takes. The result says so. Its built-in
    scenarios give a dose the same odds of DLT under each regimen, which is an assumption.

    References
    ----------
    Cheung YK (2005). Coherence principles in dose-finding studies. Biometrika 92:863-873.

    Cheung YK (2011). Dose finding by the continual reassessment method. Chapman & Hall/CRC.

    Examples
    --------
    >>> import bayesdose as bd
    >>> check = bd.check_design(bd.boin(bd.DoseGrid((1, 3, 10), unit="mg"), 0.3, max_patients=12))
    >>> check["escalation after a cohort at the target"].witness
    '1NNN 2NTT 1NNT'
    """
    rule = aim_of(design) if mtd_rule is None else mtd_rule
    if rule is None:
        raise InputError(
            "check_design, mtd_rule",
            got=None,
            wanted="an MTD rule: this design states no target and no limit of its own",
            fix="Pass for example mtd_rule=bd.rules.HighestBelow(0.30).",
        )
    curves = _built_in(design, rule) if scenarios is None else tuple(scenarios)
    check_scenarios(curves, {"the design": design})
    prob_outcome = np.stack([curve.prob_outcome(design.outcome_categories) for curve in curves])
    walk = walk_through(design, progress)
    aim = Aim(rule, dlts_in(prob_outcome), margin, draws)
    paths = shortest_paths(walk)
    asked = sharpened_near_caps(asked_rules(walk))
    sightings = list(_sightings(walk, aim, asked))
    probabilities = _probabilities(sightings, walk, prob_outcome)
    found = [
        _finding(seen, walk, aim, paths, probability)
        for seen, probability in zip(sightings, probabilities, strict=True)
    ]
    return DesignCheck(
        mtd_rule=rule,
        scenarios=curves,
        findings=tuple(sorted(found, key=lambda one: (not one.found, -one.severity))),
        caps=cap_intervals(asked),
        num_states=len(walk.state),
        max_patients=int(walk.graph.final.totals[:, 0].max()),
        notes=_notes(design),
    )


def _notes(design: Design) -> tuple[str, ...]:
    """What the check does not ask of doses under several regimens."""
    if not isinstance(design.grid, TreatmentGrid):
        return ()
    first, *later = (regimen.name for regimen in design.grid.regimens)
    return (
        f"Doses are compared within a regimen alone. Looked for under {first} only: the way up to the "
        "highest dose, levels that are never left, the first step, and what is about rules and caps; the "
        f"rule that tests {', '.join(later)} is none of these.",
    )


def _built_in(design: Design, rule: MTDRule) -> tuple[Scenario, ...]:
    curves = builtin_scenarios(first_doses(design.grid), rule)
    if isinstance(design.grid, TreatmentGrid):
        curves = tuple(_equally_toxic(curve, design.grid) for curve in curves)
    if design.outcome_categories == 2:
        return curves
    return tuple(with_moderate_toxicity(curve, float(np.log(_MODERATE_ODDS))) for curve in curves)


def _equally_toxic(curve: Scenario, treatments: TreatmentGrid) -> Scenario:
    """The curve under every regimen; its name says that this is assumed."""
    later = [regimen.name for regimen in treatments.regimens[1:]]
    found = on_treatments(curve, treatments, log_odds=(0.0,) * len(later))
    return attrs.evolve(found, name=f"{curve.name}; {', '.join(later)} odds x1 (assumed)")


def _sightings(walk: Walk, aim: Aim, asked: AskedRules) -> Iterator[Sighting]:
    for predicate in _PREDICATES:
        yield from predicate(walk, aim)
    for about_rules in _ABOUT_RULES:
        yield from about_rules(walk, aim, asked)


def _probabilities(sightings: Sequence[Sighting], walk: Walk, prob_outcome: np.ndarray) -> list[np.ndarray]:
    """Probability of a trial with each sighting in each scenario, (S,) each."""
    by_steps = [seen.steps is not None and seen.probability is None for seen in sightings]
    kinds = [
        walk.by_layer(seen.steps if seen.lapse is None else seen.lapse[walk.to])
        for seen, asked in zip(sightings, by_steps, strict=True)
        if asked and seen.steps is not None
    ]
    of_steps, found = iter(Ends(walk.graph, kinds).with_steps(prob_outcome)), []
    for seen, asked in zip(sightings, by_steps, strict=True):
        if asked:
            probability = next(of_steps)
            found.append(probability if seen.counts_in is None else probability * seen.counts_in)
        elif seen.probability is not None:
            found.append(seen.probability)
        else:  # what is about no step is so in every trial
            found.append(np.full(len(prob_outcome), float(bool(seen.states))))
    return found


def _finding(seen: Sighting, walk: Walk, aim: Aim, paths: ShortestPaths, probability: np.ndarray) -> Finding:
    """A sighting with its number of states, its probabilities and a witness."""
    kind, states, witness, then = seen.kind, seen.states, seen.witness, ""
    if seen.steps is not None and seen.steps.any():
        states = _number_of_states(walk, seen.steps) if states is None else states
        if not witness:
            witness, step = paths.to_one_of(seen.steps)
            state = int(walk.to[step])
            then = _then(walk, state)
            if seen.compared is not None:
                words, others = seen.compared
                then = f"{then}; {words}: {_then(walk, int(others[state]))}"
    states = states or 0
    return Finding(
        name=kind.name,
        subject=seen.subject,
        definition=kind.definition.format(share=f"{aim.share:.3g}"),
        severity=kind.severity,
        reason=kind.reason,
        source=kind.source,
        states=states,
        probability=tuple(np.clip(probability, 0.0, 1.0).tolist()),
        witness=witness,
        then=then,
        numbers=seen.numbers,
    )


def _number_of_states(walk: Walk, steps: np.ndarray) -> int:
    reached = np.zeros(len(walk.state), dtype=bool)
    reached[walk.to[steps]] = True
    return int(reached.sum())


def _then(walk: Walk, state: int) -> str:
    """What the design does in a state, in words."""
    following, grid = walk.following, walk.design.grid
    if following.stop[state] == StopReason.GOES_ON.code:
        return f"next {grid.level_in_words(int(following.level[state]))}"
    dose = int(walk.recommendation[state])
    recommended = "no dose" if dose < 0 else grid.level_in_words(dose)
    return f"stop, {following.reason(state).value}; {recommended} recommended"
