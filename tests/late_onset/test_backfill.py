"""Backfill in time: the published trial step by step, rules written apart, limits and bad input."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.dose_optimization.backfill_conflict import next_by_pooled_data
from bayesdose.late_onset.trials import Backfill, FollowedTrials
from tests.late_onset.bf_boin import (
    DLTS,
    GRID,
    RULE,
    boin_at_one_of_three,
    late,
    patients_of_the_trial,
    published_design,
    scenario,
    simulate,
    state_on,
)

rules = bd.dose_optimization
AT_ONCE = rules.OpenFromLevel(1)


def test_without_responses_it_is_boin():
    scenarios = [bd.scenarios.Scenario(str(n), GRID, DLTS[n], prob_response=(0,) * 5) for n in (1, 3, 5)]
    designs = {"BF": published_design(), "BOIN": late.WaitsForOutcomes(boin_at_one_of_three())}
    found = simulate(designs, scenarios, 200, step=1)
    for name in ("selection_probability", "expected_patients", "expected_dlts", "expected_duration"):
        assert np.array_equal(*found[name].values), name
    assert found["expected_backfilled_patients"].max() == 0


def test_the_published_trial_step_by_step():
    design, patients = published_design(), patients_of_the_trial()
    planned = design.first_patient()
    level, phase = int(planned.level[0]), int(planned.phase[0])
    open_on = {}
    for number in range(1, len(patients)):
        one = patients[number]
        trial = state_on(one["day"], patients[:number], level, phase)
        answer = design.next_patient(trial)
        assert answer.enrols[0], f"patient {number + 1}"
        assert answer.level[0] + 1 == one["dose"], f"patient {number + 1}"
        assert bool(answer.backfills[0]) == bool(one["backfilled"]), f"patient {number + 1}"
        open_on[number + 1] = (np.flatnonzero(design.open_doses(trial)[0]) + 1).tolist()
        if not answer.backfills[0]:
            level = int(answer.level[0])
        phase = int(answer.phase[0])
    # Patient 10: cohort 3 is followed, and dose 2 has a response, so it is open; dose 1 has none.
    assert open_on[10] == [2]
    # Patient 24: both patients backfilled at dose 4 have had a DLT, two of five there, four of seven pooled
    # with dose 5 (one is pending): closed, so patient 24 is backfilled at dose 3.
    assert open_on[22] == [2, 3, 4]
    assert open_on[24] == [2, 3]
    # Patient 30 comes when dose 3 has two DLTs in nine patients: stay, and nine are enough.
    last = design.next_patient(state_on(205, patients, level, phase))
    assert last.stop[0] == bd.StopReason.ENOUGH_AT_DOSE.code
    final = state_on(400, patients, level, phase)
    assert design.recommend(final).tolist() == [2]


def test_decisions_with_conflicts():
    """What is decided for patients 14 and 25 of the same trial, and what the current dose alone says."""
    design, patients = published_design(), patients_of_the_trial()
    boin = boin_at_one_of_three()
    # Patient 14, day 103: none of three at dose 3 says E, one of five at dose 2 (two are pending) S; the
    # pool, one of eight, says E. Patient 25, day 170: two of three at dose 5 say D, two of five at dose 4
    # too; the pool, four of eight, says D, and so does dose 4 by itself: the trial goes below it.
    for patient, current, alone, pooled in ((14, 3, 4, 4), (25, 5, 4, 3)):
        trial = state_on(patients[patient - 1]["day"], patients[: patient - 1], current - 1, 0)
        assert design.next_patient(trial).level[0] + 1 == pooled
        own = FollowedTrials(trial.counts, trial.pending, trial.level, trial.phase)
        only_here = np.where(np.arange(5)[:, None] == current - 1, own.counts[0], 0)
        by_itself = bd.TrialState(only_here[None], own.level, own.phase)
        assert boin.next_cohort(by_itself).level[0] + 1 == alone


def test_trial_by_trial_against_plain_python():
    """The same patients, arrivals and responses through rules written apart."""
    from bayesdose.late_onset.onset import prob_by_step
    from bayesdose.late_onset.responses import DrawnResponses, prob_response_by_step
    from bayesdose.late_onset.walk import Calendar, walk
    from bayesdose.simulation.monte_carlo import latent_uniforms
    from tests.late_onset.one_backfilled_trial import run

    number, window = 150, 30
    design, arrivals = published_design(), late.Arrivals(6, "uniform")
    active = [
        bd.scenarios.Scenario("a", GRID, (0.2, 0.25, 0.3, 0.45, 0.6), prob_response=(0.5,) * 5),
        bd.scenarios.Scenario(
            "b", GRID, (0.1, 0.2, 0.2, 0.3, 0.4), prob_response=(0.1, 0.3, 0.3, 0.2, 0.2),
            dlt_response_odds_ratio=3.0,
        ),
    ]  # fmt: skip
    reached = prob_by_step(late.WeibullOnset(0.5), np.array([one.prob_dlt for one in active]), window)
    by_step = prob_response_by_step(active, late.ResponseTime(45, late.UniformOnset()), 1)
    uniforms, drawn = latent_uniforms(3, 0, number, design.max_patients), latent_uniforms(4, 0, number, 78)
    calendar = Calendar(arrivals, 1, 3, 0, number)
    walked = walk(design, reached, uniforms, arrivals, calendar, DrawnResponses(by_step, drawn))

    def first_above(reached, u):
        return next((step for step in range(1, len(reached)) if reached[step] > u), None)

    conflicts = 0
    for s in range(len(active)):
        for trial in range(number):
            patients, end = run(
                lambda j, t=trial: int(calendar.step_of(np.array([t]), np.array([j]))[0]),
                lambda j, d, s=s, t=trial: first_above(reached[s, d], uniforms[t, j]),
                lambda j, d, s=s, t=trial: first_above(
                    by_step[s, d, int(reached[s, d, -1] > uniforms[t, j])], drawn[t, j]
                ),
                window,
            )
            doses = np.bincount([dose for dose, _ in patients], minlength=5)
            aside = np.bincount([dose for dose, beside in patients if beside], minlength=5)
            assert walked.final.counts[walked.end[s, trial]].sum(axis=-1).tolist() == doses.tolist()
            assert walked.backfilled[s, trial].tolist() == aside.tolist()
            assert walked.duration[s, trial] == end
            conflicts += aside.sum() > 0
    assert conflicts > number  # most trials backfill


def small_blrm(max_patients):
    grid = bd.DoseGrid((1, 2.5, 5), "mg")
    prior = bd.priors.NormalPrior((-1.1, 0), (2, 0.7), reference_dose=5)
    interval = {"target_interval": (0.16, 0.33), "ewoc_cap": 0.25}
    return bd.blrm(grid, prior, max_patients=max_patients, **interval)


def test_beside_a_blrm():
    """Without responses it is the BLRM that waits; with them both caps hold, and the model sees all DLTs."""
    closing = rules.CloseFromRate(0.298)
    design = late.backfilled(small_blrm(24), escalation_patients=12, max_at_dose=5, closing=closing)
    curve = (0.1, 0.2, 0.4)
    scenarios = [
        bd.scenarios.Scenario("none", design.grid, curve, prob_response=(0, 0, 0)),
        bd.scenarios.Scenario("all", design.grid, curve, prob_response=(1, 1, 1)),
    ]
    designs = {"backfill": design, "waits": late.WaitsForOutcomes(small_blrm(12))}
    found = simulate(designs, scenarios, 100, step=1)
    without = found.sel(scenario="none")
    for name in ("selection_probability", "expected_patients", "expected_duration"):
        assert np.array_equal(*without[name].values), name
    every = found.sel(scenario="all", design="backfill")
    assert float(every["expected_backfilled_patients"].sum()) > 1
    assert np.all(every["expected_backfilled_patients"] <= 5)
    assert float(every["sample_size_probability"].sel(patients=slice(23, None)).sum()) == 0  # 12 + 2 * 5


def test_caps_hold_in_every_trial():
    from bayesdose.late_onset.onset import UniformOnset, prob_by_step
    from bayesdose.late_onset.responses import DrawnResponses, prob_response_by_step
    from bayesdose.late_onset.walk import Calendar, walk
    from bayesdose.simulation.monte_carlo import latent_uniforms

    design = late.bf_boin(GRID, 0.25, max_patients=12, max_backfilled=5, max_at_dose=6)
    arrivals, safe = late.Arrivals(3), [bd.scenarios.Scenario("s", GRID, (0.05,) * 5, prob_response=(1,) * 5)]
    reached = prob_by_step(UniformOnset(), np.array([(0.05,) * 5]), 30)
    drawn = DrawnResponses(prob_response_by_step(safe, late.ResponseTime(30), 1), np.full((200, 17), 0.5))
    uniforms = latent_uniforms(1, 0, 200, 17)
    walked = walk(design, reached, uniforms, arrivals, Calendar(arrivals, 1, 1, 0, 200), drawn)
    beside, patients = walked.backfilled[0], walked.final.counts[walked.end[0]].sum(axis=-1)
    assert beside.sum(axis=1).max() == 5
    assert (patients.sum(axis=1) - beside.sum(axis=1)).max() == 12
    # The escalation itself may come back to a dose that backfill has filled.
    assert np.all((patients <= 6) | (beside <= 3))
    assert beside.max() == 3


def test_late_responses_open_doses_later():
    """Responses within the DLT window are all seen before a dose is left; later ones delay backfill."""
    runs = {
        days: simulate(
            {"BF": published_design()}, [scenario(2)], 250, step=1, responses=late.ResponseTime(days, onset)
        )
        for days, onset in ((10, None), (30, late.UniformOnset()), (120, None))
    }
    early, middle, late_ones = (float(one["expected_backfilled_patients"].sum()) for one in runs.values())
    assert early == middle
    assert late_ones < 0.8 * early
    assert runs[120].attrs["responses"] == "a response is seen 120 days after enrolment"


def test_responses_are_tied_to_dlts_as_the_scenario_says():
    from bayesdose.late_onset.beside import NEVER
    from bayesdose.late_onset.responses import DrawnResponses, prob_response_by_step

    tied = bd.scenarios.Scenario(
        "tied",
        GRID,
        (0.1, 0.2, 0.3, 0.4, 0.5),
        prob_response=(0.6, 0.5, 0.4, 0.3, 1),
        dlt_response_odds_ratio=4,
    )
    by_step = prob_response_by_step([tied], late.ResponseTime(20), 1)
    # Every uniform of a fine grid once: shares are probabilities to half a cell.
    number = 2000
    drawn = DrawnResponses(by_step, (np.arange(number)[:, None] + 0.5) / number)
    joint = tied.prob_outcome(4)
    for level in range(5):
        for dlt, response, none in ((0, 1, 0), (1, 2, 3)):
            seen = drawn.seen_after(
                np.zeros(number, int), np.full(number, level), np.full(number, dlt),
                np.arange(number), np.zeros(number, int),
            )  # fmt: skip
            share = joint[level, response] / (joint[level, response] + joint[level, none])
            assert np.mean(seen != NEVER) == pytest.approx(share, abs=0.5 / number + 1e-9)
            assert set(seen.tolist()) <= {20, NEVER}


def followed(patients, dlts, responses, level=2):
    """A trial whose outcomes are all known, three doses at most given; nobody is beside the escalation."""
    patients, dlts, responses = (np.array([[*one, 0, 0]]) for one in (patients, dlts, responses))
    counts = np.stack([patients - dlts, dlts], axis=-1)
    pending = np.zeros((1, 5, 30), int)
    beside = Backfill(np.zeros((1, 5), int), pending, responses)
    return FollowedTrials(counts, pending, np.array([level]), np.array([0]), beside)


@pytest.mark.parametrize(
    ("opening", "wanted"),
    [
        (rules.OpenAfterResponses(), [2]),
        (rules.OpenAfterResponses(lower_doses=True), [2]),
        (rules.OpenAfterPatients(4), [1]),
        (AT_ONCE, [1, 2]),
        (rules.OpenFromLevel(2), [2]),
        (rules.OpenAfterResponses() & rules.OpenAfterPatients(4), []),
        (rules.OpenAfterResponses() | rules.OpenAfterPatients(4), [1, 2]),
    ],
    ids=str,
)
def test_any_opening_rule_stands_in_time(opening, wanted):
    """Six, three and three patients, one response at dose 2, the escalation at dose 3."""
    design = late.bf_boin(GRID, 0.25, max_patients=30, opening=opening)
    trial = followed([6, 3, 3], [0, 0, 0], [0, 1, 0])
    assert (np.flatnonzero(design.open_doses(trial)[0]) + 1).tolist() == wanted


def test_patients_count_once_their_outcome_is_known():
    design = late.bf_boin(GRID, 0.25, max_patients=30, opening=rules.OpenAfterPatients(4))
    trial = followed([3, 3, 3], [0, 0, 0], [0, 0, 0])
    trial.pending[0, 0, 10] = 3
    assert not design.open_doses(trial).any()


def test_a_dose_that_was_not_given_is_not_open():
    """The escalation starts at level 2: dose 1 is below it, and nobody was there."""
    design = late.bf_boin(GRID, 0.25, max_patients=30, start_level=2, opening=AT_ONCE)
    trial = followed([0, 3, 3], [0, 0, 0], [0, 0, 0])
    assert (np.flatnonzero(design.open_doses(trial)[0]) + 1).tolist() == [2]


def test_a_rate_may_close_doses_beside_a_table():
    """Two DLTs in six: above BOIN's 0.298 and below 0.4; three of nine with dose 2 too."""
    trial = followed([6, 3, 3], [2, 1, 0], [0, 0, 0])
    for closing, wanted in ((rules.CloseFromRate(), []), (rules.CloseFromRate(0.4), [1, 2])):
        boin = bd.boin(GRID, 0.25, max_patients=30)
        design = late.backfilled(boin, escalation_patients=20, opening=AT_ONCE, closing=closing)
        assert (np.flatnonzero(design.open_doses(trial)[0]) + 1).tolist() == wanted


