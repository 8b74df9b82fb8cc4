"""The check of plans of two regimens: the escalation's defects as before, and steps under the second."""

import attrs
import numpy as np
import pytest

import bayesdose as bd
from bayesdose.checks.arguments import checked_value
from bayesdose.designs.optional import stage_positions
from bayesdose.designs.running import follow
from bayesdose.findings.answers import asked_rules
from bayesdose.findings.finding import Severity
from bayesdose.findings.walk import walk_through
from bayesdose.outcomes import as_outcomes
from bayesdose.rules.level_test import LevelTest, Verdicts
from bayesdose.trial import NO_DOSE, StopReason
from tests.findings.test_rigidity import STEPS, nine_doses
from tests.findings.test_rules import DEFECTS, SOUND

ABOUT_RULES = (
    "rule that never fires",
    "rule that changes nothing",
    "rule that always fires",
    "rules whose order changes a decision",
    "rules whose order changes the reason",
    "decision close to a cap",
)
EXPANSION = bd.ExpansionCohort(6, bd.rules.MoreDLTsThan(1), on_stop="dose below")


def both(grid):
    return bd.TreatmentGrid((bd.Regimen("Q3W", grid, 21), bd.Regimen("Q2W", grid, 28)))


def whole(escalation, test=None, levels="two after a DLT"):
    """The escalation, a test under a second regimen, and an expansion."""
    test = bd.rules.ThreePlusThreeAtLevel() if test is None else test
    return bd.plan(escalation, (bd.SecondRegimen(both(escalation.grid), test, levels), EXPANSION))


def replayed(design, check):
    """Follow each shortest path that a check gives: no cohort departs, and it ends as the finding says."""
    number = 0
    for one in check.found:
        if not (one.witness and one.then):
            continue
        state, departed = follow(design, as_outcomes(one.witness, design.grid))
        assert not departed, one
        following = design.next_cohort(state)
        if following.reason(0) is StopReason.GOES_ON:
            then = f"next {design.grid.level_in_words(int(following.level[0]))}"
        else:
            dose = int(design.recommend(state)[0])
            taken_on = "no dose" if dose == NO_DOSE else design.grid.level_in_words(dose)
            then = f"stop, {following.reason(0).value}; {taken_on} recommended"
        assert one.then == then or one.then.startswith(f"{then}; "), one
        number += 1
    return number


def about_rules(check):
    """What was found of rules, with the numbers that do not depend on the states of later stages."""
    return {(one.name, one.subject, one.severity) for one in check.found if one.name in ABOUT_RULES}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_of_the_escalation_is_found_in_its_plan(defect):
    fields, name, subject, severity = DEFECTS[defect]
    escalation = attrs.evolve(SOUND, max_patients=12, **fields)
    alone = bd.check_design(escalation)
    design = whole(escalation)
    check = bd.check_design(design)
    found = [one for one in check.named(name) if one.found]
    assert {one.severity for one in found} == {severity}
    assert subject is None or subject in {one.subject for one in found}
    assert about_rules(check) == about_rules(alone)
    assert check.caps == alone.caps
    # The shortest paths of the escalation are those of the plan.
    of_both = {one.witness for one in alone.named(name)} & {one.witness for one in check.named(name)}
    assert of_both == {one.witness for one in check.named(name)}
    replayed(design, check)


def test_what_is_said_of_rules_in_a_plan_of_one_regimen_is_what_is_said_of_its_escalation():
    """A plan goes on where its escalation ends: the rules that end it are not idle for that."""
    idle = attrs.evolve(SOUND, max_patients=12, **DEFECTS["a rule that is implied by another"][0])
    alone, in_plan = bd.check_design(idle), bd.check_design(bd.plan(idle, (bd.ExpansionCohort(3),)))
    assert about_rules(in_plan) == about_rules(alone)
    assert in_plan.caps == alone.caps


def test_rules_in_a_plan_are_asked_with_the_answers_of_its_escalation():
    walk = walk_through(whole(attrs.evolve(SOUND, max_patients=9)))
    asked = asked_rules(walk)
    assert (stage_positions(walk.design, walk.following.phase)[asked.which] > 0).any()
    assert not asked.changed(asked.design, np.arange(len(asked.which))).any()


