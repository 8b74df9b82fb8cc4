"""Rules that count cohorts, against the cohorts as they are written."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.outcomes import Outcomes
from bayesdose.rules import (
    Coherent,
    CohortsAtDoseInARow,
    CohortsInTrial,
    LevelsAboveCurrent,
    PatientsInTrial,
)
from bayesdose.rules.remembered_cohorts import cohorts_in_a_row, cohorts_in_trial
from bayesdose.rules.remembered_counts import last_cohort
from bayesdose.trial import StopReason
from tests.conformance import check_design

GRID = bd.DoseGrid.of_levels(4)
CURVE = bd.models.PowerCurve((0.05, 0.15, 0.3, 0.5))
BOTH = CohortsInTrial(4) & CohortsAtDoseInARow(3)
MADE = {
    "boin": bd.boin(GRID, 0.25, max_patients=24, stopping=BOTH),
    "crm_mle": bd.crm_mle(
        GRID, CURVE, 0.25, 24, increments=LevelsAboveCurrent(1) & Coherent(0.25), stopping=BOTH
    ),
    "crm": bd.crm(
        GRID,
        CURVE,
        target=0.25,
        prior_sd=1.0,
        estimate="mean",
        max_patients=24,
        increments=LevelsAboveCurrent(1) & Coherent(0.25),
        stopping=BOTH,
    ),
    "titration": bd.accelerated_titration(bd.boin(GRID, 0.25, max_patients=24, stopping=BOTH), 1),
}
COHORTS = st.lists(
    st.tuples(st.integers(1, 4), st.text("NNT", min_size=1, max_size=4)), min_size=1, max_size=8
)


@pytest.mark.parametrize("name", ["boin", "crm_mle", "crm"])
@settings(max_examples=60, deadline=None)
@given(cohorts=COHORTS)
def test_what_is_remembered_are_the_cohorts_as_written(name, cohorts):
    # Any cohorts: most of them depart from the design.
    design = MADE[name]
    state = bd.running_state(design, Outcomes(tuple(cohorts)))
    in_a_row = len([list(same) for _, same in groupby(level for level, _ in cohorts)][-1])
    assert (cohorts_in_trial(state) >= 4) == (len(cohorts) >= 4)
    assert (cohorts_in_a_row(state) >= 3) == (in_a_row >= 3)
    if name != "boin":
        patients, dlts = last_cohort(state)
        letters = cohorts[-1][1]
        assert (patients[0], dlts[0]) == (len(letters), letters.count("T"))


def test_patients_outside_the_escalation_are_no_cohort():
    design = MADE["crm"]
    with_outside, without = (
        bd.running_state(design, text) for text in ("1NNN 2NNT (1NNN) 2NNN (1N)", "1NNN 2NNT 2NNN")
    )
    for count in (cohorts_in_trial, cohorts_in_a_row):
        assert count(with_outside).tolist() == count(without).tolist()


def test_a_titrations_single_patient_and_its_full_cohort_are_one():
    # One patient with a DLT at level 1, then two more there: one cohort of the design that follows.
    state = bd.running_state(MADE["titration"], "1T 1NN 1NNN")
    inner = type(state)(state.counts, state.level, state.phase // 2)
    assert cohorts_in_trial(inner).tolist() == cohorts_in_a_row(inner).tolist() == [2]


@pytest.mark.parametrize("name", MADE)
def test_the_contract_is_kept(name):
    assert check_design(MADE[name]) > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda rule: bd.boin(GRID, 0.25, max_patients=24, stopping=rule),
        lambda rule: bd.crm_mle(GRID, CURVE, 0.25, 18, increments=Coherent(0.25), stopping=rule),
    ],
)
def test_four_cohorts_of_three_are_twelve_patients(make):
    scenario = bd.scenarios.Scenario("rising", GRID, (0.1, 0.2, 0.3, 0.45))
    results = [
        bd.operating_characteristics({"design": make(rule)}, [scenario], mtd_rule=bd.rules.ClosestTo(0.25))
        for rule in (CohortsInTrial(4), PatientsInTrial(12))
    ]
    for name in ("selection_probability", "expected_patients"):
        assert np.allclose(results[0][name], results[1][name], rtol=0, atol=1e-14)


def test_the_last_cohorts_at_the_next_dose():
    design = bd.boin(GRID, 0.25, max_patients=24, stopping=CohortsAtDoseInARow(3))

    def reason(text):
        return design.next_cohort(bd.running_state(design, text)).reason(0)

    # BOIN for 0.25 stays with 1 DLT in 4 to 6 and with 2 in 7 to 9: lambda_e .197, lambda_d .298.
    assert reason("1NNN 2NNT 2NNN 2NNT") is StopReason.ENOUGH_COHORTS_AT_DOSE
    # Two cohorts there; three, one of them before another level; three, but the trial would go up.
    assert reason("1NNN 2NNT 2NNT") is StopReason.GOES_ON
    assert reason("1NNT 2NNT 1NNN 1NNT") is StopReason.GOES_ON
    assert reason("1NNT 1NNN 1NNN") is StopReason.GOES_ON


def test_the_reason_is_the_cohorts_not_the_patients():
    design = bd.boin(GRID, 0.25, max_patients=24, stopping=PatientsInTrial(12) | CohortsInTrial(3))
    # Three cohorts of three are nine patients; four of them, after a cohort of six, are twelve and more.
    for text, reason in (
        ("1NNN 2NNN", StopReason.GOES_ON),
        ("1NNN 2NNN 3NNN", StopReason.ENOUGH_COHORTS),
        ("1NNN 2NNN 3NNNNNN", StopReason.ENOUGH_IN_TRIAL),
    ):
        assert design.next_cohort(bd.running_state(design, text)).reason(0) is reason


def test_words_and_refusals():
    assert str(BOTH) == ("(4 or more cohorts in the trial) and (the last 3 cohorts were at the next dose)")
    with pytest.raises(bd.InputError, match="CohortsInTrial, number: got 101; wanted"):
        CohortsInTrial(101)
