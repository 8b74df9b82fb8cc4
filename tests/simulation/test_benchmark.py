"""The optimal benchmark: vectors from elsewhere, an enumeration of every outcome, and its uses."""

import json
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import ClosestTo, HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.benchmark import benchmark_efficiency, benchmark_from_uniforms, optimal_benchmark
from bayesdose.simulation.method import Exact, MonteCarlo
from bayesdose.simulation.operating_characteristics import operating_characteristics

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "optimal_benchmark.json").read_text())
TIES = ("lower", "higher", "split")
# Rows of the simulation that broke ties by the last bit of a difference (see tests/golden/README.md).
NOT_REPRODUCED = {(20, "lower"), (24, "lower"), (24, "higher"), (30, "higher")}


def name(case):
    return f"{case['prob_dlt']}-{case['num_patients']}-{case['ties']}"


def scenario(prob_dlt, label="one"):
    return Scenario(label, DoseGrid.of_levels(len(prob_dlt)), tuple(prob_dlt))


def exact(case):
    found = optimal_benchmark(
        [scenario(case["prob_dlt"])], case["num_patients"], ClosestTo(case["target"]), ties=case["ties"]
    )
    return found["selection_probability"].values[0]


def every_outcome(prob_dlt, n):
    """All counts of DLTs that rise over the doses, and their probabilities."""
    counts = np.array(list(combinations_with_replacement(range(n + 1), len(prob_dlt))))
    cells = np.diff(counts, axis=1, prepend=0, append=n)
    weights = multinomial.pmf(cells, n, np.diff(prob_dlt, prepend=0, append=1))
    return counts, weights


def enumerated(prob_dlt, n, distance, ties, none=None):
    """Selection probabilities from every outcome; `distance` of the counts from the target."""
    counts, weights = every_outcome(prob_dlt, n)
    far = distance(counts)
    tied = far == far.min(axis=1, keepdims=True)
    number = np.arange(len(prob_dlt))
    if ties == "lower":
        chosen = number == tied.argmax(axis=1)[:, None]
    elif ties == "higher":
        chosen = number == len(prob_dlt) - 1 - tied[:, ::-1].argmax(axis=1)[:, None]
    else:
        chosen = tied / tied.sum(axis=1, keepdims=True)
    nothing = np.zeros(len(counts), dtype=bool) if none is None else none(counts[:, 0])
    return np.array([weights @ nothing, *(weights * ~nothing) @ chosen])


def in_hundredths(percent, n):
    """Distance from a target in whole percent, in whole numbers, so that ties are ties."""
    return lambda counts: abs(100 * counts - percent * n)


@pytest.mark.parametrize("case", GOLDEN["exact"], ids=name)
def test_exact_vectors(case):
    found = exact(case)
    # Only if all patients have a DLT at the lowest dose does `ClosestTo` name none.
    assert found[0] == pytest.approx(case["prob_dlt"][0] ** case["num_patients"], rel=1e-9)
    known = [index for index, value in enumerate(case["selection"]) if value is not None]
    # Printed to 6 decimals.
    np.testing.assert_allclose(found[1:][known], np.array(case["selection"], float)[known], atol=6e-7)
    assert len(known) >= 1


@pytest.mark.parametrize("case", GOLDEN["simulated"], ids=name)
def test_simulated_vectors(case):
    p, n, target = case["prob_dlt"], case["num_patients"], case["target"]
    found = exact(case)
    with_true_ties = enumerated(p, n, in_hundredths(round(100 * target), n), case["ties"])
    np.testing.assert_allclose(found, with_true_ties, atol=1e-12)
    away = abs(found[1:] - case["selection"]).max()
    if (n, case["ties"]) in NOT_REPRODUCED:
        assert away > 0.008
        by_last_bit = enumerated(p, n, lambda counts: abs(counts / n - target), case["ties"])
        np.testing.assert_allclose(by_last_bit[1:], case["selection"], atol=0.003)
    else:
        assert away < 0.003


def test_the_vectors_hold_every_tie_rule():
    for cases in GOLDEN.values():
        assert {case["ties"] for case in cases} == set(TIES)
    assert len(GOLDEN["exact"]) == len(GOLDEN["simulated"]) == 12


curves = st.lists(st.integers(0, 20), min_size=1, max_size=4).map(lambda steps: np.sort(steps) / 20)


