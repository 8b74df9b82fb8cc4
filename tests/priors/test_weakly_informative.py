"""The weakly informative prior says what was put in."""

import numpy as np
import pytest
from scipy.special import expit, ndtri

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.priors.prob_dlt_moments import prob_dlt_quantiles
from bayesdose.priors.weak_information import middle_dose, weakly_informative

GRID = DoseGrid((0.5, 1, 4, 8), unit="mg")
GOOD = {"prob_dlt": 0.25, "sd_logit": 2.0, "sd_log_slope": 1.0}


def test_statement_at_the_reference_dose():
    prior = weakly_informative(GRID, **GOOD)
    assert prior.reference_dose == pytest.approx(2.0, abs=1e-12)  # sqrt(0.5 * 8)
    probability = np.array([0.1, 0.5, 0.9])
    # Closed form: the logit is normal there with mean logit(0.25) = -log 3.
    expected = expit(-np.log(3) + 2.0 * ndtri(probability))
    np.testing.assert_allclose(prob_dlt_quantiles(prior, np.zeros(3), probability), expected, atol=1e-9)
    assert prior.prob_slope_above(1.0) == pytest.approx(0.5, abs=1e-15)
    assert prior.correlation == 0
    assert "at 2 mg (middle of the grid in log dose)" in prior.origin


def test_slope_and_anticipated_mtd():
    prior = weakly_informative(GRID, **GOOD, slope=2.0, anticipated_mtd=3.0)
    assert prior.reference_dose == 3.0
    assert prior.mean[1] == pytest.approx(np.log(2))
    assert prior.prob_slope_above(2.0) == pytest.approx(0.5, abs=1e-15)
    assert "at 3 mg (anticipated MTD)" in prior.origin


def test_middle_of_extreme_doses_does_not_overflow():
    assert middle_dose(DoseGrid((1e-300, 1e300), unit="mg")) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"prob_dlt": 0.0}, "prob_dlt"),
        ({"prob_dlt": 1.0}, "prob_dlt"),
        ({"sd_logit": 0.0}, "sd_logit"),
        ({"sd_log_slope": np.inf}, "sd_log_slope"),
        ({"slope": -1.0}, "slope"),
        ({"anticipated_mtd": 0.0}, "anticipated_mtd"),
    ],
)
def test_bad_input(change, subject):
    with pytest.raises(InputError) as caught:
        weakly_informative(GRID, **{**GOOD, **change})
    assert caught.value.subject == f"weakly_informative, {subject}"
