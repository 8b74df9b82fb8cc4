"""A prior from stated quantiles."""

import warnings

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit, ndtri

from bayesdose.errors import InputError, PriorWarning
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.statement import Quantile
from bayesdose.priors.quantiles import prior_from_quantiles


def quantile_of(prior: NormalPrior, dose: float, probability: float) -> Quantile:
    """The prior's own quantile, by root finding on its distribution function."""
    log_ratio = np.log(dose / prior.reference_dose)
    position = brentq(lambda value: float(prior.cdf(log_ratio, value)) - probability, -600, 600, xtol=1e-13)
    return Quantile(dose, probability, float(expit(position)))


def numbers(prior: NormalPrior) -> np.ndarray:
    return np.array([*prior.mean, *prior.sd, prior.correlation])


def worst(prior: NormalPrior, stated) -> np.ndarray:
    """Achieved minus asked probabilities."""
    log_ratio = np.log([q.dose / prior.reference_dose for q in stated])
    return prior.cdf(log_ratio, logit([q.prob_dlt for q in stated])) - [q.probability for q in stated]


PRIORS = {
    "mean": st.tuples(st.floats(-3, 1.5), st.floats(-1, 1)),
    "sd": st.tuples(st.floats(0.4, 2.5), st.floats(0.2, 1.2)),
    "correlation": st.floats(-0.8, 0.8),
    "steps": st.lists(st.floats(0.4, 2.5), min_size=1, max_size=4),
    "lowest": st.floats(0.01, 10),
}


def stated_by(prior, doses, probabilities):
    """The prior's own quantiles, or none of them if one cannot be told from 0 or 1."""
    try:
        return [quantile_of(prior, float(dose), p) for dose in doses for p in probabilities]
    except InputError:
        return None


