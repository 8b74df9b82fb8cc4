"""The likelihood CRM: estimates, its two stages, and when there is no estimate."""

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bayesdose.designs.crm_mle import CRMMLE
from bayesdose.designs.maximum_likelihood import maximum_likelihood
from bayesdose.designs.running import running_state
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import LogisticCurve, PowerCurve
from bayesdose.outcomes import parse_outcomes
from bayesdose.rules.increments import AnyLevel, Coherent
from bayesdose.rules.posterior_stopping import LowestTooToxic
from bayesdose.rules.stopping import PatientsAtDose
from bayesdose.simulation.graph import trial_graph
from bayesdose.trial import StopReason
from tests.designs.test_crm_published import CHEUNG, patient_by_patient

GRID = DoseGrid.of_levels(5)


@pytest.fixture
def design():
    return CRMMLE(GRID, PowerCurve(CHEUNG), target=0.25, max_patients=18)


def next_level(design, text):
    return int(design.next_cohort(running_state(design, parse_outcomes(text))).level[0]) + 1


def test_seventeen_patients_of_clintrials():
    # brockk/clintrials, tests/test_crm.py (checked there against dfcrm): logistic model with intercept 3,
    # target 0.25. The estimate listed with a patient is that from the patients before; three decimals.
    levels = [3, 3, 1, 2, 2, 3, 3, 2, 3, 2, 1, 2, 1, 1, 1, 2, 2]
    dlts = [0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0]
    estimates = [
        *(-0.312, -0.193, -0.099, -0.040, 0.030, -0.121, -0.084, -0.177),
        *(-0.284, -0.256, -0.336, -0.308, -0.286, -0.266, -0.240),
    ]
    curve = LogisticCurve(CHEUNG)
    state = patient_by_patient(levels, dlts, 5)
    found = maximum_likelihood(curve, state.patients, state.dlts)
    assert found[1:-1] == pytest.approx(estimates, abs=5.1e-4)
    design = CRMMLE(GRID, curve, target=0.25, max_patients=18, cohort_size=1, increments=AnyLevel())
    assert (design.next_cohort(state).level[1:-1] + 1).tolist() == levels[2:]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=5, max_size=5),
    st.sampled_from([PowerCurve(CHEUNG), LogisticCurve(CHEUNG)]),
)
def test_no_other_theta_is_more_likely(cells, curve):
    dlts, others = np.array(cells).T[:, None]
    theta = maximum_likelihood(curve, dlts + others, dlts)
    grid = np.linspace(-9.99, 9.99, 2001)

    def log_likelihood(values):
        log_p = np.maximum(curve.log_prob_dlt(values), -1e5)
        log_q = np.log(-np.expm1(np.minimum(log_p, -1e-300)))
        return (dlts * log_p + others * log_q).sum(axis=1)

    if dlts.sum() and others.sum():
        assert log_likelihood(theta)[0] >= log_likelihood(grid).max() - 1e-9
    else:
        assert not np.isfinite(theta[0])


def test_an_estimate_beyond_the_search_interval_is_put_at_its_end():
    # With intercept 3 no theta makes P(DLT) exceed expit(3) = 0.953, and 29 of 30 is more.
    theta = maximum_likelihood(
        LogisticCurve(CHEUNG), np.array([[30, 0, 0, 0, 0]]), np.array([[29, 0, 0, 0, 0]])
    )
    assert theta[0] == pytest.approx(-10, abs=1e-9)


def test_initial_sequence_is_left_at_the_first_dlt(design):
    assert design.first_cohort().level.tolist() == [0]
    assert next_level(design, "1NNN") == 2
    assert next_level(design, "1NNN 2NNN") == 3
    assert next_level(design, "1NNN 2NNN 3NNN 4NNN") == 5
    # At the end of the sequence the estimate's limit is P(DLT) = 0: the highest dose.
    assert next_level(design, "1NNN 2NNN 3NNN 4NNN 5NNN") == 5
    # One DLT in three at level 1 (skeleton 0.05): P(DLT) 1/3 there, so the lowest level is closest to 0.25.
    assert next_level(design, "1NNT") == 1
    # One in six over levels 1 and 2; by the power curve p1 = .102, p2 = .198, p3 = .347 at the estimate of
    # dfcrm (Bayes gives nearly the same): level 2.
    assert next_level(design, "1NNN 2NNT") == 2


def test_the_initial_sequence_is_one_cohort_at_each_level(design):
    assert design.initial_levels == (1, 2, 3, 4, 5)
    assert design.outcome_categories == 2


def test_only_dlts_give_the_lowest_dose(design):
    started_high = attrs.evolve(design, initial_levels=(3, 4, 5))
    assert started_high.first_cohort().level.tolist() == [2]
    assert next_level(started_high, "3TTT") == 1
    assert next_level(started_high, "3NNN") == 4


