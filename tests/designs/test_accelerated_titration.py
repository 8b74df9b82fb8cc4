"""Accelerated titration: exact results under its stated rule, and its rule walked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.optional import may_skip_doses
from bayesdose.designs.patient_cap import capped
from bayesdose.designs.running import running_state
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.rules.mtd import HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.operating_characteristics import operating_characteristics


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


def test_each_of_several_titrations_keeps_its_rule_in_words():
    # Also where a design stands between them.
    last = capped(AcceleratedTitration(titration(3, trigger_moderates=2), 2, trigger_dlts=2), 12)
    words = AcceleratedTitration(last, 1, trigger_moderates=1).words
    assert [text for heading, text in words.items() if heading.startswith("Titration")] == [
        "one patient a level at 1 level at most, until 1 DLT or 1 moderate toxicity",
        "one patient a level at 2 levels at most, until 2 DLTs",
        "one patient a level at 3 levels at most, until 1 DLT or 2 moderate toxicities",
    ]
    upwards = "without such an end it starts one level above the last single patient"
    assert [words[f"After titration {number}"] for number in (1, 2, 3)] == [
        f"the design goes on from there; {upwards}",
        f"the design goes on from there; {upwards}",
        "the dose is topped up to 3 patients and the design goes on from there, at once where two patients "
        f"at the dose had DLTs; {upwards}",
    ]


def levels_given(design, letters):
    """Levels of the first patients, each patient's outcome being the next letter."""
    levels, cohorts, left = [], [], list(letters)
    level, size = design.first_cohort().level[0] + 1, design.first_cohort().size[0]
    while left:
        letters, left = left[:size], left[size:]
        levels += [int(level)] * len(letters)
        cohorts.append(f"{level}{''.join(letters)}")
        answer = design.next_cohort(running_state(design, " ".join(cohorts)))
        level, size = answer.level[0] + 1, answer.size[0]
    return levels


# Patient by patient, with standard cohorts of three on four levels: the cases that the software dx-li states
# for its accelerated titration, from a design document of MD Anderson.
@pytest.mark.parametrize(
    ("trigger", "letters", "levels"),
    [
        ({"levels": 4}, "NNNNNN", [1, 2, 3, 4, 4, 4]),
        ({"levels": 4}, "NTNN", [1, 2, 2, 2]),
        ({"levels": 4, "trigger_moderates": 2}, "MNMNN", [1, 2, 3, 3, 3]),
        ({"levels": 2}, "NNNNN", [1, 2, 3, 3, 3]),
    ],
)
def test_ledgers_of_patients(trigger, letters, levels):
    assert levels_given(titration(**trigger), letters) == levels


@pytest.mark.parametrize(
    ("values", "step", "levels"),
    [
        ((1, 2, 4, 8), None, [1, 2, 3, 4]),
        # Exactly 100 % more is within the step.
        ((1, 2, 4, 8), 1.0, [1, 2, 3, 4]),
        ((1, 1.4, 1.96, 2.74, 3.84), 1.0, [1, 3, 5]),
        # 14 is exactly 40 % more than 10; 19 and not 20 is within 19.6; 20 is within 26.6 of 19, 28 of 20.
        ((10, 14, 19, 20, 28), 0.4, [1, 2, 3, 4, 5]),
        ((10, 12, 14, 19.6, 30), 0.4, [1, 3, 4, 5]),
        # 1.4 * 0.1 is below 0.14 in floating point.
        ((0.1, 0.11, 0.14, 0.2), 0.4, [1, 3, 4]),
        # Where the grid's own step is larger, one level up.
        ((1, 3, 10, 12, 15), 1.0, [1, 2, 3, 5]),
    ],
)
def test_steps_of_the_titration(values, step, levels):
    design = AcceleratedTitration(ThreePlusThree(DoseGrid(values, "mg"), "deescalation"), largest_step=step)
    assert levels_given(design, "N" * len(levels)) == levels
    assert may_skip_doses(design) == (len(levels) < len(values))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=8, unique=True),
    st.sampled_from([0.01, 0.4, 0.5, 1.0, 3.0]),
)
def test_a_step_is_the_largest_within_the_limit(values, step):
    values = sorted(values)
    design = AcceleratedTitration(ThreePlusThree(DoseGrid(values, "mg"), "deescalation"), largest_step=step)
    index = 0
    while index < len(values) - 1:
        outcomes = " ".join(f"{level + 1}N" for level in range(index + 1))
        # Departures from the design's own levels are in order: the next level depends on the last one.
        chosen = int(design.next_cohort(running_state(design, outcomes)).level[0])
        within = [
            k
            for k in range(index + 1, len(values))
            if 100 * values[k] <= values[index] * (100 + round(100 * step))
        ]
        assert chosen == max(within, default=index + 1)
        index += 1


