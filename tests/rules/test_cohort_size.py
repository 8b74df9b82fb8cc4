"""Cohort sizes by hand, at the numbers from which they hold."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.rules.cohort_size import (
    CohortSizeByDLTs,
    CohortSizeByLevel,
    CohortSizeByPatients,
    ConstantCohortSize,
    LargestCohortSize,
    as_cohort_size,
)


def size(rule, state, next_level):
    return rule.size(state, np.array([next_level - 1])).tolist()


def test_sizes(trial):
    state = trial([1, 3, 0, 0], [0, 1, 0, 0], level=2)
    assert size(ConstantCohortSize(2), state, 3) == [2]
    by_level = CohortSizeByLevel((1, 3), (1, 3))
    assert [size(by_level, state, level) for level in (1, 2, 3, 4)] == [[1], [1], [3], [3]]
    assert size(CohortSizeByDLTs((0, 1, 2), (1, 3, 6)), state, 3) == [3]
    assert size(CohortSizeByDLTs((0, 2), (1, 3)), state, 3) == [1]
    assert size(CohortSizeByPatients((0, 4), (1, 3)), state, 3) == [3]
    assert size(CohortSizeByPatients((0, 5), (1, 3)), state, 3) == [1]


def test_the_largest_of_several(trial):
    rule = LargestCohortSize((CohortSizeByLevel((1, 3), (1, 3)), CohortSizeByDLTs((0, 1), (1, 2))))
    # Without a DLT the level decides alone; with one two patients at least.
    clean, toxic = trial([1, 3, 0, 0], [0, 0, 0, 0], level=2), trial([1, 3, 0, 0], [0, 1, 0, 0], level=2)
    assert [size(rule, clean, level) for level in (2, 3)] == [[1], [3]]
    assert [size(rule, toxic, level) for level in (2, 3)] == [[2], [3]]
    # A number is a rule too.
    assert size(LargestCohortSize((ConstantCohortSize(2), CohortSizeByLevel((1,), (1,)))), clean, 1) == [2]


def test_a_number_is_a_constant_size():
    assert as_cohort_size(3) == ConstantCohortSize(3)
    assert as_cohort_size(np.int64(3)) == ConstantCohortSize(3)
    rule = CohortSizeByLevel((1,), (2,))
    assert as_cohort_size(rule) is rule


def test_labels():
    assert str(ConstantCohortSize(3)) == "cohorts of 3"
    assert str(CohortSizeByLevel((1, 3), (1, 3))) == "cohorts of 1 from level 1, 3 from level 3"
    assert str(CohortSizeByDLTs((0, 1), (1, 3))) == "cohorts of 1 from DLTs 0, 3 from DLTs 1"
    assert str(CohortSizeByPatients((0, 4), (1, 3))) == "cohorts of 1 from patients 0, 3 from patients 4"
    both = LargestCohortSize((ConstantCohortSize(2), CohortSizeByDLTs((0, 1), (1, 3))))
    assert str(both) == "largest of (cohorts of 2), (cohorts of 1 from DLTs 0, 3 from DLTs 1)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: as_cohort_size(0),
            "ConstantCohortSize, patients: got 0; wanted a whole number of at least 1",
        ),
        (lambda: as_cohort_size("3"), "cohort size: got '3'"),
        (lambda: as_cohort_size(np.float64(2.5)), "cohort size: got"),
        (
            lambda: CohortSizeByLevel((0, 3), (1, 3)),
            "CohortSizeByLevel, starts.0.: got 0; wanted a whole number of at least 1",
        ),
        (lambda: CohortSizeByLevel((2, 3), (1, 3)), "starts: got .2, 3.; wanted .* increase from 1"),
        (lambda: CohortSizeByDLTs((1, 2), (1, 3)), "CohortSizeByDLTs, starts: got .1, 2.; wanted .* from 0"),
        (lambda: CohortSizeByPatients((0, 0), (1, 3)), "CohortSizeByPatients, starts: got .0, 0."),
        (
            lambda: CohortSizeByPatients((0, 3.5), (1, 3)),
            "CohortSizeByPatients, starts.1.: got 3.5; wanted a whole number",
        ),
        (lambda: CohortSizeByLevel((1, 3), (1,)), "CohortSizeByLevel, sizes: got .1,.; wanted 2 numbers"),
        (
            lambda: CohortSizeByLevel((1, 3), (0, 3)),
            "CohortSizeByLevel, sizes.0.: got 0; wanted a whole number of at least 1",
        ),
        (
            lambda: LargestCohortSize(()),
            "LargestCohortSize, rules: got .*; wanted .* with at least 1 of them",
        ),
        (lambda: LargestCohortSize((3,)), "rules.0.: got 3; wanted a CohortSize"),
        (lambda: LargestCohortSize((np.int64(3),)), "LargestCohortSize, rules: got .*; wanted"),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