@settings(max_examples=40, deadline=None, derandomize=True)
# A wide spread of the slope, where few nodes give seven digits only.
@example((0.0, 1.0), (0.5, 1.125), -0.25, [1.0, 1.0, 1.0, 1.0], 1.0, (0.05, 0.5, 0.95))
@given(**PRIORS, probabilities=st.sampled_from([(0.5, 0.9), (0.1, 0.5), (0.05, 0.5, 0.95)]))
def test_recovers_a_prior_from_its_own_quantiles(mean, sd, correlation, steps, lowest, probabilities):
    doses = lowest * np.exp(np.cumsum([0.0, *steps]))
    # With a positive correlation and two doses two priors may share the quantiles (tested below).
    correlation = -abs(correlation) if len(doses) == 2 else correlation
    prior = NormalPrior(mean, sd, float(doses[-1]), correlation)
    stated = stated_by(prior, doses, probabilities)
    assume(stated is not None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what is met by one prior is returned silently
        found = prior_from_quantiles(stated, correlation=correlation)
    np.testing.assert_allclose(numbers(found), numbers(prior), atol=1e-6)
    assert np.abs(worst(found, stated)).max() < 1e-9
    assert found.notes == ()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(**PRIORS)
def test_recovers_the_correlation_too(mean, sd, correlation, steps, lowest):
    doses = lowest * np.exp(np.cumsum([0.0, 1.0, *steps]))
    prior = NormalPrior(mean, sd, float(doses[-1]), correlation)
    stated = stated_by(prior, doses, (0.1, 0.5, 0.9))
    assume(stated is not None)
    found = prior_from_quantiles(stated, correlation=None)
    assert np.abs(worst(found, stated)).max() < 1e-6
    np.testing.assert_allclose(numbers(found), numbers(prior), atol=1e-6)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(mean=PRIORS["mean"], sd=PRIORS["sd"], correlation=st.floats(0.05, 0.8), step=st.floats(0.4, 2.5))
def test_never_another_prior_in_silence(mean, sd, correlation, step):
    prior = NormalPrior(mean, sd, 10.0, correlation)
    stated = stated_by(prior, (10.0 / np.exp(step), 10.0), (0.5, 0.9))
    assume(stated is not None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = prior_from_quantiles(stated, correlation=correlation)
    assert np.abs(worst(found, stated)).max() < 1e-9
    if np.abs(numbers(found) - numbers(prior)).max() > 1e-6:
        # Then the other one is named, and it is the one that the statements came from.
        assert any(f"standard deviation of log beta {sd[1]:.3f}" in note for note in found.notes)
        assert found.sd[1] > sd[1]
    assert len(caught) == len(found.notes)


def test_two_priors_may_share_their_quantiles_at_two_doses():
    # Below the reference dose the logit's variance falls and then rises with the spread of the slope, if the
    # correlation is positive: two spreads of the slope give the same.
    first = NormalPrior((0.0, 1.0), (2.0, 0.25), 10.0, 0.25)
    stated = [quantile_of(first, dose, p) for dose in (10.0 / np.exp(0.5), 10.0) for p in (0.5, 0.9)]
    with pytest.warns(PriorWarning, match="another prior meets the statements too"):
        second = prior_from_quantiles(stated, correlation=0.25)
    assert np.abs(worst(second, stated)).max() < 1e-9
    assert second.sd[1] == pytest.approx(0.3993, abs=1e-4)  # the search's answer, met to 1e-9 above
    assert "log beta 0.250, correlation 0.250" in second.notes[0]
    # A third dose settles it.
    stated += [quantile_of(first, 1.0, p) for p in (0.5, 0.9)]
    np.testing.assert_allclose(
        numbers(prior_from_quantiles(stated, correlation=0.25)), numbers(first), atol=1e-6
    )


def test_order_of_statements_does_not_matter():
    stated = [
        Quantile(30, 0.95, 0.8),
        Quantile(1, 0.95, 0.33),
        Quantile(30, 0.5, 0.3),
        Quantile(1, 0.5, 0.02),
    ]
    prior = prior_from_quantiles(stated)
    assert prior == prior_from_quantiles(stated[::-1])
    assert prior.asked == tuple(sorted(stated, key=lambda q: (q.dose, q.probability)))


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ([], "at least 1 of them"),
        ([(1, 0.5, 0.1), (1, 0.9, 0.3), (10, 0.5, 0.3)], "at least two statements at each of two"),
        ([(1, 0.1, 0.05), (1, 0.5, 0.1), (1, 0.9, 0.3), (10, 0.5, 0.3)], "at least two statements at each"),
        ([(1, 0.1, 0.1), (1, 0.3, 0.2), (1, 0.5, 0.3), (1, 0.9, 0.6)], "two different doses"),
        ([(1, 0.5, 0.3), (1, 0.9, 0.1), (10, 0.5, 0.3), (10, 0.9, 0.6)], "the more probable statement"),
        ([(1, 0.5, 0.3), (1, 0.9, 0.3), (10, 0.5, 0.4), (10, 0.9, 0.6)], "the more probable statement"),
        ([(1, 0.5, 0.1), (1, 0.5, 0.3), (10, 0.5, 0.3), (10, 0.9, 0.6)], "the more probable statement"),
        ([(1, 0.5, 0.4), (1, 0.9, 0.6), (10, 0.5, 0.1), (10, 0.9, 0.3)], "not stated to be safer"),
        # Equally safe is a contradiction too: the slope is positive.
        ([(1, 0.5, 0.2), (1, 0.9, 0.6), (10, 0.5, 0.2), (10, 0.9, 0.7)], "not stated to be safer"),
        # Below 0.3 at 10 with probability 0.6, though below 0.35 at 1 with 0.55 only.
        ([(1, 0.55, 0.35), (1, 0.9, 0.6), (10, 0.6, 0.3), (10, 0.9, 0.7)], "not stated to be safer"),
    ],
)
def test_contradictory_statements(stated, message):
    with pytest.raises(InputError, match=message):
        prior_from_quantiles([Quantile(*statement) for statement in stated])


def test_a_fitted_correlation_asks_for_one_statement_more():
    four = [Quantile(1, 0.5, 0.1), Quantile(1, 0.9, 0.3), Quantile(10, 0.5, 0.3), Quantile(10, 0.9, 0.6)]
    with pytest.raises(InputError, match="one more away from the reference dose"):
        prior_from_quantiles(four, correlation=None)
    # A third one at the reference dose says nothing about the correlation: log alpha is normal there.
    with pytest.raises(InputError, match="one more away from the reference dose"):
        prior_from_quantiles([*four, Quantile(10, 0.7, 0.45)], correlation=None)


