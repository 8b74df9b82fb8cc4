"""Rules for groups: the hierarchical posterior against integrals and draws written apart, and its limits."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit, logit
from scipy.stats import norm

from bayesdose.errors import InputError
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.exchangeable_groups import ExchangeableGroups
from bayesdose.rules.group_monitoring import EachGroupAlone, GroupsTogether
from bayesdose.rules.monitoring import BetaMonitoring, MoreDLTsThan, RecommendationFalls
from bayesdose.rules.stated_boundary import StatedBoundary

LIMIT, MEDIAN = 0.3, 0.25
PATIENTS = np.array([[6, 6, 6], [10, 4, 7], [10, 10, 10], [0, 3, 10]])
EVENTS = np.array([[3, 0, 0], [2, 3, 1], [5, 5, 4], [0, 2, 3]])


def by_one_integral(patients, events, sd):
    """P(rate > limit) of one group whose logit is normal: scipy's adaptive quadrature."""

    def density(theta):
        return (
            expit(theta) ** events * expit(-theta) ** (patients - events) * norm.pdf(theta, logit(MEDIAN), sd)
        )

    ends, cut = logit(MEDIAN) + np.array([-9, 9]) * sd, logit(LIMIT)
    above = quad(density, cut, max(ends[1], cut), epsabs=0, epsrel=1e-10, limit=200)[0]
    return above / (above + quad(density, ends[0], cut, epsabs=0, epsrel=1e-10, limit=200)[0])


def by_dense_sums(patients, events, sd, spreads, weights):
    """The same posterior as plain sums over the mean and, at each, over every group's logit."""
    mean = logit(MEDIAN) + sd * np.linspace(-7, 7, 1501)[:, None]
    # The cut is a border between two cells of the logits.
    theta = logit(LIMIT) + 0.02 * (np.arange(-1000, 1000) + 0.5)
    above, total = np.zeros(len(patients)), 0.0
    for spread, weight in zip(spreads, weights, strict=True):
        kernel = norm.pdf(theta, mean, spread)
        each = [
            kernel * (expit(theta) ** y * expit(-theta) ** (n - y))
            for n, y in zip(patients, events, strict=True)
        ]
        likelihood = np.array([one.sum(axis=1) for one in each])
        high = np.array([one[:, theta > logit(LIMIT)].sum(axis=1) for one in each])
        joint = weight * norm.pdf(mean[:, 0], logit(MEDIAN), sd) * likelihood.prod(axis=0)
        total += joint.sum()
        above += (joint * high / likelihood).sum(axis=1)
    return above / total


@pytest.mark.parametrize("spread", [0.3, 1.0])
def test_a_stated_spread_against_dense_sums(spread):
    rule = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 1.5, spread, "stated")
    found = rule.prob_above(PATIENTS, EVENTS)
    for row, patients, events in zip(found, PATIENTS, EVENTS, strict=True):
        # Cells of 0.02 on either side of the cut: an error of about 0.02 ** 2 / 24.
        assert row == pytest.approx(by_dense_sums(patients, events, 1.5, [spread], [1]), abs=2e-4)


def test_a_half_normal_spread_against_dense_sums():
    rule = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 1.5, 0.8)
    spreads = 0.8 * (np.arange(40) + 0.5) / 8
    weights = np.exp(-0.5 * (spreads / 0.8) ** 2)
    expected = by_dense_sums(PATIENTS[1], EVENTS[1], 1.5, spreads, weights)
    assert rule.prob_above(PATIENTS[1:2], EVENTS[1:2])[0] == pytest.approx(expected, abs=5e-4)


def test_a_half_normal_spread_against_draws_from_the_prior():
    rng = np.random.default_rng(5)
    number = 400_000
    mean = logit(MEDIAN) + 2.0 * rng.standard_normal((number, 1))
    spread = 0.5 * np.abs(rng.standard_normal((number, 1)))
    rate = expit(mean + spread * rng.standard_normal((number, 3)))
    found = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 2.0, 0.5).prob_above(PATIENTS, EVENTS)
    for row, patients, events in zip(found, PATIENTS, EVENTS, strict=True):
        weight = np.prod(rate**events * (1 - rate) ** (patients - events), axis=1)
        weight /= weight.sum()
        expected = weight @ (rate > LIMIT)
        error = np.sqrt(weight**2 @ ((rate > LIMIT) - expected) ** 2)
        assert np.all(np.abs(row - expected) < 5 * error)


