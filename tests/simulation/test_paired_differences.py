"""Paired differences, against trials that are followed one by one in plain Python."""

import numpy as np
import pytest

from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd import ClosestTo
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import MonteCarlo
from bayesdose.simulation.monte_carlo import latent_uniforms
from bayesdose.simulation.operating_characteristics import operating_characteristics
from bayesdose.trial import StopReason, TrialState

GRID = DoseGrid((1.0, 2.0, 4.0), "mg")
DESIGNS = {
    "3+3": ThreePlusThree(GRID, "deescalation"),
    "titration": AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), single_patient_levels=2),
}
SCENARIO = Scenario("only", GRID, (0.1, 0.25, 0.5))
RULE = ClosestTo(0.25)
MTD = 1
TRIALS, SEED = 300, 5


def one_trial(design, uniforms):
    """Follow one trial, patient by patient; returns its measures."""
    counts = np.zeros((1, 3, 2), dtype=int)
    cohort, patient = design.first_cohort(), 0
    while cohort.stop[0] == StopReason.GOES_ON.code:
        level = int(cohort.level[0])
        for _ in range(int(cohort.size[0])):
            counts[0, level, int(uniforms[patient] < SCENARIO.prob_dlt[level])] += 1
            patient += 1
        state = TrialState(counts, cohort.level, cohort.phase)
        cohort = design.next_cohort(state)
    chosen = int(design.recommend(state)[0])
    patients = counts[0].sum(axis=1)
    return {
        "correct_selection": (chosen == MTD, 1),
        "overdose_selection": (chosen > MTD, 1),
        "expected_sample_size": (patients.sum(), 1),
        "proportion_treated_at_mtd": (patients[MTD], patients.sum()),
        "proportion_overdosed": (patients[MTD + 1 :].sum(), patients.sum()),
        "dlt_rate": (counts[0, :, 1].sum(), patients.sum()),
    }


@pytest.fixture(scope="module")
def found():
    return operating_characteristics(
        DESIGNS, [SCENARIO], mtd_rule=RULE, method=MonteCarlo(trials=TRIALS, rng=SEED)
    ).isel(scenario=0)


@pytest.fixture(scope="module")
def followed():
    uniforms = latent_uniforms(SEED, 0, TRIALS, max(design.max_patients for design in DESIGNS.values()))
    return {
        name: [one_trial(design, uniforms[trial]) for trial in range(TRIALS)]
        for name, design in DESIGNS.items()
    }


@pytest.mark.parametrize("name", list(one_trial(DESIGNS["3+3"], np.ones(18))))
def test_difference_and_error(found, followed, name):
    ratios, influence = {}, {}
    for design, trials in followed.items():
        part, whole = np.array([trial[name] for trial in trials], dtype=float).T
        ratios[design] = part.mean() / whole.mean()
        influence[design] = (part - ratios[design] * whole) / whole.mean()
    # Sums of some hundred numbers in another order: 1e-12 is rounding.
    np.testing.assert_allclose(found[name], list(ratios.values()), rtol=1e-12)
    difference = found[f"{name}_difference"].sel(design="3+3", other_design="titration")
    np.testing.assert_allclose(difference, ratios["3+3"] - ratios["titration"], atol=1e-12)
    error = found[f"{name}_difference_mcse"].sel(design="3+3", other_design="titration")
    by_hand = np.std(influence["3+3"] - influence["titration"]) / np.sqrt(TRIALS)
    np.testing.assert_allclose(error, by_hand, rtol=1e-9)


def test_a_design_does_not_differ_from_itself(found):
    for name in [name for name in found if "_difference" in str(name)]:
        assert float(found[name].sel(design="3+3", other_design="3+3")) == 0


def test_pairing_pays(found):
    alone = np.hypot(*found["correct_selection_mcse"].values)
    paired = found["correct_selection_difference_mcse"].sel(design="3+3", other_design="titration")
    assert 0 < float(paired) < alone


def test_the_exact_difference_is_within_its_error():
    options = {"mtd_rule": RULE}
    exact = operating_characteristics(DESIGNS, [SCENARIO], **options)
    simulated = operating_characteristics(
        DESIGNS, [SCENARIO], method=MonteCarlo(trials=20_000, rng=1), **options
    )
    for name in ("correct_selection", "proportion_overdosed", "dlt_rate", "expected_sample_size"):
        true = exact[name].sel(design="3+3") - exact[name].sel(design="titration")
        pair = simulated.sel(design="3+3", other_design="titration")
        # Four standard errors: a wrong alarm in one of some 4000 such sets of four; the seed is fixed.
        away = abs(float((pair[f"{name}_difference"] - true).values.item()))
        assert away < 4 * float(pair[f"{name}_difference_mcse"].values.item()), name
