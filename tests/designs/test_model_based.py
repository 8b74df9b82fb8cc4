"""The BLRM's rules by hand, on models of a few curves, and its decisions on the logistic model."""

from dataclasses import dataclass, replace

import attrs
import numpy as np
import pytest

from bayesdose.designs.blrm import blrm
from bayesdose.designs.running import running_state
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.models.description import ModelDescription, TableSource
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.next_dose import MaxTargetProbability
from bayesdose.rules.stopping import PatientsAtDose, PatientsInTrial
from bayesdose.simulation.graph import trial_graph
from bayesdose.trial import StopReason
from tests.conformance import reachable_states

# Two curves, one to one: both put the third dose on target, the toxic one the second as well.
MILD = [0.01, 0.10, 0.25]
STEEP = [0.02, 0.20, 0.30]


def says(design, outcomes):
    return describe_decision(design, parse_outcomes(outcomes))


def test_no_untried_dose_is_skipped(discrete_blrm):
    design = discrete_blrm([MILD, STEEP], [0.5, 0.5], max_patients=30)
    # The third dose is on target with certainty, yet comes after the second.
    assert says(design, "1NNN").startswith("Next: 3 patients at level 2")
    assert says(design, "1NNN 2NNN").startswith("Next: 3 patients at level 3")
    # After a departure from the design to the third dose, no more than that is allowed either.
    assert says(design, "1NNN 3NNN").startswith("Next: 3 patients at level 3")


def test_posterior_moves_the_choice(discrete_blrm):
    # Likelihood of 2NTT with one curve on target at level 2 and another at level 3, by hand:
    # 3 * 0.1^2 * 0.9 = 0.027 against 3 * 0.2^2 * 0.8 = 0.096, so P(second) = 0.96 / 1.23 = 0.780.
    design = discrete_blrm([[0.01, 0.10, 0.25], [0.02, 0.20, 0.60]], [0.5, 0.5], max_patients=30)
    # The third dose is too toxic with probability 0.780; the second is on target with the same.
    assert says(design, "1NNN 2NTT").startswith("Next: 3 patients at level 2")
    # After 2NNN it is 0.512 / (0.512 + 0.729) = 0.413, still above the cap of 0.25.
    assert says(design, "1NNN 2NNN").startswith("Next: 3 patients at level 2")
    # After six without DLT it is 0.262 / (0.262 + 0.531) = 0.330, after nine 0.134 / 0.522 = 0.257.
    assert says(design, "1NNN 2NNN 2NNN 2NNN").startswith("Next: 3 patients at level 2")
    # After twelve 0.0687 / 0.351 = 0.196 (each 2N multiplies the odds by 8/9, each 1N by 98/99).
    assert says(design, "1NNN 2NNN 2NNN 2NNN 2NNN").startswith("Next: 3 patients at level 3")


def test_no_admissible_dose_stops_the_trial(discrete_blrm):
    design = discrete_blrm([[0.4, 0.5, 0.6], [0.2, 0.3, 0.4]], [0.5, 0.5], max_patients=30)
    # P(toxic) after 1NTT: 0.4^2 * 0.6 / (0.4^2 * 0.6 + 0.2^2 * 0.8) = 0.75.
    sentence = "Stop: no dose is admissible under the overdose rule. Recommended: no dose."
    assert says(design, "1NTT") == sentence


def test_order_of_the_reasons(discrete_blrm):
    design = discrete_blrm([[0.4, 0.5, 0.6]], [1.0], max_patients=6, stopping=PatientsInTrial(3))
    assert "no dose is admissible" in says(design, "1NTT")
    # But a full trial needs no next dose: whether one would be admissible is not asked.
    assert "maximum number of patients is reached. Recommended: no dose" in says(design, "1NTT 1NTT")


def test_last_cohort_is_cut_to_the_maximum(discrete_blrm):
    design = discrete_blrm([MILD, STEEP], [0.5, 0.5], max_patients=7)
    assert says(design, "1NNN 2NNN").startswith("Next: 1 patient at level 3")
    assert says(design, "1NNN 2NNN 3N") == (
        "Stop: the maximum number of patients is reached. Recommended: level 3."
    )
    assert discrete_blrm([MILD], [1.0], max_patients=2).first_cohort().size.tolist() == [2]
    assert trial_graph(design).final.counts.sum(axis=(1, 2)).max() == 7


def test_enough_patients_at_the_next_dose(discrete_blrm):
    design = discrete_blrm([MILD, STEEP], [0.5, 0.5], max_patients=30, stopping=PatientsAtDose(6))
    assert says(design, "1NNN 2NNN 3NNN").startswith("Next: 3 patients at level 3")
    assert says(design, "1NNN 2NNN 3NNN 3NNN").startswith(
        "Stop: enough patients were treated at the dose that"
    )
    # Six at another dose than the next one are no reason.
    assert says(design, "1NNN 1NNN 2NNN").startswith("Next: 3 patients at level 3")


