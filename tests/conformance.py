"""What every design must satisfy, checked on every state that it can reach; for your own designs too.

>>> from bayesdose.designs.three_plus_three import ThreePlusThree
>>> from bayesdose.grid import DoseGrid
>>> check_design(ThreePlusThree(DoseGrid.of_levels(2), "deescalation"))
44
"""

import copy
import pickle
import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np

from bayesdose.designs.base import Design, design_hash
from bayesdose.designs.optional import concluded, forgotten, may_skip_doses
from bayesdose.errors import InputError
from bayesdose.grammar.designs import load_design, save_design
from bayesdose.simulation.graph import trial_graph
from bayesdose.simulation.states import cohort_outcomes, distinct_states, expand, start_state
from bayesdose.trial import NO_DOSE, Cohorts, StopReason, TrialState

__all__ = ["check_design", "reachable_states"]

_ALONE = 100  # states of a layer that are also asked about one by one


def check_design(design: Design, saved: bool = True, most: int | None = None) -> int:
    """Check a design on every state that it can reach; return how many there are.

    Parameters
    ----------
    design : Design
        The design.
    saved : bool, default True
        Whether it has a saved form; a design with a part of your own has none.
    most : int, optional
        Patients of the largest trial, where ``design.max_patients`` is only a bound that no trial reaches.

    Raises
    ------
    AssertionError
        At the first promise of the contract that is broken.
    """
    _check_value(design)
    restored = pickle.loads(pickle.dumps(design))
    assert restored == design, "a design survives pickling"
    _check_saved_form(design, saved)
    visited = largest = 0
    for state in reachable_states(design):
        visited += len(state)
        before = _copy(state)
        answer, recommended = design.next_cohort(state), design.recommend(state)
        assert _same(before, state), "a design leaves the states it is asked about as they were"
        _check_cohorts(design, state, answer)
        largest = max(largest, int(state.patients.sum(axis=1).max()))
        _check_recommendation(state, recommended)
        _check_conclusion(design, state, answer, recommended)
        _check_batch(design, state, answer, recommended)
        _check_forgetting(design, state, answer, recommended)
        assert _same(restored.next_cohort(state), answer), "a pickled design decides as the first one"
        assert np.array_equal(restored.recommend(state), recommended)
    promised = design.max_patients if most is None else most
    assert largest == promised, f"the largest trial has {largest} patients, not {promised}"
    return visited


def reachable_states(design: Design):
    """Yield the distinct states after one cohort, after two, and so on, stopped trials among them."""
    state, cohorts = start_state(len(design.grid), design.outcome_categories), design.first_cohort()
    assert len(cohorts.level) == 1, "the first cohort is a batch of one"
    _check_cohorts(design, state, cohorts)
    assert cohorts.stop[0] == StopReason.GOES_ON.code, "a trial begins"
    while len(state):
        reached = []
        for trial in range(len(state)):
            outcomes = cohort_outcomes(int(cohorts.size[trial]), design.outcome_categories)
            again = np.full(len(outcomes), trial)
            reached.append(expand(state.take(again), _take(cohorts, again), outcomes))
        joined = TrialState(
            *(np.concatenate([getattr(s, f.name) for s in reached]) for f in fields(TrialState))
        )
        distinct, _ = distinct_states(joined)
        yield distinct
        following = design.next_cohort(distinct)
        goes_on = following.stop == StopReason.GOES_ON.code
        state, cohorts = distinct.take(goes_on), _take(following, goes_on)


def decided(design):
    """States in which the graph's design decides: the reachable ones, without what it has forgotten."""
    layers = [forgotten(design, layer) for layer in reachable_states(design)]
    assert trial_graph(design).num_decisions == sum(len(distinct_states(layer)[0]) for layer in layers)
    return sum(map(len, layers))


def _check_value(design: Design) -> None:
    """Compared, hashed and printed as a value."""
    twin = copy.deepcopy(design)
    assert twin == design
    assert hash(twin) == hash(design)
    assert repr(twin) == repr(design)
    assert " at 0x" not in repr(design), "the printed form says what the design is, not where it lies"
    assert design.outcome_categories in (2, 3, 4)
    assert design.max_patients >= 1
    assert design.citation