# Less spread at the low dose than at the high one, which fixes log alpha: out of reach for correlation 0,
# as the variance of the logit then grows away from the reference dose.
NARROW_BELOW = [
    quantile_of(NormalPrior((-0.8, -0.5), (1.36, 0.3), 10.0, 0.6), dose, p)
    for dose in (1.0, 10.0)
    for p in (0.5, 0.95)
]


def test_the_hint_names_a_correlation_that_would_do():
    with pytest.raises(
        InputError, match=r"correlation 0 can meet.*misses one by .*With correlation="
    ) as caught:
        prior_from_quantiles(NARROW_BELOW)
    named = float(caught.value.fix.split("correlation=")[1].split()[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PriorWarning)  # that there may be another prior
        found = prior_from_quantiles(NARROW_BELOW, correlation=named)
    assert np.abs(worst(found, NARROW_BELOW)).max() < 1e-6
    assert found.correlation == named > 0


def test_the_correlation_is_not_blamed_on_the_spread():
    # Wide at the lower dose: met with correlation 0, out of reach with a strong negative one at this
    # spread, and the message must not ask to widen it further.
    prior = NormalPrior((-0.8, -0.5), (1.0, 0.3), 10.0, 0.6)
    stated = [quantile_of(prior, dose, p) for dose in (0.5, 10.0) for p in (0.5, 0.9)]
    with pytest.raises(InputError) as caught:
        prior_from_quantiles(stated, correlation=-0.9)
    assert "Spread" not in str(caught.value)
    assert "With correlation=" in caught.value.fix or "compromise=True" in caught.value.fix


def test_unreachable_for_any_correlation_in_bounds():
    stated = [
        Quantile(1, 0.5, 0.10),
        Quantile(1, 0.95, 0.101),
        Quantile(10, 0.5, 0.3),
        Quantile(10, 0.95, 0.8),
    ]
    with pytest.raises(InputError, match=r"misses one by .*pass compromise=True"):
        prior_from_quantiles(stated)


OVERDETERMINED = [
    Quantile(1, 0.5, 0.05),
    Quantile(1, 0.9, 0.25),
    Quantile(5, 0.5, 0.20),
    Quantile(5, 0.9, 0.40),
    Quantile(20, 0.1, 0.10),
    Quantile(20, 0.5, 0.35),
    Quantile(20, 0.9, 0.75),
]


# Equally probable normal scores of log alpha and log beta, every pair of them once.
STRATA = ndtri((np.arange(120) + 0.5) / 120)


def off_in_asked_sds(prior, stated):
    """Obtained less asked quantiles of logit P(DLT), in asked standard deviations; counted on a grid."""
    first, second = np.repeat(STRATA, 120), np.tile(STRATA, 120)
    log_alpha = prior.mean[0] + prior.sd[0] * first
    rest = prior.correlation * first + np.sqrt(1 - prior.correlation**2) * second
    slope = np.exp(prior.mean[1] + prior.sd[1] * rest)
    result = []
    for dose in sorted({q.dose for q in stated}):
        here = sorted((q.probability, q.prob_dlt) for q in stated if q.dose == dose)
        probability, asked = np.array([one[0] for one in here]), logit([one[1] for one in here])
        unit = (asked[-1] - asked[0]) / (ndtri(probability[-1]) - ndtri(probability[0]))
        position = log_alpha + slope * np.log(dose / prior.reference_dose)
        result.extend((np.quantile(position, probability) - asked) / unit)
    return np.array(result)


def independent_best(stated, measure, correlation):
    """The least measure by a derivative-free search from several starts, on that grid."""
    rng = np.random.default_rng(3)

    def value(v):
        sd = np.exp(v[2:4])
        if np.any(sd < 1e-3) or np.any(sd > 10):
            return 1e3
        return measure(off_in_asked_sds(NormalPrior(tuple(v[:2]), tuple(sd), 20.0, correlation), stated))

    best = np.inf
    for _ in range(2):
        v = np.array([-0.6, -0.3, 0.2, -0.5]) + rng.normal(0, 0.3, 4)
        for _ in range(2):
            v = minimize(
                value, v, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9, "maxfev": 300}
            ).x
        best = min(best, value(v))
    return best


