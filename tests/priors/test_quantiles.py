"""A prior from stated quantiles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit

from bayesdose.errors import InputError
from bayesdose.priors.normal import NormalPrior
from bayesdose.priors.quantiles import Quantile, prior_from_quantiles


def quantile_of(prior: NormalPrior, dose: float, probability: float) -> Quantile:
    """The prior's own quantile, by root finding on its distribution function."""
    log_ratio = np.log(dose / prior.reference_dose)
    logit = brentq(lambda value: float(prior.cdf(log_ratio, value)) - probability, -60, 60, xtol=1e-14)
    return Quantile(dose, probability, float(expit(logit)))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    mean=st.tuples(st.floats(-2, 1), st.floats(-0.5, 0.8)),
    sd=st.tuples(st.floats(0.5, 2), st.floats(0.3, 0.9)),
    correlation=st.floats(-0.4, 0.4),
)
def test_recovers_a_prior_from_its_own_quantiles(mean, sd, correlation):
    prior = NormalPrior(mean, sd, reference_dose=10.0, correlation=correlation)
    stated = [quantile_of(prior, dose, probability) for dose in (1.0, 10.0) for probability in (0.5, 0.9)]
    found = prior_from_quantiles(stated, correlation=correlation)
    for statement in stated:
        logit = np.log(statement.prob_dlt / (1 - statement.prob_dlt))
        achieved = found.cdf(np.log(statement.dose / 10.0), logit)
        # 1e-6 is the tolerance that the function promises for probabilities.
        assert achieved == pytest.approx(statement.probability, abs=1e-6)
    np.testing.assert_allclose(found.mean + found.sd, prior.mean + prior.sd, atol=1e-6)


def test_order_of_statements_does_not_matter():
    stated = [
        Quantile(30, 0.95, 0.8),
        Quantile(1, 0.95, 0.33),
        Quantile(30, 0.5, 0.3),
        Quantile(1, 0.5, 0.02),
    ]
    assert prior_from_quantiles(stated) == prior_from_quantiles(stated[::-1])


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ([(1, 0.5, 0.1), (1, 0.9, 0.3), (10, 0.5, 0.3)], "two statements at each of two"),
        ([(1, 0.5, 0.1), (2, 0.9, 0.3), (10, 0.5, 0.3), (10, 0.9, 0.6)], "two statements at each of two"),
        ([(1, 0.5, 0.3), (1, 0.9, 0.1), (10, 0.5, 0.3), (10, 0.9, 0.6)], "the more probable statement"),
        ([(1, 0.5, 0.1), (1, 0.5, 0.3), (10, 0.5, 0.3), (10, 0.9, 0.6)], "the more probable statement"),
        ([(1, 0.5, 0.4), (1, 0.9, 0.6), (10, 0.5, 0.1), (10, 0.9, 0.3)], "not stated to be safer"),
        # Far less spread at the low dose than at the high one, which fixes log alpha.
        ([(1, 0.5, 0.10), (1, 0.95, 0.101), (10, 0.5, 0.3), (10, 0.95, 0.8)], "closest prior misses one by"),
    ],
)
def test_contradictory_statements(stated, message):
    with pytest.raises(InputError, match=message):
        prior_from_quantiles([Quantile(*statement) for statement in stated])


@pytest.mark.parametrize(
    "parts", [(0, 0.5, 0.1), (1, 0.0, 0.1), (1, 1.0, 0.1), (1, 0.5, 0.0), (1, 0.5, np.nan)]
)
def test_bad_quantile(parts):
    with pytest.raises(InputError, match="quantile's"):
        Quantile(*parts)
