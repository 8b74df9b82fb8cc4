"""Interval designs on more patients than planned and on numbers that full cohorts do not reach."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.stats import beta

from bayesdose.designs.accelerated_titration import accelerated_titration
from bayesdose.designs.boin import boin
from bayesdose.designs.i3_plus_3 import i3_plus_3
from bayesdose.designs.interval import interval_design
from bayesdose.designs.keyboard import keyboard
from bayesdose.designs.mtpi import mtpi, mtpi2
from bayesdose.designs.running import running_state
from bayesdose.designs.tpi import tpi
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.decision_table import DecisionTable
from bayesdose.rules.elimination_by_table import eliminated_by_rows
from bayesdose.rules.mtd_selection import IsotonicClosest
from bayesdose.trial import NO_DOSE, StopReason, TrialState

THREE = DoseGrid.of_levels(3)


def counted(patients, dlts, level):
    """A batch of one trial at a level (from 0) with these counts per dose."""
    patients, dlts = np.array([patients]), np.array([dlts])
    return TrialState(np.stack([patients - dlts, dlts], axis=-1), np.array([level]), np.array([0]))


def prob_above(target, patients, dlts):
    """P(p > target) under Beta(1 + dlts, 1 + others) as a sum of binomial probabilities, exactly."""
    t, n = Fraction(target), patients + 1
    return sum(comb(n, k) * t**k * (1 - t) ** (n - k) for k in range(dlts + 1))


def test_a_dose_is_eliminated_above_the_planned_size():
    # P(p > 0.3) is 0.992 after 15 of 29, by the sum above; 4 of 4 give 1 - 0.3^5.
    assert prob_above("0.3", 29, 15) > 0.95
    design = boin(THREE, 0.3, max_patients=24)
    over = running_state(design, "1NNN 2NNT 3" + "T" * 15 + "N" * 14)
    assert design.next_cohort(over).reason(0) is StopReason.MAX_PATIENTS
    assert design.recommend(over).tolist() == [1]
    small = boin(THREE, 0.3, max_patients=12)
    for number in (12, 13):
        assert small.recommend(running_state(small, "1" + "T" * number)).tolist() == [NO_DOSE]


@pytest.mark.parametrize("make", [boin, mtpi, mtpi2, keyboard, tpi, i3_plus_3])
@pytest.mark.parametrize("titrated", [False, True])
def test_elimination_holds_for_every_number_of_patients(make, titrated):
    # One dose, 12 patients planned: no dose is recommended exactly if the dose is eliminated.
    design = make(DoseGrid.of_levels(1), 0.3, max_patients=12)
    least = {boin: 3, tpi: 2}.get(make, 1)
    prior = 0.005 if make is tpi else 1
    asked = accelerated_titration(design) if titrated else design
    patients, dlts = np.tril_indices(46)
    patients = np.concatenate([patients, np.full(501, 500)])[1:]
    dlts = np.concatenate([dlts, np.arange(501)])[1:]
    counts = np.stack([patients - dlts, dlts], axis=-1)[:, None]
    nobody = np.zeros(len(patients), dtype=int)
    recommended = asked.recommend(TrialState(counts, nobody, nobody))
    # SciPy's beta distribution, held against the exact sum where that is short.
    probability = beta.sf(0.3, prior + dlts, prior + patients - dlts)
    if make is not tpi:
        exact = [
            float(prob_above("0.3", n, y))
            for n, y in zip(patients[:300].tolist(), dlts[:300].tolist(), strict=True)
        ]
        assert np.abs(probability[:300] - exact).max() < 1e-12
    expected = np.where((patients >= least) & (probability > 0.95), NO_DOSE, 0)
    assert (recommended == expected).all()
    assert {NO_DOSE, 0} == set(expected.tolist())


def test_beyond_the_longest_table_nothing_is_guessed():
    # A table ends at 500 patients; 0.3 of 600 are far from elimination, all of 600 are eliminated.
    design = boin(DoseGrid.of_levels(1), 0.3, max_patients=12)
    assert design.recommend(counted([600], [600], 0)).tolist() == [NO_DOSE]
    assert design.recommend(counted([600], [100], 0)).tolist() == [0]
    with pytest.raises(InputError, match="got '200 DLTs in 600 patients at level 1'"):
        design.recommend(counted([600], [200], 0))


def test_uneven_cohorts_at_another_dose():
    # 3 of 4 at level 3: P(p > 0.3) = 0.969. The trial is now at level 2, which 0 of 3 would leave upwards.
    assert prob_above("0.3", 4, 3) > 0.95
    design = boin(THREE, 0.3, max_patients=24)
    state = running_state(design, "1NNN 3TTTN 2NNN")
    assert design.next_cohort(state).level.tolist() == [1]
    assert design.recommend(state).tolist() == [1]


ROWS = ("", "", "ESDU", "", "", "EESDUUU", "", "", "EESSDUUUUU")


@pytest.mark.parametrize("rows", [ROWS, ("", "", "ESSD", "", "", "EESDDUU"), ("ED", "", "", "", "EESDUU")])
def test_what_follows_from_the_rows_of_a_table(rows):
    # Every entry against every count: more DLTs and fewer patients without one are worse.
    entries = [(n, y, row[y]) for n, row in enumerate(rows, start=1) for y in range(len(row))]
    patients, dlts = np.tril_indices(16)
    eliminated, unknown = eliminated_by_rows(rows, patients, dlts)
    for n, y, is_eliminated, is_unknown in zip(patients, dlts, eliminated, unknown, strict=True):
        own = [letter for number, seen, letter in entries if (number, seen) == (n, y)]
        worse = any(u == "U" and seen <= y and m - seen >= n - y for m, seen, u in entries)
        better = any(u != "U" and seen >= y and m - seen <= n - y for m, seen, u in entries)
        expected = own == ["U"] if own else worse and n > 0
        assert is_eliminated == expected
        assert is_unknown == (not own and not worse and not better and n > 0)


def test_a_table_without_elimination_eliminates_nothing():
    patients, dlts = np.tril_indices(20)
    eliminated, unknown = eliminated_by_rows(("", "", "ESDD"), patients, dlts)
    assert not eliminated.any()
    assert not unknown.any()


def by_table(max_patients=9):
    return interval_design(THREE, DecisionTable(ROWS), IsotonicClosest(0.3), max_patients)


@pytest.mark.parametrize("number", [4, 8, 10, 13, 40])
def test_a_table_given_by_hand_goes_on_where_it_follows(number):
    # Whichever nine are taken out of the patients, five or more had a DLT: U in the table.
    design = by_table()
    assert design.recommend(running_state(design, "1" + "T" * number)).tolist() == [NO_DOSE]
    above = running_state(design, "1NNN 2NNT 3" + "T" * number)
    assert design.recommend(above).tolist() == [1]


def test_a_table_given_by_hand_stops_the_trial_at_a_number_without_a_row():
    # 4 of 4 are worse than 3 of 3, which is U: no row for four is needed.
    design = by_table()
    lowest = design.next_cohort(running_state(design, "1TTTT"))
    assert lowest.reason(0) is StopReason.LOWEST_TOO_TOXIC
    second = design.next_cohort(running_state(design, "1NNN 2TTTT"))
    assert (second.reason(0), second.level.tolist()) == (StopReason.GOES_ON, [0])


def test_a_table_given_by_hand_refuses_what_it_does_not_say():
    design = by_table()
    # 4 of 9 are D and 5 are U, so ten with five may be either; and two of two between 2 and 3 of three.
    for outcomes, words in (("1NNNNN TTTTT", "5 DLTs in 10"), ("1NNN 2TT", "2 DLTs in 2")):
        state = running_state(design, outcomes.replace("N T", "NT"))
        with pytest.raises(InputError, match=f"{words} patients at level .*with a row: 3, 6, 9"):
            design.recommend(state)
    # Nor is a dose entered of which it is not known whether it is eliminated.
    state = counted([3, 3, 2], [0, 0, 2], 1)
    with pytest.raises(InputError, match="2 DLTs in 2 patients at level 3"):
        design.next_cohort(state)
    # Below what a lower dose eliminates nothing needs to be known.
    assert design.recommend(counted([3, 3, 2], [0, 3, 2], 1)).tolist() == [0]
    # A full trial stops for that, whatever its doses.
    assert design.next_cohort(counted([3, 5, 2], [0, 0, 2], 1)).reason(0) is StopReason.MAX_PATIENTS
