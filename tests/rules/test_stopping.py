"""Stopping rules on a batch of three trials, and what their combinations say."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.increments import LevelsAboveCurrent
from bayesdose.rules.stopping import PatientsAtDose, PatientsInTrial, StaysAtDose
from bayesdose.trial import StopReason, TrialState

AT_DOSE, IN_TRIAL = StopReason.ENOUGH_AT_DOSE.code, StopReason.ENOUGH_IN_TRIAL.code


@pytest.fixture
def state():
    patients = np.array([[3, 6, 0], [6, 6, 3], [3, 3, 3]])
    counts = np.stack([patients, np.zeros_like(patients)], axis=-1)
    return TrialState(counts, level=np.array([1, 2, 2]), phase=np.zeros(3, dtype=int))


def test_patients_at_the_next_dose_and_in_the_trial(state):
    next_level = np.array([1, 2, 0])
    assert PatientsAtDose(6).stop(state, next_level).tolist() == [AT_DOSE, 0, 0]
    assert PatientsInTrial(10).stop(state, next_level).tolist() == [0, IN_TRIAL, 0]


def test_staying_at_a_dose_with_enough_patients(state):
    # At level 2 with 6 patients; at level 3 with 3; at level 3 with 3, but leaving it.
    next_level = np.array([1, 2, 1])
    assert StaysAtDose(6).stop(state, next_level).tolist() == [AT_DOSE, 0, 0]
    assert StaysAtDose(3).stop(state, next_level).tolist() == [AT_DOSE, AT_DOSE, 0]
    assert StaysAtDose(7).stop(state, next_level).tolist() == [0, 0, 0]
    assert (StaysAtDose(3) & PatientsInTrial(12)).stop(state, next_level).tolist() == [0, AT_DOSE, 0]


def test_and_stops_where_both_do_with_the_first_reason(state):
    next_level = np.array([1, 1, 1])
    assert (PatientsAtDose(6) & PatientsInTrial(12)).stop(state, next_level).tolist() == [0, AT_DOSE, 0]
    assert (PatientsInTrial(12) & PatientsAtDose(6)).stop(state, next_level).tolist() == [0, IN_TRIAL, 0]


def test_or_stops_where_one_does_with_the_first_reason_that_fired(state):
    next_level = np.array([1, 1, 1])
    assert (PatientsAtDose(6) | PatientsInTrial(9)).stop(state, next_level).tolist() == [
        AT_DOSE,
        AT_DOSE,
        IN_TRIAL,
    ]
    assert (PatientsInTrial(12) | PatientsAtDose(6)).stop(state, next_level).tolist() == [
        AT_DOSE,
        IN_TRIAL,
        0,
    ]


def test_combinations_combine_further(state):
    rule = (PatientsAtDose(6) & PatientsInTrial(12)) | PatientsInTrial(15) | PatientsAtDose(100)
    assert rule.stop(state, np.array([1, 0, 2])).tolist() == [0, AT_DOSE, 0]


@pytest.mark.parametrize("rule", [PatientsAtDose, PatientsInTrial, StaysAtDose])
@pytest.mark.parametrize("number", [0, -3, 2.5, "6", True, None, 10**9])
def test_numbers_out_of_range(rule, number):
    with pytest.raises(
        InputError, match=r"^(Patients|Stays).*, number: got .*; wanted a whole number of at least 1"
    ):
        rule(number)


@pytest.mark.parametrize(
    ("join", "message"),
    [
        (
            lambda: PatientsAtDose(9) & EWOC(0.33, 0.25),
            "rules joined by &: got EWOC.*; wanted a StoppingRule",
        ),
        (
            lambda: EWOC(0.33, 0.25) | PatientsAtDose(9),
            r"by \|: got PatientsAtDose.*; wanted an AdmissibleRule",
        ),
        (lambda: PatientsAtDose(9) | 3, r"rules joined by \|: got 3; wanted a StoppingRule on both sides"),
        (lambda: 3 | PatientsAtDose(9), r"rules joined by \|: got 3; wanted a StoppingRule"),
        (lambda: None & EWOC(0.33, 0.25), "rules joined by &: got None; wanted an AdmissibleRule"),
        # What people wrote who wanted a hard safety rule beside a BLRM (crmPack issues 111, 112).
        (lambda: EWOC(0.33, 0.25) & BetaElimination(0.3), r"increments & NotEliminated\(BetaElimination"),
        (
            lambda: PatientsAtDose(9) & PatientsAtDose,
            "rules joined by &: got <class .*; wanted a StoppingRule",
        ),
        (lambda: LevelsAboveCurrent(1) & 1, "rules joined by &: got 1; wanted an IncrementsRule"),
        (lambda: "x" & LevelsAboveCurrent(1), "rules joined by &: got 'x'; wanted an IncrementsRule"),
    ],
)
def test_only_rules_of_one_kind_are_joined(join, message):
    with pytest.raises(InputError, match=message):
        join()
