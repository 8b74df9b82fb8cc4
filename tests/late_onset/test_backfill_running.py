"""A running trial with patients beside the escalation."""

import pytest

import bayesdose as bd
from tests.late_onset.bf_boin import (
    GRID,
    late,
    patients_of_the_trial,
    published_design,
    written_on,
)


def test_the_published_trial_as_a_running_one():
    design, patients = published_design(), patients_of_the_trial()
    for number in range(1, len(patients)):
        one = patients[number]
        text = written_on(one["day"], patients[:number])
        read = late.parse_follow_up(text)
        assert str(read) == text
        answer = design.next_patient(late.running_trial(design, read))
        assert (answer.level[0] + 1, answer.backfills[0]) == (one["dose"], bool(one["backfilled"])), text


def test_what_a_running_trial_says():
    from bayesdose.report.next_with_follow_up import describe_outlook

    design = published_design()
    text = "1NNN 2NEN 3N@10/30 3N@8/30 3N@3/30 +2N@2/30"
    said = describe_outlook(design, late.parse_follow_up(text)).splitlines()
    assert said[0] == "Now: 1 patient beside the escalation at level 2."
    # The last of the cohort is known after 27 days, before the backfilled patient.
    assert "after 27 more days of follow-up 3 patients at level 4" in said[1]
    # Two DLTs in six at dose 2 against none of three at dose 3: two of nine, stay.
    late_one = "1NNN 2NEN 3NNE +2B +2N +2N@20/30 +2N@3/30"
    assert "at level 2 who was followed longest: 3 patients at level 3" in describe_outlook(
        design, late.parse_follow_up(late_one)
    )


def test_patients_beside_the_escalation_from_dates(tmp_path):
    table = tmp_path / "patients.csv"
    head = "level,enrolled,dlt,last_seen,response,beside\n"
    rows_of_it = ["1,2026-01-01,,2026-02-10,2026-01-20,", "2,2026-02-01,,2026-02-10,,no"]
    table.write_text(head + "\n".join([*rows_of_it, "1,2026-02-05,2026-02-08,2026-02-10,,yes"]) + "\n")
    assert str(late.load_follow_up(table, 30)) == "1E 2N@9/30 +1T@3/30"
    for bad, words in (
        ("1,2026-02-05,,2026-02-10,,perhaps", "beside"),
        ("1,2026-02-05,,2026-02-10,2026-01-01,", "response"),
    ):
        table.write_text(head + bad + "\n")
        with pytest.raises(bd.InputError, match=words):
            late.load_follow_up(table, 30)


@pytest.mark.parametrize(
    ("design", "text", "words"),
    [
        (published_design, "+1N 1N", "one of the escalation first"),
        (lambda: late.tite_boin(GRID, 0.25, max_patients=9), "1NNN +1N@3/30", "the design does not backfill"),
        (published_design, "1NNN ++1N@3/30", "one patient with follow-up"),
    ],
)
def test_bad_patients_beside_the_escalation(design, text, words):
    with pytest.raises(bd.InputError, match=words):
        late.running_trial(design(), late.parse_follow_up(text))
