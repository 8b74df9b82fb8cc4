"""Weights of pending patients: dfcrm's, and what must hold for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.errors import InputError
from bayesdose.late_onset.weights import adaptive_weights, linear_weights

TIMES = st.lists(st.floats(0, 28), min_size=1, max_size=12).map(np.array)


@pytest.mark.parametrize("scheme", ["linear", "adaptive"])
def test_weights_of_dfcrm(golden, scheme):
    # dfcrm 0.2-2.1, titecrm(..., followup =, obswin =, scheme =): printed with 15 decimals.
    (case,) = (case for case in golden("dfcrm_titecrm.json")["cases"] if case.get("scheme") == scheme)
    follow_up, dlt = np.array(case["followup"]), np.array(case["tox"], dtype=bool)
    more = (follow_up[dlt],) if scheme == "adaptive" else ()
    weights = (adaptive_weights if more else linear_weights)(follow_up[~dlt], case["obswin"], *more)
    assert weights == pytest.approx(np.array(case["weights_used"])[~dlt], abs=1e-14)
    # dfcrm forces the weight of a patient with a DLT to 1.
    assert set(np.array(case["weights_used"])[dlt]) == {1}


@given(follow_up=TIMES, dlts=st.lists(st.floats(0.5, 27.5), max_size=6, unique=True))
@settings(deadline=None)
def test_adaptive_weights_by_their_definition(follow_up, dlts):
    # Cheung and Chappell (2000) as dfcrm writes it, time by time.
    z, support, expected = len(dlts), sorted(dlts), []
    for u in follow_up:
        m = sum(t <= u for t in support)
        if z == 0:
            expected.append(u / 28)
        elif m == 0:
            expected.append(u / support[0] / (z + 1))
        elif m == z:
            expected.append((z + (u - support[-1]) / (28 - support[-1])) / (z + 1))
        else:
            expected.append((m + (u - support[m - 1]) / (support[m] - support[m - 1])) / (z + 1))
    weights = adaptive_weights(follow_up, 28, np.array(dlts))
    assert weights == pytest.approx(np.array(expected), abs=1e-9)
    assert np.all((weights >= 0) & (weights <= 1))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((np.array([-1.0]), 28, np.array([])), "follow-up"),
        ((np.array([np.nan]), 28, np.array([])), "follow-up"),
        ((np.array([1.0]), 28, np.array([29.0])), "DLT times"),
        ((np.array([1.0]), 0, np.array([])), "window"),
    ],
)
def test_bad_times(arguments, names):
    with pytest.raises(InputError, match=names):
        adaptive_weights(*arguments)