def test_stopping_rules_compose(discrete_blrm):
    both = PatientsAtDose(6) & PatientsInTrial(12)
    design = discrete_blrm([MILD, STEEP], [0.5, 0.5], max_patients=30, stopping=both)
    assert says(design, "1NNN 3NNN 3NNN").startswith("Next: 3 patients at level 3")
    assert says(design, "1NNN 2NNN 3NNN 3NNN").startswith(
        "Stop: enough patients were treated at the dose that"
    )
    either = attrs.evolve(design, stopping=PatientsAtDose(6) | PatientsInTrial(9))
    assert says(either, "1NNN 2NNN").startswith("Next: 3 patients at level 3")
    assert says(either, "1NNN 2NNN 2NNN").startswith("Stop: enough patients were treated in all")
    assert says(either, "1NNN 3NNN 3NNN").startswith("Stop: enough patients were treated at the dose that")
    full = attrs.evolve(either, max_patients=9)
    assert says(full, "1NNN 3NNN 3NNN").startswith("Stop: the maximum number of patients is reached")


def test_recommendation_is_the_best_of_the_given_doses(discrete_blrm):
    design = discrete_blrm([MILD, STEEP], [0.5, 0.5], max_patients=6)
    # The third dose is on target but was never given; of the others the second has probability 1/2.
    assert design.recommend(running_state(design, parse_outcomes("1NNN 2NNN"))).tolist() == [1]
    # A dose that was given but is not admissible is not recommended.
    steep = discrete_blrm([[0.2, 0.5, 0.9]], [1.0], max_patients=6)
    assert steep.recommend(running_state(steep, parse_outcomes("1NNN 2NTT"))).tolist() == [0]


def hand_made(prob_below, bounds=(0.16, 0.33)):
    prob_below = np.array(prob_below)[None]
    zeros = np.zeros(prob_below.shape[:2])
    return BatchPosterior(zeros, zeros, prob_below, bounds, error=0.0)


def test_overdose_probability_at_the_cap_is_not_admissible():
    # 0.75 and 0.25 are exact in binary, so the first dose's overdose probability equals the cap.
    summary = hand_made([[0.5, 0.75], [0.5, np.nextafter(0.75, 1)], [0.5, 0.9], [0.5, 0.7]])
    assert EWOC(bound=0.33, cap=0.25).admissible(summary).tolist() == [[False, True, True, False]]


def test_target_probability_tie_goes_to_the_lower_dose():
    summary = hand_made([[0.25, 0.75], [0.125, 0.625], [0.5, 0.75]])
    rule = MaxTargetProbability(0.16, 0.33)
    every = np.array([[True, True, True]])
    assert rule.choose(summary, every).tolist() == [0]
    assert rule.choose(summary, np.array([[False, True, True]])).tolist() == [1]
    assert rule.choose(summary, ~every).tolist() == [-1]
    assert rule.margin(summary, every).tolist() == [0.0]
    # A lead of 0.25 is between two differences of two probabilities: each may be a quarter of it off.
    assert rule.margin(summary, np.array([[False, True, True]])).tolist() == [0.0625]
    assert rule.margin(summary, np.array([[False, False, True]])).tolist() == [np.inf]


def test_a_bound_that_was_not_tabulated():
    with pytest.raises(
        InputError, match=r"bound on P\(DLT\): got 0.3; wanted one of the bounds .* \(0.16, 0.33\)"
    ):
        EWOC(bound=0.3, cap=0.25).admissible(hand_made([[0.5, 0.75]]))


def test_the_ladder_of_tables_decides_as_the_finest_table(make_blrm):
    # Decisions, not probabilities, so they are equal and not just close; on every state of the design.
    settings = {"cohort_size": 1, "stopping": PatientsAtDose(9)}
    ladder, finest = make_blrm(**settings), make_blrm(**settings, tolerances=(1e-9,))
    assert len(ladder.tables) > len(finest.tables) == 1
    one, other = trial_graph(ladder), trial_graph(finest)
    assert one.num_decisions == other.num_decisions > 2000
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        for name in ("parent", "level", "outcome", "child_start", "stops"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name))
    for name in ("counts", "recommendation", "stop", "cohorts"):
        assert np.array_equal(getattr(one.final, name), getattr(other.final, name))
    reasons = {
        StopReason.MAX_PATIENTS.code,
        StopReason.ENOUGH_AT_DOSE.code,
        StopReason.NO_ADMISSIBLE_DOSE.code,
    }
    assert set(one.final.stop.tolist()) == reasons


