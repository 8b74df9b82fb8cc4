"""TITE designs: their limit is the waiting design, and what must hold of any of them."""

from functools import cache

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.late_onset.interval_with_pending import TITEInterval
from bayesdose.trial import StopReason, TrialState

GRID = bd.DoseGrid((1, 2.5, 5, 10, 25), unit="mg")
WINDOW = 4
CURVE = bd.models.LogisticCurve((0.05, 0.12, 0.25, 0.40, 0.55), 3.0)


@cache
def designs():
    waits = bd.late_onset.AccrualSuspension(0.5, least_known=2, least_follow_up=0.25)
    prior = bd.priors.NormalPrior((-1.1, 0), (2, 0.7), reference_dose=5)
    enough = bd.rules.PatientsAtDose(9)
    return {
        "boin": bd.late_onset.tite_boin(GRID, 0.3, max_patients=18),
        "boin, rules": bd.late_onset.tite_boin(
            GRID, 0.25, max_patients=17, stopping=bd.rules.StaysAtDose(9), suspension=waits
        ),
        "boin ess": bd.late_onset.tite_boin_ess(GRID, 0.3, max_patients=18, cohort_size=1),
        "crm": bd.late_onset.tite_crm(
            GRID, CURVE, target=0.25, prior_sd=1.1, estimate="plug-in", max_patients=18, cohort_size=1
        ),
        "crm, rules": bd.late_onset.tite_crm(
            GRID,
            CURVE,
            target=0.25,
            prior_sd=1.1,
            estimate="mean",
            max_patients=18,
            stopping=enough | bd.rules.CohortsInTrial(5),
            increments=bd.rules.LevelsAboveCurrent(1) & bd.rules.Coherent(0.25),
            suspension=waits,
        ),
        "blrm": bd.late_onset.tite_blrm(
            GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=18, stopping=enough
        ),
    }


NAMES = ["boin", "boin, rules", "boin ess", "crm", "crm, rules", "blrm"]


def walked(design, rng, num_trials=200):
    """States of whole trials of a cohort design, at random P(DLT), with their phases."""
    states, state = [], None
    cohorts = design.first_cohort().take(np.zeros(num_trials, dtype=int))
    prob_dlt = np.sort(rng.uniform(0, 0.7, size=(num_trials, len(GRID))), axis=1)
    counts = np.zeros((num_trials, len(GRID), 2), dtype=int)
    while len(cohorts.level):
        trial = np.arange(len(counts))
        dlts = rng.binomial(cohorts.size, prob_dlt[trial, cohorts.level])
        counts[trial, cohorts.level] += np.stack([cohorts.size - dlts, dlts], axis=1)
        state = TrialState(counts.copy(), cohorts.level, cohorts.phase)
        states.append(state)
        cohorts = design.next_cohort(state)
        goes_on = np.flatnonzero(cohorts.stop == 0)
        counts, prob_dlt, cohorts = counts[goes_on], prob_dlt[goes_on], cohorts.take(goes_on)
    return states


def as_followed(state, most):
    """The same trials with nobody pending, at the end of a cohort: no more patients of it are to come."""
    pending = np.zeros((len(state), len(GRID), WINDOW), dtype=int)
    return bd.late_onset.FollowedTrials(state.counts, pending, state.level, state.phase * (most + 1))


