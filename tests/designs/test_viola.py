"""VIOLA's dose transition pathways: R package dtpcrm, vignette; all 64 + 64."""

import numpy as np
import pytest

from bayesdose.designs.crm import crm
from bayesdose.designs.running import running_state
from bayesdose.grid import DoseGrid
from bayesdose.inference.posterior import posterior
from bayesdose.models.curves import PowerCurve
from bayesdose.outcomes import parse_outcomes
from bayesdose.rules.increments import LevelsAboveHighestTried, NoEscalationAboveRate
from bayesdose.rules.posterior_stopping import LowestTooToxic
from bayesdose.rules.recommendation import DoseOfNextCohort
from bayesdose.rules.stopping import PatientsAtDose
from bayesdose.simulation.pathways import pathways
from bayesdose.trial import StopReason, TrialState
from tests.simulation.published_pathways import check_published

LABELS = ("-2", "-1", "0", "1", "2", "3", "4")
BEFORE = {"start": [], "running": [("0", 0), ("1", 0)]}


@pytest.fixture(scope="module")
def design():
    # Inputs as in the vignette. Its stopping rule uses a normal approximation of P(p1 > 0.30); here the
    # probability is exact. They agree on every pathway: the closest call at the cap of 0.72 has 0.7117 by
    # one and 0.699 by the other, so at a cap of 0.70 they would not.
    return crm(
        DoseGrid((1, 2, 3, 4, 5, 6, 7), "level", LABELS),
        PowerCurve((0.03, 0.07, 0.12, 0.20, 0.30, 0.40, 0.52)),
        target=0.20,
        prior_sd=0.75**0.5,
        estimate="plug-in",
        max_patients=24,
        start_level=3,
        increments=LevelsAboveHighestTried(1) & NoEscalationAboveRate(0.20),
        stopping=LowestTooToxic(0.30, 0.72) | PatientsAtDose(12),
        recommendation=DoseOfNextCohort(),
    )


def next_dose(design, cohorts):
    """Label of the next dose, or STOP, after cohorts of three given as (label, DLTs)."""
    if not cohorts:
        return LABELS[design.first_cohort().level[0]]
    counts = np.zeros((1, 7, 2), dtype=int)
    for label, dlts in cohorts:
        counts[0, LABELS.index(label)] += (3 - dlts, dlts)
    state = TrialState(counts, np.array([LABELS.index(cohorts[-1][0])]), np.zeros(1, dtype=int))
    answer = design.next_cohort(state)
    reason = answer.reason(0)
    assert reason in (StopReason.GOES_ON, StopReason.LOWEST_TOO_TOXIC), reason
    return LABELS[answer.level[0]] if reason is StopReason.GOES_ON else "STOP"


def test_every_pathway(design, golden):
    rows = golden("viola_pathways.csv")
    assert len(rows) == 128
    for row in rows:
        cohorts = list(BEFORE[row["trial"]])
        for number in (1, 2, 3):
            dose, dlts = row[f"dose_{number}"], row[f"dlts_{number}"]
            assert next_dose(design, cohorts) == dose, row
            if dose == "STOP":
                break
            cohorts.append((dose, int(dlts)))
        else:
            assert next_dose(design, cohorts) == row["dose_4"], row


@pytest.mark.parametrize(("trial", "outcomes"), [("start", ""), ("running", "3NNN 4NNN")])
def test_all_pathways_at_once(design, golden, trial, outcomes):
    rows = [row for row in golden("viola_pathways.csv") if row["trial"] == trial]
    assert len(rows) == 64
    assert check_published(pathways(design, outcomes, cohorts=3), rows) > 40


def test_estimates_after_two_cohorts(design):
    # dtpcrm, vignette: plug-in estimates after 0/3 at 0 and 0/3 at 1, printed to six decimals.
    state = running_state(design, parse_outcomes("3NNN 4NNN"))
    summary = posterior(design.tables[-1], state.patients, state.dlts)
    assert summary.plug_in[0] == pytest.approx(
        [0.000942, 0.005072, 0.014801, 0.040843, 0.091416, 0.161912, 0.272702], abs=5.1e-7 + 1e-6
    )
    # Level 6 is closer to 0.20 than level 7; untried levels are not skipped.
    assert np.abs(summary.plug_in[0] - 0.20).argmin() == 5
    assert design.next_level(state)[0].tolist() == [4]


def test_no_dose_is_recommended_after_a_stop_for_toxicity(design):
    state = running_state(design, parse_outcomes("3NTT 1NTT"))
    assert design.next_cohort(state).reason(0) is StopReason.LOWEST_TOO_TOXIC
    assert design.recommend(state).tolist() == [-1]
