"""Parameters as paths in the saved form of a design."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError

GRID = bd.DoseGrid((1, 3, 10), "mg")
RULE = bd.rules.HighestBelow(0.33)
SCENARIOS = bd.scenarios.builtin_scenarios(GRID, RULE)
PRIOR = bd.priors.NormalPrior((-1.0, 0.0), (2.0, 1.0), 10.0)


def blrm(cap=0.25, number=6, prior=PRIOR):
    return bd.blrm(
        GRID,
        prior,
        target_interval=(0.16, 0.33),
        ewoc_cap=cap,
        stop_cap=0.5,
        max_patients=12,
        stopping=bd.rules.PatientsAtDose(number),
    )


def calibrated(design, over):
    return bd.calibrate(design, over, SCENARIOS, mtd_rule=RULE)


def test_paths_make_the_designs_that_a_function_makes():
    paths = {"admissible.any_of.0.cap": (0.2, 0.3), "stopping.any_of.1.number": (6, 9)}
    found = calibrated(blrm(), paths)
    made = calibrated(blrm, {"cap": (0.2, 0.3), "number": (6, 9)})
    assert list(found.designs.values()) == list(made.designs.values())
    np.testing.assert_array_equal(
        found.tried["correct_selection"].values, made.tried["correct_selection"].values
    )
    assert found.tried["admissible.any_of.0.cap"].values.tolist() == [0.2, 0.2, 0.3, 0.3]


def test_values_may_be_rules_and_priors():
    other = bd.priors.NormalPrior((-1.5, 0.2), (1.0, 0.5), 10.0)
    found = calibrated(
        blrm(),
        {
            "cohort_size": {"three": bd.rules.ConstantCohortSize(3), "two": bd.rules.ConstantCohortSize(2)},
            "model.prior": {"wide": PRIOR, "narrow": other},
        },
    )
    assert found.designs["cohort_size=three, model.prior=narrow"] == blrm(prior=other)
    sizes = {name: int(design.first_cohort().size[0]) for name, design in found.designs.items()}
    assert list(sizes.values()) == [3, 3, 2, 2]


def test_a_design_without_a_model():
    found = calibrated(bd.boin(GRID, 0.25, max_patients=9), {"max_patients": (6, 9, 12)})
    assert [design.max_patients for design in found.designs.values()] == [6, 9, 12]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("admissible.any_of.0.cop", "Did you mean|known key"),
        ("admissable.any_of.0.cap", "path in the design: .*Did you mean 'admissible.any_of.0.cap'"),
        ("admissible.any_of.7.cap", "path in the design"),
        ("max_patients.number", "path in the design"),
        ("max_patient", "known key"),
    ],
)
def test_unknown_paths(path, message):
    with pytest.raises(InputError, match=message):
        calibrated(blrm(), {path: (0.2, 0.3)})


def test_a_design_of_ones_own_has_no_paths():
    class Mine(type(bd.three_plus_three(GRID, "deescalation"))):
        pass

    with pytest.raises(InputError, match="saved form of a design"):
        calibrated(Mine(GRID, "deescalation"), {"variant": ("deescalation",)})
