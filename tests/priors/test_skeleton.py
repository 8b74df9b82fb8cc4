"""Skeletons against dfcrm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.designs.crm import crm
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.priors.indifference import indifference_intervals
from bayesdose.priors.skeleton import Skeleton, indifference_interval_skeleton


def as_dfcrm(case):
    return indifference_interval_skeleton(
        target=case["target"],
        half_width=case["halfwidth"],
        prior_mtd=case["nu"],
        number_of_doses=case["nlevel"],
        model=case["model"],
        intercept=case["intcpt"],
    )


def test_every_skeleton_of_dfcrm(golden):
    data = golden("dfcrm_getprior.json")
    cases = data["cases"] + data["nu1_cases"]
    assert len(cases) == 362
    for case in cases:
        # The file has 15 decimals; the recursion loses a few digits at most.
        np.testing.assert_allclose(as_dfcrm(case).prob_dlt, case["skeleton"], atol=1e-12, err_msg=str(case))


@pytest.mark.parametrize(
    ("settings", "skeleton"),
    [
        ((0.05, 0.25, 3, 5), [0.08397349, 0.15674102, 0.25, 0.35450043, 0.46034311]),
        ((0.05, 0.25, 4, 6), [0.03646051, 0.08397349, 0.15674102, 0.25, 0.35450043, 0.46034311]),
        ((0.1, 0.25, 3, 6), [0.01081272, 0.08166297, 0.25, 0.46433775, 0.65408422, 0.79063485]),
        ((0.05, 0.3, 3, 5), [0.12252936, 0.20395601, 0.3, 0.40181944, 0.50134645]),
        ((0.06, 0.25, 3, 5), [0.061579, 0.14004969, 0.25, 0.37619627, 0.50184923]),
        ((0.05, 0.2, 3, 6), [0.04909161, 0.11052781, 0.2, 0.30848729, 0.42341589, 0.53366071]),
        ((0.04, 0.2, 3, 5), [0.07037729, 0.12660246, 0.2, 0.2855483, 0.37680129]),
        ((0.07, 0.3, 3, 6), [0.07203005, 0.16869229, 0.3, 0.44286021, 0.57636212, 0.68882322]),
        ((0.05, 0.25, 2, 5), [0.15674102, 0.25, 0.35450043, 0.46034311, 0.55970781]),
        ((0.05, 0.3, 3, 6), [0.12252936, 0.20395601, 0.3, 0.40181944, 0.50134645, 0.59281405]),
        ((0.05, 0.2, 4, 7), [0.016168, 0.049092, 0.110528, 0.2, 0.308487, 0.423416, 0.533661]),
    ],
)
def test_skeletons_of_another_computation(settings, skeleton):
    # The recursion of Lee and Cheung (2009), computed independently; six decimals or more.
    half_width, target, prior_mtd, number = settings
    found = indifference_interval_skeleton(
        target=target, half_width=half_width, prior_mtd=prior_mtd, number_of_doses=number
    )
    np.testing.assert_allclose(found.prob_dlt, skeleton, atol=5.1e-7)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    target=st.floats(0.1, 0.5),
    share=st.floats(0.1, 0.5),
    number=st.integers(2, 8),
    logistic=st.booleans(),
    data=st.data(),
)
def test_the_interval_is_the_same_at_every_dose(target, share, number, logistic, data):
    # The property that defines the construction (Lee and Cheung 2009).
    half_width = share * min(target, 0.2)
    skeleton = indifference_interval_skeleton(
        target=target,
        half_width=half_width,
        prior_mtd=data.draw(st.integers(1, number)),
        number_of_doses=number,
        model="logistic" if logistic else "empiric",
    )
    _, neighbours = indifference_intervals(skeleton, target)
    np.testing.assert_allclose(neighbours[1:, 0], target - half_width, atol=1e-9)
    np.testing.assert_allclose(neighbours[:-1, 1], target + half_width, atol=1e-9)


def test_curves_have_a_last_axis_of_doses():
    skeleton = Skeleton((0.1, 0.25, 0.5))
    assert skeleton.prob_dlt_given(np.zeros((4, 2))).shape == (4, 2, 3)
    np.testing.assert_allclose(skeleton.prob_dlt_given(np.log(2.0)), [0.01, 0.0625, 0.25], rtol=1e-14)
    logistic = Skeleton((0.1, 0.25, 0.5), "logistic", 3.0)
    # By hand: logit(0.5) = 0, so the codified dose is -3 and exp(log 2) doubles it.
    assert logistic.prob_dlt_given(np.log(2.0))[2] == pytest.approx(1 / (1 + np.exp(3)), rel=1e-14)


GOOD = {"target": 0.25, "half_width": 0.05, "prior_mtd": 2, "number_of_doses": 4}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prior_mtd": 5}, "a level number from 1 to 4"),
        ({"prior_mtd": 0}, "prior_mtd"),
        ({"number_of_doses": 2.5}, "number_of_doses"),
        ({"number_of_doses": 10**9}, "at most 1,000"),
        ({"half_width": 0.25}, "inside (0, 1)"),
        ({"half_width": 0.0}, "half_width: got 0.0"),
        ({"model": "logit"}, "one of 'empiric', 'logistic'"),
        ({"model": "logistic", "intercept": -1.0}, "intercept"),
    ],
)
def test_bad_construction(change, message):
    with pytest.raises(InputError) as caught:
        indifference_interval_skeleton(**{**GOOD, **change})
    assert message in str(caught.value)


@pytest.mark.parametrize("prob_dlt", [(), (0.1, 0.1), (0.3, 0.2), (0.0, 0.2), (0.2, 1.0), (0.1, np.nan)])
def test_bad_skeleton(prob_dlt):
    with pytest.raises(InputError, match="Skeleton, prob_dlt"):
        Skeleton(prob_dlt)


def test_a_skeleton_drives_the_crm():
    grid = DoseGrid((1, 3, 10), unit="mg")
    skeleton = indifference_interval_skeleton(target=0.25, half_width=0.06, prior_mtd=2, number_of_doses=3)
    design = crm(grid, skeleton.curve, target=0.25, prior_sd=0.8, estimate="plug-in", max_patients=6)
    nobody = np.zeros((1, 3), dtype=int)
    # Before any data the plug-in estimate is the skeleton itself, at theta = 0.
    before = posterior(design.tables[-1], nobody, nobody)
    np.testing.assert_allclose(before.plug_in[0], skeleton.prob_dlt, rtol=0, atol=1e-6)
