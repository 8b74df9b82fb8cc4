"""A running trial with backfill: what is said at each step, by the published rules by hand."""

from itertools import product

import pytest

import bayesdose as bd
from bayesdose.designs.running import departures, running_state
from bayesdose.dose_optimization import CloseFromRate, OpenAfterResponses, backfilled
from bayesdose.report.next_dose import describe_decision
from bayesdose.rules.increments import Coherent, LevelsAboveHighestTried
from bayesdose.simulation.pathways import pathways

GRID = bd.DoseGrid((1, 3, 10, 30), "mg")


def bf_boin(**settings):
    """BF-BOIN, responses at the dose or below; lambda_e = 0.197 and lambda_d = 0.298 (target 0.25)."""
    given = {
        "patients_per_cohort": 3,
        "opening": OpenAfterResponses(lower_doses=True),
        "closing": CloseFromRate(),
        "conflict": "pooled",
        "cap_per_dose": 15,
    }
    return backfilled(bd.boin(GRID, 0.25, max_patients=60), **given | settings)


# By hand, with n and y of the doses that matter. The trial so far, and what is next.
STEPS = [
    # Nothing is below the lowest dose. 0/3 <= lambda_e.
    ("1NNE", "3 patients at level 2"),
    # A response was seen at level 1, 0/3 there.
    ("1NNE 2NNN", "3 patients at level 1 (1 mg), in the backfill"),
    # Level 1 0/6, level 2 0/3: both escalate, no conflict.
    ("1NNE 2NNN (1NNN)", "3 patients at level 3"),
    # Levels 1 and 2 are open: no response at level 2, but one below it.
    ("1NNE 2NNN (1NNN) 3NNN", "3 patients at level 2 (3 mg), in the backfill"),
    # Level 2 1/6 = 0.167, level 3 0/3.
    ("1NNE 2NNN (1NNN) 3NNN (2NNT)", "3 patients at level 4"),
    # Level 4 1/3; of the open levels 1, 2 and 3 the highest.
    ("1NNE 2NNN (1NNN) 3NNN (2NNT) 4NNT", "3 patients at level 3 (10 mg), in the backfill"),
    # Conflict: level 3 2/6 and level 4 1/3 both de-escalate. Pooled 3/9 >= lambda_d, 2/6 too: below 3.
    ("1NNE 2NNN (1NNN) 3NNN (2NNT) 4NNT (3NTT)", "3 patients at level 2"),
    # Level 2 1/9, level 1 0/6: level 1 is open, and then nothing conflicts.
    ("1NNE 2NNN (1NNN) 3NNN (2NNT) 4NNT (3NTT) 2NNN", "3 patients at level 1 (1 mg), in the backfill"),
    ("1NNE 2NNN (1NNN) 3NNN (2NNT) 4NNT (3NTT) 2NNN (1NNN)", "3 patients at level 3"),
    # Two late DLTs at level 2 in those backfilled: 3/9 there. With level 3, 3/9: 6/18 >= lambda_d:
    # level 2 is closed, and level 1 takes the patients (0/9; with level 2 3/18).
    (
        "1NNE 2NNN (1NNN) 3NNN (2TTT) 4NNT (3NTT) 2NNN (1NNN) 3NNT",
        "3 patients at level 1 (1 mg), in the backfill",
    ),
    # Level 3 3/9 and level 2 3/9 both de-escalate; pooled 6/18, and 3/9 at level 2: below level 2.
    ("1NNE 2NNN (1NNN) 3NNN (2TTT) 4NNT (3NTT) 2NNN (1NNN) 3NNT (1NNN)", "3 patients at level 1"),
    # With one DLT less at level 3, pooled 5/18 = 0.278 < lambda_d: not closed, though 3/9 is too many.
    (
        "1NNE 2NNN (1NNN) 3NNN (2TTT) 4NNT (3NTT) 2NNN (1NNN) 3NNN",
        "3 patients at level 2 (3 mg), in the backfill",
    ),
    # Level 2 3/12 stays and level 3 2/9 stays.
    ("1NNE 2NNN (1NNN) 3NNN (2TTT) 4NNT (3NTT) 2NNN (1NNN) 3NNN (2NNN)", "3 patients at level 3"),
]


@pytest.mark.parametrize(("text", "following"), STEPS, ids=range(len(STEPS)))
def test_a_trial_step_by_step(text, following):
    assert describe_decision(bf_boin(), text).startswith(f"Next: {following}")


