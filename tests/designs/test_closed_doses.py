"""What closes a dose for toxicity closes it for the recommendation; what limits a step does not."""

import attrs
import numpy as np
import pytest

from bayesdose.designs.boin import boin
from bayesdose.designs.crm_mle import crm_mle
from bayesdose.designs.running import running_state
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import PowerCurve
from bayesdose.outcomes import parse_outcomes
from bayesdose.report.next_dose import describe_decision
from bayesdose.rules import (
    AnyLevel,
    BestOfGiven,
    BestOnGrid,
    Coherent,
    DoseOfNextCohort,
    HighestMeanBelow,
    LevelsAboveCurrent,
    LevelsAboveHighestTried,
    NoEscalationAboveRate,
    PatientsInTrial,
    RelativeIncrements,
    RelativeIncrementsByDLTs,
    RelativeIncrementsByLastCohort,
    RelativeIncrementsFromHighest,
)
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.closed_doses import closed_by_increments
from bayesdose.rules.increments import AllIncrements, IncrementsRule
from bayesdose.rules.remembered_counts import last_cohort
from bayesdose.rules.stopping import CombinedStopping
from bayesdose.trial import NO_DOSE, StopReason, TrialState

# One curve, so that the posterior is known: the second dose is on target, and all are admissible.
CURVE = [0.1, 0.2, 0.24]
CLOSED = "Stop: the increments rule lets no admissible dose be given. Recommended: no dose."


class Counts(IncrementsRule):
    looks_at_last_cohort = False


@attrs.frozen
class ClosedByAllDLTs(Counts):
    """A dose where three or more patients all had a DLT, and every higher one."""

    def within_reach(self, state, grid):
        toxic = (state.patients >= 3) & (state.dlts == state.patients)
        return ~np.logical_or.accumulate(toxic, axis=1)


@attrs.frozen
class ThatDoseAlone(Counts):
    """The same, but it says nothing about higher doses."""

    def within_reach(self, state, grid):
        return ~((state.patients >= 3) & (state.dlts == state.patients))


@attrs.frozen
class AtMostAtADose(Counts):
    """No dose gets more patients than this."""

    number: int

    def within_reach(self, state, grid):
        return state.patients < self.number


@attrs.frozen
class DownAfterAToxicCohort(IncrementsRule):
    """Only lower doses after a cohort in which two or more had a DLT."""

    looks_at_last_cohort = True

    def within_reach(self, state, grid):
        doses, here = np.arange(len(grid)), state.level[:, None]
        return np.where(last_cohort(state)[1][:, None] >= 2, doses < here, doses <= here + 1)


@attrs.frozen
class MeanBelow(AdmissibleRule):
    """A rule of a user's own: the posterior mean is below a limit."""

    limit: float
    bounds = ()

    def admissible(self, posterior):
        return posterior.mean < self.limit

    def margin(self, posterior):
        return np.abs(posterior.mean - self.limit)


@attrs.frozen
class ThreeDLTsAtTheLowest(CombinedStopping):
    """A stopping rule that counts, and recommends no dose."""

    def stop(self, state, next_level, posterior=None):
        return StopReason.LOWEST_TOO_TOXIC.where(state.dlts[:, 0] >= 3)

    def forbids_recommendation(self, state, next_level, posterior=None):
        return state.dlts[:, 0] >= 3


def says(design, outcomes):
    # These trials depart from their designs, which the answer names too.
    return describe_decision(design, parse_outcomes(outcomes)).partition(" The trial departed")[0]


@pytest.fixture(params=["model", "likelihood"])
def make(request, discrete_blrm):
    """A model-based design on three doses, or one by maximum likelihood, with an increments rule."""

    def made(increments, **settings):
        settings = {"max_patients": 30, "increments": increments, **settings}
        if request.param == "model":
            return discrete_blrm([CURVE], [1.0], **settings)
        return crm_mle(DoseGrid.of_levels(3), PowerCurve(tuple(CURVE)), 0.2, **settings)

    return made


