"""Curves with the MTD just below the limit."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError

GRID = bd.DoseGrid((1, 2, 4, 8), "mg")


@pytest.mark.parametrize(
    ("rule", "limit"), [(bd.rules.HighestBelow(0.30), 0.30), (bd.rules.ClosestTo(0.25), 0.25)]
)
def test_the_mtd_is_just_below_the_limit_and_the_next_dose_just_above(rule, limit):
    found = bd.scenarios.near_limit_scenarios(GRID, rule)
    assert [one.name for one in found] == [f"near MTD {label} mg" for label in GRID.labels]
    for mtd, one in enumerate(found):
        curve = np.array(one.prob_dlt)
        assert int(rule.mtd(curve)) == mtd
        assert curve[mtd] == pytest.approx(limit - 0.02, abs=1e-15)
        assert curve[mtd + 1 : mtd + 2] == pytest.approx([limit + 0.02] * (mtd < 3), abs=1e-15)
        # The odds of the others rise by exp(0.8) a level.
        rise = np.diff(np.log(curve / (1 - curve)))
        others = np.delete(rise, mtd) if mtd < 3 else rise
        assert others == pytest.approx(0.8)


def test_a_limit_that_leaves_no_room():
    with pytest.raises(InputError, match="a limit further from 0 and 1"):
        bd.scenarios.near_limit_scenarios(GRID, bd.rules.HighestBelow(0.01))
