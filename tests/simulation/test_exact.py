"""The exact engine: what must hold for any curve, and its results by hand on tiny designs."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import design_hash
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import ClosestTo, HighestBelow
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.simulation.states import cohort_outcomes, multinomial_coefficients
from bayesdose.trial import StopReason

GRID = DoseGrid((1.0, 2.5, 5.0, 10.0), "mg")
VARIANTS = ["no-deescalation", "deescalation", "deescalation-six"]
DESIGNS = {variant: ThreePlusThree(GRID, variant) for variant in VARIANTS}
DESIGNS["titration"] = AcceleratedTitration(DESIGNS["deescalation"], single_patient_levels=2)
DESIGNS["moderates"] = AcceleratedTitration(
    DESIGNS["no-deescalation"], single_patient_levels=3, trigger_moderates=2
)
probability = st.floats(0, 1, allow_subnormal=False)


@st.composite
def curves(draw):
    dlt = sorted(draw(st.lists(probability, min_size=4, max_size=4)))
    moderate = [draw(st.floats(0, 1, allow_subnormal=False)) * (1 - p) for p in dlt]
    return Scenario("any", GRID, tuple(dlt), prob_moderate=tuple(moderate))


def run(designs, scenarios, mtd_rule=HighestBelow(0.3), **options):  # noqa: B008  # a frozen value
    return operating_characteristics(designs, scenarios, mtd_rule=mtd_rule, **options)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(curves())
def test_probabilities_and_means_add_up(scenario):
    # Sums of some thousand products of probabilities: 1e-12 is rounding.
    result = run(DESIGNS, [scenario]).isel(scenario=0)
    assert np.abs(result["selection_probability"].sum("recommendation") - 1).max() < 1e-12
    assert np.abs(result["sample_size_probability"].sum("patients") - 1).max() < 1e-12
    assert np.abs(result["stop_reason_probability"].sum("stop_reason") - 1).max() < 1e-12
    assert np.abs(result["expected_patients"].sum("dose") - result["expected_sample_size"]).max() < 1e-10
    mean_size = (result["sample_size_probability"] * result["patients"]).sum("patients")
    assert np.abs(mean_size - result["expected_sample_size"]).max() < 1e-10
    # Wald's identity: each patient at a dose has a DLT with that dose's probability.
    assert (
        np.abs(result["expected_dlts"] - result["expected_patients"] * result["true_prob_dlt"]).max() < 1e-10
    )
    kinds = result["correct_selection"] + result["overdose_selection"] + result["underdose_selection"]
    assert np.abs(kinds - 1).max() < 1e-12
    for name in ("selection_probability", "sample_size_probability", "stop_reason_probability"):
        assert result[name].min() >= 0
    for name in ("proportion_treated_at_mtd", "proportion_overdosed", "dlt_rate", "mean_trial_dlt_rate"):
        assert 0 <= result[name].min() <= result[name].max() <= 1 + 1e-12


def test_certain_outcomes(small_blrm):
    designs = DESIGNS | {"BLRM": small_blrm}
    none, both = (0.0,) * 4, (0.5,) * 4
    safe = Scenario("safe", GRID, none, prob_moderate=none)
    toxic = Scenario("toxic", GRID, (1.0,) * 4, prob_moderate=none)
    result = run(designs, [safe, toxic])
    selection = result["selection_probability"]
    # Every trial has the same outcome, so these are sums of ones and zeros.
    assert (selection.sel(scenario="toxic", recommendation="none") == 1).all()
    assert (selection.sel(scenario="safe", recommendation="10", design=list(DESIGNS)) == 1).all()
    # The BLRM ends at the highest dose too, as 15 patients without a DLT leave nothing more probable.
    assert selection.sel(scenario="safe", recommendation="10", design="BLRM") == 1
    assert result["expected_dlts"].sel(scenario="safe").sum() == 0
    # Moderate toxicity in half of the patients ends the titration early in some trials only.
    moderate = run(DESIGNS, [Scenario("moderate", GRID, none, prob_moderate=both)])["expected_sample_size"]
    assert moderate.sel(design="titration") < moderate.sel(design="no-deescalation")


def test_single_dose_by_hand():
    # One dose, p = 0.5, deescalation: 0/3 (1/8) accepts with 3; 1/3 (3/8) adds three, 0/3 (1/8) accepts;
    # 2/3 or 3/3 (1/2) stop. Stops with 3 in 5/8 and with 6 in 3/8 of trials.
    grid = DoseGrid((10.0,), "mg")
    design = ThreePlusThree(grid, "deescalation")
    result = run({"3+3": design}, [Scenario("half", grid, (0.5,))], ClosestTo(0.25), dlt_window=21.0)
    one = result.isel(design=0, scenario=0)
    # All numbers are short binary fractions but two.
    assert one["selection_probability"].values.tolist() == [1 - 11 / 64, 11 / 64]
    assert one["expected_sample_size"] == 3 * 5 / 8 + 6 * 3 / 8
    assert one["expected_duration"] == 21 * 5 / 8 + 42 * 3 / 8
    assert one["sample_size_probability"].values.tolist() == [0, 0, 0, 5 / 8, 0, 0, 3 / 8]
    accepted, too_toxic = StopReason.HIGHEST_ACCEPTED.value, StopReason.LOWEST_TOO_TOXIC.value
    reasons = one["stop_reason_probability"]
    assert reasons.sel(stop_reason=accepted) == 11 / 64
    assert reasons.sel(stop_reason=too_toxic) == 53 / 64
    # The ratio of means is p itself. The mean of the trials' ratios is not, by hand over the ends:
    # 0, 2/3, 1 with three patients; (1 + k)/6 with six, k binomial(3, 1/2).
    assert abs(one["dlt_rate"] - 0.5) < 1e-15
    mean = (0 * 1 + 2 / 3 * 3 + 1) / 8 + 3 / 8 * (1 * 1 + 2 * 3 + 3 * 3 + 4 * 1) / 6 / 8
    assert abs(one["mean_trial_dlt_rate"] - mean) < 1e-15
    assert abs(mean - 0.53125) < 1e-15
    assert one.attrs["dlt_window_days"] == 21
    assert "expected_duration" not in run({"3+3": design}, [Scenario("half", grid, (0.5,))])


def test_accuracy_index_by_hand():
    # Two doses, target 0.25, curve 0.25 and 0.5, distances 0 and 0.25 (none counts as 0.25). Cheung (2011):
    # 1 - K * sum(distance * selection) / sum(distance) = 1 - 2 * (P(none) + P(second)).
    grid = DoseGrid((1.0, 2.0), "mg")
    design = {"3+3": ThreePlusThree(grid, "no-deescalation")}
    scenarios = [Scenario("a", grid, (0.25, 0.5)), Scenario("all too toxic", grid, (0.6, 0.7))]
    result = run(design, scenarios, ClosestTo(0.25, too_toxic=0.5)).isel(design=0)
    one = result.sel(scenario="a")
    none, first, second = one["selection_probability"].values
    assert abs(one["accuracy_index"] - (1 - 2 * (none + second))) < 1e-14
    # The closed form of the variant: reach the second dose with e1, pass it with e2.
    e1, e2 = (((1 - p) ** 3 + 3 * p * (1 - p) ** 5) for p in (0.25, 0.5))
    assert np.abs(np.array([none, first, second]) - [1 - e1, e1 * (1 - e2), e1 * e2]).max() < 1e-14
    assert result["mtd"].values.tolist() == ["1", "none"]
    # Without an MTD the index is undefined; recommending none is then the right answer.
    toxic = result.sel(scenario="all too toxic")
    assert np.isnan(toxic["accuracy_index"])
    assert toxic["correct_selection"] == toxic["selection_probability"].sel(recommendation="none")
    assert toxic["underdose_selection"] == 0
    assert abs(toxic["proportion_overdosed"] - 1) < 1e-15
    assert one["underdose_selection"] == none


def test_labels_and_units():
    result = run(DESIGNS, [Scenario("any", GRID, (0.1,) * 4, prob_moderate=(0.1,) * 4)], dlt_window=28)
    assert result["dose"].values.tolist() == list(GRID.values)
    assert result["recommendation"].values.tolist() == ["none", "1", "2.5", "5", "10"]
    assert (result["dose"].attrs["units"], result["expected_duration"].attrs["units"]) == ("mg", "days")
    assert result["design_hash"].values.tolist() == [design_hash(design) for design in DESIGNS.values()]
    assert len(set(result["design_hash"].values)) == len(DESIGNS)
    assert (result.attrs["method"], result.attrs["unresolved_probability"]) == ("exact", 0)
    assert "seed" not in result.attrs


def test_progress_runs_from_nothing_to_one():
    shares = []
    run(DESIGNS, [Scenario("any", GRID, (0.1,) * 4, prob_moderate=(0.1,) * 4)], progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] == 1


def test_a_scenario_does_not_depend_on_those_beside_it():
    # The sums run in another order when there are more rows: last bits only.
    flat = [Scenario(f"{p}", GRID, (p,) * 4, prob_moderate=(0.0,) * 4) for p in (0.1, 0.2, 0.3)]
    together = run(DESIGNS, flat)["selection_probability"]
    for number, scenario in enumerate(flat):
        alone = run(DESIGNS, [scenario])["selection_probability"]
        assert np.abs(alone.values[:, 0] - together.values[:, number]).max() < 1e-14


@pytest.mark.parametrize("variant", VARIANTS)
def test_reason_of_every_end(variant):
    # Each trial ends for the reason that its counts show.
    final = trial_graph(DESIGNS[variant]).final
    none = final.recommendation < 0
    assert np.array_equal(none, final.stop == StopReason.LOWEST_TOO_TOXIC.code)
    top = final.recommendation == len(GRID) - 1
    assert np.array_equal(top, final.stop == StopReason.HIGHEST_ACCEPTED.code)


def test_large_cohorts_keep_all_probability():
    # Factorials of more than 20 patients do not fit 64 bits.
    counts = cohort_outcomes(40, 2)
    assert multinomial_coefficients(counts).tolist() == [float(comb(40, int(dlts))) for dlts in counts[:, 1]]