def test_without_a_spread_the_groups_are_one():
    rule = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 1.2, 0)
    for row, patients, events in zip(rule.prob_above(PATIENTS, EVENTS), PATIENTS, EVENTS, strict=True):
        assert row == pytest.approx(by_one_integral(patients.sum(), events.sum(), 1.2), abs=1e-8)
    # The smallest spread is close to none: its variance of 0.0025 is a tenth of the data's at the least.
    near = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 1.2, 0.05, "stated").prob_above(PATIENTS, EVENTS)
    assert near == pytest.approx(rule.prob_above(PATIENTS, EVENTS), abs=0.01)


def test_with_a_known_mean_the_groups_are_apart():
    """What ties groups together is the unknown mean; with sd 0.05 and a spread of 3 hardly anything does."""
    rule = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 0.05, 3.0, "stated")
    found = rule.prob_above(PATIENTS, EVENTS)
    for row, patients, events in zip(found, PATIENTS, EVENTS, strict=True):
        apart = [by_one_integral(n, y, np.hypot(0.05, 3.0)) for n, y in zip(patients, events, strict=True)]
        assert row == pytest.approx(apart, abs=1e-3)


def test_a_group_borrows_from_the_others():
    rule = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 2.0, 0.5)
    patients, others = np.full((4, 3), 6), np.arange(4)
    events = np.stack([np.full(4, 2), others, others], axis=1)
    assert np.all(np.diff(rule.prob_above(patients, events)[:, 0]) > 0.05)


def test_changing_places_changes_the_answers_places():
    rule, order = ExchangeableGroups(LIMIT, 0.9, MEDIAN, 2.0, 0.5), [2, 0, 1]
    assert np.array_equal(
        rule.prob_above(PATIENTS[:, order], EVENTS[:, order]), rule.prob_above(PATIENTS, EVENTS)[:, order]
    )


def test_fewer_patients_than_asked_for_do_not_stop():
    patients, events = np.array([[2, 3]]), np.array([[2, 3]])
    stops = [
        ExchangeableGroups(0.3, 0.5, 0.25, 2.0, 0.5, min_patients=n).stops(patients, events) for n in (1, 3)
    ]
    assert [one.tolist() for one in stops] == [[[True, True]], [[False, True]]]


def test_alone_and_together():
    monitoring = BetaMonitoring(BetaElimination(0.3, 0.9))
    patients, events = np.full((2, 2), 3), np.array([[2, 0], [3, 1]])
    # Boundaries by scipy's beta distribution: 2 of 3, and 4 of 6.
    assert EachGroupAlone(monitoring).stops(patients, events).tolist() == [[True, False], [True, False]]
    assert GroupsTogether(monitoring).stops(patients, events).tolist() == [[False, False], [True, True]]
    nobody = np.zeros((1, 2), dtype=int)
    assert not EachGroupAlone(monitoring).stops(nobody, nobody).any()


def test_a_stated_boundary_is_asked_at_its_looks_alone():
    assert StatedBoundary((3, 5), (2, 4)).boundary(6) == (None, None, 2, None, 4, None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EachGroupAlone(RecommendationFalls()), "EachGroupAlone, monitoring: got .*counts alone"),
        (lambda: GroupsTogether(RecommendationFalls()), "GroupsTogether, monitoring: got .*counts alone"),
        (lambda: EachGroupAlone(0.3), "EachGroupAlone, monitoring: got 0.3"),
        (lambda: ExchangeableGroups(0.3, 0.9, 0.25, 2.0, 0.01), "spread: got 0.01; wanted .*0.05 to 3"),
        (lambda: ExchangeableGroups(0.3, 0.9, 0.25, 9.0, 0.5), "sd: got 9.0; wanted"),
        (lambda: ExchangeableGroups(0, 0.9, 0.25, 2.0, 0.5), "limit: got 0"),
        (lambda: ExchangeableGroups(0.3, 0.9, 0.25, 2.0, 0.5, "uniform"), "spread_is: got 'uniform'"),
        (lambda: StatedBoundary((5, 3), (2, 2)), r"patients: got \(5, 3\); wanted at least one number"),
        (lambda: StatedBoundary((), ()), r"patients: got \(\); wanted at least one number"),
        (lambda: StatedBoundary((3, 5), (2,)), r"events: got \(2,\); wanted 2 numbers"),
        (lambda: GroupsTogether(MoreDLTsThan(-1)), "number: got -1"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
