"""Patients at doses near the next one, by hand."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.rules import PatientsAtDose, PatientsInTrial, PatientsNearDose
from bayesdose.trial import StopReason

GRID = bd.DoseGrid((7, 10, 13, 13.1), "mg")


def test_doses_within_a_share_of_the_next_one(trial):
    state = trial([1, 2, 4, 8], [0, 0, 0, 0], level=1)
    # Within 30 %: of 7 mg 4.9 to 9.1, of 10 mg 7 to 13, of 13 mg 9.1 to 16.9, of 13.1 mg 9.17 to 17.03.
    for level, near in ((0, 1), (1, 7), (2, 14), (3, 14)):
        for number, reason in ((near, StopReason.ENOUGH_AT_DOSE), (near + 1, StopReason.GOES_ON)):
            rule = PatientsNearDose(number, 0.3, GRID)
            assert rule.stop(state, np.array([level])).tolist() == [reason.code]
    assert str(PatientsNearDose(9, 0.3, GRID)) == "9 or more patients within 30 % of the next dose"


def test_decimal_doses_at_exactly_the_share(trial):
    # 0.7 mg and 1.3 mg are 30 % from 1 mg, as 0.21 and 0.39 are from 0.3; floats are a last bit off.
    state = trial([1, 2, 4], [0, 0, 0], level=1)
    for values in ((0.7, 1.0, 1.3), (0.21, 0.3, 0.39), (0.42, 0.6, 0.78), (0.77, 1.1, 1.43)):
        rule = PatientsNearDose(7, 0.3, bd.DoseGrid(values, "mg"))
        assert rule.stop(state, np.array([1])).tolist() == [StopReason.ENOUGH_AT_DOSE.code]


def test_no_width_is_the_dose_itself(trial):
    state = trial([1, 2, 4, 8], [0, 0, 0, 0], level=1)
    for level in range(4):
        answers = [
            rule.stop(state, np.array([level])).tolist()
            for rule in (PatientsNearDose(4, 0, GRID), PatientsAtDose(4))
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "make",
    [
        lambda rule: bd.boin(bd.DoseGrid.of_levels(4), 0.3, max_patients=12, stopping=rule),
        lambda rule: bd.crm_mle(
            bd.DoseGrid.of_levels(4), bd.models.PowerCurve((0.1, 0.2, 0.3, 0.4)), 0.3, 12, stopping=rule
        ),
        lambda rule: bd.crm(
            bd.DoseGrid.of_levels(4),
            bd.models.PowerCurve((0.1, 0.2, 0.3, 0.4)),
            target=0.3,
            prior_sd=1.0,
            estimate="mean",
            max_patients=12,
            stopping=rule,
        ),
    ],
)
def test_the_designs_doses_are_wanted(make):
    rule = PatientsInTrial(9) & (PatientsNearDose(9, 0.3, GRID) | PatientsAtDose(6))
    with pytest.raises(bd.InputError, match=r"7, 10, 13, 13.1 mg'; wanted the design's doses, levels 1"):
        make(rule)
    own = PatientsInTrial(9) & PatientsNearDose(9, 0.3, bd.DoseGrid.of_levels(4))
    assert make(own).stopping == own


def test_a_file_states_the_doses_once(tmp_path):
    design = bd.boin(GRID, 0.3, max_patients=12, stopping=PatientsNearDose(9, 0.3, GRID) & PatientsInTrial(6))
    path = tmp_path / "design.toml"
    bd.save_design(design, path)
    assert path.read_text(encoding="utf-8").count("13.1") == 2  # the dose and its label
    assert bd.load_design(path) == design
