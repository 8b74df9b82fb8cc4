"""Every titration keeps the contract on every state that it can reach, whatever follows."""

import pytest

from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.named_titrations import nct04202003_titration, nct07623850_titration, simon_titration
from bayesdose.designs.optional import may_skip_doses
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from tests.conformance import check_design, decided

VARIANTS = ["no-deescalation", "deescalation", "deescalation-six"]
GRID = DoseGrid.of_levels(4)
STEEP = DoseGrid((10, 14, 19.6, 27, 38), "mg")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    "settings",
    [{"largest_step": 1.0}, {"largest_step": 1.0, "single_patient_levels": 2}, {"largest_step": 2.0}],
)
def test_titration_in_larger_steps(variant, settings):
    design = AcceleratedTitration(ThreePlusThree(STEEP, variant), **settings)
    assert may_skip_doses(design)
    assert check_design(design) == decided(design) > 0
    # Wrapped in steps of one level it skips no more, but what follows may.
    assert may_skip_doses(AcceleratedTitration(design, 1))


@pytest.mark.parametrize("trigger_dlts", [None, 1, 2])
@pytest.mark.parametrize("levels", [None, 2])
@pytest.mark.parametrize("variant", VARIANTS)
def test_titration_that_a_second_patient_confirms(variant, levels, trigger_dlts):
    following = ThreePlusThree(DoseGrid.of_levels(3), variant)
    design = AcceleratedTitration(following, levels, trigger_dlts, confirm_at_level=True)
    assert not may_skip_doses(design)
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize(
    "make",
    [
        lambda following: simon_titration(following, number=2),
        lambda following: simon_titration(following, number=3),
        nct07623850_titration,
        nct04202003_titration,
    ],
)
@pytest.mark.parametrize(
    "following",
    [
        ThreePlusThree(DoseGrid((10, 14, 19.6), "mg"), "deescalation"),
        APlusB(DoseGrid((10, 14, 19.6), "mg"), 2, 2, 1, 1, 1, deescalation=True),
        RollingSix(DoseGrid((10, 14, 19.6), "mg"), 4, complete_highest=True),
    ],
    ids=lambda design: type(design).__name__,
)
def test_named_titrations(make, following):
    design = make(following)
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize(
    "settings", [{"largest_step": 3.0}, {"trigger_dlts": None, "confirm_at_level": True}]
)
def test_titration_before_blrm_in_larger_steps_or_confirmed(discrete_blrm, settings):
    curves = [[0.05, 0.1, 0.2, 0.3], [0.1, 0.2, 0.5, 0.6]]
    # Four patients are fewer than the titration alone can need.
    following = discrete_blrm(curves, [0.5, 0.5], max_patients=4)
    design = AcceleratedTitration(following, **settings)
    assert may_skip_doses(design) == ("largest_step" in settings)
    assert check_design(design, saved=False) == decided(design) > 0


@pytest.mark.parametrize(
    "titration",
    [
        {"single_patient_levels": 1},
        {"single_patient_levels": 2},
        {"single_patient_levels": 4},
        {"single_patient_levels": 3, "trigger_dlts": 2},
        {"single_patient_levels": 2, "trigger_moderates": 1},
        {"single_patient_levels": 4, "trigger_moderates": 2},
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_accelerated_titration(variant, titration):
    # Three doses where moderate toxicity counts: three categories have many more states.
    grid = DoseGrid.of_levels(3) if "trigger_moderates" in titration else GRID
    titration = titration | {"single_patient_levels": min(titration["single_patient_levels"], len(grid))}
    design = AcceleratedTitration(ThreePlusThree(grid, variant), **titration)
    # A dose passed in spite of its DLT is not given again where nothing de-escalates: 3 singles less a DLT.
    most = 19 if "trigger_dlts" in titration and variant == "no-deescalation" else None
    assert check_design(design, most=most) == decided(design) > 0


def test_titration_from_the_second_level():
    following = ThreePlusThree(GRID, "deescalation", start_level=2)
    assert check_design(AcceleratedTitration(following, single_patient_levels=3)) > 0


def test_titration_before_blrm(small_blrm):
    design = AcceleratedTitration(small_blrm, single_patient_levels=2)
    assert check_design(design) == decided(design) > 0


def test_titration_that_needs_more_patients_than_the_following_design_allows(discrete_blrm):
    # Two single patients and a full cohort of three are five patients, more than the BLRM's four.
    curves = [[0.05, 0.1, 0.2, 0.3], [0.1, 0.2, 0.5, 0.6]]
    following = discrete_blrm(curves, [0.5, 0.5], max_patients=4)
    design = AcceleratedTitration(following, single_patient_levels=2)
    assert design.max_patients == 5
    assert check_design(design, saved=False) > 0
