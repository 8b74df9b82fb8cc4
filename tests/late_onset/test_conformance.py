"""Every shipped design with follow-up keeps the contract on every state that it can reach."""

import copy
import pickle
from pathlib import Path

import attrs
import numpy as np
import pytest

import bayesdose as bd
from bayesdose.described import Described
from bayesdose.designs.references import bibtex
from bayesdose.grammar.registry import members
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_value
from bayesdose.late_onset.design import FollowUpDesign
from bayesdose.late_onset.graph import follow_up_graph
from bayesdose.late_onset.trials import Enrolment, FollowedTrials
from bayesdose.trial import NO_DOSE, StopReason

GRID = bd.DoseGrid((1, 2.5, 5), "mg")
BOIN = bd.boin(GRID, 0.25, max_patients=9)
THREE = bd.three_plus_three(GRID, "deescalation")
PRIOR = bd.priors.NormalPrior((-1.1, 0), (2, 0.7), reference_dose=5)
CURVE = bd.models.PowerCurve((0.05, 0.12, 0.25))
late = bd.late_onset


def _blrm():
    return late.tite_blrm(GRID, PRIOR, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=9)


# One example for each public name that makes a design with follow-up; a new one is a line here.
EXAMPLES = {
    "WaitsForOutcomes": lambda: late.WaitsForOutcomes(THREE),
    "DecidesEarly": lambda: late.DecidesEarly(BOIN),
    "StaggersSinglePatients": lambda: late.StaggersSinglePatients(bd.accelerated_titration(THREE, 2), 0.25),
    "tite_boin": lambda: late.tite_boin(GRID, 0.25, max_patients=9, cohort_size=1),
    "tite_boin_ess": lambda: late.tite_boin_ess(GRID, 0.25, max_patients=9),
    "tite_interval": lambda: late.tite_interval(BOIN, late.SingleImputation(BOIN.rule)),
    "tite_crm": lambda: late.tite_crm(
        GRID, CURVE, target=0.25, prior_sd=1.1, estimate="mean", max_patients=6, cohort_size=1
    ),
    "tite_blrm": _blrm,
    "tite_model_based": lambda: late.tite_model_based(
        bd.crm(GRID, CURVE, target=0.25, prior_sd=1.1, estimate="mean", max_patients=6)
    ),
    "rolling_six": lambda: late.rolling_six(bd.DoseGrid((1, 2.5), "mg"), complete_highest=True),
    "in_time": lambda: late.in_time(BOIN),
    "backfilled": lambda: late.backfilled(BOIN, escalation_patients=6),
    "bf_boin": lambda: late.bf_boin(GRID, 0.25, max_patients=9),
}


def test_every_public_design_has_an_example():
    assert set(members(FollowUpDesign)) == set(EXAMPLES)


@attrs.frozen
class Watched(FollowUpDesign):
    """A design that notes what it is asked."""

    design: FollowUpDesign
    asked: list

    grid = property(lambda self: self.design.grid)
    max_patients = property(lambda self: self.design.max_patients)
    citation = property(lambda self: self.design.citation)

    def first_patient(self):
        return self.design.first_patient()

    def next_patient(self, trials):
        self.asked.append(trials)
        return self.design.next_patient(trials)

    def recommend(self, trials):
        return self.design.recommend(trials)


@pytest.fixture(params=EXAMPLES)
def design(request):
    return EXAMPLES[request.param]()


def states_of(design, gap=7):
    """All states in which a design is asked if a patient comes every week, with a window of four."""
    watched = Watched(design, [])
    follow_up_graph(watched, late.Arrivals(gap), window=4, step=7)
    return FollowedTrials.join(watched.asked)


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("level", "phase", "stop", "waits")
    )


def test_answers(design):
    trials = states_of(design)
    assert len(trials) > 50
    before = copy.deepcopy(trials)
    answer, dose = design.next_patient(trials), design.recommend(trials)
    for name in ("counts", "pending", "level", "phase"):
        assert np.array_equal(getattr(before, name), getattr(trials, name)), (
            "what is asked about stays as it is"
        )
    for name in ("level", "phase", "stop", "waits"):
        assert getattr(answer, name).shape == (len(trials),)
    assert not np.any(answer.waits & (answer.stop != StopReason.GOES_ON.code)), "who stops does not wait"
    assert not np.any(answer.waits & trials.complete), "nobody waits for outcomes that are known"
    assert np.all((answer.level[answer.enrols] >= 0) & (answer.level[answer.enrols] < len(design.grid)))
    assert np.all(trials.enrolled.sum(axis=1)[answer.enrols] < design.max_patients)
    highest = np.where(trials.enrolled > 0, np.arange(len(design.grid)), -1).max(axis=1)
    assert np.all(answer.level[answer.enrols] <= highest[answer.enrols] + 1), "no untried dose is skipped"
    some = dose != NO_DOSE
    assert np.all(trials.enrolled[some, dose[some]] > 0), "only a dose that was given is recommended"


def test_each_trial_is_decided_alone(design):
    trials = states_of(design)
    answer, dose = design.next_patient(trials), design.recommend(trials)
    order = np.random.default_rng(1).permutation(len(trials))
    assert same(design.next_patient(trials.take(order)), answer.take(order))
    assert np.array_equal(design.recommend(trials.take(order)), dose[order])
    for trial in order[:50]:
        assert same(design.next_patient(trials.take([trial])), answer.take(np.array([trial])))
    nobody = design.next_patient(trials.take(order[:0]))
    assert isinstance(nobody, Enrolment)
    assert len(nobody.level) == 0


def test_a_finer_step_decides_alike(design):
    """A window of eight half-weeks: patients followed for as long are the same patients."""
    trials = states_of(design)
    finer = np.zeros((*trials.pending.shape[:2], 8), dtype=trials.pending.dtype)
    finer[..., ::2] = trials.pending
    halves = FollowedTrials(trials.counts, finer, trials.level, trials.phase)
    assert same(design.next_patient(halves), design.next_patient(trials))


def test_a_value(design):
    twin = pickle.loads(pickle.dumps(design))
    assert twin == design
    assert hash(twin) == hash(design)
    assert repr(twin) == repr(design)
    assert " at 0x" not in repr(design)
    assert isinstance(design, Described)
    assert all(design.words.values())
    assert bibtex(design.citation)


def test_a_file(design):
    context = Context(Path(), {"grid": design.grid})
    assert structured(plain_value(design), FollowUpDesign, context, "file") == design
