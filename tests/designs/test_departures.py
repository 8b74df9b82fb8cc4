"""Every design, on trials that departed from it: random levels, sizes, late DLTs, patients outside
the escalation or not evaluable.

Whatever happened, a trial is never sent to a dose that the design's rule condemns by the counts there, nor
above it; the departure is named; and nothing ends in another error than the design's own refusal.
"""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from bayesdose.designs.not_evaluable import replacement
from bayesdose.designs.running import departures, running_state
from bayesdose.errors import InputError
from bayesdose.outcomes import Outcomes, evaluable
from bayesdose.report.next_dose import describe_decision
from bayesdose.trial import StopReason
from tests.designs.test_conformance import EXAMPLES


def two_or_more(patients, dlts):
    """Storer (1989): two DLTs in three or six patients. Skolnik et al. (2008): two DLTs at any time."""
    return dlts >= 2


def more_than_d_or_e(patients, dlts):
    """Lin and Shih (2001), design A, B, C, D, E = 2, 4, 1, 1, 2."""
    return dlts > np.where(patients > 2, 2, 1)


def beta_above_target(patients, dlts):
    """P(p > 0.25) above 0.95 under a uniform prior, from three patients on (Liu and Yuan 2015)."""
    return (patients >= 3) & (beta.sf(0.25, 1 + dlts, 1 + patients - dlts) > 0.95)


def beta_above_target_at_any_number(patients, dlts):
    """The same without a least number of patients (Ji et al. 2010; Guo et al. 2017; Liu et al. 2020)."""
    return (patients > 0) & (beta.sf(0.25, 1 + dlts, 1 + patients - dlts) > 0.95)


CONDEMNED = {
    "three_plus_three": two_or_more,
    "rolling_six": two_or_more,
    "a_plus_b": more_than_d_or_e,
    "accelerated_titration": two_or_more,
    "simon_titration": two_or_more,
    "nct07623850_titration": two_or_more,
    "nct04202003_titration": two_or_more,
    "boin": beta_above_target,
    "keyboard": beta_above_target,
    "mtpi": beta_above_target_at_any_number,
    "mtpi2": beta_above_target_at_any_number,
    "i3_plus_3": beta_above_target_at_any_number,
}
MADE = {name: make() for name, make in EXAMPLES.items()}
COHORTS = st.lists(
    st.tuples(st.integers(1, 3), st.text("NNTX", min_size=1, max_size=5), st.booleans()),
    min_size=1,
    max_size=8,
)


def as_outcomes(cohorts):
    """The first cohort is always of the escalation; another one is outside where drawn so."""
    outside = [number for number, (_, _, one) in enumerate(cohorts, start=1) if one and number > 1]
    return Outcomes(tuple((level, letters) for level, letters, _ in cohorts), tuple(outside))


@pytest.mark.parametrize("name", EXAMPLES)
@settings(max_examples=60, deadline=None)
@given(cohorts=COHORTS)
def test_random_departures(name, cohorts):
    assume(evaluable(cohorts[0][1]))
    design, outcomes = MADE[name], as_outcomes(cohorts)
    state = running_state(design, outcomes)
    if name == "interval_design":
        # A table that was given by hand has no rule beyond its rows: an answer, or its own refusal.
        with suppress(InputError):
            describe_decision(design, outcomes)
            describe_decision(design, outcomes, replace=True)
        return
    following = design.next_cohort(state)
    recommended = int(design.recommend(state)[0])
    text = describe_decision(design, outcomes)
    assert ("departed" in text) == bool(departures(design, outcomes))
    assert ("Not evaluable" in text) == ("X" in str(outcomes))
    again = replacement(design, outcomes)
    goes_on = following.reason(0) is StopReason.GOES_ON
    assert (following.size[0] > 0) == goes_on
    if name in CONDEMNED:
        condemned = np.flatnonzero(CONDEMNED[name](state.patients[0], state.dlts[0]))
        lowest = condemned.min(initial=len(design.grid))
        assert recommended < lowest
        assert not goes_on or following.level[0] < lowest
        assert again is None or again.level[0] < lowest