WIDE = {
    "100 % steps skip doses; the 3+3 goes back to them": (
        AcceleratedTitration(
            ThreePlusThree(DoseGrid((1, 1.4, 1.96, 2.74, 3.84), "mg"), "deescalation"),
            trigger_moderates=2,
            largest_step=1.0,
        ),
        [
            ("1N", "Next: 1 patient at level 3"),
            ("1N 3T", "Next: 2 patients at level 3"),
            ("1N 3T 3NN", "Next: 3 patients at level 3"),
            ("1N 3T 3NN 3NNN", "Next: 3 patients at level 4"),
            ("1N 3T 3NT", "Next: 3 patients at level 2"),
            ("1N 3T 3NT 2NNN", "Next: 3 patients at level 2"),
            ("1M 3N 5M", "Next: 2 patients at level 5"),
        ],
    ),
    "a cap on the single-patient levels counts levels given": (
        AcceleratedTitration(
            ThreePlusThree(DoseGrid((1, 1.4, 1.96, 2.74, 3.84), "mg"), "deescalation"), 2, largest_step=1.0
        ),
        # The full cohort is one level up: the titration's larger steps are over.
        [("1N", "Next: 1 patient at level 3"), ("1N 3N", "Next: 3 patients at level 4")],
    ),
    "a second patient confirms": (
        AcceleratedTitration(
            ThreePlusThree(DoseGrid.of_levels(4), "deescalation"), trigger_dlts=None, confirm_at_level=True
        ),
        [
            ("1N", "Next: 1 patient at level 2"),
            ("1M", "Next: 1 patient at level 1"),
            ("1M 1N", "Next: 1 patient at level 2"),
            ("1M 1M", "Next: 1 patient at level 1"),
            ("1M 1M 1N", "Next: 3 patients at level 2"),
            # Other levels do not count.
            ("1M 1N 2M", "Next: 1 patient at level 2"),
            ("1M 1N 2M 2N 3M 3T", "Next: 1 patient at level 3"),
            # Two DLTs at the level: no third patient, the 3+3 goes down at once.
            ("1M 1N 2M 2N 3T 3T", "Next: 1 patient at level 2"),
            # A DLT has no rule of its own.
            ("1T", "Next: 1 patient at level 1"),
            ("1T 1N", "Next: 1 patient at level 2"),
            # The highest level is topped up to a full cohort either way.
            ("1N 2N 3N 4M", "Next: 2 patients at level 4"),
        ],
    ),
    "a second patient confirms, and the first DLT is a trigger too": (
        AcceleratedTitration(ThreePlusThree(DoseGrid.of_levels(4), "deescalation"), 2, confirm_at_level=True),
        [
            ("1T", "Next: 2 patients at level 1"),
            ("1M 1N 2M", "Next: 1 patient at level 2"),
            ("1M 1N 2M 2N", "Next: 3 patients at level 3"),
        ],
    ),
    "with cohorts of two the confirming patient leaves nothing to top up": (
        AcceleratedTitration(
            APlusB(DoseGrid.of_levels(3), a=2, b=2, c=1, d=1, e=1, deescalation=True), confirm_at_level=True
        ),
        [("1M 1M", "Next: 2 patients at level 2"), ("1N 2N 3N", "Next: 1 patient at level 3")],
    ),
}


@pytest.mark.parametrize("case", WIDE)
def test_steps_and_confirmation_in_words(case):
    design, steps = WIDE[case]
    for outcomes, sentence in steps:
        assert describe_decision(design, parse_outcomes(outcomes)).startswith(sentence), outcomes


def test_expected_patients_when_a_second_patient_confirms():
    # By hand, with no DLTs and grade 2 toxicity with probability q: a level ends the titration with
    # probability q^2 and then has three patients, else one, or two with probability q(1 - q). The following
    # 3+3 sees no DLT: three patients a level, and the highest level always ends with three.
    q = np.array([0.1, 0.3, 0.6, 0.8])
    following = ThreePlusThree(DoseGrid.of_levels(4), "deescalation")
    design = AcceleratedTitration(following, trigger_dlts=None, confirm_at_level=True)
    scenario = Scenario("no DLTs", following.grid, (0, 0, 0, 0), prob_moderate=tuple(q))
    result = operating_characteristics({"design": design}, [scenario], mtd_rule=HighestBelow(0.3))
    single = np.concatenate([[1], np.cumprod(1 - q**2)[:-1]])
    expected = single * (3 * q**2 + (1 - q) + 2 * q * (1 - q)) + (1 - single) * 3
    expected[-1] = 3
    assert np.abs(result["expected_patients"].values.ravel() - expected).max() < 1e-12


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
    with pytest.raises(InputError, match="single_patient_levels: got 4; wanted at most 3"):
        titration(4, start_level=2)


@pytest.mark.parametrize(
    ("levels", "trigger", "message"),
    [
        (0, {}, "single_patient_levels: got 0; wanted a whole number of at least 1"),
        (1.5, {}, "single_patient_levels: got 1.5; wanted a whole number of at least 1"),
        (1, {"trigger_dlts": 0}, "trigger_dlts: got 0; wanted a whole number of at least 1"),
        (1, {"trigger_moderates": 0}, "trigger_moderates: got 0; wanted a whole number of at least 1"),
        (
            1,
            {"trigger_dlts": None},
            "trigger_dlts: got None; wanted .* Only confirm_at_level does without",
        ),
        (1, {"largest_step": 0.0}, "largest_step: got 0.0; wanted a number above 0"),
        (1, {"largest_step": float("nan")}, "largest_step: got nan; wanted a number above 0"),
        (
            1,
            {"trigger_moderates": 1, "confirm_at_level": True},
            "got 'confirm_at_level with trigger_moderates=1'; wanted one rule for moderate toxicities",
        ),
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


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        # Three single patients, then two more at the highest dose, which has one already.
        ({}, 3 + 2),
        # One single patient, then a full cohort above it.
        ({"single_patient_levels": 1}, 1 + 3),
        # Two patients at each dose below the highest.
        ({"confirm_at_level": True, "trigger_dlts": None}, 2 + 2 + 1 + 2),
        # From dose 1 to dose 3 at once.
        ({"largest_step": 2.0}, 1 + 1 + 2),
    ],
)
def test_patients_that_the_titration_needs_beside_a_design_of_three(discrete_blrm, settings, most):
    following = discrete_blrm([[0.05, 0.1, 0.2], [0.1, 0.2, 0.5]], [0.5, 0.5], max_patients=3)
    assert AcceleratedTitration(following, **settings).max_patients == most
