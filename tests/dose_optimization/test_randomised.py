"""Dose-randomised expansion against an enumeration of every patient's outcome, and simulated patients."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.stats import beta, binom

import bayesdose as bd
from bayesdose.dose_optimization import RandomisedArms, randomised_after_escalation, randomised_selection
from bayesdose.errors import InputError

GRID = bd.DoseGrid((1, 3, 10), "mg")
CURVES = (
    bd.scenarios.Scenario(
        "active", GRID, (0.05, 0.2, 0.5), prob_response=(0.2, 0.5, 0.55), dlt_response_odds_ratio=2.0
    ),
    bd.scenarios.Scenario("toxic", GRID, (0.5, 0.6, 0.7), prob_response=(0.1, 0.1, 0.1)),
)
WORTH = np.array([40, 100, 60, 0]) / 100


@cache
def kept(t, e, n):
    """Whether an arm keeps both limits, under uniform priors."""
    return beta.sf(0.35, 1 + t, 1 + n - t) < 0.95 and beta.cdf(0.25, 1 + e, 1 + n - e) < 0.9


def choice(sums, dlts, responses, n, limits):
    """Number of the arm with the highest posterior mean utility of those that keep the limits, 0 for none."""
    best, found = -1.0, 0
    for arm, (x, t, e) in enumerate(zip(sums, dlts, responses, strict=True), start=1):
        if x > best + 1e-9 and (not limits or kept(int(t), int(e), n)):
            best, found = x, arm
    return found


@pytest.mark.parametrize(("levels", "n"), [((1, 2), 3), ((1, 2, 3), 2)])
@pytest.mark.parametrize("limits", [True, False])
def test_every_patients_outcome_enumerated(levels, n, limits):
    given = {"max_toxicity": 0.35, "min_efficacy": 0.25} if limits else {}
    found = randomised_selection(RandomisedArms(n, **given), CURVES, levels)
    arms = len(levels)
    for curve in CURVES:
        prob = curve.prob_outcome(4)[np.array(levels) - 1]
        selected, right, tied = np.zeros(arms + 1), 0.0, 0.0
        # One patient after another, each of four kinds.
        for kinds in product(range(4), repeat=arms * n):
            cells = np.array(kinds).reshape(arms, n)
            weight = np.prod(prob[np.arange(arms)[:, None], cells])
            sums, dlts = WORTH[cells].sum(axis=1), (cells >= 2).sum(axis=1)
            responses = ((cells == 1) | (cells == 2)).sum(axis=1)
            selected[choice(sums, dlts, responses, n, limits)] += weight
            apart, truth = round(sums[1] - sums[0], 9), (prob[1] - prob[0]) @ WORTH
            tied += weight * (apart == 0)
            right += weight * (apart != 0 and np.sign(apart) == np.sign(truth))
        one = found.sel(scenario=curve.name)
        np.testing.assert_allclose(one["selection_probability"], selected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            [one[name][0] for name in ("right_direction", "tied")], (right, tied), rtol=0, atol=1e-12
        )


def test_who_is_best_and_how_often_it_is_found():
    arms = RandomisedArms(20, max_toxicity=0.35, min_efficacy=0.25)
    found = randomised_selection(arms, CURVES, (1, 2, 3))
    assert found["best"].values.tolist() == ["3", "none"]
    chances = found["selection_probability"]
    assert found["correct_selection"].values.tolist() == [chances[0, 2], chances[1, 0]]
    np.testing.assert_allclose(chances.sum("recommendation"), 1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["expected_dlts"][0], [1, 4, 10], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found["expected_responses"][0], [4, 10, 11], rtol=0, atol=1e-12)


def test_simulated_patients():
    arms, trials = RandomisedArms(15, max_toxicity=0.35), 40_000
    found = randomised_selection(arms, CURVES[:1], (2, 3))
    rng = np.random.default_rng(5)
    counts = np.stack([rng.multinomial(15, prob, trials) for prob in CURVES[0].prob_outcome(4)[1:]], axis=1)
    sums, dlts = np.round(counts @ WORTH, 9), counts[..., 2:].sum(axis=-1)
    score = np.where(beta.sf(0.35, 1 + dlts, 16 - dlts) < 0.95, sums, -1)
    drawn = np.where(score.max(axis=1) < 0, 0, 1 + score.argmax(axis=1))
    share = np.bincount(drawn, minlength=3) / trials
    exact = found["selection_probability"].values[0]
    assert np.all(np.abs(share - exact) < 5 * np.sqrt(exact * (1 - exact) / trials) + 1e-9)


def test_after_an_escalation():
    design, arms = bd.three_plus_three(GRID, "deescalation"), RandomisedArms(12, max_toxicity=0.35)
    result = bd.operating_characteristics({"3+3": design}, CURVES, mtd_rule=bd.rules.HighestBelow(0.3))
    found = randomised_after_escalation(arms, result, CURVES)
    chosen = result["selection_probability"].values[0, 0]
    by_hand = np.zeros(4)
    by_hand[0] = chosen[0]
    for dose, levels in ((2, (1, 2)), (3, (2, 3))):
        two = randomised_selection(arms, CURVES[:1], levels)["selection_probability"].values[0]
        by_hand[[0, *levels]] += chosen[dose] * two
    # The lowest dose has none below: its own twelve patients may still rule it out.
    few = np.arange(13)
    out = binom.pmf(few, 12, 0.05)[beta.sf(0.35, 1 + few, 13 - few) >= 0.95].sum()
    by_hand[:2] += chosen[1] * np.array([out, 1 - out])
    np.testing.assert_allclose(found["selection_probability"].values[0, 0], by_hand, rtol=0, atol=1e-12)
    patients = 12 * chosen[1] + 24 * (chosen[2] + chosen[3])
    assert found["expected_expansion_patients"].values[0, 0] == pytest.approx(patients, abs=1e-12)


def _result(**settings):
    return bd.operating_characteristics(
        {"3+3": bd.three_plus_three(GRID, "deescalation")},
        CURVES,
        mtd_rule=bd.rules.HighestBelow(0.3),
        **settings,
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomisedArms(0), "RandomisedArms, patients: got 0"),
        (lambda: RandomisedArms(61), "RandomisedArms, patients: got 61"),
        (lambda: RandomisedArms(9, max_toxicity=1), "RandomisedArms, max_toxicity: got 1"),
        (lambda: randomised_selection(RandomisedArms(9), CURVES, (2,)), "levels: got"),
        (lambda: randomised_selection(RandomisedArms(9), CURVES, (3, 2)), "levels: got .*increasing order"),
        (lambda: randomised_selection(RandomisedArms(9), CURVES, (2, 4)), "levels: got 4"),
        (
            lambda: randomised_selection(
                RandomisedArms(9), [bd.scenarios.Scenario("bare", GRID, (0.1, 0.2, 0.3))], (1, 2)
            ),
            r"wanted P\(response\)",
        ),
        (
            lambda: randomised_after_escalation(RandomisedArms(9), _result(), CURVES[:1]),
            "result: got .*wanted operating characteristics in the scenarios given",
        ),
        (
            lambda: randomised_after_escalation(
                RandomisedArms(9), _result(method=bd.Exact(max_unresolved=0.05)), CURVES
            ),
            "result: got .*truncated",
        ),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()