@pytest.mark.parametrize("name", NAMES)
def test_with_all_outcomes_known_it_is_the_waiting_design(name):
    design, rng, seen = designs()[name], np.random.default_rng(5), 0
    for state in walked(design.design, rng):
        trials, waiting = as_followed(state, design.max_patients), design.design.next_cohort(state)
        enrolment = design.next_patient(trials)
        goes_on = waiting.stop == StopReason.GOES_ON.code
        assert not enrolment.waits.any()
        assert np.array_equal(enrolment.stop, waiting.stop)
        assert np.array_equal(enrolment.level, waiting.level)
        size = enrolment.phase[goes_on] % (design.max_patients + 1) + 1
        assert np.array_equal(size, waiting.size[goes_on])
        assert np.array_equal(enrolment.phase[goes_on] // (design.max_patients + 1), waiting.phase[goes_on])
        assert np.array_equal(design.recommend(trials), design.design.recommend(state))
        seen += len(state)
    assert seen > 400


def patients(draw, most=12):
    """Levels, steps followed (WINDOW: to the end) and DLTs of patients in the order of their enrolment."""
    number = draw(st.integers(1, most))
    level = [0]
    for _ in range(number - 1):
        level.append(draw(st.integers(0, min(max(level) + 1, len(GRID) - 1))))
    followed = [draw(st.integers(0, WINDOW)) for _ in range(number)]
    dlt = [step > 0 and draw(st.integers(0, 4)) == 0 for step in followed]
    return list(zip(level, followed, dlt, strict=True))


def trial_of(listed, level, phase=0):
    counts = np.zeros((1, len(GRID), 2), dtype=int)
    pending = np.zeros((1, len(GRID), WINDOW), dtype=int)
    for at, followed, dlt in listed:
        if dlt or followed == WINDOW:
            counts[0, at, int(dlt)] += 1
        else:
            pending[0, at, followed] += 1
    return bd.late_onset.FollowedTrials(counts, pending, np.array([level]), np.array([phase]))


@st.composite
def some_patients(draw):
    return patients(draw)


def answer(design, trials):
    enrolment = design.next_patient(trials)
    return tuple(int(getattr(enrolment, name)[0]) for name in ("level", "stop", "waits"))


@pytest.mark.parametrize("name", NAMES)
@given(listed=some_patients(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_order_of_patients_does_not_matter(name, listed, data):
    other = data.draw(st.permutations(listed))
    level = listed[-1][0]
    assert answer(designs()[name], trial_of(listed, level)) == answer(designs()[name], trial_of(other, level))


@pytest.mark.parametrize("name", ["crm", "blrm"])
@given(listed=some_patients(), data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_patient_of_weight_0_changes_nothing(name, listed, data):
    # Just enrolled, at a dose that was given: no rule here counts it, as none is near its limit of patients.
    design = designs()[name]
    design = attrs.evolve(design, design=attrs.evolve(design.design, stopping=None))
    level = listed[-1][0]
    at = data.draw(st.sampled_from([one[0] for one in listed]))
    before, after = trial_of(listed, level), trial_of([*listed, (at, 0, False)], level)
    if name == "blrm":
        # The coherence rule counts the patients since the last decision, so their number is held.
        rule = bd.rules.LevelsAboveHighestTried(1)
        design = attrs.evolve(design, design=attrs.evolve(design.design, increments=rule))
    assert answer(design, before) == answer(design, after)
    assert np.array_equal(design.posterior(before).mean, design.posterior(after).mean)


@pytest.mark.parametrize("name", ["crm", "blrm"])
@given(listed=some_patients())
@settings(max_examples=40, deadline=None)
def test_follow_up_without_a_dlt_never_lowers_the_next_dose(name, listed):
    # One step more for everybody who is pending.
    longer = [(at, min(step + 1, WINDOW), dlt) for at, step, dlt in listed]
    level = listed[-1][0]
    now, later = (answer(designs()[name], trial_of(which, level)) for which in (listed, longer))
    if not now[1] and not now[2] and not later[1] and not later[2]:
        assert later[0] >= now[0]


def test_a_cohort_is_filled_before_the_next_question():
    design = designs()["boin"]
    first = design.first_patient()
    assert (int(first.level[0]), int(first.phase[0])) == (0, 2)
    trials = trial_of([(0, 1, True)], 0, phase=2)
    second = design.next_patient(trials)
    assert (int(second.level[0]), int(second.phase[0]), int(second.stop[0])) == (0, 1, 0)


def test_a_full_trial_ends_though_accrual_would_be_suspended():
    full = trial_of([(0, WINDOW, False)] * 9 + [(1, 1, False)] * 9, 1)
    assert answer(designs()["boin"], full) == (1, StopReason.MAX_PATIENTS.code, 0)
    almost = trial_of([(0, WINDOW, False)] * 9 + [(1, 1, False)] * 6, 1)
    assert answer(designs()["boin"], almost) == (1, 0, 1)


# Yuan et al. (2018), Figure 1 and its description: target 0.2, window of 90 days, two patients a month, so
# one every 15 days from day 15 on. The day, and the dose of the cohort that starts then (None: suspended);
# days of the patients with a DLT, and of the DLT.
FIGURE_1 = [(60, None), (120, 2), (165, 1), (210, 2), (255, 2), (300, None), (315, 3), (360, 2)]
DLTS = {120: 165, 315: 360}


def test_worked_trial_of_yuan_2018():
    design = bd.late_onset.tite_boin(bd.DoseGrid.of_levels(5), 0.2, max_patients=36)
    enrolled, day, level, decided = [], 15, 0, []
    phase = int(design.first_patient().phase[0])
    enrolled.append((day, 0))
    while day < 360:
        day += 15
        counts, pending = np.zeros((1, 5, 2), dtype=int), np.zeros((1, 5, 90), dtype=int)
        for start, at in enrolled:
            if DLTS.get(start, 10**6) <= day:
                counts[0, at, 1] += 1
            elif day - start >= 90:
                counts[0, at, 0] += 1
            else:
                pending[0, at, day - start] += 1
        trials = bd.late_onset.FollowedTrials(counts, pending, np.array([level]), np.array([phase]))
        answer = design.next_patient(trials)
        assert answer.stop[0] == 0
        if phase % 37 == 0:
            decided.append((day, None if answer.waits[0] else int(answer.level[0]) + 1))
        if not answer.waits[0]:
            level, phase = int(answer.level[0]), int(answer.phase[0])
            enrolled.append((day, level))
    # While accrual is suspended the trial is asked again with every patient who comes.
    questions = dict(decided)
    assert {day: questions[day] for day, _ in FIGURE_1} == dict(FIGURE_1)
    assert [day for day, dose in decided if dose is not None] == [120, 165, 210, 255, 315, 360]
    assert all(questions[day] is None for day in (60, 75, 90, 105, 300))


def test_values_and_words():
    assert isinstance(designs()["boin"], TITEInterval)
    again = designs.__wrapped__()
    for name in NAMES:
        assert designs()[name] == again[name]
        assert hash(designs()[name]) == hash(again[name])
        assert str(designs()[name]).startswith("Design: ")
        assert bd.citation(designs()[name])
    assert "suspended: if more than 50% of the patients at the dose are pending" in str(designs()["boin"])
    assert "1 - w P(DLT)" in str(designs()["blrm"])
    with pytest.raises(bd.InputError, match="target"):
        bd.late_onset.tite_boin(GRID, 1.3, max_patients=18)
