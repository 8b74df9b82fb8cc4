"""A credible interval inside a range, against quantiles of beta distributions."""

import numpy as np
import pytest
from scipy.stats import beta

from bayesdose.errors import InputError
from bayesdose.rules.posterior_precision import CredibleIntervalInside
from bayesdose.trial import StopReason

RULE = CredibleIntervalInside(0.1, 0.5)


def test_it_fires_where_both_quantiles_are_inside(hand_made, trial):
    state, next_level = trial([3, 3], [0, 1], level=2), np.array([1])
    fired = []
    for number in range(5, 200, 5):
        share = beta(0.3 * number, 0.7 * number)
        posterior = hand_made({bound: [0.0, share.cdf(bound)] for bound in RULE.bounds})
        inside = share.ppf(0.025) >= 0.1 and share.ppf(0.975) <= 0.5
        fired.append(RULE.stop(state, next_level, posterior)[0] == StopReason.PRECISE_ENOUGH.code)
        assert fired[-1] == inside
    assert set(fired) == {True, False}


def test_at_equality_and_its_margin(hand_made, trial):
    # An interval of 50 % leaves 0.25 on either side, exact in binary.
    state, next_level, rule = (
        trial([3, 3], [0, 1], level=2),
        np.array([1]),
        CredibleIntervalInside(0.1, 0.5, 0.5),
    )
    for low, high, fires in ((0.25, 0.75, True), (0.26, 0.8, False), (0.2, 0.74, False)):
        posterior = hand_made({0.1: [0.5, low], 0.5: [0.5, high]})
        assert (rule.stop(state, next_level, posterior)[0] > 0) == fires
    far = hand_made({0.1: [0.5, 0.15], 0.5: [0.5, 0.8]})
    assert rule.margin(state, next_level, far) == pytest.approx([0.05], abs=1e-15)
    outside = hand_made({0.1: [0.5, 0.5], 0.5: [0.5, 0.8]})
    assert rule.margin(state, next_level, outside) == pytest.approx([0.25], abs=1e-15)


def test_words_and_refusals():
    assert str(RULE) == "95 % credible interval of P(DLT) inside [0.1, 0.5] at the next dose"
    with pytest.raises(InputError, match=r"upper: got 0.1; wanted a number above lower"):
        CredibleIntervalInside(0.2, 0.1)
