"""Patients who are not evaluable: in the record, not counted, and replaced or not as asked for."""

import pytest

import bayesdose as bd
from bayesdose.designs.running import departures, running_state

GRID = bd.DoseGrid((500, 650, 825), unit="mg")
THREE = bd.three_plus_three(GRID, "deescalation")
BOIN = bd.boin(GRID, 0.3, max_patients=24)


def first_sentence(design, text, replace):
    return bd.describe_decision(design, text, replace=replace).split(". ")[0].rstrip(".")


@pytest.mark.parametrize(
    ("design", "text", "kept", "replaced"),
    [
        # BOIN decides on two patients: 0 of 2 goes up, 1 of 2 goes down (boundaries .236 and .358).
        (BOIN, "1NNN 2NNX", "3 patients at level 3", "1 patient at level 2"),
        (BOIN, "1NNN 2NXT", "3 patients at level 1", "3 patients at level 1"),
        # Replaced, once in the same cohort and once two.
        (BOIN, "1NNN 2NNXN", "3 patients at level 3", "3 patients at level 3"),
        (BOIN, "1NNN 2NXX", "3 patients at level 3", "2 patients at level 2"),
        # Of an earlier cohort nobody is replaced.
        (BOIN, "1NNX 2NNN", "3 patients at level 3", "3 patients at level 3"),
        # 3+3 completes a cohort to three itself, and two DLTs need no third patient.
        (THREE, "1NNN 2NNX", "1 patient at level 2", "1 patient at level 2"),
        (THREE, "1NNN 2TTX", "3 patients at level 1", "3 patients at level 1"),
        (THREE, "1NNN 2NNTX", "3 patients at level 2", "3 patients at level 2"),
        # A cohort without an evaluable patient is given again.
        (BOIN, "1NNN 2XXX", "3 patients at level 2", "3 patients at level 2"),
        (BOIN, "1XXX", "3 patients at level 1", "3 patients at level 1"),
        # Outside the escalation nobody is replaced.
        (BOIN, "1NNN 2NNN (1NX)", "3 patients at level 3", "3 patients at level 3"),
    ],
)
def test_replaced_or_not(design, text, kept, replaced):
    for replace, expected in ((False, kept), (True, replaced)):
        assert first_sentence(design, text, replace).startswith(f"Next: {expected} (")


def test_the_answer_names_them_and_the_rule():
    for replace, rule in (
        (False, "not replaced"),
        (True, "replaced in the last cohort unless the others forbid it"),
    ):
        text = bd.describe_decision(BOIN, "1NNX 2NXNX", replace=replace)
        assert f"not counted: 1 patient of cohort 1, 2 patients of cohort 2; {rule}." in text
        assert "Not evaluable" not in bd.describe_decision(BOIN, "1NNN", replace=replace)


def test_the_state_is_that_without_them():
    for text, without in (("1NNXN 2XXX 2NNT", "1NNN 2NNT"), ("1NXN (1X) 2NT", "1NN 2NT")):
        states = [running_state(BOIN, one) for one in (text, without)]
        assert states[0].counts.tolist() == states[1].counts.tolist()
        assert states[0].level.tolist() == states[1].level.tolist()
        assert states[0].phase.tolist() == states[1].phase.tolist()


def test_they_are_no_departure_whether_replaced_or_not():
    assert departures(BOIN, "1NNX 2NNXN 3NXX") == ()
    # Six patients where three are planned are one, evaluable or not.
    assert [one.number for one in departures(BOIN, "1NNNNXX")] == [1]
    assert [one.number for one in departures(BOIN, "1NNN 3XXX")] == [2]


def test_the_posterior_does_not_count_them():
    model = bd.models.two_parameter_logistic(GRID, bd.priors.NormalPrior((-0.85, 0), (1, 0.5), 650))
    with_them, without = (
        bd.exact_posterior(model, text, bounds=(0.3,))["mean"].values for text in ("1NNXN 2TX", "1NNN 2T")
    )
    assert with_them.tolist() == without.tolist()


def test_a_level_off_the_grid_is_refused_even_there():
    with pytest.raises(bd.InputError, match="4X"):
        bd.describe_decision(BOIN, "4X")


def test_a_titrations_patient_is_given_again():
    design = bd.accelerated_titration(THREE, 2)
    assert first_sentence(design, "1X", False).startswith("Next: 1 patient at level 1")
    assert first_sentence(design, "1N 2X", False).startswith("Next: 1 patient at level 2")
