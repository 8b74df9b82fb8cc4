"""TITE-BOIN's two rules, entry by entry, against the published tables and a package's tests."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.designs.boin import boin
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.effective_sample_size import EffectiveSampleSize
from bayesdose.late_onset.pending_decisions import pending_table
from bayesdose.late_onset.pending_rule import SUSPEND
from bayesdose.late_onset.single_imputation import SingleImputation
from bayesdose.late_onset.suspension import AccrualSuspension
from bayesdose.rules.decision_table import DEESCALATE, ELIMINATE, ESCALATE, STAY

LETTERS = {"E": "E", "S": "S", "D": "D", "DE": "U", "SUS": "W", "ES": "ES", "SD": "SD"}


def boundaries(target):
    return boin(DoseGrid.of_levels(5), target, max_patients=30).rule


def published_states(rows):
    """One row for each state that the published rows cover; NA: up to the largest number there can be."""
    for row in rows:
        n, most = int(row["n"]), row["n_tox_max"]
        for dlts in range(int(row["n_tox_min"]), (n if most == "NA" else int(most)) + 1):
            last = row["n_pending_max"]
            last = n - dlts if last == "NA" else min(int(last), n - dlts)
            for pending in range(int(row["n_pending_min"]), last + 1):
                yield (n, dlts, pending), row


def number(text):
    return None if text == "NA" else float(text)


CHEN = {"most_pending": 0.49, "least_follow_up": 0.25}


@pytest.mark.parametrize(
    ("file", "source", "target", "states", "printed", "waits"),
    [
        ("tite_boin_yuan2018.csv", "Table 1", 0.2, 320, 17, {}),
        ("tite_boin_yuan2018.csv", "Table S1", 0.3, 320, 38, {}),
        ("tite_boin_chen.csv", "Chen 2025 Table 1", 0.3, 38, 4, CHEN),
        ("tite_boin_chen.csv", "Chen 2026 Table A1", 0.25, 93, 3, CHEN),
    ],
)
def test_every_published_state(golden, file, source, target, states, printed, waits):
    rule = SingleImputation(boundaries(target), AccrualSuspension(**waits))
    rows = [row for row in golden(file) if row["source"] == source]
    expected = list(published_states(rows))
    table = pending_table(rule, max(int(row["n"]) for row in rows))
    assert len(expected) == len(table.rows) == states
    bounds = 0
    for state, row in expected:
        ours = table.row(*state)
        assert ours.decisions == LETTERS[row["decision"]], state
        nearest = (number(row["stft_escalate"]), number(row["stft_deescalate"]))
        # Printed with two decimals: equal to them, rounded to the nearest.
        assert ours.nearest == nearest, state
        bounds += sum(value is not None for value in nearest)
        if "mf" in row:
            arrays = [np.array(value) for value in state]
            early = rule.decide(*arrays, np.nextafter(arrays[2], 0), 0.2)
            assert (early == SUSPEND) == (row["mf"] == "TRUE" or row["decision"] == "SUS"), state
    assert bounds == printed


def test_side_condition_on_the_observed_rate():
    # Without y/n >= target, six patients with one DLT and three pending would be de-escalated at 0.2:
    # q = 1.1/4, r = 0.3793, (1 + 0.3793 * 3) / 6 = 0.356 > 0.238. Table 1 stays.
    rule = SingleImputation(boundaries(0.2))
    assert rule.decide(np.array(6), np.array(1), np.array(3), np.array(0.0)) == STAY


def test_elimination_counts_pending_patients_as_treated():
    # Three DLTs in nine, six pending: P(p > 0.2) is 0.879 with all nine, 0.998 with the three known alone.
    rule = SingleImputation(boundaries(0.2))
    assert rule.decide(np.array(9), np.array(3), np.array(6), np.array(3.0)) == DEESCALATE
    assert rule.decide(np.array(3), np.array(3), np.array(0), np.array(0.0)) == ELIMINATE


# simFastBOIN, test-tite_boin_decision_table.R: n, DLTs, pending, decision, effective sample sizes at which it
# changes (target 0.3; no share of pending patients suspends, escalation needs two known outcomes).
EFFECTIVE = [
    (3, 0, 1, "E", None, None),
    (3, 0, 2, "W", None, None),
    (3, 0, 3, "W", None, None),
    (3, 1, 1, "SD", None, 2.789249),
    (3, 1, 2, "SD", None, 2.789249),
    (3, 2, 1, "D", None, None),
    (6, 0, 5, "W", None, None),
    (6, 1, 3, "ES", 4.228496, None),
    (6, 1, 4, "ESD", 4.228496, 2.789249),
    (6, 1, 5, "WSD", 4.228496, 2.789249),
    (6, 2, 2, "SD", None, 5.578498),
    (9, 2, 4, "ESD", 8.456993, 5.578498),
    (9, 2, 7, "ESD", 8.456993, 5.578498),
    (9, 3, 5, "SD", None, 8.367747),
    (12, 4, 8, "SD", None, 11.156995),
    (12, 7, 5, "U", None, None),
]


@pytest.mark.parametrize(("n", "dlts", "pending", "decisions", "up", "down"), EFFECTIVE)
def test_effective_sample_size(n, dlts, pending, decisions, up, down):
    rule = EffectiveSampleSize(boundaries(0.3), AccrualSuspension(1.0, least_known=2))
    row = pending_table(rule, 12).row(n, dlts, pending)
    assert row.decisions == decisions
    for ours, printed in ((row.escalate_from, up), (row.deescalate_to, down)):
        assert (ours is None) == (printed is None)
        if printed is not None:
            # As sums of follow-up; printed with six decimals.
            assert ours + n - pending == pytest.approx(printed, abs=6e-7)


def test_example_of_titegboin():
    # next_TITE_QuasiBOIN's example: four patients at dose 5, one DLT, two pending with 28 of 28 days: ESS 3,
    # rate 1/3 between 0.2365 and 0.3585, stay.
    rule = EffectiveSampleSize(boundaries(0.3))
    assert rule.decide(np.array(4), np.array(1), np.array(2), np.array(28 / 28)) == STAY


STATES = st.integers(1, 18).flatmap(
    lambda n: st.integers(0, n).flatmap(
        lambda y: st.tuples(st.just(n), st.just(y), st.integers(0, n - y), st.floats(0, 1, exclude_max=True))
    )
)


@pytest.mark.parametrize("method", [SingleImputation, EffectiveSampleSize])
@given(state=STATES, target=st.sampled_from([0.15, 0.2, 0.25, 0.3, 0.4]))
@settings(deadline=None)
def test_rates_by_their_definition(method, state, target):
    n, y, c, share = state
    rule, boin_rule = method(boundaries(target)), boundaries(target)
    follow_up = share * c
    if method is SingleImputation:
        q = (y + target / 2) / (n - c + 1)
        rate = (y + q / (1 - q) * (c - follow_up)) / n
    else:
        size = n - c + follow_up
        rate = y / size if size else math.nan
    decision = rule.decide(*(np.array([value]) for value in (n, y, c)), np.array([follow_up]))[0]
    if boin_rule.elimination.too_toxic(np.array([n]), np.array([y]))[0]:
        assert decision == ELIMINATE
    elif y / n >= boin_rule.lambda_d:
        assert decision == DEESCALATE
    elif c > n / 2:
        assert decision == SUSPEND
    elif rate <= boin_rule.lambda_e and y / n <= boin_rule.lambda_e:
        assert decision == ESCALATE
    elif rate >= boin_rule.lambda_d and (method is EffectiveSampleSize or y / n >= target):
        assert decision == DEESCALATE
    else:
        assert decision == STAY


@pytest.mark.parametrize("method", [SingleImputation, EffectiveSampleSize])
@given(state=STATES, longer=st.floats(0, 1, exclude_max=True))
@settings(deadline=None)
def test_longer_follow_up_without_a_dlt_is_never_decided_more_severely(method, state, longer):
    n, y, c, share = state
    both = np.sort([share, longer]) * c
    decisions = method(boundaries(0.3)).decide(*(np.array([value, value]) for value in (n, y, c)), both)
    assert decisions[1] <= decisions[0]


def test_printed_boundaries_are_never_less_careful():
    rule = SingleImputation(boundaries(0.2))
    for row in pending_table(rule, 15).rows:
        for exact, printed in zip((row.escalate_from, row.deescalate_to), row.printed, strict=True):
            assert exact is None or 0 <= printed - exact < 0.01


def test_bad_input():
    with pytest.raises(InputError, match="most_pending"):
        AccrualSuspension(most_pending=1.5)
    with pytest.raises(InputError, match="pending table"):
        pending_table(SingleImputation(boundaries(0.2)), 6).row(4, 0, 0)
