"""A+B designs against the closed forms of Lin and Shih (2001), a printed example, and the 3+3."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.running import running_state
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from tests.conformance import reachable_states

# A, B, C, D, E: the 3+3, and others with every kind of threshold, equal ones and different ones.
DESIGNS = [
    (3, 3, 1, 1, 1),
    (2, 4, 1, 1, 1),
    (3, 3, 1, 2, 2),
    (4, 2, 2, 3, 3),
    (1, 2, 1, 1, 1),
    (5, 1, 1, 2, 4),
]
CURVES = [[0.05, 0.1, 0.25, 0.4, 0.6], [0.3, 0.2, 0.5, 0.1, 0.45], [0.0, 0.5, 1.0, 0.2, 0.3]]


def a_plus_b(numbers, num_doses=5, **settings):
    return APlusB(DoseGrid.of_levels(num_doses), *numbers, **settings)


def closed_form(numbers, curve, *, deescalation):
    """Selection (none first) and patients per dose, as sums over the dose that stops the escalation.

    Lin and Shih's probabilities at a dose, from binomials alone: it is passed by the first A patients
    (first) or with B more (second); and a dose that A passed is kept (kept) or rejected (rejected)
    when it is completed to A+B after a higher dose was too toxic.
    """
    a, b, c, d, e = numbers
    curve = np.asarray(curve, dtype=float)
    with_dlts = [binom.pmf(k, a, curve) for k in range(a + 1)]
    more = [binom.cdf(e - k, b, curve) for k in range(a + 1)]
    first = sum(with_dlts[:c])
    asked = sum(with_dlts[c : d + 1])
    second = sum(with_dlts[k] * more[k] for k in range(c, d + 1))
    kept = sum(with_dlts[k] * more[k] for k in range(c))
    rejected = first - kept
    passed, toxic, levels = first + second, 1 - first - second, len(curve)
    passing = a * first + (a + b) * second
    failing = a * (1 - first - asked) + (a + b) * (asked - second)
    selection, patients = np.zeros(levels + 1), np.zeros(levels)
    selection[levels] = np.prod(passed)
    for dose in range(levels):
        others = np.delete(passed, dose)
        patients[dose] += np.prod(others) * passing[dose]
    for stop in range(levels):
        # Without de-escalation the doses below keep what they had; with it, those down to `mtd` are
        # completed, and `mtd` is the first that is kept (or was completed before); -1: none.
        for mtd in range(-1, stop) if deescalation else [stop - 1]:
            ways = np.ones(levels)
            means = np.zeros(levels)
            for dose in range(stop + 1):
                if dose == stop:
                    ways[dose], means[dose] = toxic[dose], failing[dose]
                elif not deescalation or dose < mtd:
                    ways[dose], means[dose] = passed[dose], passing[dose]
                elif dose == mtd:
                    ways[dose] = second[dose] + kept[dose]
                    means[dose] = (a + b) * ways[dose]
                else:
                    ways[dose], means[dose] = rejected[dose], (a + b) * rejected[dose]
            selection[mtd + 1] += np.prod(ways)
            for dose in range(stop + 1):
                patients[dose] += np.prod(np.delete(ways, dose)) * means[dose]
    return selection, patients


@pytest.mark.parametrize("deescalation", [False, True])
@pytest.mark.parametrize("numbers", DESIGNS)
def test_closed_forms(exact, numbers, deescalation):
    # Both sides are sums of products of probabilities: 1e-12 is rounding.
    for curve in CURVES:
        result = exact(a_plus_b(numbers, deescalation=deescalation), curve)
        selection, patients = closed_form(numbers, curve, deescalation=deescalation)
        assert abs(selection.sum() - 1) < 1e-12
        assert np.abs(result.selection - selection).max() < 1e-12
        assert np.abs(result.patients - patients).max() < 1e-12
        assert np.abs(result.dlts - curve * patients).max() < 1e-12


def test_storers_form_of_the_3_plus_3(exact):
    # Without de-escalation, written out: passed with 0 of 3, or 1 of 3 and then 0 of 3.
    p = np.array([0.05, 0.1, 0.25, 0.4, 0.6])
    none, one = (1 - p) ** 3, 3 * p * (1 - p) ** 2
    passed = none + one * none
    reached = np.concatenate([[1], np.cumprod(passed)])
    selection = np.append(reached[:-1] * (1 - passed), reached[-1])
    result = exact(a_plus_b((3, 3, 1, 1, 1), deescalation=False), p)
    assert np.abs(result.selection - selection).max() < 1e-12
    assert np.abs(result.patients - reached[:-1] * (3 + 3 * one)).max() < 1e-12


@pytest.mark.parametrize("deescalation", [False, True])
def test_printed_example_of_chow_2003(exact, deescalation):
    # Chow, Shao, Wang (2003), example 11.6.2, as printed with the R package TrialSize
    # (man/AB.withDescalation.Rd): 0.2 patients expected at the seventh dose; one decimal, hence 0.05. It
    # is the same with and without de-escalation, which starts above it.
    curve = [0.01, 0.014, 0.025, 0.056, 0.177, 0.594, 0.963]
    result = exact(a_plus_b((3, 3, 1, 1, 1), num_doses=7, deescalation=deescalation), curve)
    assert abs(result.patients[6] - 0.2) < 0.05


@pytest.mark.parametrize(
    ("variant", "settings"),
    [
        ("no-deescalation", {"deescalation": False}),
        ("deescalation", {"deescalation": True}),
        ("deescalation-six", {"deescalation": True, "complete_highest": True}),
    ],
)
@pytest.mark.parametrize("start_level", [1, 3])
def test_the_3_plus_3_state_by_state(variant, settings, start_level):
    general = a_plus_b((3, 3, 1, 1, 1), num_doses=4, start_level=start_level, **settings)
    special = ThreePlusThree(DoseGrid.of_levels(4), variant, start_level)
    for state in reachable_states(general):
        one, other = general.next_cohort(state), special.next_cohort(state)
        for part in ("level", "size", "phase", "stop"):
            assert np.array_equal(getattr(one, part), getattr(other, part))
        assert np.array_equal(general.recommend(state), special.recommend(state))


def test_a_highest_dose_that_is_to_be_completed(exact):
    # One dose, A+B = 2+2, C = D = E = 1, by hand: at most one of four, but two of the first two are too many.
    p = 0.3
    accepted = binom.pmf(0, 4, p) + binom.pmf(1, 4, p)
    result = exact(a_plus_b((2, 2, 1, 1, 1), num_doses=1, deescalation=True, complete_highest=True), [p])
    assert abs(result.selection[1] - accepted) < 1e-14
    assert abs(result.patients[0] - (2 + 2 * (1 - p**2))) < 1e-14


STEPS = {
    "boundaries at equality: fewer than C = 2 pass, D = 3 adds, E = 4 passes": (
        ((5, 3, 2, 3, 4), {"deescalation": True}),
        [
            ("", "Next: 5 patients at level 1"),
            ("1NNNNT", "Next: 5 patients at level 2"),
            ("1NNNTT", "Next: 3 patients at level 1"),
            ("1NNTTT", "Next: 3 patients at level 1"),
            ("1NTTTT", "Stop: the lowest dose that may be given is too toxic. Recommended: no dose"),
            ("1NNTTT 1NNT", "Next: 5 patients at level 2"),
            ("1NNTTT 1NTT", "Stop: the lowest dose that may be given is too toxic. Recommended: no dose"),
            ("1NNNNT 2NTTTT", "Next: 3 patients at level 1"),
            (
                "1NNNNT 2NTTTT 1TTT",
                "Stop: the dose below a too toxic dose is accepted. Recommended: level 1",
            ),
        ],
    ),
    "without de-escalation the dose below is accepted as it is": (
        ((2, 4, 1, 1, 2), {"deescalation": False}),
        [
            ("1NN 2TT", "Stop: the dose below a too toxic dose is accepted. Recommended: level 1"),
            ("1NN 2NT 2NNNT", "Next: 2 patients at level 3"),
            ("1NN 2NT 2NNTT", "Stop: the dose below a too toxic dose is accepted. Recommended: level 1"),
            ("1NN 2NN 3NN", "Stop: the highest dose is accepted. Recommended: level 3"),
        ],
    ),
    "small cohorts are completed to A first": (
        ((4, 2, 1, 1, 1), {"deescalation": True}),
        [
            ("1N", "Next: 3 patients at level 1"),
            ("1T", "Next: 3 patients at level 1"),
            ("1T 1NNN", "Next: 2 patients at level 1"),
            ("1N 2TT", "Next: 3 patients at level 1"),
        ],
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_rule_in_words(case):
    (numbers, settings), steps = STEPS[case]
    design = a_plus_b(numbers, num_doses=3, **settings)
    for outcomes, sentence in steps:
        assert describe_decision(design, parse_outcomes(outcomes)).startswith(sentence), outcomes


def test_numbers_of_dlts_in_words():
    words = a_plus_b((4, 2, 2, 3, 3), num_doses=3, deescalation=True).words["Decisions"]
    assert words == (
        "after 4 patients at a dose, escalate with 0 to 1 DLTs, add 2 patients with 2 to 3 DLTs; after 6, "
        "escalate with at most 3 DLTs. A dose is too toxic with more than 3 DLTs in 4 patients or "
        "more than 3 in 6"
    )
    words = a_plus_b((1, 2, 1, 1, 1), num_doses=3, deescalation=True).words["Decisions"]
    assert words == (
        "after 1 patient at a dose, escalate with 0 DLTs, add 2 patients with 1 DLT; after 3, escalate with "
        "at most 1 DLT. A dose is too toxic with more than 1 DLT in 1 patient or more than 1 in 3"
    )


def test_between_a_and_a_plus_b_only_more_than_e_is_too_toxic():
    # Four patients are a departure from this 3+3-like design with E = 2: two DLTs are completed to six.
    design = a_plus_b((3, 3, 1, 1, 2), num_doses=3, deescalation=True)
    assert describe_decision(design, parse_outcomes("1NNTT")).startswith("Next: 2 patients at level 1")
    assert design.next_cohort(running_state(design, "1NTTT")).stop[0] > 0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.sampled_from(DESIGNS),
    st.booleans(),
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=3, max_size=3),
)
def test_a_more_toxic_drug_gives_lower_doses(exact, numbers, deescalation, curve):
    # The probability of recommending each dose or a higher one falls when all doses get more toxic.
    design = a_plus_b(numbers, num_doses=3, deescalation=deescalation)
    low = np.sort(curve)
    tails = [np.cumsum(exact(design, low + shift * (1 - low)).selection[::-1]) for shift in (0, 0.1, 0.4)]
    for milder, stronger in pairwise(tails):
        assert np.all(stronger <= milder + 1e-12)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0, 3, 1, 1, 1), "APlusB, a: got 0; wanted a whole number of at least 1"),
        ((3, 0, 1, 1, 1), "APlusB, b: got 0; wanted a whole number of at least 1"),
        ((3, 3, 1.0, 1, 1), "APlusB, c: got 1.0; wanted a whole number of at least 1"),
        ((3, 3, 2, 1, 1), "A+B design: got 'a=3, b=3, c=2, d=1, e=1'; wanted c <= d <= a and d <= e < a + b"),
        ((3, 3, 1, 4, 4), "A+B design: got 'a=3, b=3, c=1, d=4, e=4'; wanted c <= d <= a"),
        ((3, 3, 1, 2, 1), "A+B design: got 'a=3, b=3, c=1, d=2, e=1'; wanted c <= d <= a"),
        ((3, 3, 1, 1, 6), "A+B design: got 'a=3, b=3, c=1, d=1, e=6'; wanted c <= d <= a"),
    ],
)
def test_numbers_that_make_no_design(numbers, message):
    with pytest.raises(InputError) as raised:
        a_plus_b(numbers, deescalation=True)
    assert message in str(raised.value)


def test_start_level_off_the_grid():
    with pytest.raises(InputError, match="start_level: got 6; wanted a level number from 1 to 5"):
        a_plus_b((3, 3, 1, 1, 1), deescalation=True, start_level=6)
