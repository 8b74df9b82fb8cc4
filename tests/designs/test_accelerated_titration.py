"""Accelerated titration: exact results under its stated rule, and its rule walked by hand."""

import numpy as np
import pytest

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import running_state
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.simulation.graph import trial_graph


def titration(levels, *, num_doses=4, variant="deescalation", start_level=1, **trigger):
    following = ThreePlusThree(DoseGrid.of_levels(num_doses), variant, start_level)
    return AcceleratedTitration(following, single_patient_levels=levels, **trigger)


def test_independent_enumeration(exact, golden):
    # tests/golden/titration_enumeration.json has 8 decimals: 5e-9 of rounding and a little more.
    cases = golden("titration_enumeration.json")["cases"]
    assert len(cases) == 12
    for case in cases:
        curve = case["true_prob_dlt"]
        design = titration(case["single_patient_levels"], num_doses=len(curve), variant=case["variant"])
        result = exact(design, curve)
        assert np.abs(result.selection - case["prob_recommend"]).max() < 6e-9
        assert np.abs(result.patients - case["E_n_at_dose"]).max() < 6e-9
        assert abs(result.patients.sum() - case["E_n"]) < 6e-9 * len(curve)
        assert abs(result.dlts.sum() - case["E_dlt"]) < 6e-9 * len(curve)


def test_without_dlts_patients_are_one_a_level_then_three(exact):
    assert exact(titration(2, num_doses=6), [0] * 6).patients.tolist() == [1, 1, 3, 3, 3, 3]


STEPS = {
    "trigger by a DLT: top-up, then 3+3 from there for good": (
        {"levels": 3},
        [
            ("", "Next: 1 patient at level 1"),
            ("1N", "Next: 1 patient at level 2"),
            ("1N 2T", "Next: 2 patients at level 2"),
            ("1N 2T 2NN", "Next: 3 patients at level 2"),
            ("1N 2T 2NN 2NNN", "Next: 3 patients at level 3"),
            ("1N 2T 2NT", "Next: 2 patients at level 1"),
            ("1N 2T 2NT 1NN", "Next: 3 patients at level 1"),
            ("1N 2T 2NT 1NN 1NNT", "Stop: the dose below a too toxic dose is accepted. Recommended: level 1"),
        ],
    ),
    "no trigger: a full cohort above the last single-patient level": (
        {"levels": 2},
        [("1N 2N", "Next: 3 patients at level 3"), ("1N 2N 3NNN", "Next: 3 patients at level 4")],
    ),
    "trigger at the last single-patient level: topped up, not passed": (
        {"levels": 2},
        [("1N 2T", "Next: 2 patients at level 2")],
    ),
    "titration up to the highest dose: it is topped up there": (
        {"levels": 4},
        [
            ("1N 2N 3N", "Next: 1 patient at level 4"),
            ("1N 2N 3N 4N", "Next: 2 patients at level 4"),
            ("1N 2N 3N 4N 4NN", "Stop: the highest dose is accepted. Recommended: level 4"),
            ("1N 2N 3N 4N 4TT", "Next: 2 patients at level 3"),
        ],
    ),
    "the second DLT is the trigger": (
        {"levels": 3, "trigger_dlts": 2},
        [("1T", "Next: 1 patient at level 2"), ("1T 2T", "Next: 2 patients at level 2")],
    ),
    "one moderate toxicity is a trigger": (
        {"levels": 3, "trigger_moderates": 1},
        [("1N 2M", "Next: 2 patients at level 2"), ("1N 2M 2NN", "Next: 3 patients at level 3")],
    ),
    "two moderate toxicities are a trigger": (
        {"levels": 4, "trigger_moderates": 2},
        [
            ("1M", "Next: 1 patient at level 2"),
            ("1M 2N", "Next: 1 patient at level 3"),
            ("1M 2N 3M", "Next: 2 patients at level 3"),
            ("1M 2T", "Next: 2 patients at level 2"),
        ],
    ),
    "moderate toxicities are not looked at unless asked for": (
        {"levels": 3},
        [("1M 2M", "Next: 1 patient at level 3")],
    ),
    "from the second level up": (
        {"levels": 2, "start_level": 2},
        [
            ("", "Next: 1 patient at level 2"),
            ("2N", "Next: 1 patient at level 3"),
            ("2N 3N", "Next: 3 patients at level 4"),
            ("2T 2NT", "Next: 3 patients at level 1"),
        ],
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_rule_in_words(case):
    settings, steps = STEPS[case]
    design = titration(**settings)
    for outcomes, sentence in steps:
        assert describe_decision(design, parse_outcomes(outcomes)).startswith(sentence), outcomes


def test_titration_hands_over_to_a_blrm(discrete_blrm):
    # Weights one to one. Safe: every dose below the target but the highest. Toxic: the second on target.
    curves = [[0.01, 0.05, 0.10, 0.25], [0.05, 0.25, 0.60, 0.90]]
    design = AcceleratedTitration(discrete_blrm(curves, [0.5, 0.5], max_patients=12), single_patient_levels=2)
    assert describe_decision(design, parse_outcomes("1N 2N")).startswith("Next: 3 patients at level 3")
    assert describe_decision(design, parse_outcomes("1N 2T")).startswith("Next: 2 patients at level 2")
    # Likelihoods 0.99 * 0.05 * 0.95^2 = 0.0447 and 0.95 * 0.25 * 0.75^2 = 0.1336: the toxic curve has
    # probability 0.749, so the third dose is too toxic and the second is most probably on target.
    assert describe_decision(design, parse_outcomes("1N 2T 2NN")).startswith("Next: 3 patients at level 2")
    # Twelve patients are the following design's limit, the single ones among them.
    treated = parse_outcomes("1N 2N 3NNN 3NNN 4NNN")
    assert describe_decision(design, treated).startswith("Next: 1 patient at level 4")


def test_more_single_patient_levels_than_there_are():
    with pytest.raises(InputError, match="single-patient levels: got 4; wanted at most 3"):
        titration(4, start_level=2)


@pytest.mark.parametrize(
    ("levels", "trigger", "message"),
    [
        (0, {}, "single-patient levels: got 0; wanted a whole number of at least 1"),
        (1.5, {}, "single-patient levels: got 1.5; wanted a whole number of at least 1"),
        (1, {"trigger_dlts": 0}, "trigger_dlts: got 0; wanted a whole number of at least 1"),
        (1, {"trigger_moderates": 0}, "trigger_moderates: got 0; wanted a whole number of at least 1"),
    ],
)
def test_numbers_out_of_range(levels, trigger, message):
    with pytest.raises(InputError, match=message):
        titration(levels, **trigger)


def test_single_patient_cohorts_need_no_top_up(discrete_blrm):
    # The following design's cohort is one patient, so the trigger hands over without an empty cohort.
    following = discrete_blrm([[0.02, 0.05, 0.1], [0.3, 0.5, 0.7]], [0.5, 0.5], max_patients=6, cohort_size=1)
    titration = AcceleratedTitration(following, single_patient_levels=2)
    state = running_state(titration, "1T")
    following_answer = following.next_cohort(state)
    answer = titration.next_cohort(state)
    assert (answer.level, answer.size, answer.stop) == (
        following_answer.level,
        following_answer.size,
        following_answer.stop,
    )
    assert trial_graph(titration).final.counts.sum(axis=(1, 2)).max() <= 6