def test_only_a_backfilled_dose_can_conflict():
    """Dose 2, two of six, was left upwards when pooled with dose 1, and nobody was backfilled there."""
    boin = boin_at_one_of_three()
    counts = np.array([[[12, 0], [4, 2], [3, 0], [0, 0], [0, 0]]])
    trials = bd.TrialState(counts, np.array([2]), np.array([0]))
    only_first = np.array([[True, False, False, False, False]])
    # By itself dose 3 escalates; with dose 2 in conflict, two of nine are pooled: stay.
    assert next_by_pooled_data(boin, trials, backfilled=only_first).level.tolist() == [3]
    assert next_by_pooled_data(boin, trials).level.tolist() == [2]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: late.bf_boin(GRID, 0.25, max_patients=30, opening=rules.OpenAfterCohorts(3)),
            "opening: got 'the escalation has treated 3 or more cohorts, in time'; wanted a rule on levels",
        ),
        (
            lambda: late.bf_boin(
                GRID, 0.25, max_patients=30, opening=AT_ONCE & (AT_ONCE | rules.OpenAfterCohorts(3))
            ),
            "cohorts of the escalation are not counted here",
        ),
        (
            lambda: late.bf_boin(GRID, 0.25, max_patients=30, opening=rules.OpenFromLevel(6)),
            "opening: got 'level 6'; wanted a level number from 1 to 5",
        ),
        (
            lambda: late.bf_boin(GRID, 0.25, max_patients=30, opening=rules.CloseFromRate(0.3)),
            "opening: got",
        ),
        (lambda: late.ResponseTime(0), "ResponseTime, days"),
        (lambda: late.bf_boin(GRID, 0.25, max_patients=30, max_at_dose=0), "max_at_dose"),
        (lambda: late.bf_boin(GRID, 0.25, max_patients=30, max_backfilled=-1), "max_backfilled"),
        (
            lambda: late.backfilled(bd.boin(GRID, 0.25, max_patients=30), escalation_patients=31),
            "31 of a design of at most 30 patients",
        ),
        (
            lambda: late.backfilled(bd.three_plus_three(GRID, "deescalation"), escalation_patients=20),
            "closing: got 'no rate, with another escalation.*Give for example CloseFromRate",
        ),
        (
            lambda: simulate(
                {"BF": published_design()}, [bd.scenarios.Scenario("no", GRID, DLTS[1])], 10, step=1
            ),
            "no probability of response",
        ),
        (
            lambda: simulate(
                {"BF": published_design()}, [scenario(1)], 10, step=1, responses=late.ResponseTime(10.5)
            ),
            "whole number of steps",
        ),
        (
            lambda: late.operating_characteristics(
                {"BF": published_design()}, [scenario(1)], mtd_rule=RULE, dlt_window=30,
                arrivals=late.Arrivals(10), step=1,
            ),
            "which backfills",
        ),
    ],
)  # fmt: skip
def test_bad_input(call, words):
    with pytest.raises(bd.InputError, match=words) as caught:
        call()
    assert "wanted" in str(caught.value)
