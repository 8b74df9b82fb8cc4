"""Rules of admissible doses: at equality, combined, and refused."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.rules.admissible import EWOC, MTDEWOC, NotTooToxic, QuantileBelow

# 0.75 and 0.25 are exact in binary; the doses are at the cap, just inside, and just outside.
AT, INSIDE, OUTSIDE = 0.75, np.nextafter(0.75, 1), np.nextafter(0.75, 0)


@pytest.mark.parametrize(
    ("rule", "at_equality"),
    [
        (EWOC(0.33, 0.25), False),
        (MTDEWOC(0.33, 0.25), True),
        (NotTooToxic(0.33, 0.25), True),
        (QuantileBelow(0.33, 0.75), True),
    ],
)
def test_at_equality(hand_made, rule, at_equality):
    posterior = hand_made({0.33: [AT, INSIDE, OUTSIDE]})
    assert rule.bounds == (0.33,)
    assert rule.admissible(posterior).tolist() == [[at_equality, True, False]]
    assert rule.margin(posterior)[0] == pytest.approx([0, 0, 0], abs=3e-16)
    far = hand_made({0.33: [0.85, 0.65]})
    assert rule.margin(far)[0] == pytest.approx([0.1, 0.1], abs=1e-15)


def test_combinations(hand_made):
    # Overdose probabilities 0.2, 0.2, 0.4, 0.4 against 0.25; P(P(DLT) < 0.2) 0.5, 0.1, 0.5, 0.1 against 0.3.
    posterior = hand_made({0.2: [0.5, 0.1, 0.5, 0.1], 0.33: [0.8, 0.8, 0.6, 0.6]})
    overdose, quantile = EWOC(0.33, 0.25), QuantileBelow(0.2, 0.3)
    both, either = overdose & quantile, overdose | quantile
    assert both.bounds == either.bounds == (0.2, 0.33)
    assert both.admissible(posterior).tolist() == [[True, False, False, False]]
    assert either.admissible(posterior).tolist() == [[True, True, True, False]]
    # Margins of the two: 0.05, 0.05, 0.15, 0.15 and 0.2, 0.2, 0.2, 0.2.
    assert both.margin(posterior)[0] == pytest.approx([0.05, 0.2, 0.15, 0.2], abs=1e-15)
    assert either.margin(posterior)[0] == pytest.approx([0.2, 0.05, 0.2, 0.15], abs=1e-15)
    assert (both | either).admissible(posterior).tolist() == either.admissible(posterior).tolist()
    assert (both & either).admissible(posterior).tolist() == both.admissible(posterior).tolist()


def test_labels():
    rule = (EWOC(0.33, 0.25) & QuantileBelow(0.2, 0.3)) | MTDEWOC(0.3, 0.25)
    assert str(rule) == (
        "((P(P(DLT) >= 0.33) < 0.25) and (0.3-quantile of P(DLT) <= 0.2)) "
        "or (P(MTD < dose) <= 0.25, MTD at P(DLT) = 0.3)"
    )
    assert str(NotTooToxic(0.3, 0.95)) == "not P(P(DLT) > 0.3) > 0.95"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EWOC(0.0, 0.25), "EWOC, bound: got 0.0"),
        (lambda: MTDEWOC(0.3, 0.0), "feasibility_bound: got 0.0; wanted a number above 0 and below 1"),
        (lambda: MTDEWOC(1.0, 0.25), "MTDEWOC, target: got 1.0"),
        (lambda: NotTooToxic(30, 0.95), "NotTooToxic, limit: got 30"),
        (lambda: NotTooToxic(0.3, 1.0), "cap: got 1.0"),
        (lambda: QuantileBelow(0.3, 1.5), "QuantileBelow, probability: got 1.5"),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
