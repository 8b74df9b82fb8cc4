"""Running trials that departed from their design or saw a DLT late, and patients outside the escalation."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.designs.running import departures, running_state
from bayesdose.errors import InputError
from bayesdose.models.curves import PowerCurve
from bayesdose.trial import StopReason

GRID = bd.DoseGrid((500, 650, 825), unit="mg")
RULE_BASED = {
    "3+3": bd.three_plus_three(GRID, "deescalation"),
    "3+3, no de-escalation": bd.three_plus_three(GRID, "no-deescalation"),
    "3+3, six at the highest": bd.three_plus_three(GRID, "deescalation-six"),
    "A+B": bd.a_plus_b(GRID, 3, 3, 1, 1, 1, deescalation=True),
    "rolling six": bd.rolling_six(GRID, cohort_size=4, complete_highest=True),
    "titration": bd.accelerated_titration(bd.three_plus_three(GRID, "deescalation"), 1),
    "BOIN": bd.boin(GRID, 0.3, max_patients=24),
}


def answer(design, outcomes):
    return design.next_cohort(running_state(design, outcomes))


def level_and_size(design, outcomes):
    following = answer(design, outcomes)
    assert following.reason(0) is StopReason.GOES_ON
    return int(following.level[0]) + 1, int(following.size[0])


@pytest.mark.parametrize("name", RULE_BASED)
def test_a_late_dlt_below_the_current_dose_is_decided_first(name):
    """Two of three at the lowest dose: by every one of these rules it is too toxic, or is left downwards."""
    design = RULE_BASED[name]
    state = running_state(design, "1NTT 2NNN")
    following = design.next_cohort(state)
    if name == "BOIN":  # 2 of 3 at the lowest dose: the boundary .36 says down, which is to stay there
        assert (following.level.tolist(), following.size.tolist()) == ([0], [3])
    else:
        assert following.reason(0) is StopReason.LOWEST_TOO_TOXIC
        assert design.recommend(state).tolist() == [-1]


def test_two_of_six_at_the_lowest_dose_after_the_escalation():
    for name in ("3+3", "3+3, no de-escalation", "A+B", "rolling six", "titration"):
        following = answer(RULE_BASED[name], "1NNT 1NNT 2NNN")
        assert following.reason(0) is StopReason.LOWEST_TOO_TOXIC
        assert following.level.tolist() == [1], "a stopped trial keeps its level"


def test_a_condemned_dose_above_the_lowest_is_left_downwards():
    # Level 2 has 2 of 3: level 1 is completed to six.
    assert level_and_size(RULE_BASED["3+3"], "1NNN 2NTT 3NNN") == (1, 3)
    assert level_and_size(RULE_BASED["A+B"], "1NNN 2NTT 3NNN") == (1, 3)
    assert level_and_size(RULE_BASED["BOIN"], "1NNN 2NTT 3NNN") == (1, 3)


@pytest.mark.parametrize("name", ["3+3", "A+B", "rolling six"])
def test_outside_patients_leave_the_current_dose(name):
    design = RULE_BASED[name]
    assert level_and_size(design, "1NNN 2NNN 3NNT (1NNN)") == (3, 3)
    assert level_and_size(design, "1NNN 2NNN (1NNN) 3NNT") == (3, 3)
    # They count at their dose: two of six there.
    assert answer(design, "1NNN 2NNN 3NNT (1NTT)").reason(0) is StopReason.LOWEST_TOO_TOXIC


def test_boin_decides_at_the_escalation_s_dose_after_backfill():
    # 1 of 3 at level 3: between the boundaries .236 and .358 of Liu and Yuan (2015) for target 0.3.
    assert level_and_size(RULE_BASED["BOIN"], "1NNN 2NNN 3NNT (1NNN)") == (3, 3)
    assert level_and_size(RULE_BASED["BOIN"], "1NNN 2NNN 3NNT (1NNN) (2NNT)") == (3, 3)


def planned(departure):
    """Level number and patients that the design would have given, or why it would have stopped."""
    cohorts = departure.planned
    reason = cohorts.reason(0)
    return (int(cohorts.level[0]) + 1, int(cohorts.size[0])) if reason is StopReason.GOES_ON else reason


def test_departures_are_named():
    design = RULE_BASED["3+3"]
    assert departures(design, "1NNN 2NNN 3NNT (1NNN)") == ()
    (one,) = departures(design, "1NNN 2NNN 3NNT 1NNN")
    assert (one.number, one.level, one.letters, one.at_planned_level) == (4, 1, "NNN", False)
    assert planned(one) == (3, 3)
    (size,) = departures(design, "1NN")
    assert (size.number, planned(size), size.at_planned_level) == (1, (1, 3), True)
    (stopped,) = departures(design, "1TTT 1N")
    assert planned(stopped) is StopReason.LOWEST_TOO_TOXIC


def test_a_table_without_the_row_of_an_earlier_cohort():
    """A cohort of four has no row; with six patients at the dose there is one, and the answer."""
    table = bd.rules.DecisionTable(("", "", "ESDU", "", "", "EESDDUU"))
    selection = bd.rules.IsotonicClosest(0.3)
    design = bd.interval_design(GRID, table, selection, max_patients=6)
    assert answer(design, "1NNNT 1NT").reason(0) is StopReason.MAX_PATIENTS
    departed = departures(design, "1NNNT 1NT")
    assert [(one.number, one.planned is None) for one in departed] == [(1, False), (2, True)]


@pytest.mark.parametrize("text", ["(1NNN)", "(1NNN) (2NNN)", ""])
def test_no_cohort_of_the_escalation_yet(text):
    with pytest.raises(InputError, match="wanted at least one treated cohort of the escalation"):
        running_state(RULE_BASED["3+3"], text)


@pytest.mark.parametrize("target", [0.25, 0.3])
def test_single_patients_are_no_part_of_the_first_full_cohort(target):
    """1 of 3 in the first full cohort is above the target: no escalation (Cheung 2005)."""
    grid = bd.DoseGrid.of_levels(5)
    curve = PowerCurve((0.05, 0.1, 0.2, 0.3, 0.4))
    crm = bd.crm_mle(
        grid,
        curve,
        target,
        30,
        initial_levels=(1, 2, 3),
        increments=bd.rules.LevelsAboveHighestTried(1) & bd.rules.Coherent(target),
    )
    design = bd.accelerated_titration(crm, single_patient_levels=2)
    assert level_and_size(design, "1N 2N")[0] == 3
    for text in ("1N 2N 3NNT", "1N 2N 3NNT (1NNN)", "1N 2N (1NNN) 3NNT"):
        assert level_and_size(design, text)[0] <= 3
    # A patient with a DLT and the two added at the level are the cohort.
    assert level_and_size(design, "1N 2T")[0] == 2
    assert level_and_size(design, "1N 2T 2NN")[0] <= 2


def test_a_two_stage_crm_goes_on_from_where_titration_left_it():
    curve = PowerCurve((0.05, 0.1, 0.2, 0.3, 0.4))
    crm = bd.crm_mle(bd.DoseGrid.of_levels(5), curve, 0.25, 30)
    design = bd.accelerated_titration(crm, single_patient_levels=2)
    assert level_and_size(design, "1N 2N") == (3, 3)
    assert level_and_size(design, "1N 2N 3NNN") == (4, 3)


def test_phases_of_one_design_inside_another():
    """The inner design's own phase survives the titration: it remembers the counts before the last cohort."""
    grid = bd.DoseGrid.of_levels(3)
    crm = bd.crm_mle(
        grid, PowerCurve((0.1, 0.2, 0.3)), 0.3, 12, increments=bd.rules.Coherent(0.3), cohort_size=2
    )
    design = bd.accelerated_titration(crm, single_patient_levels=1)
    state = running_state(design, "1N 2NT")
    assert np.divmod(state.phase // 2, 181)[0].tolist() == [1], "one patient before the cohort of two"