@pytest.mark.parametrize(("error", "level"), [(0.01, 1), (0.0001, 2)])
def test_a_table_decides_only_what_its_error_cannot_change(discrete_blrm, error, level):
    # The second dose is too toxic with probability 0.249 on the coarse and 0.251 on the fine table; the
    # first dose is equally toxic on both curves, so patients there change nothing. The cap is 0.25.
    curves = [[0.05, 0.20], [0.05, 0.50]]
    coarse = discrete_blrm(curves, [0.751, 0.249], max_patients=9, error=error)
    fine = discrete_blrm(curves, [0.749, 0.251], max_patients=9)
    design = attrs.evolve(coarse, tables=(*coarse.tables, *fine.tables))
    assert says(design, "1NNN").startswith(f"Next: 3 patients at level {level}")


@pytest.mark.parametrize(("error", "unsettled"), [(0.01, 4), (0.0001, 0)])
def test_states_within_the_last_tables_error_are_counted_apart(discrete_blrm, error, unsettled):
    # As above: after the first cohort, with any of its four outcomes, 0.249 against the cap 0.25. After the
    # second the trial is full, whatever the posterior says.
    design = discrete_blrm([[0.05, 0.20], [0.05, 0.50]], [0.751, 0.249], max_patients=6, error=error)
    graph = trial_graph(design)
    assert graph.unsettled == unsettled
    assert graph.num_decisions == sum(map(len, reachable_states(design)))


GRID = DoseGrid((1.0, 2.5, 5.0), "mg")
PRIOR = NormalPrior(mean=(-0.9, 0.0), sd=(1.5, 0.7), reference_dose=5.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"target_interval": (0.33, 0.16)},
            "blrm, target_interval: got .0.33, 0.16.; wanted .*, .* the lower one first",
        ),
        ({"ewoc_cap": 0.0}, "blrm, ewoc_cap: got 0.0; wanted a number above 0 and at most 1"),
        ({"ewoc_cap": 25}, "blrm, ewoc_cap: got 25; wanted a number"),
        ({"start_level": 4}, "start_level: got 4; wanted a level number from 1 to 3"),
        ({"cohort_size": 0}, "cohort_size: got 0; wanted a whole number of at least 1"),
        (
            {"target_interval": (0.0, 0.33)},
            "target_interval\\[0\\]: got 0.0; wanted a number above 0",
        ),
        ({"max_patients": 0}, "got 0; wanted a whole number of at least 1"),
    ],
)
def test_bad_settings(change, message):
    settings = {"target_interval": (0.16, 0.33), "ewoc_cap": 0.25, "max_patients": 3, "tolerances": (1e-2,)}
    with pytest.raises(InputError, match=message):
        blrm(GRID, PRIOR, **settings | change)


def test_tables_that_do_not_fit(discrete_blrm):
    design = discrete_blrm([MILD], [1.0], max_patients=6)
    with pytest.raises(InputError, match="model tables: got '3 doses'; wanted the grid's 2"):
        attrs.evolve(design, grid=DoseGrid.of_levels(2))
    with pytest.raises(
        InputError, match=r"model tables: got 'bounds .* up to 6 patients'; wanted .* 9 patients"
    ):
        attrs.evolve(design, max_patients=9)
    with pytest.raises(InputError, match=r"model tables: got .*; wanted bounds \(0.16, 0.3, 0.33\)"):
        attrs.evolve(design, admissible=EWOC(bound=0.3, cap=0.25))
    with pytest.raises(InputError, match=r"ModelBased, tables: got \(\); wanted .* with at least 1 of them"):
        attrs.evolve(design, tables=())


class PowerOfTheDose(ModelDescription):
    """P(DLT) is a power of `dose / 30`,
    with one parameter.

    Parameters
    ----------
    none
    """

    def build(self, grid):
        return None


class UndocumentedModel(ModelDescription):
    def build(self, grid):
        return None


@dataclass(frozen=True)
class UndocumentedData(ModelDescription):
    scale: float

    def build(self, grid):
        return None


class SaysSo(UndocumentedModel):
    def __str__(self):
        return "what it says itself"


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (PowerOfTheDose(), "P(DLT) is a power of dose / 30, with one parameter."),
        (UndocumentedModel(), "Undocumented Model"),
        (UndocumentedData(30), "Undocumented Data"),
        (SaysSo(), "what it says itself"),
    ],
)
def test_a_described_model_of_ones_own_in_words(discrete_blrm, model, words):
    design = discrete_blrm([MILD, STEEP], [0.5, 0.5], max_patients=30)
    source = TableSource(model, design.grid, (1e-2,))
    tables = tuple(replace(table, source=source) for table in design.tables)
    assert attrs.evolve(design, tables=tables).words["Model"] == words
