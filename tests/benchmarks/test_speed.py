"""The speed benchmarks that have no other test: they run, on few states, and time equal decisions."""

import numpy as np
import pytest

from bayesdose.designs.running import running_state
from bayesdose.inference.posterior import posterior
from bayesdose.models.logistic import two_parameter_logistic
from bayesdose.outcomes import Outcomes
from benchmarks.speed import decisions, imports


@pytest.mark.parametrize("family", decisions.FAMILIES)
def test_states_are_decided_alike_alone_and_together(family):
    design = decisions.FAMILIES[family]()
    state = decisions.states_of(design, 80)
    assert state.counts.shape == (80, 6, 2)
    patients = state.patients.sum(axis=1)
    assert patients.min() >= 1
    assert patients.max() <= design.max_patients
    # The cohort that was treated last is among the patients of its dose.
    assert np.all(state.patients[np.arange(80), state.level] > 0)
    assert decisions.per_second(design, state) > 0
    assert decisions.one_by_one_per_second(design, state.take(np.arange(20))) > 0


def test_a_loop_that_decides_otherwise_is_no_baseline():
    class OneMoreAlone:
        """3+3 with a patient too many when it is asked about one state."""

        def next_cohort(self, state):
            answer = decisions.FAMILIES["3+3"]().next_cohort(state)
            if len(state) == 1:
                answer.size[:] += 1
            return answer

    state = decisions.states_of(decisions.FAMILIES["3+3"](), 20)
    with pytest.raises(AssertionError, match="the size is another"):
        decisions.one_by_one_per_second(OneMoreAlone(), state)


def test_draws_lead_to_the_exact_decision_where_it_is_clear():
    # P(overdose) is far from the cap at every dose, so that 4,000 draws decide as the exact posterior.
    design = decisions.blrm()
    outcomes = Outcomes.from_counts([3, 3, 6, 12, 9, 0], [0, 0, 0, 2, 4, 0])
    state = running_state(design, outcomes)
    found = posterior(design.tables[-1], state.patients, state.dlts)
    overdose = 1 - found.below(0.33)[0]
    assert np.abs(overdose - 0.25).min() > 0.1
    model = two_parameter_logistic(decisions.GRID, decisions.PRIOR)
    assert decisions.nuts_decision(model, outcomes) == design.next_cohort(state).level[0] == 3


def test_a_process_takes_longer_if_it_does_more():
    empty = imports.process_seconds("", repeats=2)
    assert empty > 0
    # A sleeping process cannot be done sooner, however fast or busy the machine.
    assert imports.process_seconds("import time; time.sleep(0.3)", repeats=2) >= 0.3
