"""Next-dose rules by hand: what they choose, ties, what their names promise, and their margins."""

import numpy as np
import pytest

from bayesdose.errors import InputError
from bayesdose.inference.posterior import Needs
from bayesdose.rules.next_dose import HighestAllowed, MaxTargetProbability, MinExpectedLoss, best_score
from bayesdose.rules.next_dose_by_estimate import ClosestMean, ClosestMedian, ClosestPlugIn, HighestMeanBelow

EVERY = np.array([[True, True, True]])


def only(*doses):
    return np.isin(np.arange(3), np.array(doses) - 1)[None]


def test_expected_loss(hand_made):
    # Dose 1: 0.5 in [0, .2), 0.25 in [.2, .35), 0.25 above .35 (0.125 of it above .6). Losses 1, 0, 1, 2.
    posterior = hand_made({0.2: [0.5, 0.25, 0.0], 0.35: [0.75, 0.75, 0.5], 0.6: [0.875, 1.0, 0.75]})
    rule = MinExpectedLoss((0.2, 0.35, 0.6), (1, 0, 1, 2))
    assert rule.needs == Needs((0.2, 0.35, 0.6))
    assert rule.expected_loss(posterior).tolist() == [[0.5 + 0.125 + 0.25, 0.25 + 0.25, 0.25 + 0.5]]
    assert rule.choose(posterior, EVERY).tolist() == [1]
    assert rule.choose(posterior, only(1, 3)).tolist() == [2]
    assert rule.choose(posterior, ~EVERY).tolist() == [-1]
    # loss = 2 + B1 - B2 - B3 in the probabilities below the cuts, so an error e moves it by up to 3 e.
    assert rule.margin(posterior, EVERY).tolist() == [(0.75 - 0.5) / 6]
    assert rule.margin(posterior, only(2)).tolist() == [np.inf]
    assert MinExpectedLoss((0.2,), (1, 1)).margin(posterior, EVERY).tolist() == [np.inf]


def test_the_lead_over_the_runner_up_of_any_number_of_doses():
    # Two doses have a runner-up, one has none; a dose that is not allowed is none either.
    for score, choice, lead in (([0.25, 0.75], 1, 0.5), ([0.75, 0.25, 0.5], 0, 0.25), ([0.5], 0, np.inf)):
        found = best_score(np.array([score]), np.full((1, len(score)), True))
        assert [value.tolist() for value in found] == [[choice], [lead]]
    choice, lead = best_score(np.array([[0.25, 0.75]]), np.array([[True, False]]))
    assert (choice.tolist(), lead.tolist()) == ([0], [np.inf])


def test_equal_losses_give_the_lower_dose(hand_made):
    posterior = hand_made({0.25: [0.5, 0.5, 0.25]})
    rule = MinExpectedLoss((0.25,), (0, 1))
    assert rule.choose(posterior, EVERY).tolist() == [0]
    assert rule.choose(posterior, only(2, 3)).tolist() == [1]
    assert rule.margin(posterior, EVERY).tolist() == [0.0]


@pytest.mark.parametrize(
    ("rule", "estimate"), [(ClosestMean(0.25), "mean"), (ClosestPlugIn(0.25), "plug_in")]
)
def test_closest_estimate(hand_made, rule, estimate):
    # Distances 0.1, 0.05 and 0.15.
    posterior = hand_made({0.25: [0.5] * 3}, **{estimate: [0.15, 0.30, 0.40]})
    assert rule.choose(posterior, EVERY).tolist() == [1]
    assert rule.choose(posterior, only(1, 3)).tolist() == [0]
    assert rule.choose(posterior, ~EVERY).tolist() == [-1]
    assert rule.margin(posterior, EVERY) == pytest.approx([0.025], abs=1e-15)
    # 0.125 and 0.375 are exact in binary: a tie, and the lower dose.
    tie = hand_made({0.25: [0.5] * 3}, **{estimate: [0.0, 0.125, 0.375]})
    assert rule.choose(tie, EVERY).tolist() == [1]
    assert rule.margin(tie, EVERY).tolist() == [0.0]


def test_the_three_estimates_choose_different_doses(hand_made):
    averages = np.zeros((3, 3))
    # P(average of two doses below 0.25): the median is closer to the target at dose 3 than at 2 and 1.
    averages[np.triu_indices(3, 1)] = [0.9, 0.8, 0.6]
    posterior = hand_made(
        {0.25: [0.5] * 3}, mean=[0.24, 0.3, 0.5], plug_in=[0.1, 0.26, 0.4], averages_below=averages
    )
    chosen = [rule(0.25).choose(posterior, EVERY)[0] for rule in (ClosestMean, ClosestPlugIn, ClosestMedian)]
    assert chosen == [0, 1, 2]


