"""Stopping rules that read the posterior: at equality, combined with others, and their margins."""

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.errors import InputError
from bayesdose.rules.posterior_precision import CVBelow, SDBelow
from bayesdose.rules.posterior_stopping import (
    HighestDoseSafe,
    LevelSafe,
    LowestTooToxic,
    TargetProbabilityReached,
)
from bayesdose.rules.stopping import PatientsAtDose, PatientsInTrial
from bayesdose.trial import StopReason

GOES_ON = StopReason.GOES_ON.code
FIRST, SECOND = np.array([0]), np.array([1])
ABOVE, BELOW = np.nextafter(0.75, 1), np.nextafter(0.75, 0)


def fires(rule, state, level, posterior):
    return StopReason(list(StopReason)[rule.stop(state, level, posterior)[0]])


@pytest.fixture
def state(trial):
    return trial([3, 6], [0, 2], level=2)


def test_lowest_too_toxic_at_equality(hand_made, state):
    rule = LowestTooToxic(0.3, 0.25)
    # P(P(DLT) > limit) at the lowest dose is 0.25: the cap itself does not stop, whatever the next dose.
    for below, stops in ((0.75, False), (ABOVE, False), (BELOW, True)):
        posterior = hand_made({0.3: [below, 0.0]})
        assert (fires(rule, state, SECOND, posterior) is StopReason.LOWEST_TOO_TOXIC) == stops
        assert rule.forbids_recommendation(state, SECOND, posterior).tolist() == [stops]
    assert rule.margin(state, SECOND, hand_made({0.3: [0.65, 0.0]})) == pytest.approx([0.1], abs=1e-15)


def test_lowest_too_toxic_waits_for_patients_there(hand_made, trial):
    rule, toxic = LowestTooToxic(0.3, 0.25, min_patients=6), hand_made({0.3: [0.5, 0.0]})
    for patients, reason in ((5, StopReason.GOES_ON), (6, StopReason.LOWEST_TOO_TOXIC)):
        state = trial([patients, 3], [0, 3], level=2)
        assert fires(rule, state, FIRST, toxic) is reason
        # A trial that is full before recommends no dose either.
        assert rule.forbids_recommendation(state, FIRST, toxic).tolist() == [True]
    assert str(rule) == "P(P(DLT) > 0.3) > 0.25 at the lowest dose, after 6 or more patients there"


def test_the_highest_dose_is_safe_at_equality(hand_made, state):
    rule = HighestDoseSafe(0.3, 0.75)
    for below, stops in ((0.75, True), (ABOVE, True), (BELOW, False)):
        posterior = hand_made({0.3: [0.0, below]})
        # Whatever the next dose.
        for level in (FIRST, SECOND):
            assert (fires(rule, state, level, posterior) is StopReason.HIGHEST_ACCEPTED) == stops
    assert rule.margin(state, FIRST, hand_made({0.3: [0.0, 0.5]})).tolist() == [0.25]
    assert not rule.forbids_recommendation(state, FIRST, hand_made({0.3: [0.0, 1.0]})).any()
    assert str(rule) == "P(P(DLT) < 0.3) >= 0.75 at the highest dose"


def test_a_named_level_is_safe_at_equality(hand_made, state):
    rule = LevelSafe(1, 0.3, 0.75)
    for below, stops in ((0.75, True), (ABOVE, True), (BELOW, False)):
        # What the other dose's probability is does not matter, nor which dose is next.
        posterior = hand_made({0.3: [below, 0.9]})
        for level in (FIRST, SECOND):
            assert (fires(rule, state, level, posterior) is StopReason.LEVEL_SAFE) == stops
    assert rule.margin(state, FIRST, hand_made({0.3: [0.5, 0.75]})).tolist() == [0.25]
    assert str(rule) == "P(P(DLT) < 0.3) >= 0.75 at level 1"
    highest = hand_made({0.3: [0.0, 0.8]})
    assert fires(LevelSafe(2, 0.3, 0.75), state, FIRST, highest) is StopReason.LEVEL_SAFE


def test_a_named_level_in_a_trial():
    grid = bd.DoseGrid((10, 20, 40, 80), "mg")
    prior = bd.priors.NormalPrior((-0.85, 0.5), (1.0, 0.5), reference_dose=80)

    def design(level):
        rule = LevelSafe(level, 0.3, 0.95)
        return bd.blrm(
            grid, prior, target_interval=(0.16, 0.3), ewoc_cap=0.25, max_patients=24, stopping=rule
        )

    stops, model = design(3), bd.models.two_parameter_logistic(grid, prior)
    seen = set()
    for text in ("1NNN", "1NNN 2NNN", "1NNN 2NNT", "1NNN 2NNN 3NNT", "1NNN 2NNN 3NNN"):
        exact = bd.exact_posterior(model, text, bounds=(0.3,))
        safe = float(exact["interval_probability"].values[2, 0]) >= 0.95
        reason = stops.next_cohort(bd.running_state(stops, text)).reason(0)
        assert (reason is StopReason.LEVEL_SAFE) == safe
        seen.add(safe)
    assert seen == {True, False}
    with pytest.raises(InputError, match="stopping: got '.*at level 5'; wanted a level number from 1 to 4"):
        design(5)


