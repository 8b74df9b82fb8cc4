"""A rule that stands for a committee: the escalation is as without it, its choice that of a plain loop."""

import numpy as np
import pytest
from scipy.stats import beta

import bayesdose as bd
from bayesdose.dose_optimization import CommitteeRule, RateAtLeast, RateAtMost, boin12, with_committee
from bayesdose.errors import InputError
from bayesdose.trial import TrialState

GRID = bd.DoseGrid((1, 3, 10), "mg")
THREE = bd.three_plus_three(GRID, "deescalation")
CURVES = (
    bd.scenarios.Scenario("early plateau", GRID, (0.05, 0.1, 0.2), prob_response=(0.6, 0.7, 0.7)),
    bd.scenarios.Scenario(
        "late", GRID, (0.1, 0.2, 0.4), prob_response=(0.1, 0.3, 0.6), dlt_response_odds_ratio=2.0
    ),
)
MTD = bd.rules.HighestBelow(0.33)
SAFE, ACTIVE = RateAtMost("DLT", 0.33, 0.5), RateAtLeast("response", 0.5, 0.5)
RULE = CommitteeRule(SAFE, ACTIVE)


@pytest.mark.parametrize("prefers", ["lowest", "highest", "best utility"])
@pytest.mark.parametrize(("otherwise", "above"), [("none", False), ("design", True)])
def test_choices_are_those_of_a_plain_loop(prefers, otherwise, above):
    rule = CommitteeRule(
        RateAtMost("DLT", 0.33, 0.6),
        RateAtLeast("response", 0.4, 0.7, min_patients=2),
        prefers=prefers,
        above_design=above,
        otherwise=otherwise,
    )
    rng = np.random.default_rng(11)
    counts = np.stack([rng.multinomial(n, (0.3, 0.4, 0.1, 0.2), 3) for n in rng.integers(0, 9, 300)])
    counts = rng.permuted(counts, axis=0)
    recommended = rng.integers(-1, 3, len(counts))
    found = rule.select(TrialState(counts, 0 * recommended, 0 * recommended), recommended)
    worth = np.array([40, 100, 60, 0]) / 100
    for trial, one in enumerate(counts):
        good, safe = {}, True
        for dose, cells in enumerate(one):
            n, t, e = cells.sum(), cells[2:].sum(), cells[1:3].sum()
            safe = safe and (n < 3 or beta.sf(0.33, 1 + t, 1 + n - t) <= 0.6)
            active = n >= 2 and beta.sf(0.4, 1 + e, 1 + n - e) >= 0.7
            if n >= 3 and safe and active and (above or dose <= recommended[trial]):
                good[dose] = round((1 + cells @ worth) / (2 + n), 12)
        best = {
            "lowest": min,
            "highest": max,
            "best utility": lambda doses, good=good: max(doses, key=good.get),
        }
        expected = best[prefers](good) if good else (recommended[trial] if otherwise == "design" else -1)
        assert found[trial] == (-1 if recommended[trial] < 0 else expected)
    assert len(set(found.tolist())) == 4


def test_the_escalation_is_as_without_the_rule():
    designs = {
        "MTD": THREE,
        "committee": with_committee(THREE, RULE),
    }
    rule = bd.rules.BestUtility(max_toxicity=0.33, min_efficacy=0.5)
    exact = bd.operating_characteristics(designs, CURVES, mtd_rule=MTD, obd_rule=rule)
    for name in ("expected_patients", "expected_dlts", "sample_size_probability", "expected_responses"):
        alone, wrapped = exact[name].values
        np.testing.assert_allclose(wrapped, alone, rtol=0, atol=1e-12)
    drawn = bd.operating_characteristics(
        designs, CURVES, mtd_rule=MTD, obd_rule=rule, method=bd.MonteCarlo(trials=20_000, rng=4)
    )
    for name in ("selection_probability", "obd_selection", "utility_loss"):
        error = np.maximum(drawn[f"{name}_mcse"], 1e-4)
        assert np.all(np.abs(drawn[name] - exact[name]) <= 5 * error), name
    # Where responses level off early, the rule stays at the lowest dose that is active.
    assert exact["selection_probability"].values[1, 0, 1] > 2 * exact["selection_probability"].values[0, 0, 1]


def test_a_trial_cohort_by_cohort():
    design = with_committee(bd.boin(GRID, 0.25, max_patients=9), RULE)
    assert bd.describe_decision(design, "1NEE") == bd.describe_decision(design, "1NNN")
    assert bd.describe_decision(design, "1NEE 2EEB") == bd.describe_decision(design, "1NNN 2NNT")
    ended = bd.describe_decision(design, "1NNE 2EEE 3BBT")
    assert ended == "Stop: the maximum number of patients is reached. Recommended: level 2 (3 mg)."
    assert "an assumption" in str(design)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CommitteeRule(ACTIVE, SAFE), "CommitteeRule, safe: got RateAtLeast.*wanted a RateAtMost"),
        (lambda: CommitteeRule(SAFE, ACTIVE, prefers="best"), "prefers: got 'best'"),
        (
            lambda: with_committee(boin12(GRID, max_patients=9), RULE),
            "with_committee, escalation: got 'a design with 4 categories.*decides from DLTs alone",
        ),
        (
            lambda: with_committee(bd.plan(THREE, (bd.ExpansionCohort(3),)), RULE),
            "with_committee, escalation: got .*stages escalation, expansion",
        ),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InputError, match=message):
        make()
