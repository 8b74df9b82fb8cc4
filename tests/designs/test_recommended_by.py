"""The recommended dose by another rule than the next dose's."""

import attrs
import numpy as np
import pytest

from bayesdose.designs.crm import crm
from bayesdose.designs.running import running_state
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.exact import exact_posterior
from bayesdose.inference.posterior import posterior
from bayesdose.models.crm import crm_model
from bayesdose.models.curves import PowerCurve
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.next_dose_by_estimate import ClosestMean, ClosestMedian, ClosestPlugIn, HighestMeanBelow
from bayesdose.rules.recommendation import BestOnGrid, DoseOfNextCohort
from bayesdose.simulation.graph import trial_graph
from tests.conformance import check_design, reachable_states

GRID = DoseGrid.of_levels(4)
CURVE = PowerCurve((0.05, 0.12, 0.25, 0.40))
SETTINGS = {"target": 0.25, "prior_sd": 1.34**0.5, "max_patients": 12, "tolerances": (1e-3, 1e-9)}


def test_highest_below_a_limit_at_the_end_of_a_crm():
    plain = crm(GRID, CURVE, estimate="plug-in", **SETTINGS)
    design = crm(GRID, CURVE, estimate="plug-in", recommended_by=HighestMeanBelow(0.30), **SETTINGS)
    one, other = trial_graph(plain), trial_graph(design)
    # The trials are the same, their recommendations are not.
    assert np.array_equal(one.final.counts, other.final.counts)
    changed = one.final.recommendation != other.final.recommendation
    assert 0 < changed.sum() < len(changed)
    # By quadrature on another rule than the table's, with the definition written out.
    counts, found = other.final.counts, other.final.recommendation
    for end in np.flatnonzero(changed)[:6]:
        patients, dlts = counts[end].sum(axis=-1), counts[end][:, 1]
        cells = zip(range(1, 5), patients, dlts, strict=True)
        text = " ".join(f"{level}{'N' * (n - y)}{'T' * y}" for level, n, y in cells if n)
        means = exact_posterior(crm_model(GRID, CURVE, 1.34**0.5), text, bounds=(0.3,))["mean"].values
        below = np.flatnonzero((means < 0.30) & (patients > 0))
        assert found[end] == (below.max() if len(below) else -1), text
    assert check_design(design) == other.num_decisions


def test_median_at_the_end_where_the_plug_in_escalates():
    # The tables offer what both rules need.
    design = crm(
        GRID,
        CURVE,
        estimate="plug-in",
        recommendation=BestOnGrid(),
        recommended_by=ClosestMedian(0.25),
        **SETTINGS,
    )
    by_median = crm(GRID, CURVE, estimate="median", recommendation=BestOnGrid(), **SETTINGS)
    by_plug_in = attrs.evolve(design, recommended_by=None)
    seen = set()
    for text in ("1NNN 2NNN", "1NNN 2NNT", "1NNN 2NNT 3NTT", "1NNN 2NNN 3NNN 4NNT", "1NTT"):
        state = running_state(design, text)
        assert design.recommend(state).tolist() == by_median.recommend(state).tolist()
        assert design.next_level(state)[0].tolist() == by_plug_in.next_level(state)[0].tolist()
        seen.add(int(design.recommend(state)[0]))
    assert len(seen) > 2


def test_which_recommendations_an_overdose_cap_binds():
    cap = EWOC(0.33, 0.25)
    capped = crm(GRID, CURVE, estimate="mean", admissible=cap, recommendation=DoseOfNextCohort(), **SETTINGS)
    on_grid = attrs.evolve(capped, recommendation=BestOnGrid())
    free = attrs.evolve(on_grid, admissible=None)
    forbidden = 0
    for state in reachable_states(capped):
        # By definition: one is the next cohort's dose, under the cap, and the other knows no cap, but never
        # takes a dose that was given and is not admissible, nor one above it, nor any if none is.
        following, best = capped.next_level(state)[0], free.recommend(state)
        np.testing.assert_array_equal(capped.recommend(state), following)
        refused = ~cap.admissible(posterior(capped.tables[-1], state.patients, state.dlts))
        closed = np.cumsum(refused & (state.patients > 0), axis=1) > 0
        closed = (closed & refused) | refused.all(axis=1, keepdims=True)
        taken = ~closed[np.arange(len(state)), best]
        np.testing.assert_array_equal(on_grid.recommend(state)[taken], best[taken])
        assert (on_grid.recommend(state)[~taken] != best[~taken]).all()
        forbidden += (following != free.next_level(state)[0]).sum()
    assert forbidden, "the cap changes nothing here"


def test_rules_that_cannot_share_a_table():
    with pytest.raises(InputError, match=r"median rules: got \[0.25, 0.3\]; wanted one target"):
        crm(GRID, CURVE, estimate="median", recommended_by=ClosestMedian(0.3), **SETTINGS)
    design = crm(GRID, CURVE, estimate="mean", **SETTINGS)
    with pytest.raises(InputError, match="model tables: got .*; wanted .*plug-in"):
        attrs.evolve(design, recommended_by=ClosestPlugIn(0.25))
    assert attrs.evolve(design, recommended_by=ClosestMean(0.25)) != design