def test_target_probability_at_equality(hand_made, state):
    rule = TargetProbabilityReached(0.2, 0.3, 0.75)
    for between, stops in ((0.75, True), (ABOVE, True), (BELOW, False)):
        posterior = hand_made({0.2: [0.5, 0.0], 0.3: [0.5, between]})
        assert (fires(rule, state, SECOND, posterior) is StopReason.TARGET_PROBABILITY) == stops
        assert fires(rule, state, FIRST, posterior) is StopReason.GOES_ON
    posterior = hand_made({0.2: [0.5, 0.0], 0.3: [0.5, 0.5]})
    assert rule.margin(state, SECOND, posterior) == pytest.approx([0.125], abs=1e-15)
    assert rule.forbids_recommendation(state, SECOND, posterior).tolist() == [False]


def test_precision_at_equality(hand_made, state):
    # sd 0.125 at the next dose with mean 0.5: a coefficient of variation of 0.25, all exact in binary.
    posterior = hand_made({0.3: [0.5, 0.5]}, mean=[0.1, 0.5], sd=[0.3, 0.125])
    for rule, above in ((SDBelow(0.125), SDBelow(0.126)), (CVBelow(0.25), CVBelow(0.251))):
        assert fires(rule, state, SECOND, posterior) is StopReason.GOES_ON
        assert fires(above, state, SECOND, posterior) is StopReason.PRECISE_ENOUGH
        assert fires(above, state, FIRST, posterior) is StopReason.GOES_ON
        assert rule.margin(state, SECOND, posterior).tolist() == [0.0]
    assert SDBelow(0.25).margin(state, SECOND, posterior).tolist() == [(0.0625 - 0.015625) / 3]
    assert CVBelow(0.5).margin(state, SECOND, posterior).tolist() == [(0.0625 - 0.015625) / 3.5]


def test_combinations_keep_reason_and_margin(hand_made, state):
    posterior = hand_made({0.2: [0.4, 0.1], 0.3: [0.5, 0.7]})
    toxic, target, six = LowestTooToxic(0.3, 0.45), TargetProbabilityReached(0.2, 0.3, 0.5), PatientsAtDose(6)
    # Margins: 0.05 for toxic (0.5 > 0.45), 0.05 for target (0.6 >= 0.5), infinite for six.
    assert fires(toxic | target, state, SECOND, posterior) is StopReason.LOWEST_TOO_TOXIC
    assert fires(target | toxic, state, SECOND, posterior) is StopReason.TARGET_PROBABILITY
    assert fires(six | toxic, state, SECOND, posterior) is StopReason.ENOUGH_AT_DOSE
    assert fires(six & toxic, state, FIRST, posterior) is StopReason.GOES_ON
    # The lowest dose is too toxic whichever reason comes first.
    assert (six | toxic).forbids_recommendation(state, SECOND, posterior).tolist() == [True]
    assert (six & toxic).forbids_recommendation(state, SECOND, posterior).tolist() == [True]
    assert (six & toxic).forbids_recommendation(state, FIRST, posterior).tolist() == [False]
    # What comes after the first rule that fires does not matter, nor what one that only counts rules out.
    assert (six | toxic).margin(state, SECOND, posterior).tolist() == [np.inf]
    assert (toxic | six).margin(state, SECOND, posterior) == pytest.approx([0.05], abs=1e-15)
    assert (six & toxic).margin(state, FIRST, posterior).tolist() == [np.inf]
    assert (six & toxic).margin(state, SECOND, posterior) == pytest.approx([0.05], abs=1e-15)
    assert (six | toxic).bounds == (0.3,)
    assert (target & toxic).bounds == (0.2, 0.3)
    assert (six | toxic).reads_posterior
    assert (six & SDBelow(0.1)).reads_posterior
    assert not (six | PatientsInTrial(9)).reads_posterior
    assert (six | PatientsInTrial(9)).margin(state, SECOND).tolist() == [np.inf]


def test_labels():
    rule = (LowestTooToxic(0.3, 0.9) | TargetProbabilityReached(0.2, 0.3, 0.5)) & PatientsInTrial(9)
    assert str(rule) == (
        "((P(P(DLT) > 0.3) > 0.9 at the lowest dose) or (P(0.2 <= P(DLT) < 0.3) >= 0.5 at the next dose)) "
        "and (9 or more patients in the trial)"
    )
    assert str(SDBelow(0.1)) == "posterior sd of P(DLT) < 0.1 at the next dose"
    assert str(CVBelow(0.3) & PatientsAtDose(6)) == (
        "(posterior CV of P(DLT) < 0.3 at the next dose) and (6 or more patients at the next dose)"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LowestTooToxic(30, 0.9), "LowestTooToxic, limit: got 30"),
        (lambda: LowestTooToxic(0.3, 1), "cap: got 1"),
        (
            lambda: TargetProbabilityReached(0.3, 0.2, 0.5),
            "upper: got 0.2; wanted a number above lower, which is 0.3",
        ),
        (lambda: TargetProbabilityReached(0.2, 0.3, 0), "TargetProbabilityReached, probability: got 0"),
        (lambda: LevelSafe(0, 0.3, 0.9), "LevelSafe, level: got 0"),
        (lambda: HighestDoseSafe(0.3, 1), "HighestDoseSafe, probability: got 1"),
        (lambda: LowestTooToxic(0.3, 0.9, -1), "LowestTooToxic, min_patients: got -1"),
        (lambda: SDBelow(0), "SDBelow, limit: got 0"),
        (lambda: CVBelow(0), "CVBelow, limit: got 0; wanted a number above 0 and finite"),
        (lambda: CVBelow(float("nan")), "CVBelow, limit: got nan"),
    ],
)
def test_out_of_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