def sum_of_squares(differences):
    return np.sum(differences**2)


def largest(differences):
    return np.abs(differences).max()


MEASURES = {"least-squares": sum_of_squares, "minimax": largest}


@pytest.mark.parametrize("criterion", MEASURES)
def test_compromise_is_the_best_and_says_how_good(criterion):
    with pytest.raises(InputError, match=r"misses one by 0\.0"):
        prior_from_quantiles(OVERDETERMINED)
    with pytest.warns(PriorWarning, match=f"{criterion} compromise misses a statement by"):
        prior = prior_from_quantiles(
            OVERDETERMINED, reference_dose=20, correlation=0, compromise=True, criterion=criterion
        )
    assert f"worst difference {np.abs(worst(prior, OVERDETERMINED)).max():.4f}" in prior.origin
    assert any("misses a statement" in note for note in prior.notes)
    # With correlation 0 and the highest dose as the reference no prior keeps all widths (the variance falls
    # towards that dose), so it is the least of all. Nelder-Mead stops a little above it, and the grid is good
    # to a few thousandths.
    assert any("differs from the asked one by more than 25 %" in note for note in prior.notes)
    reached = MEASURES[criterion](off_in_asked_sds(prior, OVERDETERMINED))
    assert reached == pytest.approx(independent_best(OVERDETERMINED, MEASURES[criterion], 0.0), rel=2e-2)


def test_the_two_criteria_differ_as_they_should():
    found = {}
    for criterion in MEASURES:
        with pytest.warns(PriorWarning):
            prior = prior_from_quantiles(
                OVERDETERMINED, reference_dose=20, correlation=0, compromise=True, criterion=criterion
            )
        found[criterion] = off_in_asked_sds(prior, OVERDETERMINED)
    squares, most = found["least-squares"], found["minimax"]
    assert np.sum(squares**2) < np.sum(most**2)
    assert np.abs(most).max() < np.abs(squares).max()
    # Differences of both signs reach the maximum, or a shift would lower it; the grid is good to 0.005.
    assert most.max() == pytest.approx(-most.min(), abs=0.01)


def test_four_statements_are_met_by_another_correlation_if_a_compromise_is_asked_for():
    with pytest.warns(PriorWarning, match="correlation was fitted"):
        prior = prior_from_quantiles(NARROW_BELOW, compromise=True)
    assert np.abs(worst(prior, NARROW_BELOW)).max() < 1e-6
    assert prior.correlation > 0


def test_a_fitted_correlation_stays_in_bounds_and_says_so():
    stated = [*NARROW_BELOW, quantile_of(NormalPrior((-0.8, -0.5), (1.36, 0.3), 10.0, 0.9), 1.0, 0.8)]
    with pytest.warns(PriorWarning, match="correlation is on its bound"):
        prior = prior_from_quantiles(stated, correlation=None, max_correlation=0.5, compromise=True)
    assert prior.correlation == pytest.approx(0.5, abs=1e-6)


def test_tolerance_decides_what_counts_as_met():
    prior = prior_from_quantiles(OVERDETERMINED, tolerance=0.2)
    assert prior.notes == ()
    assert 1e-6 < np.abs(worst(prior, OVERDETERMINED)).max() <= 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"criterion": "minmax"}, "one of 'least-squares', 'minimax'"),
        ({"correlation": 1.0}, "correlation: got 1.0"),
        ({"max_correlation": 1.0}, "max_correlation: got 1.0"),
        ({"tolerance": 1e-18}, "tolerance: got 1e-18"),
        ({"compromise": "yes"}, "compromise: got 'yes'; wanted True or False"),
        ({"reference_dose": 0.0}, "reference_dose: got 0.0"),
    ],
)
def test_bad_options(change, message):
    with pytest.raises(InputError, match=message):
        prior_from_quantiles(NARROW_BELOW, **change)


@pytest.mark.parametrize(
    "parts", [(0, 0.5, 0.1), (1, 0.0, 0.1), (1, 1.0, 0.1), (1, 0.5, 0.0), (1, 0.5, np.nan)]
)
def test_bad_quantile(parts):
    with pytest.raises(InputError, match="Quantile, .*: got"):
        Quantile(*parts)
