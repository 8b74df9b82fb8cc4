"""Defects that are planted into a design, and what the check says of each; rules, caps and close calls."""

import attrs
import numpy as np
import pytest
from scipy.stats import binom

import bayesdose as bd
from bayesdose.checks.arguments import checked_value
from bayesdose.findings.answers import asked_rules
from bayesdose.findings.finding import Severity
from bayesdose.findings.walk import walk_through
from bayesdose.rules import (
    EWOC,
    LevelsAboveHighestTried,
    LowestDose,
    PatientsAtDose,
    PatientsInTrial,
    StaysAtDose,
)
from bayesdose.rules.stopping import CombinedStopping, StoppingRule
from bayesdose.simulation.ends import Ends, end_probabilities

GRID = bd.DoseGrid((1, 3, 10, 20), "mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), 10.0, -0.2)
SOUND = bd.blrm(
    GRID,
    PRIOR,
    target_interval=(0.16, 0.33),
    ewoc_cap=0.25,
    max_patients=15,
    stopping=PatientsAtDose(9),
)
STOP_CAP = SOUND.stopping.rules[0]
SOUND_CHECK = bd.check_design(SOUND)


@checked_value
class FirstThatSpeaks(CombinedStopping):
    """A user's way to join rules: the first one is never overruled."""

    joins = "first_of"

    rules: tuple[StoppingRule, ...]

    def stop(self, state, next_level, posterior=None):
        """The first rule stops; the second one only trials without a DLT at the next dose if it is second."""
        first, second = (rule.stop(state, next_level, posterior) for rule in self.rules)
        clean = state.dlts[np.arange(len(state)), next_level] == 0
        return np.where(first > 0, first, np.where(clean, second, 0))


# The defect, the finding that has to name it, and the rule that it has to name.
DEFECTS = {
    "an off-by-one in the increments": (
        {"increments": LevelsAboveHighestTried(2)},
        "skipped dose",
        None,
        Severity.ERROR,
    ),
    "a rule that is out of reach": (
        {"stopping": STOP_CAP | PatientsAtDose(16)},
        "rule that never fires",
        "16 or more patients at the next dose",
        Severity.WARNING,
    ),
    "a rule that is implied by another": (
        {"stopping": STOP_CAP | PatientsAtDose(6) | StaysAtDose(6)},
        "rule that changes nothing",
        "the trial would stay at a dose with 6 or more patients",
        Severity.NOTE,
    ),
    "a cap that is there twice": (
        {"admissible": EWOC(0.33, 0.25) & EWOC(0.33, 0.4)},
        "rule that changes nothing",
        "P(P(DLT) >= 0.33) < 0.4",
        Severity.NOTE,
    ),
    "a rule that ends every trial": (
        {"stopping": PatientsInTrial(3)},
        "rule that always fires",
        "3 or more patients in the trial",
        Severity.ERROR,
    ),
    "an order that matters": (
        {"stopping": FirstThatSpeaks((PatientsAtDose(6), PatientsInTrial(9)))},
        "rules whose order changes a decision",
        None,
        Severity.WARNING,
    ),
    "an order that changes the reason": (
        {"stopping": PatientsAtDose(6) | PatientsInTrial(9)},
        "rules whose order changes the reason",
        "(6 or more patients at the next dose) or (9 or more patients in the trial)",
        Severity.NOTE,
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect):
    fields, name, subject, severity = DEFECTS[defect]
    check = bd.check_design(attrs.evolve(SOUND, **fields))
    found = [one for one in check.named(name) if one.found]
    assert {one.severity for one in found} == {severity}
    before = {one.subject for one in SOUND_CHECK.named(name) if one.found}
    new = {one.subject for one in found} - before
    assert new
    assert subject in (None, *new)


def test_a_rule_behind_a_titration_and_in_a_plan():
    dead = attrs.evolve(SOUND, stopping=STOP_CAP | PatientsAtDose(16))
    for design in (
        bd.accelerated_titration(dead, 2),
        bd.capped(dead, 15),
        bd.plan(dead, (bd.ExpansionCohort(3),)),
    ):
        finding = bd.check_design(design)["rule that never fires"]
        assert finding.subject == "16 or more patients at the next dose"


def graph_of(design):
    graph = bd.trial_graph(design)
    arrays = [graph.final.counts, graph.final.recommendation, graph.final.cohorts]
    return [*arrays, *(layer.level for layer in graph.layers), *(layer.parent for layer in graph.layers)]


def same_trials(one, other):
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def test_a_cap_is_an_interval():
    """Both ends are held against whole graphs: inside every trial is the same, just outside one is not."""
    design = attrs.evolve(SOUND, stopping=None, max_patients=9)
    (cap,) = bd.check_design(design).caps
    assert cap.lower < cap.value == 0.25 < cap.upper

    def with_cap(value):
        return graph_of(attrs.evolve(design, admissible=EWOC(0.33, value) | LowestDose()))

    own = graph_of(design)
    for end, inwards in ((cap.lower, 1e-6), (cap.upper, -1e-6)):
        assert same_trials(own, with_cap(end + inwards))
        assert not same_trials(own, with_cap(end - inwards))


def test_a_stop_cap_is_an_interval():
    design = attrs.evolve(SOUND, stopping=STOP_CAP, max_patients=9)
    cap = bd.check_design(design).caps[-1]
    assert (cap.rule, cap.value) == (str(STOP_CAP), STOP_CAP.cap)
    own = graph_of(design)
    for end, inwards in ((cap.lower, 1e-6), (cap.upper, -1e-6)):
        if 0 < end < 1:
            moved = [attrs.evolve(STOP_CAP, cap=end + sign * inwards) for sign in (1, -1)]
            inside, outside = (graph_of(attrs.evolve(design, stopping=rule)) for rule in moved)
            assert same_trials(own, inside)
            assert not same_trials(own, outside)


def test_a_decision_at_the_cap_is_close():
    """The cap is put beside a probability that 1NNT attains; its distance is the margin that is reported."""
    posterior = SOUND.tables[-1].posterior(np.array([[3, 0, 0, 0]]), np.array([[1, 0, 0, 0]]))
    over = 1 - float(posterior.below(0.33)[0, 0])
    design = attrs.evolve(SOUND, admissible=EWOC(0.33, over + 3e-5), stopping=None, max_patients=6)
    finding = bd.check_design(design)["decision close to a cap"]
    assert finding.witness == "1NNT"
    assert finding.number("least distance") == pytest.approx(3e-5, abs=1e-8)
    assert not bd.check_design(design, margin=1e-5)["decision close to a cap"].found


def test_how_often_a_sampler_decides_otherwise():
    """One decision: binomial draws on the other side of the cap, in the one state where that matters."""
    posterior = SOUND.tables[-1].posterior(np.array([[3, 0, 0, 0]]), np.array([[1, 0, 0, 0]]))
    over, draws = 1 - float(posterior.below(0.33)[0, 0]), 1000
    cap = over + 0.01
    design = attrs.evolve(SOUND, admissible=EWOC(0.33, cap), stopping=None, max_patients=6)
    check = bd.check_design(design, draws=draws)
    finding = check["decision that a sampler leaves to chance"]
    beyond = binom.sf(np.ceil(cap * draws) - 1, draws, over)
    first = [3 * s.prob_dlt[0] * (1 - s.prob_dlt[0]) ** 2 for s in check.scenarios]
    # Later decisions add to it, so it is a bound from below; at 1NNT alone it is this.
    assert np.all(np.array(finding.probability) >= 0.9 * beyond * np.array(first))
    walk = walk_through(design)
    lapse = np.zeros(len(walk.state))
    at = (walk.state.counts == [[2, 1], [0, 0], [0, 0], [0, 0]]).all(axis=(1, 2))
    lapse[at] = beyond
    prob_outcome = np.stack([s.prob_outcome(2) for s in check.scenarios])
    alone = Ends(walk.graph, [walk.by_layer(lapse[walk.to])]).with_steps(prob_outcome)[0]
    assert alone == pytest.approx(beyond * np.array(first), rel=1e-10)


def test_lapses_add_up_over_a_trial():
    """Each decision fails with 0.1: a trial of n cohorts is free of it with 0.9 ** n."""
    design = bd.three_plus_three(bd.DoseGrid.of_levels(3), "deescalation")
    walk = walk_through(design)
    curves = np.array([[0.1, 0.3, 0.5], [0.02, 0.05, 0.6]])
    prob_outcome = np.stack([1 - curves, curves], axis=-1)
    ends = end_probabilities(walk.graph, prob_outcome)
    expected = 1 - ends @ (0.9**walk.graph.final.cohorts)
    lapses = walk.by_layer(np.full(len(walk.to), 0.1))
    found = Ends(walk.graph, [lapses]).with_steps(prob_outcome)[0]
    assert found == pytest.approx(expected, abs=1e-14)


def test_the_rules_are_asked_with_the_answers_of_the_design():
    asked = asked_rules(walk_through(SOUND))
    assert not asked.changed(SOUND, np.arange(len(asked.which))).any()
