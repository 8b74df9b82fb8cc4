"""Rules that stop an expansion, against the beta distribution itself and boundaries worked out by hand."""

import numpy as np
import pytest
from scipy.stats import beta

from bayesdose.errors import InputError
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.monitoring import (
    BetaMonitoring,
    DLTShareAbove,
    MoreDLTsThan,
    RecommendationFalls,
)


@pytest.mark.parametrize("cutoff", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("prior", [(1.0, 1.0), (0.5, 0.5), (0.6, 1.4)])
def test_boundary_is_where_scipys_beta_distribution_passes_the_cutoff(cutoff, prior):
    found = BetaMonitoring(BetaElimination(0.3, cutoff, prior=prior)).boundary(30)
    for patients, boundary in enumerate(found, start=1):
        dlts = np.arange(patients + 1)
        above = beta.sf(0.3, prior[0] + dlts, prior[1] + patients - dlts) > cutoff
        assert boundary == (int(np.argmax(above)) if above.any() else None)


def test_a_dlt_in_the_first_patient_stops_unless_a_smallest_number_is_asked_for():
    # P(p > 0.3 | Beta(2, 1)) = 1 - 0.3^2 = 0.91.
    assert BetaMonitoring(BetaElimination(0.3, 0.9)).boundary(3) == (1, 2, 2)
    assert BetaMonitoring(BetaElimination(0.3, 0.9, min_patients=3)).boundary(3) == (None, None, 2)


def test_rules_that_count():
    assert MoreDLTsThan(2).boundary(4) == (None, None, 3, 3)
    # 3 of 10 is not above 0.3, though 0.3 * 10 is not 3 in binary.
    assert DLTShareAbove(0.3, min_patients=3).boundary(10) == (None, None, 1, 2, 2, 2, 3, 3, 3, 4)


def test_a_recommendation_that_falls():
    level, recommended = np.array([2, 2, 2, 0]), np.array([2, 1, 3, -1])
    rule = RecommendationFalls()
    assert rule.asks_escalation
    assert rule.stops(level, level, level, recommended).tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MoreDLTsThan(-1), "MoreDLTsThan, number: got -1"),
        (lambda: DLTShareAbove(1.2), "DLTShareAbove, share: got 1.2"),
        (lambda: BetaMonitoring(0.3), "BetaMonitoring, elimination: got 0.3"),
        (lambda: MoreDLTsThan(1).boundary(0), "boundary, max_patients: got 0"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()