@settings(max_examples=60, deadline=None)
@given(curves, st.integers(1, 9), st.integers(5, 60), st.sampled_from(TIES), st.sampled_from([None, 10, 30]))
def test_closest_to_equals_the_enumeration(prob_dlt, n, percent, ties, too_toxic_above):
    limit = 100 if too_toxic_above is None else percent + too_toxic_above
    rule = ClosestTo(percent / 100, too_toxic=limit / 100)
    found = optimal_benchmark([scenario(prob_dlt)], n, rule, ties=ties)["selection_probability"].values[0]
    # 100 c >= limit n is c / n >= limit / 100 in whole numbers.
    expected = enumerated(
        prob_dlt, n, in_hundredths(percent, n), ties, lambda lowest: 100 * lowest >= limit * n
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(curves, st.integers(1, 9), st.integers(1, 100))
def test_highest_below_equals_the_enumeration(prob_dlt, n, percent):
    found = optimal_benchmark([scenario(prob_dlt)], n, HighestBelow(percent / 100))
    counts, weights = every_outcome(prob_dlt, n)
    level = (100 * counts < percent * n).sum(axis=1)
    expected = np.bincount(level, weights, minlength=len(prob_dlt) + 1)
    np.testing.assert_allclose(found["selection_probability"].values[0], expected, atol=1e-12)


def test_estimate_at_the_limit_is_not_below_it():
    # One patient in four at 0.25: the estimate is the limit itself.
    found = optimal_benchmark([scenario([0.25])], 4, HighestBelow(0.25))
    assert found["selection_probability"].values[0] == pytest.approx([1 - 0.75**4, 0.75**4], abs=1e-15)


def test_dataset_names_and_truth():
    grid = DoseGrid((1, 2, 4), "mg")
    curve = Scenario("rising", grid, (0.1, 0.25, 0.5))
    toxic = Scenario("toxic", grid, (0.6, 0.7, 0.8))
    found = optimal_benchmark([curve, toxic], 15, ClosestTo(0.25, too_toxic=0.5))
    assert found["mtd"].values.tolist() == ["2", "none"]
    assert found["dose"].attrs["units"] == "mg"
    selection = found["selection_probability"].sel(scenario="rising")
    assert float(found["correct_selection"][0]) == float(selection.sel(recommendation="2"))
    assert float(found["overdose_selection"][0]) == float(selection.sel(recommendation="4"))
    below = float(selection.sel(recommendation=["none", "1"]).sum())
    assert float(found["underdose_selection"][0]) == pytest.approx(below, abs=1e-15)
    # No dose is the MTD, so none is right and any dose an overdose.
    none = found["selection_probability"].sel(scenario="toxic", recommendation="none")
    assert float(found["correct_selection"][1]) == float(none)
    assert float(found["underdose_selection"][1]) == 0
    np.testing.assert_allclose(found["selection_probability"].sum("recommendation"), 1, atol=1e-12)


@pytest.mark.parametrize("ties", TIES)
def test_many_scenarios_are_as_one_by_one(ties):
    rng = np.random.default_rng(3)
    # More than fit in one block of work for 100 patients.
    many = [scenario(np.sort(rng.random(5)), f"s{i}") for i in range(150)]
    together = optimal_benchmark(many, 100, ClosestTo(0.3), ties=ties)["selection_probability"].values
    for index in (0, 97, 98, 149):
        alone = optimal_benchmark([many[index]], 100, ClosestTo(0.3), ties=ties)
        np.testing.assert_allclose(together[index], alone["selection_probability"].values[0], atol=1e-13)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-11)


def test_uniforms_by_hand():
    # DLTs at the two doses: trial 1: 1 and 2 of 4, trial 2: 0 and 2, trial 3: 2 and 2.
    uniforms = [[0.05, 0.3, 0.6, 0.9], [0.3, 0.4, 0.6, 0.9], [0.01, 0.02, 0.6, 0.9]]
    prob = [[0.1, 0.5]]
    expected = {
        "lower": [[0, 1, 0], [0, 1, 0], [0, 1, 0]],
        "higher": [[0, 1, 0], [0, 0, 1], [0, 0, 1]],
        "split": [[0, 1, 0], [0, 0.5, 0.5], [0, 0.5, 0.5]],
    }
    for ties, selected in expected.items():
        found = benchmark_from_uniforms(uniforms, prob, ClosestTo(0.25), ties=ties)
        assert found.tolist() == [selected], ties
    found = benchmark_from_uniforms(uniforms, prob, HighestBelow(0.5))
    assert found.tolist() == [[[0, 1, 0], [0, 1, 0], [1, 0, 0]]]
    found = benchmark_from_uniforms(uniforms, prob, ClosestTo(0.25, too_toxic=0.5), ties="split")
    assert found.tolist() == [[[0, 1, 0], [0, 0.5, 0.5], [1, 0, 0]]]
    # A dose at which nobody has a DLT and one at which all have: also a uniform of 0 is no DLT at the first.
    found = benchmark_from_uniforms([[0.0, 0.5]], [[0.0, 1.0], [0.0, 0.0]], HighestBelow(0.5))
    assert found.tolist() == [[[0, 1, 0]], [[0, 0, 1]]]


@pytest.mark.parametrize("ties", TIES)
def test_uniforms_average_to_the_exact_benchmark(ties):
    many = [scenario((0.05, 0.1, 0.25, 0.4, 0.6), "a"), scenario((0.4, 0.5, 0.6, 0.7, 0.8), "b")]
    rule = ClosestTo(0.25, too_toxic=0.45)
    uniforms = np.random.default_rng(8).random((20_000, 18))
    curve = np.array([one.prob_dlt for one in many])
    mean = benchmark_from_uniforms(uniforms, curve, rule, ties=ties).mean(axis=1)
    expected = optimal_benchmark(many, 18, rule, ties=ties)["selection_probability"].values
    # Five standard errors for each of twelve numbers; shares vary less than zeros and ones.
    assert np.all(abs(mean - expected) <= 5 * np.sqrt(expected * (1 - expected) / 20_000) + 1e-12)


