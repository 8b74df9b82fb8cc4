"""What a design says when it is made: increments that lead nowhere, a reference dose far from the doses."""

import math

import pytest

import bayesdose as bd
from bayesdose.designs.rigid import stuck_at
from bayesdose.rules import (
    Coherent,
    LevelsAboveCurrent,
    RelativeIncrements,
    RelativeIncrementsByDLTs,
    RelativeIncrementsFromHighest,
)

STEEP = bd.DoseGrid((1, 3, 10, 30), "mg")
PRIOR = bd.priors.NormalPrior((-1.1, 0.0), (1.5, 0.7), reference_dose=10)


def made(grid=STEEP, prior=PRIOR, **settings):
    return bd.blrm(grid, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=6, **settings)


@pytest.mark.parametrize(
    ("values", "rule", "level"),
    [
        ((1, 3, 10, 30), RelativeIncrements((0,), (1,)), 0),  # 100 % of 1 mg is 2 mg
        ((1, 2, 4, 10), RelativeIncrements((0,), (1,)), 2),
        ((1, 2, 4, 8), RelativeIncrements((0,), (1,)), None),
        ((1, 2, 4, 5.3), RelativeIncrements((0, 4), (1, 0.33)), None),  # 5.32 mg
        ((1, 2, 4, 5.4), RelativeIncrementsFromHighest((0, 4), (1, 0.33)), 2),
        ((1, 2, 4, 10), RelativeIncrementsByDLTs((0, 1), (1, 0)) & Coherent(0.3), 2),
        ((1, 2, 4, 10), LevelsAboveCurrent(1) & Coherent(0.3), None),
    ],
)
def test_where_a_trial_without_a_dlt_is_stuck(values, rule, level):
    assert stuck_at(bd.DoseGrid(values, "mg"), rule, 0) == level


def test_rigid_increments_are_named_when_the_design_is_made():
    message = (
        r"from level 1 \(1 mg\) the increments .* reach no higher dose, .* level 4 \(30 mg\) is never given"
    )
    with pytest.warns(bd.DesignWarning, match=message):
        made(increments=RelativeIncrements((0,), (1,)))
    with pytest.warns(bd.DesignWarning, match="crm_mle: from level 1"):
        bd.crm_mle(
            STEEP,
            bd.models.PowerCurve((0.1, 0.2, 0.3, 0.4)),
            0.25,
            6,
            initial_levels=(1,),
            increments=RelativeIncrements((0,), (1,)),
        )


def test_a_reference_dose_far_from_the_doses():
    # A reference dose of 1 on 7 to 315: the median of P(DLT) was read as .83 to .995 before any patient.
    grid = bd.DoseGrid((7, 21, 70, 210, 315), "mg")
    prior = bd.priors.NormalPrior((-0.3, 0.0), (1.0, 0.01), reference_dose=1)
    # With the slope fixed at 1: logit of the median is -0.3 + log(dose).
    medians = [1 / (1 + math.exp(0.3) / dose) for dose in (7, 315)]
    assert medians == pytest.approx([0.838, 0.996], abs=5e-4)
    with pytest.warns(bd.PriorWarning, match=r"from 0.838 at the lowest to 0.996 at the highest"):
        made(grid, prior)


@pytest.mark.parametrize("reference", [0.34, 1, 30, 89])
def test_a_reference_dose_near_the_doses_is_nothing_to_warn_of(reference):
    # Warnings are errors here.
    made(prior=bd.priors.NormalPrior((-1.1, 0.0), (1.5, 0.7), reference_dose=reference))


@pytest.mark.parametrize("reference", [0.33, 91])
def test_and_one_far_below_or_above_is(reference):
    mixture = bd.priors.NormalMixture(
        (0.5, 0.5),
        tuple(bd.priors.NormalPrior((mean, 0.0), (1.5, 0.7), reference_dose=reference) for mean in (-1, 0)),
    )
    for prior in (bd.priors.NormalPrior((-1.1, 0.0), (1.5, 0.7), reference_dose=reference), mixture):
        with pytest.warns(bd.PriorWarning, match=f"reference dose, {reference:g} mg, is far from the doses"):
            made(prior=prior)
