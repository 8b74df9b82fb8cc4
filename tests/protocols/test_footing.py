"""Comparators on one footing with a protocol's own design."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.model_based import ModelBased
from bayesdose.protocols.calibrated_stop import calibrated_stop
from tests.conformance import check_design


def test_the_same_single_patients_and_the_calibrated_stop():
    protocol = bd.load_protocol("IMM27M")
    stated = bd.protocol_designs(protocol)
    designs = bd.protocols.on_one_footing(protocol, stated)
    assert list(designs) == ["own", "3+3, untitrated", "BLRM"]
    titrated = designs["BLRM"]
    assert isinstance(titrated, AcceleratedTitration)
    assert isinstance(titrated.following, ModelBased)
    assert (titrated.single_patient_levels, titrated.trigger_dlts) == (1, 1)
    assert str(titrated.following.stopping).startswith("(P(P(DLT) > 0.33) > 0.5 at the lowest dose)")
    # The record plans 16 patients.
    assert {name: design.max_patients for name, design in designs.items()} == {
        "own": 16,
        "3+3, untitrated": 16,
        "BLRM": 16,
    }


def test_without_single_patients_and_cap_only_the_stop_is_another():
    protocol = bd.load_protocol("IMP7068")
    stated = bd.protocol_designs(protocol, ["own", "3+3"])
    assert bd.protocols.on_one_footing(protocol, stated) == stated


def test_the_stop_is_the_closest_of_the_caps():
    # 0.35 and 0.65 beside it would take two minutes more; the module's main prints them all.
    protocol = bd.load_protocol("IMM27M")
    assert protocol.calibrated_stop_cap is not None
    found = calibrated_stop(protocol, (0.45, 0.50, 0.55))
    assert found.parameters["cap"] == protocol.calibrated_stop_cap.value
    own, blrm = found.objectives[0].target, float(found.tried["objective_value"].sel(design=found.name)[0])
    assert abs(blrm - own) < 0.01
    # What the protocol's file says of the two.
    reason = " ".join(protocol.calibrated_stop_cap.reason.split())
    assert f"it ends {100 * blrm:.1f} %" in reason
    assert f"the own design {100 * own:.1f} %" in reason
    # The designs of `compare` are those that were calibrated.
    assert found.chosen == bd.protocols.on_one_footing(protocol, bd.protocol_designs(protocol))["BLRM"]


def test_a_trial_that_needs_more_patients_ends_unfinished():
    grid = bd.DoseGrid((1, 2, 4), "mg")
    free = bd.three_plus_three(grid, "deescalation")
    design = bd.capped(free, 6)
    assert check_design(design) > 0
    state = bd.running_state(design, "1NNN 2NNN")
    cohort = design.next_cohort(state)
    assert cohort.reason(0) is bd.StopReason.UNFINISHED
    assert design.recommend(state).tolist() == [-1]
    # A trial that is over with six patients is over as it would be without the cap.
    over = bd.running_state(design, "1NNT 1NNT")
    assert design.next_cohort(over).reason(0) is free.next_cohort(over).reason(0)
    rule = bd.rules.HighestBelow(0.30)
    scenarios = [bd.scenarios.Scenario("one", grid, (0.1, 0.2, 0.5))]
    found = bd.operating_characteristics({"a": design}, scenarios, mtd_rule=rule).isel(design=0, scenario=0)
    # Six patients are enough only to end at the lowest dose: 2 or 3 DLTs in 3, or 1 in 3 and 1 or more in 3.
    p = 0.1
    two = 3 * p**2 * (1 - p) + p**3
    ended = two + 3 * p * (1 - p) ** 2 * (1 - (1 - p) ** 3)
    unfinished = found["stop_reason_probability"].sel(stop_reason=bd.StopReason.UNFINISHED.value)
    assert float(unfinished) == pytest.approx(1 - ended, abs=1e-14)
    assert float(found["no_dose_selection"]) == pytest.approx(ended, abs=1e-14)
    parts = ("correct_selection", "overdose_selection", "lower_dose_selection", "no_dose_selection")
    assert sum(float(found[name]) for name in parts) == pytest.approx(ended, abs=1e-14)
    assert np.isfinite(float(found["selection_loss"]))