def test_closest_median(hand_made):
    averages = np.zeros((3, 3))
    averages[np.triu_indices(3, 1)] = [0.75, 0.625, 0.25]
    posterior = hand_made({0.25: [0.5] * 3}, averages_below=averages)
    rule = ClosestMedian(0.25)
    assert rule.needs == Needs((0.25,), averages_below=0.25)
    # 2 is closer than 1 (0.75 > 1/2), 3 is not closer than 2 (0.25).
    assert rule.choose(posterior, EVERY).tolist() == [1]
    assert rule.margin(posterior, EVERY).tolist() == [0.25]
    # 3 is closer than 1 (0.625 > 1/2).
    assert rule.choose(posterior, only(1, 3)).tolist() == [2]
    assert rule.margin(posterior, only(1, 3)).tolist() == [0.125]
    assert rule.choose(posterior, only(3)).tolist() == [2]
    assert rule.margin(posterior, only(3)).tolist() == [np.inf]
    assert rule.choose(posterior, ~EVERY).tolist() == [-1]
    # At one half the medians are equally close, and the lower dose is chosen.
    averages[0, 1] = 0.5
    assert rule.choose(hand_made({0.25: [0.5] * 3}, averages_below=averages), only(1, 2)).tolist() == [0]


def test_highest_mean_below(hand_made):
    # 0.25 is not below 0.25; above it the third dose's mean may be lower again.
    posterior = hand_made({0.25: [0.5] * 3}, mean=[0.125, 0.25, 0.1875])
    rule = HighestMeanBelow(0.25)
    assert rule.needs == Needs((0.25,))
    assert rule.choose(posterior, EVERY).tolist() == [2]
    assert rule.margin(posterior, EVERY).tolist() == [0.0625]
    assert rule.choose(posterior, only(1, 2)).tolist() == [0]
    # The second dose is at the limit: any error would change the choice.
    assert rule.margin(posterior, only(1, 2)).tolist() == [0.0]
    assert rule.margin(posterior, only(1)).tolist() == [0.125]
    assert rule.choose(posterior, only(2)).tolist() == [-1]
    assert rule.choose(posterior, ~EVERY).tolist() == [-1]
    assert rule.margin(posterior, ~EVERY).tolist() == [np.inf]


def test_highest_allowed(hand_made):
    rule = HighestAllowed()
    assert rule.choose(hand_made(), np.array([[True, True, False]])).tolist() == [1]
    assert rule.choose(hand_made(), ~EVERY).tolist() == [-1]
    assert rule.margin(hand_made(), EVERY).tolist() == [np.inf]


def test_labels():
    assert str(MaxTargetProbability(0.16, 0.33)) == "most probably in [0.16, 0.33)"
    loss = MinExpectedLoss((0.2, 0.35), (1, 0, 2))
    assert str(loss) == "least expected loss, losses 1, 0, 2 with cuts 0.2, 0.35"
    names = [str(rule(0.25)) for rule in (ClosestMean, ClosestPlugIn, ClosestMedian)]
    assert names == [
        f"{what} closest to 0.25" for what in ("posterior mean", "plug-in estimate", "posterior median")
    ]
    assert str(HighestAllowed()) == "highest allowed"
    assert str(HighestMeanBelow(0.3)) == "highest with a posterior mean below 0.3"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: MinExpectedLoss((0.35, 0.2), (1, 0, 1)),
            "MinExpectedLoss, cuts: got .0.35, 0.2.; wanted .* in increasing order",
        ),
        (
            lambda: MinExpectedLoss((), (1,)),
            "MinExpectedLoss, cuts: got .*; wanted .* with at least 1 of them",
        ),
        (lambda: MinExpectedLoss((0.2, 1.0), (1, 0, 1)), "MinExpectedLoss, cuts.1.: got 1.0"),
        (
            lambda: MinExpectedLoss((0.2, 0.35), (1, 0)),
            "MinExpectedLoss, losses: got .1.0, 0.0.; wanted 3 numbers",
        ),
        (lambda: MinExpectedLoss((0.2,), (1, np.inf)), "MinExpectedLoss, losses.1.: got inf"),
        (lambda: ClosestMean(25), "target: got 25; wanted a number above 0 and below 1"),
        (lambda: ClosestPlugIn(0), "target: got 0"),
        (lambda: ClosestMedian(1), "target: got 1"),
        (lambda: HighestMeanBelow(30), "HighestMeanBelow, limit: got 30"),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