def test_efficiency():
    grid = DoseGrid((1, 2, 4), "mg")
    curves = [Scenario("a", grid, (0.1, 0.25, 0.5)), Scenario("certain", grid, (0.0, 0.0, 1.0))]
    rule = ClosestTo(0.25)
    designs = {"3+3": ThreePlusThree(grid, "deescalation")}
    characteristics = operating_characteristics(designs, curves, mtd_rule=rule)
    benchmark = optimal_benchmark(curves, 18, rule)
    found = benchmark_efficiency(characteristics, benchmark)
    by_hand = characteristics["correct_selection"].values / benchmark["correct_selection"].values
    assert np.array_equal(found["efficiency"].values, by_hand)
    assert found.attrs["benchmark_num_patients"] == 18
    assert found.attrs["benchmark_ties"] == "lower"
    assert "efficiency_mcse" not in found
    simulated = operating_characteristics(designs, curves, mtd_rule=rule, method=MonteCarlo(trials=50, rng=1))
    error = benchmark_efficiency(simulated, benchmark)["efficiency_mcse"].values
    expected = simulated["correct_selection_mcse"].values / benchmark["correct_selection"].values
    assert np.array_equal(error, expected)
    truncated = operating_characteristics(designs, curves, mtd_rule=rule, method=Exact(max_unresolved=0.05))
    assert truncated.attrs["unresolved_probability"] > 0
    found = benchmark_efficiency(truncated, benchmark)
    assert np.all(found["efficiency_lower"] <= by_hand + 1e-12)
    assert np.all(found["efficiency_upper"] >= by_hand - 1e-12)
    width = found["efficiency_upper"] - found["efficiency_lower"]
    assert 0 < float(width.max()) <= 0.05 / float(benchmark["correct_selection"].min()) + 1e-12


def test_efficiency_against_a_benchmark_that_is_never_right():
    # The lower of two doses without any DLT is the MTD, but at ties the higher one is chosen.
    curves = [scenario((0.0, 0.0))]
    rule = ClosestTo(0.25)
    benchmark = optimal_benchmark(curves, 6, rule, ties="higher")
    assert float(benchmark["correct_selection"][0]) == 0
    design = ThreePlusThree(curves[0].grid, "deescalation")
    found = benchmark_efficiency(operating_characteristics({"3+3": design}, curves, mtd_rule=rule), benchmark)
    assert np.isnan(found["efficiency"].values).all()


def test_efficiency_refuses_another_truth():
    curve, rule = scenario((0.1, 0.3)), ClosestTo(0.25)
    design = ThreePlusThree(curve.grid, "deescalation")
    characteristics = operating_characteristics({"3+3": design}, [curve], mtd_rule=rule)
    with pytest.raises(InputError, match="benchmark: got .*scenarios \\['one'\\] with P"):
        benchmark_efficiency(characteristics, optimal_benchmark([scenario((0.1, 0.4))], 6, rule))
    with pytest.raises(InputError, match="benchmark: got .*scenarios \\['two'\\]"):
        benchmark_efficiency(characteristics, optimal_benchmark([scenario((0.1, 0.3), "two")], 6, rule))
    with pytest.raises(InputError, match="benchmark: got .*MTD rule .*closest to 0.3"):
        benchmark_efficiency(characteristics, optimal_benchmark([curve], 6, ClosestTo(0.3)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scenarios": []}, "scenarios: got .*with at least 1"),
        ({"num_patients": 0}, "num_patients: got 0; wanted a whole number of at least 1"),
        ({"ties": "random"}, "ties: got 'random'; wanted one of 'lower', 'higher', 'split'"),
        ({"mtd_rule": ClosestTo(0.3, too_toxic=0.3)}, "MTD rule's too_toxic: got 0.3; wanted more than"),
        ({"mtd_rule": "closest"}, "mtd_rule: got 'closest'; wanted a MTDRule"),
    ],
)
def test_refused(change, message):
    given_arguments = {"scenarios": [scenario((0.1, 0.3))], "num_patients": 6, "mtd_rule": ClosestTo(0.25)}
    with pytest.raises(InputError, match=message):
        optimal_benchmark(**(given_arguments | change))


@pytest.mark.parametrize(
    ("uniforms", "prob_dlt", "message"),
    [
        ([0.1, 0.2], [[0.1]], "uniforms: got .*shape \\(trials, patients\\)"),
        ([[0.1, 1.0]], [[0.1]], "uniforms: got .*from 0 to below 1"),
        ([[0.1]], [0.1], "prob_dlt: got .*shape \\(scenarios, doses\\)"),
        ([[0.1]], [[0.3, 0.2]], "prob_dlt: got .*do not fall"),
        ([[0.1]], [[0.3, np.nan]], "prob_dlt: got"),
    ],
)
def test_refused_uniforms(uniforms, prob_dlt, message):
    with pytest.raises(InputError, match=message):
        benchmark_from_uniforms(uniforms, prob_dlt, ClosestTo(0.25))