def _check_saved_form(design: Design, saved: bool) -> None:
    """Written to a file and read again, it is the same design; or it says why it cannot be written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.toml"
        try:
            save_design(design, path)
        except InputError:
            assert not saved, "a shipped design has a saved form"
            return
        assert saved
        loaded = load_design(path)
        assert loaded == design, "a design survives its saved form"
        assert design_hash(loaded) == design_hash(design)
        text = path.read_text(encoding="utf-8")
        save_design(loaded, path)
        assert path.read_text(encoding="utf-8") == text, "saved again, the file is the same"


def _check_cohorts(design: Design, state: TrialState, answer: Cohorts) -> None:
    for name in ("level", "size", "phase", "stop"):
        array = getattr(answer, name)
        assert array.shape == (len(state),), f"one {name} a trial"
        assert np.issubdtype(array.dtype, np.integer), f"{name} is made of whole numbers"
    goes_on = answer.stop == StopReason.GOES_ON.code
    treated = state.patients.sum(axis=1)
    assert np.all((answer.stop >= 0) & (answer.stop < len(StopReason)))
    assert np.all((answer.level >= 0) & (answer.level < len(design.grid)))
    assert np.all(answer.size[goes_on] >= 1), "a trial that goes on treats someone"
    assert np.all(answer.size[~goes_on] == 0), "a stopped trial treats nobody"
    assert np.all(treated + answer.size <= design.max_patients), "no more patients than promised"
    if not treated.any():
        return
    assert np.array_equal(answer.level[~goes_on], state.level[~goes_on]), "a stopped trial keeps its level"
    highest = np.where(state.patients > 0, np.arange(len(design.grid)), -1).max(axis=1)
    if not may_skip_doses(design):
        assert np.all(answer.level <= highest + 1), "no untried dose is skipped on the way up"


def _check_recommendation(state: TrialState, recommended: np.ndarray) -> None:
    assert recommended.shape == (len(state),)
    some = recommended != NO_DOSE
    assert np.all((recommended[some] >= 0) & (recommended[some] < state.patients.shape[1]))
    assert np.all(state.patients[some, recommended[some]] > 0), "only a dose that was given is recommended"


def _check_conclusion(design: Design, state: TrialState, answer: Cohorts, recommended: np.ndarray) -> None:
    """Both answers at once are the two answers."""
    following, dose = concluded(design, state)
    assert _same(following, answer), "what is next is the same with and without the recommended dose"
    stops = answer.stop != StopReason.GOES_ON.code
    assert np.array_equal(dose, np.where(stops, recommended, NO_DOSE)), "the same dose is recommended"


def _check_batch(design: Design, state: TrialState, answer: Cohorts, recommended: np.ndarray) -> None:
    """Each trial's answer depends on that trial alone."""
    order = np.random.default_rng(1).permutation(len(state))
    assert _same(design.next_cohort(state.take(order)), _take(answer, order)), (
        "the batch's order does not matter"
    )
    assert np.array_equal(design.recommend(state.take(order)), recommended[order]), (
        "the batch's order does not matter"
    )
    for trial in order[:_ALONE]:
        one = np.array([trial])
        assert _same(design.next_cohort(state.take(one)), _take(answer, one)), "a batch of one decides alike"
        assert np.array_equal(design.recommend(state.take(one)), recommended[one]), (
            "a batch of one decides alike"
        )


def _check_forgetting(design: Design, state: TrialState, answer: Cohorts, recommended: np.ndarray) -> None:
    """What a design forgets changes no answer, now or after any next cohort."""
    without = forgotten(design, state)
    assert np.array_equal(without.patients, state.patients), "patients are not forgotten"
    assert np.array_equal(without.dlts, state.dlts), "DLTs are not forgotten"
    assert _same(design.next_cohort(without), answer), "what is forgotten changes no next cohort"
    assert np.array_equal(design.recommend(without), recommended), "nor a recommendation"
    trials = np.flatnonzero(answer.stop == StopReason.GOES_ON.code)
    for size in np.unique(answer.size[trials]).tolist():
        for outcome in cohort_outcomes(size, design.outcome_categories):
            there = trials[answer.size[trials] == size]
            cohorts, outcomes = _take(answer, there), np.tile(outcome, (len(there), 1))
            late = forgotten(design, expand(state.take(there), cohorts, outcomes))
            early = forgotten(design, expand(without.take(there), cohorts, outcomes))
            assert _same(late, early), "what is forgotten early is what would be forgotten later"


def _take(cohorts: Cohorts, which: np.ndarray) -> Cohorts:
    return Cohorts(*(getattr(cohorts, field.name)[which] for field in fields(cohorts)))


def _copy(state: TrialState) -> TrialState:
    return TrialState(*(getattr(state, field.name).copy() for field in fields(state)))


def _same(one, other) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