@checked_value
class AcceptsAnything(LevelTest):
    """A defect: three patients are enough, whatever was seen."""

    most_patients = 3

    def check(self, treatments):
        """It is about any."""

    def judge(self, state, tested):
        """Accepted with three patients."""
        return Verdicts(state.patients >= 3, np.zeros(tested.shape, dtype=bool))


def test_steps_up_under_the_second_regimen_are_looked_at():
    design = whole(
        bd.three_plus_three(bd.DoseGrid((1, 3, 10), "mg"), "deescalation"), AcceptsAnything(), "two"
    )
    check = bd.check_design(design)
    finding = check["escalation that every definition forbids"]
    assert finding.severity is check.worst is Severity.ERROR
    # The shortest escalation finds level 3, so levels 2 and 3 are tested; a third of three is too much.
    assert finding.witness == "1NNN 2NNN 3NNN Q2W:2NNT"
    assert finding.then == "next level 3 of Q2W (10 mg)"
    replayed(design, check)
    sound = bd.check_design(attrs.evolve(design, stages=whole(design.escalation, levels="two").stages))
    assert not sound["escalation that every definition forbids"].found
    assert not sound["higher dose with one DLT more"].found
    assert not sound["skipped dose"].found


def test_a_way_up_that_is_closed_is_found_though_another_regimen_follows():
    with pytest.warns(bd.DesignWarning, match="level 2"):
        escalation = nine_doses(STEPS, max_patients=12)
    alone, check = bd.check_design(escalation), bd.check_design(whole(escalation))
    for name in ("no way up without a DLT", "level that is never left upwards"):
        assert check[name].witness == alone[name].witness
        assert check[name].severity == alone[name].severity
    assert check["no way up without a DLT"].subject == "level 2 of Q3W (3 mg) is the highest given"
    # A level is confined by the patients that may follow; the first regimen's are the escalation's.
    assert alone["level that is never left upwards"].witness == "2NNN"
    never = [one.subject for one in check.named("dose that is never given")]
    of_escalation = [one.subject for one in alone.named("dose that is never given")]
    assert never == [
        one.replace(" (", f" of {regimen} (") for regimen in ("Q3W", "Q2W") for one in of_escalation
    ]


def test_no_time_for_the_highest_dose_is_not_taken_for_no_way_up():
    escalation = bd.boin(bd.DoseGrid.of_levels(5), 0.25, max_patients=9)
    for design in (escalation, bd.plan(escalation, (EXPANSION,)), whole(escalation)):
        check = bd.check_design(design)
        assert check["no time for the highest dose"].witness == "1NNN 2NNN 3NNN"
        assert not check["no way up without a DLT"].found


def test_a_result_says_what_it_does_not_look_for_and_in_which_scenarios():
    design = whole(bd.three_plus_three(bd.DoseGrid((1, 3), "mg"), "deescalation"))
    check = bd.check_design(design)
    (note,) = check.notes
    assert "within a regimen alone" in note
    assert "the rule that tests Q2W is none of these" in note
    assert note in " ".join(str(check).split())
    assert note in check._repr_html_()
    assert check.to_dataset().attrs["notes"] == note
    assert check.scenarios[0].name == "MTD 1 mg; Q2W odds x1 (assumed)"
    first, second = np.array(check.scenarios[0].prob_dlt).reshape(2, -1)
    assert np.array_equal(first, second)
    assert bd.check_design(design.escalation).notes == ()


def test_mil97_to_its_end_is_checked():
    protocol = bd.load_protocol("MIL97")
    (own,) = bd.protocol_designs(protocol, ["own"]).values()
    design = bd.protocols.protocol_plan(protocol, own)
    check = bd.check_design(design, mtd_rule=protocol.mtd_rule.value)
    alone = bd.check_design(own, mtd_rule=protocol.mtd_rule.value)
    # Its own design and the plan around it have no error and no warning.
    assert check.worst is alone.worst is Severity.NOTE
    assert {one.name for one in check.found} == {one.name for one in alone.found}
    assert check.num_states > 149_426
    assert replayed(design, check) == 2
    # Patients of the largest trial: as of the graph's ends.
    assert check.max_patients == bd.trial_graph(design, closes=True).final.totals[:, 0].max()
