"""A running trial with follow-up: its notation, its table of dates, and what waiting brings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.grammar.designs import read_follow_up_design
from bayesdose.grammar.structuring import Context
from bayesdose.late_onset.patients import FollowedPatient, FollowedPatients, parse_follow_up
from bayesdose.late_onset.patients_by_dates import load_follow_up
from bayesdose.late_onset.running import outlook, running_trial
from bayesdose.late_onset.with_follow_up import in_time
from bayesdose.report.next_with_follow_up import describe_outlook

GRID = bd.DoseGrid((1, 3, 10, 30, 60), "mg")


def boin(target=0.2, **more):
    return bd.late_onset.tite_boin(GRID, target, max_patients=36, **more)


def test_notation():
    patients = parse_follow_up("3nNX 3N@14/28 3T 3T@9/28")
    assert str(patients) == "3NN 3N@14/28 3T 3T@9/28"
    counts, pending = patients.counts(3)
    assert counts.tolist() == [[0, 0], [0, 0], [2, 2]]
    assert np.argwhere(pending).tolist() == [[2, 14]]
    assert parse_follow_up("1N@28/28").counts(1)[0].tolist() == [[1, 0]]
    assert parse_follow_up("1N", window=21).window == 21


@given(
    st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.none() | st.integers(0, 27)), min_size=1),
)
@settings(deadline=None)
def test_notation_round_trip(listed):
    patients = FollowedPatients(tuple(FollowedPatient(*one) for one in listed), 28)
    assert parse_follow_up(str(patients), window=28) == patients


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3N@30/28", "patient 1: got 'a follow-up of 30 days'; wanted at most the DLT window of 28 days"),
        ("3N 3T@30/28", "patient 2: got 'a DLT on day 30'; wanted at most the DLT window of 28 days"),
        ("3N@14", "outcomes: got '3N@14'; wanted one patient with follow-up"),
        ("3N@-1/28", "outcomes: got '3N@-1/28'"),
        ("3NN@14/28", "outcomes: got '3NN@14/28'"),
        ("0N@14/28", "outcomes: got '0N@14/28'"),
        ("3N@1/28 3N@1/21", "DLT window: got '21, 28 days'; wanted one for all patients"),
        ("(3N 3N@1/28", "outcomes: got '\\(3N'"),
        ("3Q 3N@1/28", "outcomes: got '3Q'"),
        ("3N@1/0", "window"),
    ],
)
def test_bad_notation(text, message):
    with pytest.raises(InputError, match=message):
        parse_follow_up(text)


def test_unknown_level():
    with pytest.raises(InputError, match="patient 2: got '9N@1/28'; wanted dose levels from 1 to 5"):
        running_trial(boin(), parse_follow_up("1N 9N@1/28"))
    with pytest.raises(InputError, match="outcomes: got ''; wanted at least one patient"):
        running_trial(boin(), parse_follow_up(""))


HEADING = "level,enrolled,dlt,last_seen\n"


def written(tmp_path, rows, heading=HEADING):
    path = tmp_path / "patients.csv"
    path.write_text(heading + rows, encoding="utf-8")
    return path


def test_dates(tmp_path):
    rows = "1,2026-01-01,,2026-03-01\n1,2026-02-01,2026-02-10,2026-03-01\n2,2026-02-15,,2026-03-01\n"
    patients = load_follow_up(written(tmp_path, rows), 28)
    assert str(patients) == "1N 1T@9/28 2N@14/28"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,2026-02-01,2026-01-31,2026-03-01\n", "line 2, dlt: got '2026-01-31'; wanted no earlier than the"),
        ("1,2026-02-01,,2026-01-31\n", "line 2, last_seen: got '2026-01-31'; wanted no earlier than the en"),
        (
            "1,2026-02-01,2026-02-09,2026-02-08\n",
            "last_seen: got '2026-02-08'; wanted no earlier than the DLT",
        ),
        (
            "1,2026-02-02,,2026-03-01\n1,2026-02-01,,2026-03-01\n",
            "line 3, enrolled: got '2026-02-01'; wanted no",
        ),
        (
            "1,2026-01-01,2026-02-01,2026-03-01\n",
            "dlt: got 'day 31'; wanted at most the DLT window of 28 days",
        ),
        ("1,01.02.2026,,2026-03-01\n", "enrolled: got '01.02.2026'; wanted a date such as 2026-03-31"),
        ("0,2026-02-01,,2026-03-01\n", "level: got '0'; wanted a level number"),
        ("one,2026-02-01,,2026-03-01\n", "level: got 'one'; wanted a level number"),
        ("1,2026-02-01\n", "last_seen: got None; wanted a date"),
    ],
)
def test_bad_dates(tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        load_follow_up(written(tmp_path, rows), 28)


def test_no_table(tmp_path):
    with pytest.raises(InputError, match="wanted the columns level, enrolled, dlt, last_seen"):
        load_follow_up(written(tmp_path, "", "level,enrolled\n"), 28)
    with pytest.raises(InputError, match="a file that can be read"):
        load_follow_up(tmp_path / "none.csv", 28)


def test_the_day_of_the_escalation():
    # Yuan et al. (2018), Table 1: nine patients, one DLT, four pending at target 0.2 escalate from a sum of
    # 2.15 windows on. Of 90 days that is 193.5 days; 60 + 45 + 30 + 15 and four days more each day: day 11.
    text = "1NNN 1NT 1N@60/90 1N@45/90 1N@30/90 1N@15/90"
    design = boin()
    found = outlook(design, running_trial(design, parse_follow_up(text)))
    assert found.escalates == 11
    assert found.days[:2].tolist() == [0, 11]
    assert found.complete == 75
    assert not found.decisions.waits.any()
    assert found.decisions.level[:2].tolist() == [0, 1]


def test_a_suspension_ends_when_half_are_known():
    # Three of three pending; from the second completed outcome on one of three is: days 8 and 18.
    design = boin(0.3)
    found = outlook(design, running_trial(design, parse_follow_up("1N@20/28 1N@10/28 1N@5/28")))
    assert (found.days.tolist(), found.decisions.waits.tolist()) == ([0, 18], [True, False])
    assert found.escalates == 18


def test_a_cohort_goes_on_at_its_level():
    design = boin(0.3)
    trials = running_trial(design, parse_follow_up("1N@20/28"))
    assert trials.phase[0] == 2
    assert running_trial(design, parse_follow_up("1NNN 2N 2N@3/28")).phase[0] == 1
    # A patient at another level ends the cohort before it is full; there the design planned none.
    assert running_trial(design, parse_follow_up("1NNN 2N 1N@3/28")).phase[0] == 0
    assert running_trial(design, parse_follow_up("1NNN 1N@3/28")).phase[0] == 0
    assert running_trial(design, parse_follow_up("1NNN 2NNN 1NNN 3N@3/28")).phase[0] == 0
    one_by_one = boin(0.3, cohort_size=1)
    assert running_trial(one_by_one, parse_follow_up("1N 2N 3N@1/28")).phase[0] == 0


def test_with_known_outcomes_it_is_the_ordinary_answer():
    prior = bd.priors.NormalPrior((-1.1, 0), (2, 0.7), reference_dose=10)
    blrm = bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=24)
    for waiting in (bd.boin(GRID, 0.25, max_patients=24), blrm):
        design = in_time(waiting)
        for text in ("1NNN", "1NNN 2NNT", "1NNN 2NNT 2NNN", "1NNN 2NTT 1NNN", "1TTT"):
            cohorts = waiting.next_cohort(bd.running_state(waiting, text))
            answer = design.next_patient(running_trial(design, parse_follow_up(text)))
            assert (answer.level[0], answer.stop[0]) == (cohorts.level[0], cohorts.stop[0]), text


def test_in_words():
    design = boin()
    text = "1NNN 1NT 1N@60/90 1N@45/90 1N@30/90 1N@15/90"
    lines = describe_outlook(design, parse_follow_up(text)).splitlines()
    assert lines[0] == "Now: 3 patients at level 1 (1 mg)."
    assert lines[1].startswith(
        "If no DLT is seen and nobody is enrolled: after 11 more days of follow-up 3 pat"
    )
    assert lines[2] == "The first escalation is after 11 more days of follow-up, if no DLT is seen."
    assert lines[3].startswith("With a DLT in the pending patient at level 1 who was followed longest: ")
    assert describe_outlook(design, parse_follow_up("1NNN")).endswith("All outcomes are known.")
    unfilled = describe_outlook(design, parse_follow_up("1NN@3/28".replace("NN", "N")))
    assert unfilled.startswith(
        "Now: 2 patients at level 1 (1 mg), to fill the cohort.\nIf the cohort is closed"
    )


def test_forms_of_other_designs():
    # Two DLTs in three go down whatever the third patient shows; one DLT and one pending patient wait.
    three_plus_three = in_time(bd.three_plus_three(GRID, "deescalation"))
    early = outlook(three_plus_three, running_trial(three_plus_three, parse_follow_up("1NNN 2TT 2N@3/28")))
    assert early.decisions.level.tolist() == [0]
    later = outlook(three_plus_three, running_trial(three_plus_three, parse_follow_up("1NNN 2NT 2N@3/28")))
    assert (later.days.tolist(), later.decisions.waits.tolist()) == ([0, 25], [True, False])
    assert later.escalates is None
    rolling = in_time(bd.rolling_six(GRID, cohort_size=4, complete_highest=True))
    assert rolling == bd.late_onset.rolling_six(GRID, complete_highest=True)


def test_design_files(tmp_path):
    context = Context(tmp_path, {"grid": GRID})
    path = tmp_path / "design.toml"
    path.write_text(
        'late_onset_design = "tite_boin_ess"\ntarget = 0.3\nmax_patients = 30\n', encoding="utf-8"
    )
    expected = bd.late_onset.tite_boin_ess(GRID, 0.3, max_patients=30)
    assert read_follow_up_design(path, context) == expected
    path.write_text('design = "boin"\ntarget = 0.2\nmax_patients = 36\n', encoding="utf-8")
    assert read_follow_up_design(path, context) == boin()
    path.write_text('late_onset_design = "tite_bion"\n', encoding="utf-8")
    with pytest.raises(InputError, match="Did you mean 'tite_boin'"):
        read_follow_up_design(path, context)
