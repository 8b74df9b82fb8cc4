"""Trials with pending patients: what their properties say."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import StopReason

NUMBERS = st.integers(0, 6)


@st.composite
def trials(draw):
    batch, doses, window = (draw(st.integers(1, 4)) for _ in range(3))
    return FollowedTrials(
        draw(arrays(np.int16, (batch, doses, 2), elements=NUMBERS)),
        draw(arrays(np.int16, (batch, doses, window), elements=NUMBERS)),
        draw(arrays(np.int16, batch, elements=st.integers(0, doses - 1))),
        draw(arrays(np.int16, batch, elements=NUMBERS)),
    )


@given(trials())
def test_properties_are_those_of_the_patients_one_by_one(batch):
    for trial in range(len(batch)):
        for dose in range(batch.counts.shape[1]):
            none, dlts = batch.counts[trial, dose].tolist()
            followed = [
                step / batch.window
                for step, number in enumerate(batch.pending[trial, dose].tolist())
                for _ in range(number)
            ]
            assert batch.known[trial, dose] == none + dlts
            assert batch.dlts[trial, dose] == dlts
            assert batch.at_risk[trial, dose] == len(followed)
            assert batch.enrolled[trial, dose] == none + dlts + len(followed)
            # Rounding of a sum of a few dozen fractions.
            assert abs(batch.follow_up[trial, dose] - sum(followed)) < 1e-12
        assert batch.complete[trial] == (batch.at_risk[trial].sum() == 0)


@given(trials())
def test_pending_patients_counted_as_without_dlt(batch):
    before = batch.counts.copy()
    known = batch.as_known()
    assert np.array_equal(known.patients, batch.enrolled)
    assert np.array_equal(known.dlts, batch.dlts)
    assert np.array_equal(known.level, batch.level)
    assert np.array_equal(known.phase, batch.phase)
    assert np.array_equal(batch.counts, before), "the trials themselves stay as they are"


@given(trials())
def test_some_of_a_batch(batch):
    last = batch.take(np.array([len(batch) - 1]))
    assert len(last) == 1
    assert np.array_equal(last.enrolled[0], batch.enrolled[-1])
    assert np.array_equal(last.follow_up[0], batch.follow_up[-1])


def test_who_is_enrolled():
    answer = Enrolment(
        level=np.array([1, 1, 1]),
        phase=np.array([0, 0, 0]),
        stop=np.array([0, StopReason.MAX_PATIENTS.code, 0]),
        waits=np.array([False, False, True]),
    )
    assert answer.enrols.tolist() == [True, False, False]
    assert answer.take(np.array([2])).enrols.tolist() == [False]
    assert Enrolment.single(2, 1).enrols.tolist() == [True]