@pytest.mark.parametrize("recommendation", [BestOfGiven(), BestOnGrid(), DoseOfNextCohort()])
@pytest.mark.parametrize("rule", [ClosedByAllDLTs(), ThatDoseAlone()])
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("stopping", [None, PatientsInTrial(3)])
def test_a_closed_lowest_dose_ends_the_trial_without_a_dose(make, recommendation, rule, joined, stopping):
    increments = AllIncrements((LevelsAboveHighestTried(1), rule)) if joined else rule
    design = make(increments, recommendation=recommendation, stopping=stopping)
    assert says(design, "1TTT") == CLOSED
    # A full trial stops for that, and recommends no dose either.
    full = make(increments, recommendation=recommendation, stopping=stopping, max_patients=3)
    assert says(full, "1TTT") == "Stop: the maximum number of patients is reached. Recommended: no dose."
    # One DLT less closes nothing.
    assert "no dose" not in says(full, "1TTN")


@pytest.mark.parametrize("rule", [ClosedByAllDLTs(), ThatDoseAlone()])
def test_a_closed_higher_dose_leaves_those_below(make, rule):
    # Levels 2 and 3 are closed, though one of them is closest to the target after so few DLTs in all.
    design = make(rule, recommendation=BestOnGrid())
    state = running_state(design, "1" + "N" * 24 + " 2TTT")
    assert design.next_cohort(state).level.tolist() == [0]
    assert design.recommend(state).tolist() == [0]
    assert attrs.evolve(design, increments=AnyLevel()).recommend(state).tolist() != [0]


def test_a_dose_that_is_full_is_not_closed_for_toxicity(make):
    # No dose may be given, but not for a DLT: one of them is recommended.
    design = make(AtMostAtADose(3))
    answer = says(design, "1NNN 2NNN 3NNT")
    assert answer.startswith("Stop: the increments rule lets no admissible dose be given. Recommended: level")
    # Full and toxic, by two rules: each of the joined ones is asked alone.
    both = make(AllIncrements((AtMostAtADose(3), ClosedByAllDLTs())))
    assert says(both, "1TTT") == CLOSED


def test_a_forced_de_escalation_closes_from_that_dose_up(make):
    design = make(DownAfterAToxicCohort())
    state = running_state(design, "1NNN 2NNN 3NTT")
    assert design.next_cohort(state).level[0] < 2
    assert 0 <= design.recommend(state)[0] < 2
    assert says(design, "1NTT") == CLOSED
    # The next cohort there is harmless, so nothing is closed any more.
    assert design.recommend(running_state(design, "1NNN 2NTT 1NNN")).tolist() != [NO_DOSE]
    assert not closed_by_increments(
        design.increments, running_state(design, "1NNN 2NTT 1NNN"), design.grid
    ).any()


@pytest.mark.parametrize(
    "rule",
    [
        LevelsAboveHighestTried(1),
        LevelsAboveCurrent(1),
        RelativeIncrements((0,), (0.5,)),
        RelativeIncrementsByDLTs((0, 1), (1.0, 0.0)),
        RelativeIncrementsByLastCohort((0, 1), (1.0, 0.0)),
        RelativeIncrementsFromHighest((0,), (0.5,)),
        NoEscalationAboveRate(0.2),
        Coherent(0.2),
        LevelsAboveCurrent(1) & Coherent(0.2) & NoEscalationAboveRate(0.2),
        AtMostAtADose(4),
    ],
)
def test_limits_of_a_step_close_nothing(rule):
    rng = np.random.default_rng(2)
    patients = rng.integers(0, 7, (500, 4)) * rng.integers(0, 2, (500, 4))
    dlts = rng.binomial(patients, 0.4)
    total = patients.sum(axis=1)
    before = rng.integers(0, total + 1)
    phase = before * 181 + rng.integers(0, np.minimum(before, dlts.sum(axis=1)) + 1)
    state = TrialState(np.stack([patients - dlts, dlts], axis=-1), rng.integers(0, 4, 500), phase)
    grid = DoseGrid((1, 2, 4, 8), unit="mg")
    assert not rule.within_reach(state, grid).all()
    assert not closed_by_increments(rule, state, grid).any()


