"""Titration rules by name, walked against the wording of their publication or registry record."""

import pytest

from bayesdose.designs.named_titrations import (
    nct04202003_titration,
    nct07623850_titration,
    simon_titration,
)
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision

# Steps of 40 %, rounded as a protocol would.
FOLLOWING = ThreePlusThree(DoseGrid((10, 14, 19.6, 27, 38), "mg"), "deescalation")

WORDINGS = {
    "Simon 1997, design 2: 40 % steps until one DLT or two patients with grade 2": (
        simon_titration(FOLLOWING, number=2),
        [
            ("", "Next: 1 patient at level 1"),
            ("1N 2N", "Next: 1 patient at level 3"),
            ("1M 2N", "Next: 1 patient at level 3"),
            ("1M 2N 3M", "Next: 2 patients at level 3"),
            ("1N 2T", "Next: 2 patients at level 2"),
            ("1N 2T 2NN 2NNN", "Next: 3 patients at level 3"),
        ],
    ),
    "Simon 1997, design 3: 100 % steps, then 40 %": (
        simon_titration(FOLLOWING, number=3),
        [
            ("1N", "Next: 1 patient at level 3"),
            ("1N 3N", "Next: 1 patient at level 5"),
            ("1N 3T", "Next: 2 patients at level 3"),
            ("1N 3T 3NN 3NNN", "Next: 3 patients at level 4"),
        ],
    ),
    # clareohealth.com/clinical-trials/NCT07623850, dose escalation rule 1.
    "NCT07623850: one more patient after a grade 2 event, 3+3 if that one has one too": (
        nct07623850_titration(FOLLOWING),
        [
            ("1N", "Next: 1 patient at level 2"),
            ("1N 2M", "Next: 1 patient at level 2"),
            ("1N 2M 2N", "Next: 1 patient at level 3"),
            ("1N 2M 2M", "Next: 1 patient at level 2"),
            ("1N 2M 2M 2N", "Next: 3 patients at level 3"),
            # Assumption: a DLT is an event of grade 2 or worse, and the record names no other rule.
            ("1N 2T 2N", "Next: 1 patient at level 3"),
            ("1N 2T 2M", "Next: 1 patient at level 2"),
            # Two DLTs of two are too toxic for the 3+3: no third patient there.
            ("1N 2T 2T", "Next: 2 patients at level 1"),
        ],
    ),
    # The record as summarised on staging.scite.ai.
    "NCT04202003: two levels of one patient, first DLT or grade 2 expands": (
        nct04202003_titration(FOLLOWING),
        [
            ("1N", "Next: 1 patient at level 2"),
            ("1N 2N", "Next: 3 patients at level 3"),
            ("1M", "Next: 2 patients at level 1"),
            ("1N 2T", "Next: 2 patients at level 2"),
            ("1N 2M 2NN", "Next: 3 patients at level 3"),
        ],
    ),
}


@pytest.mark.parametrize("wording", WORDINGS)
def test_wording(wording):
    design, steps = WORDINGS[wording]
    for outcomes, sentence in steps:
        assert describe_decision(design, parse_outcomes(outcomes)).startswith(sentence), outcomes


@pytest.mark.parametrize("number", [1, 4, "2"])
def test_designs_of_simon_that_are_not_here(number):
    with pytest.raises(
        InputError,
        match="number: got .*; wanted a whole number 2 or 3 .design 1 is the following",
    ):
        simon_titration(FOLLOWING, number=number)
