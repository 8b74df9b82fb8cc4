"""Bounds of truncated results are as tight as can be: trials whose results are known reach them."""

from dataclasses import dataclass

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.trial import Cohorts

GRID = bd.DoseGrid((10.0,), "mg")
DLT_STOPS, ACCEPTED = bd.StopReason.LOWEST_TOO_TOXIC, bd.StopReason.HIGHEST_ACCEPTED


@dataclass(frozen=True)
class OnePatient:
    """One patient is treated at the only dose, which is recommended unless the patient has a DLT."""

    grid = GRID
    outcome_categories = 2
    max_patients = 1
    citation = ""

    def first_cohort(self):
        return Cohorts(*(np.array([value]) for value in (0, 1, 0, bd.StopReason.GOES_ON.code)))

    def next_cohort(self, state):
        nothing = np.zeros(len(state), dtype=int)
        stop = np.where(state.counts[:, 0, 1] > 0, DLT_STOPS.code, ACCEPTED.code)
        return Cohorts(nothing, nothing, nothing, stop)

    def recommend(self, state):
        return np.where(state.counts[:, 0, 1] > 0, -1, 0)


RARE = 1 / 64


def truncated(prob_dlt, rule, **options):
    """Results without the rarer of the two trials, a patient with a DLT and one without."""
    found = bd.operating_characteristics(
        {"one": OnePatient()},
        [bd.scenarios.Scenario("known", GRID, (prob_dlt,))],
        mtd_rule=rule,
        method=bd.Exact(max_unresolved=0.02),
        dlt_window=28,
        **options,
    ).isel(design=0, scenario=0)
    assert found["unresolved_probability"] == RARE
    return found


def assert_reached(found, end, truths):
    for name, truth in truths.items():
        # Sums of two numbers: last bits only.
        np.testing.assert_allclose(found[f"{name}_{end}"], truth, rtol=0, atol=1e-14, err_msg=name)


def test_bounds_that_trials_with_a_dlt_reach():
    found = truncated(RARE, bd.rules.ClosestTo(0.25))
    stopped = found["stop_reason_probability_upper"].sel(stop_reason=DLT_STOPS.value)
    assert stopped == RARE
    assert found["selection_probability_upper"].sel(recommendation="none") == RARE
    assert found["selection_probability_lower"].sel(recommendation="10") == 1 - RARE
    upper = {
        "expected_patients": [1],
        "expected_dlts": [RARE],
        "expected_sample_size": 1,
        "expected_duration": 28,
        "underdose_selection": RARE,
        "dlt_rate": RARE,
        "mean_trial_dlt_rate": RARE,
    }
    assert_reached(found, "upper", upper)
    assert found["sample_size_probability_upper"].sel(patients=1) == 1
    # The index of the only dose is 1 - 1, that of recommending none 1 - 0.25 / (0.25 - 1 / 64).
    index = RARE * (1 - 0.25 / (0.25 - RARE))
    assert_reached(found, "lower", {"correct_selection": 1 - RARE, "accuracy_index": index})


def test_bounds_that_trials_without_a_dlt_reach():
    found = truncated(1 - RARE, bd.rules.ClosestTo(0.25))
    accepted = found["stop_reason_probability_upper"].sel(stop_reason=ACCEPTED.value)
    assert accepted == RARE
    assert_reached(found, "upper", {"correct_selection": RARE})
    lower = {
        "expected_dlts": [1 - RARE],
        "underdose_selection": 1 - RARE,
        "dlt_rate": 1 - RARE,
        "mean_trial_dlt_rate": 1 - RARE,
    }
    assert_reached(found, "lower", lower)
    # With no dose below the limit, recommending one is an overdose.
    assert_reached(truncated(1 - RARE, bd.rules.HighestBelow(0.5)), "upper", {"overdose_selection": RARE})


def test_the_best_index_is_reached_where_no_dose_is_the_best_answer():
    # The dose is 3/256 from the target, a dose without DLTs 1/256: 1 - 1/3, in one of 64 trials.
    found = truncated(RARE, bd.rules.ClosestTo(1 / 256))
    assert_reached(found, "upper", {"accuracy_index": RARE * 2 / 3})


def test_quantiles_of_the_duration_are_those_of_the_shortest_and_the_longest_trials():
    # A patient is waited for with mean 10: of the known 63 of 64 trials, 1 - exp(-t / 10) are over after
    # 28 + t days; the others are over at once for the lower bounds, and never for the upper ones.
    found = truncated(RARE, bd.rules.ClosestTo(0.25), accrual=bd.Accrual(10))
    wanted = np.array([0.1, 0.5, 0.9])
    shortest, longest = (28 - 10 * np.log(1 - part / (1 - RARE)) for part in (wanted - RARE, wanted))
    # The probability is inverted to within 1e-12.
    np.testing.assert_allclose(found["duration_quantile_lower"], shortest, rtol=0, atol=1e-8)
    np.testing.assert_allclose(found["duration_quantile_upper"], longest, rtol=0, atol=1e-8)


@pytest.mark.parametrize("end", ["lower", "upper"])
def test_shares_of_patients_when_all_are_treated_at_one_dose(end):
    # At least the 63 of 64 that are known, at most all.
    bound = {"lower": 1 - RARE, "upper": 1}[end]
    assert_reached(truncated(RARE, bd.rules.ClosestTo(0.25)), end, {"proportion_treated_at_mtd": bound})
    assert_reached(truncated(RARE, bd.rules.HighestBelow(0.01)), end, {"proportion_overdosed": bound})
    # Nobody is overdosed but, as far as is known, the one of 64.
    bound = {"lower": 0, "upper": RARE}[end]
    assert_reached(truncated(RARE, bd.rules.ClosestTo(0.25)), end, {"proportion_overdosed": bound})
