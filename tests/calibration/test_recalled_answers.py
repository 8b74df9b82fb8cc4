"""Designs that share answers decide as each does alone, wherever their caps are."""

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayesdose as bd
from bayesdose.calibration import recalled_answers
from bayesdose.calibration.recalled_answers import AnswerMemory, but_for_caps
from bayesdose.simulation.graph import trial_graph

GRID = bd.DoseGrid((1, 3, 10), "mg")
PRIOR = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10)
BASE = bd.blrm(GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=12)
TOO_TOXIC = bd.rules.LowestTooToxic


def two_caps(cap, stop_cap):
    return attrs.evolve(BASE, admissible=bd.rules.EWOC(0.33, cap), stopping=TOO_TOXIC(0.33, stop_cap))


def with_others(cap, stop_cap):
    """Rules of other kinds, joined in every way, and one that counts."""
    stopping = (TOO_TOXIC(0.33, stop_cap, min_patients=3) | bd.rules.PatientsAtDose(9)) | (
        bd.rules.TargetProbabilityReached(0.16, 0.33, cap) & bd.rules.PatientsInTrial(9)
    )
    admissible = (bd.rules.QuantileBelow(0.33, 1 - cap) & bd.rules.NotTooToxic(0.33, stop_cap)) | (
        bd.rules.LowestDose()
    )
    return attrs.evolve(BASE, admissible=admissible, stopping=stopping)


MAKERS = {"two caps": two_caps, "other rules": with_others}
caps = st.tuples(st.floats(0.02, 0.98), st.floats(0.02, 0.98))


def same_graph(one, other):
    """Whether all decisions are the same: every layer, every end, and which table settled how many."""
    for name in ("counts", "recommendation", "stop", "cohorts"):
        np.testing.assert_array_equal(getattr(one.final, name), getattr(other.final, name))
    for own, its in zip(one.layers, other.layers, strict=True):
        for name in ("parent", "level", "outcome", "child_start", "stops"):
            np.testing.assert_array_equal(getattr(own, name), getattr(its, name))


@pytest.mark.parametrize("name", MAKERS)
@settings(max_examples=25, deadline=None)
@given(chosen=st.lists(caps, min_size=2, max_size=6))
def test_every_design_decides_as_alone(name, chosen):
    memory = AnswerMemory()
    for pair in [*chosen, chosen[0]]:
        design = MAKERS[name](*pair)
        same_graph(trial_graph(memory.asked_by(design)), trial_graph(design))


def attained_by_all():
    """P(P(DLT) >= 0.33) at each dose in every state in which the trial of the base design ends."""
    final = trial_graph(BASE).final
    summary = BASE.tables[-1].posterior(final.counts.sum(axis=-1), final.counts[..., -1])
    return np.unique(1 - summary.below(0.33))


@pytest.mark.parametrize("beside", [0.0, 1e-12, -1e-12, 1e-7, -1e-7, 1e-4, -1e-4])
def test_caps_at_numbers_that_states_attain(beside):
    found = attained_by_all()
    memory = AnswerMemory()
    for cap in found[(found > 0.1) & (found < 0.9)][::25] + beside:
        design = two_caps(cap, 0.6)
        same_graph(trial_graph(memory.asked_by(design)), trial_graph(design))


def test_most_answers_are_recalled(monkeypatch):
    asked = []
    decided = recalled_answers._decided
    monkeypatch.setattr(
        recalled_answers, "_decided", lambda *given: (asked.append(len(given[2])), decided(*given))[1]
    )
    memory, spent = AnswerMemory(), []
    for cap in np.linspace(0.24, 0.26, 11):
        trial_graph(memory.asked_by(two_caps(cap, 0.6)))
        spent.append(sum(asked))
        asked.clear()
    # The same cap as before asks only where a number is within a table's error of it, one beside it a part.
    trial_graph(memory.asked_by(two_caps(0.26, 0.6)))
    assert sum(asked) < 5
    assert sum(spent[1:]) < 3 * spent[0]


def test_states_of_one_number_are_told_apart(monkeypatch):
    monkeypatch.setattr(recalled_answers, "row_numbers", lambda rows: rows[:, 0].astype(np.int64))
    memory = AnswerMemory()
    for cap in (0.25, 0.4, 0.25):
        same_graph(trial_graph(memory.asked_by(two_caps(cap, 0.6))), trial_graph(two_caps(cap, 0.6)))


def test_a_full_memory_asks(monkeypatch):
    monkeypatch.setattr(recalled_answers, "_MOST", 20)
    memory = AnswerMemory()
    for cap in (0.25, 0.4, 0.25):
        same_graph(trial_graph(memory.asked_by(two_caps(cap, 0.6))), trial_graph(two_caps(cap, 0.6)))


def test_what_else_tells_designs_apart():
    assert but_for_caps(two_caps(0.2, 0.5)) == but_for_caps(two_caps(0.3, 0.6))
    others = [
        two_caps(0.2, 0.5),
        with_others(0.2, 0.5),
        attrs.evolve(two_caps(0.2, 0.5), max_patients=9),
        attrs.evolve(two_caps(0.2, 0.5), stopping=None),
        attrs.evolve(two_caps(0.2, 0.5), admissible=bd.rules.NotTooToxic(0.33, 0.2)),
        # The limit of a mean is also what the model is tabulated for.
        attrs.evolve(two_caps(0.2, 0.5), admissible=bd.rules.MeanBelow(0.33)),
    ]
    assert len({but_for_caps(design) for design in others}) == len(others)
    counting = bd.three_plus_three(GRID, "deescalation")
    assert but_for_caps(counting) is None
    assert AnswerMemory().asked_by(counting) is counting
