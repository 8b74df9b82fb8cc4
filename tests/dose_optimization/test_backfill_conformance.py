"""Designs with backfill keep the contract on every state that they can reach."""

import pytest

import bayesdose as bd
from bayesdose.dose_optimization import (
    CloseFromRate,
    OpenAfterCohorts,
    OpenAfterPatients,
    OpenAfterResponses,
    OpenFromLevel,
    backfilled,
)
from bayesdose.rules.increments import Coherent, LevelsAboveCurrent
from bayesdose.rules.stopping import StaysAtDose
from tests.conformance import check_design, decided

GRID = bd.DoseGrid((1.0, 2.5, 5.0), "mg")
BOIN = bd.boin(GRID, 0.25, max_patients=9)
THREE = bd.three_plus_three(GRID, "deescalation")


@pytest.fixture(scope="module")
def make_small_blrm():
    prior = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0, correlation=-0.2)

    def make(**settings):
        return bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=9, **settings)

    return make


@pytest.mark.parametrize(
    "settings",
    [
        {"patients_per_cohort": 0},
        {"patients_per_cohort": 1},
        {"patients_per_cohort": 2, "opening": OpenAfterResponses()},
        {"patients_per_cohort": 3, "opening": OpenAfterResponses(2, lower_doses=True), "priority": "lowest"},
        {
            "patients_per_cohort": 2,
            "opening": (OpenAfterResponses() & OpenFromLevel(2)) | OpenAfterResponses(2, lower_doses=True),
            "cap_in_all": 3,
        },
        {"patients_per_cohort": 3, "closing": CloseFromRate(), "conflict": "pooled"},
        {"patients_per_cohort": 3, "closing": CloseFromRate(0.3), "opening": OpenAfterCohorts(3)},
        {"patients_per_cohort": 2, "opening": OpenAfterPatients(6), "cap_per_dose": 7},
        {"patients_per_cohort": 3, "escalation_patients": 9, "cap_in_all": 3, "ratio": 0.5},
    ],
)
def test_boin(settings):
    design = backfilled(BOIN, **settings)
    assert check_design(design) == decided(design) > 0


def test_boin_with_pooled_data_and_responses():
    design = backfilled(
        bd.boin(GRID, 0.25, max_patients=15, stopping=StaysAtDose(9)),
        3,
        OpenAfterResponses(lower_doses=True),
        CloseFromRate(),
        "pooled",
        cap_in_all=6,
        escalation_patients=9,
    )
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize("opening", [None, OpenAfterResponses(), OpenAfterResponses(lower_doses=True)])
@pytest.mark.parametrize("increments", [LevelsAboveCurrent(1), LevelsAboveCurrent(1) & Coherent(0.3)])
def test_blrm(make_small_blrm, opening, increments):
    design = backfilled(make_small_blrm(increments=increments), 2, opening, CloseFromRate(0.4))
    assert check_design(design) == decided(design) > 0


def test_three_plus_three_and_titration_before_boin():
    design = backfilled(THREE, 3, cap_in_all=3)
    assert check_design(design) == decided(design) > 0
    design = backfilled(bd.accelerated_titration(BOIN), 2, OpenAfterResponses(), cap_in_all=2)
    assert check_design(design) == decided(design) > 0


def test_a_cap_around_it():
    design = bd.capped(backfilled(THREE, 3, cap_in_all=6), 12)
    assert check_design(design) == decided(design) > 0
