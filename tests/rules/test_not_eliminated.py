"""A dose's own patients can close it beside a model."""

import pytest

import bayesdose as bd
from bayesdose.designs.running import running_state
from bayesdose.errors import InputError
from tests.conformance import check_design

GRID = bd.DoseGrid((10, 20, 40, 80), "mg")
# A prior so narrow that three DLTs in three patients do not move it far (crmPack's issue 111).
PRIOR = bd.priors.NormalPrior((-2.2, 0.0), (0.5, 0.3), reference_dose=80)
NO_SKIPPING = bd.rules.LevelsAboveHighestTried(1)


def design(increments, **settings):
    settings = {"target_interval": (0.16, 0.33), "ewoc_cap": 0.25, "max_patients": 24} | settings
    return bd.blrm(GRID, PRIOR, increments=increments, **settings)


def following(one, text):
    state = running_state(one, text)
    cohorts = one.next_cohort(state)
    stops = int(cohorts.stop[0])
    dose = None if stops else int(cohorts.level[0]) + 1
    return dose, int(one.recommend(state)[0]) + 1


def test_three_dlts_in_three_patients_close_a_dose_that_the_model_would_pass():
    # P(p > .3 | Beta(4, 1)) = 1 - .3**4 = .992, above the usual .95.
    rule = bd.rules.NotEliminated(bd.rules.BetaElimination(0.3))
    assert following(design(NO_SKIPPING), "1NNN 2TTT")[0] == 3
    for increments in (NO_SKIPPING & rule, rule & NO_SKIPPING):
        assert following(design(increments), "1NNN 2TTT") == (1, 1)


@pytest.mark.parametrize(("cutoff", "level"), [(0.991, 1), (0.992, 3)])
def test_the_cutoff_is_that_of_the_beta_posterior(cutoff, level):
    # 1 - .3**4 = .9919
    rule = bd.rules.NotEliminated(bd.rules.BetaElimination(0.3, cutoff=cutoff))
    assert following(design(NO_SKIPPING & rule), "1NNN 2TTT")[0] == level


def test_a_closed_lowest_dose_ends_the_trial_without_a_dose():
    rule = bd.rules.NotEliminated(bd.rules.BetaElimination(0.3))
    one = design(NO_SKIPPING & rule, stop_cap=None)
    state = running_state(one, "1TTT")
    assert one.next_cohort(state).reason(0) == bd.StopReason.NO_DOSE_IN_REACH
    assert int(one.recommend(state)[0]) == -1


def test_the_design_keeps_the_contract():
    rule = bd.rules.NotEliminated(bd.rules.BetaElimination(0.3, min_patients=3))
    assert check_design(design(NO_SKIPPING & rule, max_patients=9)) > 0


def test_another_kind_of_rule_is_refused():
    with pytest.raises(InputError, match="elimination"):
        bd.rules.NotEliminated(bd.rules.EWOC(0.33, 0.25))
    with pytest.raises(InputError, match="BetaElimination"):
        bd.rules.EWOC(0.33, 0.25) & bd.rules.BetaElimination(0.3)