def test_initial_cohorts_may_be_smaller(design):
    single = attrs.evolve(design, initial_cohort_size=1)
    assert single.first_cohort().size.tolist() == [1]
    state = running_state(single, parse_outcomes("1N 2N"))
    assert single.next_cohort(state).size.tolist() == [1]
    after = single.next_cohort(running_state(single, parse_outcomes("1N 2N 3T")))
    assert after.size.tolist() == [3]
    # An estimate from one DLT in three patients.
    assert after.level[0] <= 2


@pytest.mark.parametrize(
    ("planned", "outcomes", "level"),
    [
        # Planned one patient a level: the next untried level of the sequence, whatever came in one cohort.
        (1, "1NN", 2),
        (1, "1N 2NN", 3),
        (1, "1NNN", 2),
        # Planned three a level.
        (3, "1NN 2NN 3NN", 4),
        (3, "1NNN 2NN", 3),
        # Single patients of an accelerated titration.
        (3, "1N 2N 3NNN", 4),
        # A level was skipped, or a cohort was given lower: never down without a DLT.
        (3, "1NNN 3NNN", 4),
        (3, "1NNN 2NNN 3NNN 1N", 4),
    ],
)
def test_uneven_cohorts_in_the_initial_sequence(design, planned, outcomes, level):
    """The next level of the sequence from the lowest up, by the definition of a two-stage CRM."""
    assert next_level(attrs.evolve(design, initial_cohort_size=planned), outcomes) == level


def test_levels_given_twice_in_the_initial_sequence(design):
    twice = attrs.evolve(design, initial_levels=(1, 1, 2, 2, 5), initial_cohort_size=1)
    assert [next_level(twice, text) for text in ("1N", "1NN", "1N 1N 2N", "1N 1N 2N 2N")] == [1, 2, 2, 5]
    # Level 2 is planned twice, but the trial is above it.
    assert next_level(twice, "1N 2N 3N") == 5


def test_rules_and_the_last_cohort(design):
    stopped = attrs.evolve(design, stopping=PatientsAtDose(6))
    answer = stopped.next_cohort(running_state(stopped, parse_outcomes("1NNT 1NNT")))
    assert answer.reason(0) is StopReason.ENOUGH_AT_DOSE
    assert stopped.recommend(running_state(stopped, parse_outcomes("1NNT 1NNT"))).tolist() == [0]
    full = attrs.evolve(design, max_patients=7)
    assert full.next_cohort(running_state(full, parse_outcomes("1NNN 2NNN"))).size.tolist() == [1]
    assert full.next_cohort(running_state(full, parse_outcomes("1NNN 2NNN 3N"))).reason(0) is (
        StopReason.MAX_PATIENTS
    )
    assert trial_graph(full).final.counts.sum(axis=(1, 2)).max() == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"curve": PowerCurve((0.1, 0.2))},
            "curve: got 'a skeleton of 2 values'; wanted one value for each",
        ),
        ({"target": 0.0}, "CRMMLE, target: got 0.0; wanted a number above 0 and below 1"),
        ({"initial_levels": (1, 6)}, "initial_levels: got 6; wanted a level number from 1 to 5"),
        ({"initial_levels": (1, 3, 2)}, "initial_levels: got .*; wanted levels that never go down"),
        ({"cohort_size": 0}, "CRMMLE, cohort_size: got 0"),
        ({"initial_cohort_size": 0}, "CRMMLE, initial_cohort_size: got 0"),
        ({"max_patients": 0}, "CRMMLE, max_patients: got 0"),
        (
            {"max_patients": 200, "increments": Coherent(0.25)},
            "got 200; wanted at most 180 with an increments",
        ),
        ({"stopping": LowestTooToxic(0.3, 0.9)}, "CRMMLE, stopping: got .*; wanted rules that count"),
    ],
)
def test_bad_settings(design, change, message):
    with pytest.raises(InputError, match=message):
        attrs.evolve(design, **change)


def test_without_a_dlt_the_model_takes_over_where_the_sequence_ends():
    curve = PowerCurve((0.05, 0.1, 0.2, 0.3, 0.4))
    design = CRMMLE(
        DoseGrid.of_levels(5), curve, 0.2, 30, initial_levels=(1, 2), cohort_size=3, initial_cohort_size=2
    )
    # Two cohorts of two at levels 1 and 2 end the sequence: level 3 is the highest within reach, for three.
    after = design.next_cohort(running_state(design, "1NN 2NN"))
    assert (after.level.tolist(), after.size.tolist()) == ([2], [3])
    within = design.next_cohort(running_state(design, "1NN"))
    assert (within.level.tolist(), within.size.tolist()) == ([1], [2])
