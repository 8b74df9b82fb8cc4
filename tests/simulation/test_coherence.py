"""Incoherent steps, losses and ends without a dose, against an enumeration without the graph."""

import math

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.simulation.matched_benchmark import matched_benchmark
from bayesdose.trial import StopReason, TrialState

GRID = bd.DoseGrid((1, 3, 10), "mg")
CURVE = (0.2, 0.35, 0.5)
RULE = bd.rules.HighestBelow(0.30)


@pytest.fixture(scope="module")
def blrms():
    prior = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10)
    settings = {
        "target_interval": (0.16, 0.33),
        "ewoc_cap": 0.6,
        "max_patients": 9,
        "tolerances": (1e-3, 1e-6),
    }
    free = bd.rules.LevelsAboveHighestTried(1)
    return {
        "free": bd.blrm(GRID, prior, stop_cap=0.7, increments=free, **settings),
        "coherent": bd.blrm(GRID, prior, stop_cap=0.7, **settings),
    }


def walk(design, counts, level, phase, cohort, probability, incoherent, ends):
    """Every history: probability, whether a step was incoherent, patients, recommendation."""
    at, size = int(cohort.level[0]), int(cohort.size[0])
    for dlts in range(size + 1):
        chance = math.comb(size, dlts) * CURVE[at] ** dlts * (1 - CURVE[at]) ** (size - dlts)
        after = counts.copy()
        after[0, at] += (size - dlts, dlts)
        state = TrialState(after, np.array([at]), cohort.phase)
        following = design.next_cohort(state)
        here = probability * chance
        if following.reason(0) is not StopReason.GOES_ON:
            ends.append((here, incoherent, after[0].sum(axis=1), int(design.recommend(state)[0])))
            continue
        step = int(following.level[0]) > at and dlts / size >= 0.30
        walk(design, after, at, phase, following, here, incoherent or step, ends)


@pytest.mark.parametrize("name", ["free", "coherent"])
def test_every_history_of_a_small_trial(blrms, name):
    design, ends = blrms[name], []
    walk(design, np.zeros((1, 3, 2), dtype=int), 0, 0, design.first_cohort(), 1.0, False, ends)
    scenarios = [bd.scenarios.Scenario("one", GRID, CURVE)]
    found = bd.operating_characteristics({name: design}, scenarios, mtd_rule=RULE).isel(design=0, scenario=0)
    incoherent = sum(chance for chance, step, _, _ in ends if step)
    assert (incoherent > 0.05) == (name == "free")
    # Sums of some hundred products: rounding.
    assert float(found["incoherent_probability"]) == pytest.approx(incoherent, abs=1e-13)
    # The MTD is the first dose, at 0.2. No dose loses 0.2, the second 0.15, the third 0.3.
    loss = sum(chance * {-1: 0.2, 0: 0, 1: 0.15, 2: 0.3}[dose] for chance, _, _, dose in ends)
    assert float(found["selection_loss"]) == pytest.approx(loss, abs=1e-13)
    # The limit is passed by 0.05 at the second dose and by 0.2 at the third.
    excess = sum(chance * (0.05 * patients[1] + 0.2 * patients[2]) for chance, _, patients, _ in ends)
    assert float(found["expected_excess_dlts"]) == pytest.approx(excess, abs=1e-13)
    none = sum(chance for chance, _, _, dose in ends if dose == -1)
    assert float(found["no_dose_selection"]) == pytest.approx(none, abs=1e-13)
    assert found["lower_dose_selection"] == 0


def test_none_is_apart_from_too_low_and_right_where_no_dose_is_the_mtd(blrms):
    curves = {"rising": (0.1, 0.2, 0.28), "toxic": (0.5, 0.6, 0.7)}
    scenarios = [bd.scenarios.Scenario(name, GRID, curve) for name, curve in curves.items()]
    found = bd.operating_characteristics({"a": blrms["coherent"]}, scenarios, mtd_rule=RULE).isel(design=0)
    parts = found["lower_dose_selection"] + found["no_dose_selection"]
    np.testing.assert_allclose(parts, found["underdose_selection"], atol=1e-15)
    selection = found["selection_probability"]
    rising, toxic = selection.sel(scenario="rising"), selection.sel(scenario="toxic")
    assert found["no_dose_selection"].sel(scenario="rising") == rising.sel(recommendation="none")
    assert found["no_dose_selection"].sel(scenario="toxic") == 0
    # With no MTD a dose loses what it is above the limit: 0.2, 0.3 and 0.4.
    expected = float((toxic.values[1:] * (0.2, 0.3, 0.4)).sum())
    assert float(found["selection_loss"].sel(scenario="toxic")) == pytest.approx(expected, abs=1e-14)


def test_the_benchmark_has_each_design_s_numbers_of_patients(blrms):
    scenarios = [bd.scenarios.Scenario("one", GRID, CURVE)]
    found = bd.operating_characteristics(blrms, scenarios, mtd_rule=RULE)
    matched = matched_benchmark(found, scenarios, RULE)
    # By hand from the benchmark of each number: the lowest dose is selected if fewer than 30 % of n
    # uniforms are below 0.2, but not fewer than 30 % below 0.35.
    for name in blrms:
        sizes, expected = found["sample_size_probability"].sel(design=name, scenario="one").values, 0.0
        for n, chance in enumerate(sizes):
            counts = [
                math.factorial(n)
                / (math.factorial(a) * math.factorial(b) * math.factorial(n - a - b))
                * 0.2**a
                * 0.15**b
                * 0.65 ** (n - a - b)
                for a in range(n + 1)
                for b in range(n + 1 - a)
                if n and a / n < 0.30 <= (a + b) / n
            ]
            expected += chance * sum(counts)
        assert float(matched.sel(design=name, scenario="one")) == pytest.approx(expected, abs=1e-12)


def test_no_shipped_blrm_takes_an_incoherent_step():
    protocol = bd.load_protocol("MIL97")
    (design,) = bd.protocol_designs(protocol, ["BLRM"]).values()
    rule = protocol.mtd_rule.value
    scenarios = bd.scenarios.builtin_scenarios(design.grid, rule)
    found = bd.operating_characteristics({"BLRM": design}, scenarios, mtd_rule=rule)
    assert (found["incoherent_probability"] == 0).all()