def test_a_conflict_is_pooled_or_decided_by_the_design():
    """Level 1 3/9 = 0.333, level 2 0/3, level 3 0/3: pooled 3/15 = 0.2 stays; the design leaves level 1."""
    text = "1NNN 2NNN (1NNT) 3NNN (1NTT)"
    assert describe_decision(bf_boin(opening=None), text).startswith("Next: 3 patients at level 3")
    # A level below the lowest is none: it stays there.
    own_rule = bf_boin(opening=None, conflict="design")
    assert describe_decision(own_rule, text).startswith("Next: 3 patients at level 1 (1 mg).")
    # 4/9 at level 1, which does not eliminate it (P(P(DLT) > 0.25) = 0.922): pooled 4/15 = 0.267 stays.
    assert "at level 3" in describe_decision(bf_boin(opening=None), "1NNN 2NNN (1NTT) 3NNN (1NTT)")


def test_patients_beside_may_stand_anywhere_and_nobody_may_come():
    design = bf_boin()
    late, early = "1NNE 2NNN (1NNT) 3NNN", "1NNE (1NNT) 2NNN (1X) 3NNN"
    assert describe_decision(design, late) == describe_decision(design, early).split(" Not evaluable")[0]
    assert describe_decision(design, "1NNE 2NNN (1X)").startswith("Next: 3 patients at level 3")
    # In two parts, and one more than planned.
    assert describe_decision(design, "1NNE 2NNN (1NN) (1NN)").startswith("Next: 3 patients at level 3")
    # The escalation goes on without them.
    assert not departures(design, "1NNE 2NNN 3NNN")
    # Beside nobody of the escalation: from before its first cohort.
    before = bf_boin(cap_in_all=4)
    assert "1 patient at level 1 (1 mg), in the backfill" in describe_decision(before, "(1NNN) 1NNE 2NNN")


def test_a_cohort_that_is_not_planned_is_said_to_be_outside():
    said = describe_decision(bf_boin(), "1NNE 2NNN 1NNN")
    assert "planned: 3 patients at level 3" in said
    assert said.endswith("Then write (1NNN).")


def test_those_not_evaluable_in_the_escalation_are_replaced_there():
    said = describe_decision(bf_boin(), "1NNE 2NNX", replace=True)
    assert said.startswith("Next: 1 patient at level 2")


@pytest.mark.parametrize(
    "escalation",
    [
        bd.boin(GRID, 0.25, max_patients=30),
        bd.three_plus_three(GRID, "deescalation"),
        bd.blrm(
            GRID,
            bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0, correlation=-0.2),
            target_interval=(0.16, 0.33),
            ewoc_cap=0.25,
            max_patients=30,
            increments=LevelsAboveHighestTried(1) & Coherent(0.2),
        ),
        bd.accelerated_titration(bd.boin(GRID, 0.25, max_patients=30), 1),
    ],
    ids=["BOIN", "3+3", "coherent BLRM", "titration"],
)
def test_the_escalation_decides_as_it_does_alone_with_patients_outside_it(escalation):
    """Its level, and the last cohort that its rules look at, are those of the escalation."""
    design = backfilled(escalation, 3, cap_in_all=20)
    first = "1N" if escalation.first_cohort().size[0] == 1 else "1NNN"
    for second, beside, third, more in product(
        ("2NNN", "2NNT", "2NTT"),
        ("1NNN", "1NNT", "1TTT"),
        ("3NNN", "3NNT", "2NNN", "1NNT"),
        ("(1NN)", "(2NT)"),
    ):
        text = f"{first} {second} ({beside}) {third} {more}"
        state, alone = running_state(design, text), running_state(escalation, text)
        mine, wanted = design.next_cohort(state), escalation.next_cohort(alone)
        assert (mine.size, mine.stop) == (wanted.size, wanted.stop)
        if wanted.size[0]:
            assert mine.level == wanted.level
        assert design.recommend(state) == escalation.recommend(alone)


def test_pathways_show_the_patients_beside():
    found = pathways(bf_boin(), "1NNE 2NNN", cohorts=2)
    assert set(found["dose_given"].sel(cohort=3).values.tolist()) == {"1"}
    assert set(found["dose_given"].sel(cohort=4).values.tolist()) <= {"1", "3", "10"}


def test_the_escalation_of_a_capped_design_knows_those_beside():
    design = bd.capped(backfilled(bd.three_plus_three(GRID, "deescalation"), 3, cap_in_all=12), 20)
    assert "in the backfill" in describe_decision(design, "1NNN 2NNN")
    assert describe_decision(design, "1NNN 2NNN (1NNN)").startswith("Next: 3 patients at level 3")
