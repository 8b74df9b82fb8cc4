"""Rolling six: its published decision table, and the design without pending outcomes."""

import numpy as np
import pytest
from scipy.stats import binom

from bayesdose.designs.rolling_six import (
    RollingSix,
    RollingSixDecision,
    rolling_six,
    rolling_six_decision,
)
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.trial import StopReason
from tests.conformance import reachable_states

GRID = DoseGrid.of_levels(4)

# Frankel et al. (2020), JAMA Network Open 3:e204787, Table 2, column "Rolling 6": row, patients enrolled
# at the level, evaluable, DLTs (each a range, both ends included), decision. Rows and parts of rows with
# more than six patients, which rolling six does not allow, are left out. "Escalate (or MTD)" is the
# decision to pass the dose.
TABLE = [
    (1, (0, 5), (0, 0), (0, 0), "stay"),
    (2, (6, 6), (0, 0), (0, 0), "hold accrual"),
    (3, (1, 5), (1, 1), (0, 0), "stay"),
    (4, (6, 6), (1, 1), (0, 0), "hold accrual"),
    (6, (2, 5), (2, 2), (0, 0), "stay"),
    (7, (6, 6), (2, 2), (0, 0), "hold accrual"),
    (9, (3, 3), (3, 3), (0, 0), "escalate"),
    (10, (4, 5), (3, 3), (0, 0), "stay"),
    (11, (6, 6), (3, 3), (0, 0), "hold accrual"),
    (13, (4, 4), (4, 4), (0, 0), "escalate"),
    (14, (5, 5), (4, 4), (0, 0), "stay"),
    (15, (6, 6), (4, 4), (0, 0), "hold accrual"),
    (16, (5, 5), (5, 5), (0, 0), "escalate"),
    (17, (6, 6), (5, 5), (0, 0), "escalate"),
    (19, (1, 5), (1, 5), (1, 1), "stay"),
    (20, (6, 6), (1, 3), (1, 1), "hold accrual"),
    (21, (6, 6), (4, 4), (1, 1), "hold accrual"),
    (22, (6, 6), (5, 5), (1, 1), "hold accrual"),
    (25, (6, 6), (6, 6), (1, 1), "escalate"),
    (26, (2, 6), (2, 6), (2, 2), "de-escalate"),
    (30, (3, 6), (3, 6), (3, 3), "de-escalate"),
]


def inclusive(bounds):
    return range(bounds[0], bounds[1] + 1)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"row {row[0]}")
def test_published_decision_table(row):
    _, enrolled, evaluable, dlts, decision = row
    cells = [
        (n, known, toxic)
        for n in inclusive(enrolled)
        for known in inclusive(evaluable)
        for toxic in inclusive(dlts)
        if toxic <= known <= n
    ]
    assert cells
    assert set(rolling_six_decision(*np.array(cells).T).tolist()) == {decision}


def test_the_table_leaves_open_only_what_follows_from_it():
    # Six of six without a DLT (row 17 passes with five of them known already), and four or more DLTs.
    listed = {
        (n, known, toxic)
        for _, enrolled, evaluable, dlts, _ in TABLE
        for n in inclusive(enrolled)
        for known in inclusive(evaluable)
        for toxic in inclusive(dlts)
    }
    every = {(n, known, toxic) for n in range(7) for known in range(n + 1) for toxic in range(known + 1)}
    unlisted = every - listed
    assert {cell for cell in unlisted if cell[2] < 4} == {(6, 6, 0)}
    assert rolling_six_decision(6, 6, 0) == RollingSixDecision.ESCALATE
    assert {str(rolling_six_decision(*cell)) for cell in unlisted - {(6, 6, 0)}} == {"de-escalate"}


@pytest.mark.parametrize(
    "counts", [(7, 3, 0), (3, 4, 0), (3, 3, 4), (3, 2, -1), (3.0, 3, 0), ([3, 3], 3, [0, 9])]
)
def test_counts_that_cannot_be(counts):
    with pytest.raises(InputError, match="wanted whole numbers with 0 <= DLTs <= evaluable <= enrolled <= 6"):
        rolling_six_decision(*counts)