def test_after_a_de_escalation_a_higher_dose_may_be_recommended(make):
    # Level 3 is out of reach of level 1, but not closed.
    design = make(LevelsAboveCurrent(1) & Coherent(0.9), recommendation=BestOfGiven())
    state = running_state(design, "1NNN 2NNN 3NNT 1NNN")
    assert not design.increments.within_reach(state, design.grid)[0, 2]
    free = attrs.evolve(design, increments=AnyLevel())
    assert design.recommend(state).tolist() == free.recommend(state).tolist()


@pytest.mark.parametrize("recommendation", [BestOfGiven(), BestOnGrid(), DoseOfNextCohort()])
def test_a_rule_of_admissible_doses_closes_for_the_recommendation(discrete_blrm, recommendation):
    design = discrete_blrm(
        [CURVE], [1.0], max_patients=30, recommendation=recommendation, increments=AnyLevel()
    )
    # The means are 0.1, 0.2 and 0.24 whatever is observed: none is below 0.1, so none is admissible.
    none = attrs.evolve(design, admissible=MeanBelow(0.1))
    expected = "Stop: no dose is admissible under the overdose rule. Recommended: no dose."
    assert says(none, "1NTT") == says(none, "3NNN") == expected
    # Below 0.15 the first one only: the others are closed once the second was given.
    first = attrs.evolve(design, admissible=MeanBelow(0.15))
    assert first.recommend(running_state(first, "1NNN 2NNN")).tolist() == [0]


def test_on_the_whole_grid_an_untried_dose_need_not_be_admissible(discrete_blrm):
    # Documented: nothing was given above the first dose, so no rule has closed the second.
    design = discrete_blrm([CURVE], [1.0], max_patients=30, recommendation=BestOnGrid())
    design = attrs.evolve(design, admissible=MeanBelow(0.15))
    assert design.recommend(running_state(design, "1NNN")).tolist() == [1]


def test_the_reason_names_the_rule_that_left_no_dose(discrete_blrm):
    design = discrete_blrm([CURVE], [1.0], max_patients=30)
    closed = running_state(design, "1TTT")
    by_increments = attrs.evolve(design, increments=ClosedByAllDLTs())
    assert by_increments.next_cohort(closed).reason(0) is StopReason.NO_DOSE_IN_REACH
    # All doses are closed by both: then it is the overdose rule.
    by_both = attrs.evolve(by_increments, admissible=MeanBelow(0.05))
    assert by_both.next_cohort(closed).reason(0) is StopReason.NO_ADMISSIBLE_DOSE
    # Admissible doses in reach, but none with a mean below 0.05 to choose.
    by_choice = attrs.evolve(design, next_dose=HighestMeanBelow(0.16), admissible=None)
    assert by_choice.next_cohort(closed).reason(0) is StopReason.GOES_ON


def test_a_next_dose_rule_that_takes_no_dose_is_the_reason(make_blrm):
    design = make_blrm(recommendation=BestOfGiven())
    design = attrs.evolve(design, next_dose=HighestMeanBelow(0.16), admissible=None)
    answer = says(design, "1TTT")
    assert answer == (
        "Stop: the next-dose rule takes none of the doses that may be given. Recommended: no dose."
    )


def test_a_stopping_rule_that_counts_may_forbid_the_recommendation(make):
    stopping = ThreeDLTsAtTheLowest()
    sentence = "Stop: the lowest dose that may be given is too toxic. Recommended: no dose."
    assert says(make(AnyLevel(), stopping=stopping), "1TTTNNNNNN") == sentence
    design = boin(DoseGrid.of_levels(3), 0.3, max_patients=24, stopping=stopping)
    assert says(design, "1TTTNNNNNN") == sentence
    assert design.recommend(running_state(design, "1TTNNNNNNN")).tolist() == [0]
