"""MTD selection, against BOIN's select.mtd, mTPI's printed examples and cases by hand."""

import numpy as np
import pytest

from bayesdose.designs.boin import boin
from bayesdose.designs.mtpi import mtpi
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd_selection import IsotonicClosest, IsotonicHighestBelow, isotonic_estimate
from bayesdose.trial import TrialState


def state(patients, dlts):
    """A batch of one trial, or of several."""
    patients, dlts = np.atleast_2d(patients), np.atleast_2d(dlts)
    batch = len(patients)
    counts = np.stack([patients - dlts, dlts], axis=-1)
    return TrialState(counts, np.zeros(batch, dtype=int), np.zeros(batch, dtype=int))


def test_every_selection_of_the_boin_package(golden):
    # BOIN 2.7.2, select.mtd; 99 means none.
    cases = golden("boin_select_mtd.json")["cases"]
    assert len(cases) == 144
    for case in cases:
        design = boin(
            DoseGrid.of_levels(5),
            case["target"],
            max_patients=60,
            cutoff=case["cutoff.eli"],
            extra_safe=case["offset"] if case["extrasafe"] else None,
            bound_mtd=case["boundMTD"],
        )
        selected = int(design.recommend(state(case["npts"], case["ntox"]))[0])
        assert selected == (-1 if case["MTD"] == 99 else case["MTD"] - 1), case


def test_a_batch_is_selected_as_one_by_one(golden):
    cases = [case for case in golden("boin_select_mtd.json")["cases"] if not case["boundMTD"]]
    rule = IsotonicClosest(0.25)
    together = rule.select(state([case["npts"] for case in cases], [case["ntox"] for case in cases]))
    alone = [int(rule.select(state(case["npts"], case["ntox"]))[0]) for case in cases]
    assert together.tolist() == alone


def test_estimates_of_the_boin_package(golden):
    # Printed with two decimals, for every dose that was given: 0.005 of rounding.
    for case in golden("boin_select_mtd.json")["cases"]:
        patients, dlts = np.atleast_2d(case["npts"]), np.atleast_2d(case["ntox"])
        estimate = isotonic_estimate(patients, dlts, 0.05, patients > 0)[0]
        for value, printed in zip(estimate, case["phat_str"], strict=True):
            assert np.isnan(value) if printed == "----" else abs(value - float(printed)) < 0.005 + 1e-9


@pytest.mark.parametrize(
    ("dlts", "level"),
    [([1, 2, 4, 5, 7], 2), ([1, 2, 3, 5, 7], 2), ([1, 2, 2, 5, 7], 3), ([1, 2, 2, 3, 7], 3)],
)
def test_mtpis_examples(dlts, level):
    # Ji et al. (2010): target 0.25, ten patients a dose, as asserted in the R package escalation. The package
    # adds 1 to the counts, so that 2 of 10 is a tie at 0.25 itself; the published operating characteristics
    # need 0.005 (tests/designs/test_interval.py).
    selected = IsotonicClosest(0.25, 0.005).select(state([10] * 5, dlts))
    assert selected.tolist() == [level - 1]


def test_ties():
    closest = IsotonicClosest(0.25)
    # The same estimate below the target: the highest; above it: the lowest.
    assert closest.select(state([6, 6, 6], [1, 1, 1])).tolist() == [2]
    assert closest.select(state([6, 6, 6], [3, 3, 3])).tolist() == [0]
    # Pooled doses tie too: 2 of 6 and 0 of 6 become 1 of 6 each.
    assert closest.select(state([6, 6, 6], [2, 0, 4])).tolist() == [1]
    # 0.2 and 0.3 without pseudo-counts are equally far from 0.25: the lower dose.
    assert IsotonicClosest(0.25, 0.0).select(state([10, 10], [2, 3])).tolist() == [0]


def test_doses_that_may_not_be_selected():
    trial = state([6, 6, 6, 0], [0, 1, 3, 0])
    closest = IsotonicClosest(0.4)
    assert closest.select(trial).tolist() == [2]
    assert closest.select(trial, np.array([[True, True, False, True]])).tolist() == [1]
    assert closest.select(trial, np.zeros((1, 4), dtype=bool)).tolist() == [-1]
    assert closest.select(state([0, 0], [0, 0])).tolist() == [-1]


def test_bound_of_the_estimate_is_strict():
    # Without pseudo-counts 3 of 12 is 0.25, and the tie-break lifts it above a bound of 0.25.
    trial = state([12, 12], [1, 3])
    assert IsotonicClosest(0.25, 0.0).select(trial).tolist() == [1]
    assert IsotonicClosest(0.25, 0.0, below=0.25).select(trial).tolist() == [0]
    assert IsotonicClosest(0.25, 0.0, below=0.26).select(trial).tolist() == [1]
    assert IsotonicClosest(0.25, 0.0, below=0.08).select(trial).tolist() == [-1]


def test_highest_below_a_limit():
    trials = state([[3, 6, 6], [6, 6, 3], [3, 0, 0], [6, 3, 3]], [[0, 1, 2], [1, 3, 1], [1, 0, 0], [3, 0, 0]])
    # Second trial: 3 of 6 and 1 of 3 pool to 4 of 9. Third: 1 of 3 is not below 1/3. Fourth: all pool to 1/4.
    assert IsotonicHighestBelow(1 / 3).select(trials).tolist() == [1, 0, -1, 2]
    assert IsotonicHighestBelow(0.334).select(trials).tolist() == [2, 0, 0, 2]
    allowed = np.array([[True, False, False]] * 4)
    assert IsotonicHighestBelow(0.334).select(trials, allowed).tolist() == [0, 0, 0, -1]
    # 1.05 of 3.1 is above 0.334.
    assert IsotonicHighestBelow(0.334, pseudo_counts=0.05).select(trials)[2] == -1


def test_a_pooled_rate_that_equals_the_limit_is_not_below_it():
    # All four pool to 31 of 100, which comes out one bit below 0.31.
    trial = state([43, 28, 24, 5], [23, 6, 2, 0])
    assert IsotonicHighestBelow(0.31).select(trial).tolist() == [-1]
    assert IsotonicHighestBelow(0.31 + 1e-9).select(trial).tolist() == [3]


def test_designs_differ_in_their_selection():
    grid = DoseGrid.of_levels(2)
    assert boin(grid, 0.25, max_patients=9).mtd_selection == IsotonicClosest(0.25, 0.05)
    assert mtpi(grid, 0.25, max_patients=9).mtd_selection == IsotonicClosest(0.25, 0.005)
    given = IsotonicHighestBelow(0.3)
    assert mtpi(grid, 0.25, max_patients=9, mtd_selection=given).mtd_selection == given


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: IsotonicClosest(0), "IsotonicClosest, target: got 0"),
        (lambda: IsotonicClosest(0.3, -0.1), "pseudo_counts: got -0.1; wanted a number of at least 0"),
        (lambda: IsotonicClosest(0.3, below=2), "IsotonicClosest, below: got 2"),
        (lambda: IsotonicHighestBelow(1.5), "IsotonicHighestBelow, limit: got 1.5"),
        (lambda: IsotonicHighestBelow(0.3, np.inf), "pseudo_counts: got inf"),
    ],
)
def test_bad_numbers(make, message):
    with pytest.raises(InputError, match=message):
        make()
