"""EWOC whose feasibility bound rises with the patients: at each of them, the rule with that bound."""

import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.rules import MTDEWOC, MTDEWOCByPatients

RISING = MTDEWOCByPatients(0.3, (0, 6, 12), (0.25, 0.35, 0.5))
GRID = bd.DoseGrid((10, 20, 40, 80), "mg")


def made(rule):
    return bd.model_based(
        GRID,
        bd.models.two_parameter_logistic(GRID, bd.priors.NormalPrior((-0.85, 0), (1, 0.5), 40)),
        admissible=rule,
        next_dose=bd.rules.HighestAllowed(),
        max_patients=18,
    )


def test_the_bound_that_holds(hand_made):
    # Probabilities that the MTD is below the dose of 0.25, 0.35, 0.5 and 0.51.
    below = {0.3: [0.75, 0.65, 0.5, 0.49]}
    for patients, admissible in ((0, 1), (5, 1), (6, 2), (11, 2), (12, 3), (500, 3)):
        posterior = hand_made(below, num_patients=patients)
        assert RISING.admissible(posterior).sum() == admissible
    assert RISING.margin(hand_made(below, num_patients=6))[0] == pytest.approx(
        [0.1, 0, 0.15, 0.16], abs=1e-15
    )
    assert str(RISING) == (
        "P(MTD < dose) <= 0.25 from 0 patients, 0.35 from 6 patients, 0.5 from 12 patients, "
        "MTD at P(DLT) = 0.3"
    )


def test_a_design_decides_as_one_with_the_bound_of_its_number_of_patients():
    rising, fixed = made(RISING), {6: made(MTDEWOC(0.3, 0.35)), 12: made(MTDEWOC(0.3, 0.5))}
    first = made(MTDEWOC(0.3, 0.25))
    differs = 0
    for text in ("1NNN", "1NNT", "1NNN 2NNT", "1NNT 1NNT", "1NNN 2NNT 2NNT", "1NNN 2NNT 3NTT 2NNT"):
        state = bd.running_state(rising, text)
        number = state.patients.sum()
        same = fixed[12] if number >= 12 else fixed[6] if number >= 6 else first
        answers = [(one.next_cohort(state).level, one.recommend(state)) for one in (rising, same, first)]
        assert answers[0] == answers[1]
        differs += answers[0] != answers[2]
    assert differs


def test_refused():
    with pytest.raises(InputError, match="feasibility_bounds: got .0.25,.; wanted 2 numbers"):
        MTDEWOCByPatients(0.3, (0, 6), (0.25,))
    with pytest.raises(InputError, match="starts: got .1,.; wanted"):
        MTDEWOCByPatients(0.3, (1,), (0.25,))
