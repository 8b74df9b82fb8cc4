"""Families: curves pass through their points, by closed forms that do not share the code's."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.scenarios.families import emax_scenario, logistic_scenario, with_moderate_toxicity
from bayesdose.scenarios.scenario import Scenario

GRID = DoseGrid((1, 2, 4, 8), "mg")
probabilities = st.floats(0.001, 0.999)


@given(probabilities, probabilities, st.floats(0.01, 100), st.floats(1.05, 50))
def test_logistic_curve_passes_through_its_points(first, second, dose, factor):
    low, high = sorted((first, second))
    grid = DoseGrid((dose, dose * np.sqrt(factor), dose * factor), "mg")
    found = np.array(logistic_scenario("x", grid, (dose, low), (dose * factor, high)).prob_dlt)
    # Steep logits lose some bits in the exponential.
    np.testing.assert_allclose(found[[0, 2]], [low, high], rtol=1e-9)
    # Halfway on the log scale, the odds are the geometric mean.
    odds = found / (1 - found)
    np.testing.assert_allclose(odds[1] ** 2, odds[0] * odds[2], rtol=1e-9)


def test_logistic_between_and_beyond_the_points():
    # Odds 1/4 at 2 and 1 at 4: they rise fourfold as the dose doubles.
    found = logistic_scenario("x", GRID, (2, 0.2), (4, 0.5))
    np.testing.assert_allclose(found.prob_dlt, [1 / 17, 1 / 5, 1 / 2, 4 / 5], rtol=1e-12)
    assert found.source == "logistic in log dose through 0.2 at 2 mg and 0.5 at 4 mg"
    assert logistic_scenario("flat", GRID, (2, 0.2), (4, 0.2)).prob_dlt == pytest.approx([0.2] * 4, abs=1e-15)


@given(st.floats(0.05, 1), st.floats(0.1, 10), st.floats(0.5, 4), st.floats(0, 0.3), st.floats(1.2, 5))
def test_emax_curve_is_found_from_two_of_its_points(emax, ed50, hill, baseline, factor):
    assume(baseline + emax <= 1)

    def curve(dose):
        return baseline + emax * dose**hill / (ed50**hill + dose**hill)

    grid = DoseGrid((0.5, 1.0, factor, 8.0), "mg")
    found = emax_scenario("x", grid, (1, curve(1.0)), (factor, curve(factor)), hill=hill, baseline=baseline)
    # Where both points are near the plateau, their difference holds few digits of ed50 (tolerance 1e-6).
    np.testing.assert_allclose(found.prob_dlt, [curve(dose) for dose in grid.values], rtol=1e-6)


def test_emax_by_hand():
    # emax 1 and ed50 4 with Hill coefficient 2: d^2 / (16 + d^2).
    found = emax_scenario("x", GRID, (1, 1 / 17), (4, 0.5), hill=2)
    np.testing.assert_allclose(found.prob_dlt, [1 / 17, 1 / 5, 1 / 2, 4 / 5], rtol=1e-12)
    assert found.source == "Emax through 0.0588235 at 1 mg and 0.5 at 4 mg, Hill coefficient 2, baseline 0"


@pytest.mark.parametrize(
    ("low", "high", "options", "message"),
    [
        ((1, 0.1), (4, 0.4), {}, "Emax curve: got .*wanted points on a rising Emax curve.*Hill"),
        ((1, 0.1), (4, 0.5), {}, "Emax curve: got"),
        # Through these the plateau would be 17.7.
        ((1, 0.3), (2, 0.59), {}, "plateau of at most 1"),
        ((1, 0.2), (4, 0.2), {}, "Emax curve: got"),
        ((1, 0.2), (4, 0.3), {"hill": 0}, "hill: got 0; wanted a number above 0"),
        ((1, 0.2), (4, 0.3), {"hill": np.inf}, "hill: got inf"),
        ((1, 0.2), (4, 0.3), {"baseline": 0.2}, "baseline: got 0.2; wanted .*below .*0.2"),
        ((1, 0.2), (4, 0.3), {"baseline": -0.1}, "baseline: got -0.1"),
        ((4, 0.2), (1, 0.3), {}, "points of the Emax curve: got"),
    ],
)
def test_emax_refused(low, high, options, message):
    with pytest.raises(InputError, match=message):
        emax_scenario("x", GRID, low, high, **options)


@pytest.mark.parametrize(
    ("low", "high", "message"),
    [
        ((0, 0.1), (4, 0.2), "logistic_scenario, low.0.: got 0; wanted a number above 0"),
        ((1, 0), (4, 0.2), "logistic_scenario, low.1.: got 0; wanted a number above 0 and below 1"),
        ((1, 0.3), (4, 0.2), "points of the logistic curve: got .*does not fall"),
        ((4, 0.1), (4, 0.2), "points of the logistic curve: got .*the lower dose first"),
        ((1, 0.1), (4, 1.0), "logistic_scenario, high.1.: got 1.0; wanted a number above 0 and below 1"),
        ((1, np.nan), (4, 0.5), "logistic_scenario, low.1.: got nan"),
        ((1, 0.1, 2), (4, 0.5), "logistic_scenario, low: got .*; wanted 2 values"),
        ("1", "2", "logistic_scenario, low: got '1'; wanted 2 values"),
    ],
)
def test_logistic_refused(low, high, message):
    with pytest.raises(InputError, match=message):
        logistic_scenario("x", GRID, low, high)


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).map(sorted), st.floats(0, 20))
def test_moderate_toxicity_multiplies_the_odds(prob_dlt, shift):
    found = with_moderate_toxicity(Scenario("x", GRID, tuple(prob_dlt)), shift)
    assert found.prob_dlt == tuple(prob_dlt)
    dlt, moderate = np.array(prob_dlt), np.array(found.prob_moderate)
    either = dlt + moderate
    assert np.all(moderate >= 0)
    assert np.all(either <= 1 + 1e-12)
    # Cross products of the odds, so that 0 and 1 need no division; 1 - either may cancel to some 1e-16.
    np.testing.assert_allclose(either * (1 - dlt), np.exp(shift) * dlt * (1 - either), atol=1e-6)


def test_moderate_toxicity_by_hand_and_refused():
    start = Scenario("x", GRID, (0, 0.2, 0.5, 1), source="given")
    found = with_moderate_toxicity(start, np.log(4))
    # Odds of either: 0, 1, 4, infinite.
    np.testing.assert_allclose(found.prob_moderate, [0, 0.3, 0.3, 0], atol=1e-15)
    assert found.source == "given; moderate toxicity by proportional odds, shift 1.38629"
    assert with_moderate_toxicity(start, 0).prob_moderate == (0, 0, 0, 0)
    for shift in (-0.1, np.inf, np.nan):
        with pytest.raises(InputError, match="shift: got .*a number of at least 0 and at most 100"):
            with_moderate_toxicity(start, shift)
