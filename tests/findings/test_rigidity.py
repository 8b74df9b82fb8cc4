"""Designs that no outcome leads upwards, as in crmPack's issues 569 and 679, and one that is not."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.findings.no_dlt_path import no_dlt_path

STEPS = bd.rules.RelativeIncrements(starts=(0, 20), shares=(1, 0.5))
FINE = bd.rules.RelativeIncrements(starts=(0, 20), shares=(1, 0.33))


def nine_doses(increments, max_patients=30):
    grid = bd.DoseGrid((1, 3, 9, 20, 30, 45, 60, 80, 100), "mg")
    return two_parameters(grid, (-0.85, 0.0), increments, max_patients)


def two_parameters(grid, mean, increments, max_patients=45):
    """crmPack's example: covariance ((1, -0.5), (-0.5, 1)), reference dose 56, target 0.2-0.35, cap 0.25."""
    prior = bd.priors.NormalPrior(mean, (1.0, 1.0), 56, -0.5)
    return bd.model_based(
        grid,
        bd.models.TwoParameterLogistic(prior),
        next_dose=bd.rules.MaxTargetProbability(0.2, 0.35),
        admissible=bd.rules.EWOC(0.35, 0.25),
        increments=increments,
        max_patients=max_patients,
        start_level=grid.values.index(3) + 1,
    )


def doses(design):
    return [design.grid.values[level] for level in no_dlt_path(design).levels]


def test_the_dose_after_the_start_needs_200_percent():
    with pytest.warns(bd.DesignWarning, match="level 2"):
        design = nine_doses(STEPS)
    assert doses(design) == [3] * 10
    with pytest.warns(bd.DesignWarning):
        check = bd.check_design(nine_doses(STEPS, max_patients=12))
    finding = check["no way up without a DLT"]
    assert finding.witness == "2NNN 2NNN 2NNN 2NNN"
    assert finding.subject.startswith("level 2 (3 mg) is the highest")
    assert len(check.named("dose that is never given")) == 7
    for scenario, found in zip(check.scenarios, finding.probability, strict=True):
        assert found == pytest.approx((1 - scenario.prob_dlt[1]) ** 12)
    confined = check["level that is never left upwards"]
    assert confined.witness == "2NNN"


def test_with_200_percent_it_is_not_rigid():
    wide = bd.rules.RelativeIncrements(starts=(0, 20), shares=(2, 0.5))
    assert doses(nine_doses(wide, 36)) == [3, 9, 20, 30, 45, 60, 60, 60, 80, 100]


def test_a_coarse_grid_above_20():
    grid = bd.DoseGrid((0.1, 0.5, 1.5, 3, 6, *range(10, 81, 10)), "mg")
    with pytest.warns(bd.DesignWarning, match="20 mg"):
        design = two_parameters(grid, (-0.85, 1.0), FINE)
    assert doses(design) == [3, 6, 10, *[20] * 12]


def test_a_fine_grid():
    grid = bd.DoseGrid((0.1, 0.5, 1.5, 3, 6, *range(10, 81, 2)), "mg")
    expected = [3, 6, 12, 24, 30, 38, 50, 58, 62, 66, 72, 78, 80]
    assert doses(two_parameters(grid, (-0.85, 1.0), FINE)) == expected


def test_too_few_patients_for_the_highest_dose():
    check = bd.check_design(bd.boin(bd.DoseGrid.of_levels(6), 0.25, max_patients=12))
    assert check["no time for the highest dose"].witness == "1NNN 2NNN 3NNN 4NNN"
    assert not check["no way up without a DLT"].found
    assert [one.subject for one in check.named("dose that is never given")] == ["level 5", "level 6"]


def test_a_level_is_left_where_outcomes_allow_it():
    check = bd.check_design(bd.boin(bd.DoseGrid.of_levels(4), 0.25, max_patients=15))
    assert not check["level that is never left upwards"].found
    assert np.all(np.array(check["no way up without a DLT"].probability) == 0)
