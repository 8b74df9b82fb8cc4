"""Elimination by the beta-binomial model, against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesdose.errors import InputError
from bayesdose.rules.elimination import BetaElimination
from bayesdose.trial import TrialState


def too_toxic(rule, patients, dlts):
    return bool(rule.too_toxic(np.array([patients]), np.array([dlts]))[0])


@pytest.mark.parametrize("patients", [1, 3, 6])
def test_all_with_dlt_in_closed_form(patients):
    # Posterior Beta(n + 1, 1): P(p > t) = 1 - t^(n + 1).
    probability = 1 - 0.3 ** (patients + 1)
    assert too_toxic(BetaElimination(0.3, probability - 1e-12), patients, patients)
    assert not too_toxic(BetaElimination(0.3, probability + 1e-12), patients, patients)


def test_a_probability_equal_to_the_cutoff_does_not_eliminate():
    # 3 DLTs in 3 at target 1/2: 1 - (1/2)^4 = 15/16, exact in binary.
    assert not too_toxic(BetaElimination(0.5, 0.9375), 3, 3)
    assert too_toxic(BetaElimination(0.5, np.nextafter(0.9375, 0)), 3, 3)


def test_a_dose_needs_the_least_number_of_patients():
    assert too_toxic(BetaElimination(0.2), 2, 2)
    assert not too_toxic(BetaElimination(0.2, min_patients=3), 2, 2)
    assert too_toxic(BetaElimination(0.2, min_patients=3), 3, 2)


def test_the_prior_moves_the_boundary():
    # 5 DLTs in 9 at 0.3: P(p > 0.3) is 0.9527 under Beta(1, 1), 0.9405 under Beta(0.005, 0.005).
    assert too_toxic(BetaElimination(0.3), 9, 5)
    assert not too_toxic(BetaElimination(0.3, prior=(0.005, 0.005)), 9, 5)


def test_higher_doses_go_too():
    patients, dlts = np.array([[3, 3, 3], [3, 3, 0], [3, 0, 0]]), np.array([[0, 3, 0], [1, 1, 0], [3, 0, 0]])
    state = TrialState(np.stack([patients - dlts, dlts], axis=-1), np.zeros(3, int), np.zeros(3, int))
    expected = [[False, True, True], [False, False, False], [True, True, True]]
    assert BetaElimination(0.3).eliminated(state).tolist() == expected


@given(
    patients=st.integers(1, 60),
    share=st.floats(0, 1),
    target=st.floats(0.05, 0.6),
    cutoff=st.floats(0.5, 0.999),
)
def test_more_dlts_and_a_lower_cutoff_eliminate_more(patients, share, target, cutoff):
    dlts = round(share * (patients - 1))
    rule = BetaElimination(target, cutoff)
    assert too_toxic(rule, patients, dlts) <= too_toxic(rule, patients, dlts + 1)
    assert too_toxic(rule, patients, dlts) <= too_toxic(
        BetaElimination(target, cutoff - 0.01), patients, dlts
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": 0.0}, "BetaElimination, target: got 0.0"),
        ({"target": 0.3, "cutoff": 1.2}, "BetaElimination, cutoff: got 1.2"),
        ({"target": 0.3, "min_patients": 0}, "BetaElimination, min_patients: got 0"),
        ({"target": 0.3, "prior": (1, 0)}, "prior[1]: got 0; wanted a number above 0"),
        ({"target": 0.3, "prior": (1,)}, "prior: got (1,); wanted 2 values"),
    ],
)
def test_bad_numbers(settings, message):
    with pytest.raises(InputError) as caught:
        BetaElimination(**settings)
    assert message in str(caught.value)
