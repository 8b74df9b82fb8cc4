"""The BLRM along the tables that crmPack's `examine` prints: the first DLT at every step of a trial."""

from contextlib import nullcontext

import numpy as np
import pytest

from bayesdose.designs.blrm import blrm
from bayesdose.errors import DesignWarning
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.rules.cohort_size import CohortSizeByDLTs, CohortSizeByLevel, LargestCohortSize
from bayesdose.rules.relative_increments import RelativeIncrements
from bayesdose.rules.stopping import PatientsInTrial
from bayesdose.trial import StopReason, TrialState

GRID = DoseGrid((1, 3, 5, 10, 15, 20, 25, 40, 50, 80, 100), "mg")

# crmPack 2.x, vignette "Trial Design: basic sanity checks": dose: next doses after 0, 1, ... DLTs there,
# None where none is admissible. Every cohort before had no DLT.
START = [(3, [5, None]), (5, [10, 3]), (10, [20, 10]), (20, [25, 20])]
RIGID = [*START, *[(25, [25, 25])] * 16]
REVISED = [
    *START,
    (25, [40, 25]),
    (40, [50, 40, 25, 20]),
    (50, [50, 50, 40, 40]),
    (50, [50, 50, 50, 40]),
    (50, [50, 50, 50, 50]),
    (50, [50, 50, 50, 50]),
]
# The first of its two tables stays at 5 mg after a DLT there, the second goes down to 3 mg: the same model
# and data by two runs of MCMC. Exactly, P(P(DLT) >= 0.35) at 5 mg is 0.263, above 0.25: 3 mg.


@pytest.fixture(scope="module", params=["rigid", "revised"])
def case(request):
    increments, expected = {
        "rigid": (RelativeIncrements((0, 20), (1, 0.33)), RIGID),
        "revised": (RelativeIncrements((0, 20, 80), (1, 0.67, 0.33)), REVISED),
    }[request.param]
    # The vignette revises the first rule because 25 mg cannot be left upwards: said when it is made.
    rigid = pytest.warns(DesignWarning, match=r"from level 7 \(25 mg\)")
    with rigid if request.param == "rigid" else nullcontext():
        design = made(increments)
    return design, expected


def made(increments):
    return blrm(
        GRID,
        NormalPrior((-0.85, 1), (1, 1), reference_dose=56, correlation=-0.5),
        target_interval=(0.2, 0.35),
        ewoc_cap=0.25,
        stop_cap=None,
        max_patients=24,
        increments=increments,
        start_level=2,
        # Three patients from 30 mg on, and from the first DLT on.
        cohort_size=LargestCohortSize((CohortSizeByLevel((1, 8), (1, 3)), CohortSizeByDLTs((0, 1), (1, 3)))),
        # The vignette's other reason to stop, P(target) >= 0.5, never holds in these rows.
        stopping=PatientsInTrial(20),
        tolerances=(1e-2, 1e-4),
    )


def test_next_doses_and_stops(case):
    design, expected = case
    counts, answer, found = np.zeros((1, len(GRID), 2), dtype=int), design.first_cohort(), []
    while answer.reason(0) is StopReason.GOES_ON:
        level, size = int(answer.level[0]), int(answer.size[0])
        dlts = np.arange(size + 1)
        after = np.repeat(counts, size + 1, axis=0)
        after[:, level] += np.stack([size - dlts, dlts], axis=1)
        state = TrialState(after, np.full(size + 1, level), np.zeros(size + 1, dtype=int))
        following = design.next_level(state)[0]
        found.append((GRID.values[level], [None if one < 0 else GRID.values[one] for one in following]))
        counts, answer = after[:1], design.next_cohort(state.take(np.array([0])))
    assert found == expected
    # Both trials end by the twentieth patient, and in the last row only.
    assert answer.reason(0) is StopReason.ENOUGH_IN_TRIAL


def test_probabilities_at_the_dose_where_the_revised_design_is_stuck(case):
    # The vignette's P(target) and P(overdose) after 13 patients without a DLT, from 1000 MCMC draws printed
    # to three decimals: four standard errors of a proportion, 0.0005 of rounding, and 4/1000 near 0.
    design, _ = case
    counts = np.zeros((1, len(GRID), 2), dtype=int)
    counts[0, :, 0] = [1, 1, 1, 1, 1, 1, 1, 3, 3, 0, 0]
    state = TrialState(counts, np.array([8]), np.array([0]))
    summary = posterior(design.tables[-1], state.patients, state.dlts)
    for exact, printed in (
        (summary.between(0.2, 0.35)[0], [0, 0, 0, 0, 0, 0.001, 0.002, 0.027, 0.122, 0.145, 0.071]),
        (1 - summary.below(0.35)[0], [0, 0, 0, 0, 0, 0, 0, 0.001, 0.016, 0.797, 0.911]),
    ):
        error = np.sqrt(exact * (1 - exact) / 1000)
        assert np.all(np.abs(exact - printed) <= np.maximum(4 * error, 4e-3) + 5e-4)