@pytest.mark.parametrize("cohort_size", [3, 4, 5, 6])
def test_the_design_decides_as_the_table_with_nobody_at_risk(cohort_size):
    design = RollingSix(GRID, cohort_size, complete_highest=False)
    seen = set()
    for state in reachable_states(design):
        trial = np.arange(len(state))
        patients, dlts = state.patients[trial, state.level], state.dlts[trial, state.level]
        table = rolling_six_decision(patients, patients, dlts)
        answer = design.next_cohort(state)
        goes_on = answer.stop == StopReason.GOES_ON.code
        move = answer.level - state.level
        # A dose below a too toxic one is completed before it is accepted: the table looks at one dose.
        above = np.minimum(state.level + 1, len(GRID) - 1)
        returned = (state.dlts[trial, above] >= 2) & (above > state.level)
        plain = goes_on & ~returned
        assert np.all(table[plain & (move == 1)] == "escalate")
        assert np.all(table[plain & (move == 0)] == "stay")
        assert np.all(table[goes_on & (move == -1)] == "de-escalate")
        assert np.all(patients[plain & (move == 0)] + answer.size[plain & (move == 0)] == 6)
        # It ends only where the table passes the dose or rejects it.
        assert set(table[~goes_on]) <= {"escalate", "de-escalate"}
        seen |= set(table.tolist())
    # With six at once there is nobody left to add.
    assert seen == ({"escalate", "stay", "de-escalate"} if cohort_size < 6 else {"escalate", "de-escalate"})


@pytest.mark.parametrize("complete_highest", [False, True])
def test_cohorts_of_three_are_the_3_plus_3(exact, complete_highest):
    curve = [0.05, 0.15, 0.3, 0.5]
    slow = exact(RollingSix(GRID, 3, complete_highest), curve)
    three = exact(ThreePlusThree(GRID, "deescalation-six" if complete_highest else "deescalation"), curve)
    assert np.abs(slow.selection - three.selection).max() < 1e-14
    assert np.abs(slow.patients - three.patients).max() < 1e-13


def test_cohorts_of_six_in_closed_form(exact):
    # Every dose gets six and is passed with at most one DLT, so the MTD is the last one of a first run of
    # passed doses: nothing is left to complete on the way down.
    p = np.array([0.05, 0.15, 0.3, 0.5])
    passed = binom.cdf(1, 6, p)
    reached = np.concatenate([[1], np.cumprod(passed)])
    result = exact(RollingSix(GRID, 6, complete_highest=True), p)
    assert np.abs(result.selection - np.append(reached[:-1] * (1 - passed), reached[-1])).max() < 1e-14
    assert np.abs(result.patients - 6 * reached[:-1]).max() < 1e-13


@pytest.mark.parametrize(
    ("cohort_size", "complete_highest", "outcomes", "sentence"),
    [
        (4, False, "", "Next: 4 patients at level 1"),
        (4, False, "1NNNN", "Next: 4 patients at level 2"),
        (4, False, "1NNNT", "Next: 2 patients at level 1"),
        (4, False, "1NNNN 2NNTT", "Next: 2 patients at level 1"),
        (
            4,
            False,
            "1NNNN 2NNTT 1NT",
            "Stop: the dose below a too toxic dose is accepted. Recommended: level 1",
        ),
        # Three of three known and free of DLTs pass the dose, whatever the planned cohort.
        (6, False, "1NNN", "Next: 6 patients at level 2"),
        (6, False, "1N", "Next: 5 patients at level 1"),
        (5, False, "1NNNNN 2NNNNN 3NNNNN 4NNNNN", "Stop: the highest dose is accepted. Recommended: level 4"),
        (5, True, "1NNNNN 2NNNNN 3NNNNN 4NNNNN", "Next: 1 patient at level 4"),
    ],
)
def test_rule_in_words(cohort_size, complete_highest, outcomes, sentence):
    design = RollingSix(GRID, cohort_size, complete_highest)
    assert describe_decision(design, parse_outcomes(outcomes)).startswith(sentence)


def test_it_starts_at_the_lowest_dose_unless_told_otherwise():
    # Skolnik et al. (2008): the first patients get the lowest dose.
    first = rolling_six(GRID, 6, complete_highest=True).first_cohort()
    assert (first.level.tolist(), first.size.tolist()) == ([0], [6])
    assert rolling_six(GRID, 6, complete_highest=True, start_level=3).first_cohort().level.tolist() == [2]


@pytest.mark.parametrize(
    ("cohort_size", "message"),
    [(2, "a whole number of at least 3"), (7, ".* at most 6"), (3.0, "a whole number of at least 3")],
)
def test_cohort_sizes_that_rolling_six_does_not_have(cohort_size, message):
    with pytest.raises(InputError, match=f"RollingSix, cohort_size: got {cohort_size}; wanted {message}"):
        RollingSix(GRID, cohort_size, complete_highest=True)
