"""Operating characteristics that the R package escalation simulated, against the exact ones."""

import numpy as np
import pytest

from bayesdose.designs.boin import boin
from bayesdose.designs.mtpi import mtpi2
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.grid import DoseGrid
from bayesdose.rules.mtd_selection import IsotonicClosest

GRID = DoseGrid.of_levels(6)
# The package adds 1 to the counts before isotonic regression; see docs/designs.md.
DESIGNS = {
    "3+3": ThreePlusThree(GRID, "no-deescalation"),
    "3+3_deesc": ThreePlusThree(GRID, "deescalation"),
    "BOIN_n36_noMTD": boin(GRID, 0.25, max_patients=36),
    "mTPI2_n36_select": mtpi2(GRID, 0.25, max_patients=36, mtd_selection=IsotonicClosest(0.25, 1.0)),
}


@pytest.fixture(scope="module")
def cases(golden):
    return golden("escalation_sim_oc.json")["cases"]


def standard_scores(run, case):
    """Differences from the simulation in its standard errors, by what they are differences of."""
    final, weights = run.graph.final, run.weights
    found = {
        "prob_recommend": (final.recommendation[:, None] + 1 == np.arange(7)).astype(float),
        "mean_n_at_dose": final.counts.sum(axis=-1),
        "mean_tox_at_dose": final.counts[..., 1],
    }
    scores = {}
    for name, each in found.items():
        mean = weights @ each
        difference, variance = np.array(case[name]) - mean, weights @ (each - mean) ** 2
        # What fewer than 5 in 1000 trials do is not a normal variable: there it may be seen 5 times.
        rare = variance < 5 / case["num_sims"]
        assert np.abs(difference[rare]).max(initial=0) <= 5 / case["num_sims"], (name, case["design"])
        scores[name] = difference[~rare] / np.sqrt(variance[~rare] / case["num_sims"])
    return scores


@pytest.mark.parametrize("number", range(5))
def test_simulations(cases, exact, number):
    # escalation 0.2.3, simulate_trials with 1000 trials. Seventy numbers: the largest of so many standard
    # normal scores is above 3.5 with probability 0.03.
    assert len(cases) == 5
    case = cases[number]
    scores = standard_scores(exact(DESIGNS[case["design"]], case["true_prob_tox"]), case)
    if case["design"] == "BOIN_n36_noMTD":
        # "No MTD" recommends what would be given next, not BOIN's isotonic choice: not compared.
        del scores["prob_recommend"]
    assert sum(map(len, scores.values())) >= 10
    assert np.abs(np.concatenate(list(scores.values()))).max() < 3.5


def test_other_variants_would_be_seen(cases, exact):
    # So that the comparison means something: the other 3+3, and mTPI-2's authors' 0.005.
    with_deescalation, _, mtpi2_main, without, _ = cases
    wrong_number = exact(DESIGNS["3+3"], with_deescalation["true_prob_tox"])
    assert np.abs(standard_scores(wrong_number, with_deescalation)["mean_n_at_dose"]).max() > 5
    wrong_number = exact(DESIGNS["3+3_deesc"], without["true_prob_tox"])
    assert np.abs(standard_scores(wrong_number, without)["mean_n_at_dose"]).max() > 5
    authors = mtpi2(GRID, 0.25, max_patients=36)
    other_selection = exact(authors, mtpi2_main["true_prob_tox"])
    assert np.abs(standard_scores(other_selection, mtpi2_main)["prob_recommend"]).max() > 5
