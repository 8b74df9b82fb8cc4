"""A prior from quantiles at both ends of a grid."""

import numpy as np
import pytest
from scipy.special import logit

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.statement import Quantile
from bayesdose.priors.end_quantiles import prior_from_end_quantiles
from bayesdose.priors.quantiles import prior_from_quantiles

ENDS = {
    "lowest_median": 0.02,
    "lowest_upper": 0.33,
    "highest_median": 0.30,
    "highest_upper": 0.80,
    "upper_probability": 0.95,
}


@pytest.mark.parametrize("doses", [(1, 30), (1, 3, 10, 30), (0.5, 2, 400)])
def test_statements_hold_at_the_ends(doses):
    prior = prior_from_end_quantiles(DoseGrid(doses, unit="mg"), **ENDS)
    assert prior.reference_dose == doses[-1]
    log_ratio = np.log([doses[0] / doses[-1], doses[0] / doses[-1], 1, 1])
    reached = prior.cdf(log_ratio, logit([0.02, 0.33, 0.30, 0.80]))
    np.testing.assert_allclose(reached, [0.5, 0.95, 0.5, 0.95], rtol=0, atol=1e-9)


def test_it_is_the_prior_from_the_same_four_statements():
    statements = [
        Quantile(1, 0.5, 0.02),
        Quantile(1, 0.95, 0.33),
        Quantile(9, 0.5, 0.3),
        Quantile(9, 0.95, 0.8),
    ]
    found = prior_from_end_quantiles(DoseGrid((1, 2, 9), unit="mg"), **ENDS)
    assert found == prior_from_quantiles(statements, reference_dose=9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grid": DoseGrid((3,), "mg")}, "got '3 mg'; wanted at least two doses, a lowest and a highest"),
        ({"lowest_median": 0.0}, "lowest_median: got 0.0; wanted a number above 0 and below 1"),
        ({"upper_probability": 1.0}, "upper_probability: got 1.0"),
        ({"highest_upper": "0.8"}, "highest_upper: got '0.8'"),
        ({"upper_probability": 0.4}, "the more probable statement with the higher bound"),
        ({"highest_median": 0.01, "highest_upper": 0.2}, "a higher dose that is not stated to be safer"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InputError, match=message):
        prior_from_end_quantiles(**{"grid": DoseGrid((1, 9), "mg"), **ENDS, **change})
