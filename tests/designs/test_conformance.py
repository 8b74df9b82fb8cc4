"""Every shipped design keeps the contract on every state that it can reach."""

import html
import importlib
import inspect
import pickle
import re
import subprocess
import sys
from importlib import resources

import pytest

import bayesdose as bd
from bayesdose.checks.kinds import kind_of
from bayesdose.described import Described
from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.base import Design
from bayesdose.designs.boin import boin
from bayesdose.designs.crm import crm
from bayesdose.designs.crm_mle import CRMMLE
from bayesdose.designs.from_model import model_based
from bayesdose.designs.i3_plus_3 import i3_plus_3
from bayesdose.designs.interval import IntervalDesign
from bayesdose.designs.keyboard import keyboard
from bayesdose.designs.mtpi import mtpi, mtpi2
from bayesdose.designs.references import references_of
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.designs.tpi import tpi
from bayesdose.grammar.registry import members
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import LogisticCurve, PowerCurve
from bayesdose.models.description import ExponentialCRMModel, TwoParameterLogistic
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.rules.admissible import EWOC, MTDEWOC, NotTooToxic
from bayesdose.rules.cohort_size import (
    CohortSizeByDLTs,
    CohortSizeByLevel,
    CohortSizeByPatients,
    LargestCohortSize,
)
from bayesdose.rules.decision_table import DecisionTable
from bayesdose.rules.increments import Coherent, LevelsAboveCurrent
from bayesdose.rules.mtd_selection import IsotonicHighestBelow
from bayesdose.rules.next_dose import HighestAllowed, MaxTargetProbability, MinExpectedLoss
from bayesdose.rules.next_dose_by_estimate import ClosestMean, HighestMeanBelow
from bayesdose.rules.posterior_stopping import LowestTooToxic, TargetProbabilityReached
from bayesdose.rules.relative_increments import RelativeIncrements
from bayesdose.rules.stopping import PatientsAtDose, StaysAtDose
from tests.conformance import check_design, decided, reachable_states
from tests.in_words import code_in

VARIANTS = ["no-deescalation", "deescalation", "deescalation-six"]
GRID = DoseGrid.of_levels(4)
DOSES = DoseGrid((1.0, 2.5, 5.0, 10.0), "mg")
LOGISTIC = TwoParameterLogistic(NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=10.0, correlation=-0.2))
CURVE = PowerCurve((0.05, 0.15, 0.3, 0.5))
BELOW_A_THIRD = IsotonicHighestBelow(1 / 3)
COMMITTEE = bd.dose_optimization.CommitteeRule(
    bd.dose_optimization.RateAtMost("DLT", 0.33, 0.5),
    bd.dose_optimization.RateAtLeast("response", 0.4, 0.5),
    prefers="best utility",
)
STEPS = DoseGrid((10, 14, 19.6), "mg")
THREE = ThreePlusThree(STEPS, "deescalation")


# One example for each public function that makes a design; a new design is a line here.
EXAMPLES = {
    "three_plus_three": lambda: bd.three_plus_three(GRID, "deescalation"),
    "a_plus_b": lambda: bd.a_plus_b(GRID, 2, 4, 1, 1, 2, deescalation=True),
    "rolling_six": lambda: bd.rolling_six(GRID, 4, complete_highest=True),
    "accelerated_titration": lambda: bd.accelerated_titration(THREE, 2),
    "plan": lambda: bd.plan(THREE, (bd.ExpansionCohort(6, escalation_patients=False),)),
    "simon_titration": lambda: bd.simon_titration(THREE, number=2),
    "nct07623850_titration": lambda: bd.nct07623850_titration(THREE),
    "nct04202003_titration": lambda: bd.nct04202003_titration(THREE),
    "boin": lambda: bd.boin(GRID, 0.25, max_patients=15),
    "mtpi": lambda: bd.mtpi(GRID, 0.25, max_patients=15),
    "mtpi2": lambda: bd.mtpi2(GRID, 0.25, max_patients=15),
    "keyboard": lambda: bd.keyboard(GRID, 0.25, max_patients=15),
    "tpi": lambda: bd.tpi(GRID, 0.25, max_patients=15),
    "i3_plus_3": lambda: bd.i3_plus_3(GRID, 0.25, max_patients=15),
    "interval_design": lambda: bd.interval_design(GRID, DecisionTable(("", "", "ESDU")), BELOW_A_THIRD, 3),
    "blrm": lambda: bd.blrm(
        DOSES, LOGISTIC.prior, target_interval=(0.16, 0.33), ewoc_cap=0.25, max_patients=9
    ),
    "boin12": lambda: bd.dose_optimization.boin12(GRID, max_patients=9, explore_from=3),
    "with_committee": lambda: bd.dose_optimization.with_committee(
        bd.boin(DoseGrid.of_levels(3), 0.25, max_patients=9), COMMITTEE
    ),
    "utility_by_model": lambda: bd.dose_optimization.utility_by_model(EXAMPLES["blrm"]()),
    "capped": lambda: bd.capped(bd.three_plus_three(GRID, "deescalation"), 9),
    "backfilled": lambda: bd.dose_optimization.backfilled(
        bd.boin(GRID, 0.25, max_patients=12), 3, bd.dose_optimization.OpenAfterResponses(), cap_in_all=3
    ),
    "crm": lambda: bd.crm(DOSES, CURVE, target=0.25, prior_sd=1.16, estimate="mean", max_patients=9),
    "crm_mle": lambda: bd.crm_mle(DOSES, CURVE, target=0.25, max_patients=9),
    "model_based": lambda: bd.model_based(
        DOSES, LOGISTIC, next_dose=ClosestMean(0.25), max_patients=9, citation="Neuenschwander2008"
    ),
}


def keys(citation):
    """Keys that a citation names; words in quotation marks are no key."""
    return {key.strip() for key in re.sub(r'"[^"]*"', "", citation).split(",")} - {""}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_public_design(name):
    design = EXAMPLES[name]()
    assert check_design(design) == decided(design) > 0
    entries = resources.files("bayesdose.designs").joinpath("references.bib").read_text(encoding="utf-8")
    for key in keys(design.citation):
        assert f"{{{key},\n" in entries, f"{name} cites {key}: add it to bayesdose/designs/references.bib"
    own = references_of(members(Design)[name])
    assert keys(own) <= keys(design.citation), f"{name} is marked by @cites({own!r}), but its value is not"


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_design_says_what_it_does(name):
    design = EXAMPLES[name]()
    made = type(design).__name__
    assert isinstance(design, Described), (
        f"make it class {made}(Described, Design), with `words` (see docs/extending.md)"
    )
    assert str(design.grid) == design.words["Doses"]
    assert str(design.max_patients) == design.words["Most patients"].partition(";")[0]
    for heading, text in design.words.items():
        assert text, f"{made}.words has nothing under {heading}"
        assert f"{heading}: {text}" in str(design)
        assert f">{html.escape(text)}<" in design._repr_html_()
    assert not code_in(str(design)), f"{made}.words shows code: {code_in(str(design))}"
    assert repr(design).startswith(f"{made}("), "hashes and files are of the code that makes it"


def test_every_design_stands_where_it_must():
    public, table = members(Design), "the table EXAMPLES in tests/designs/test_conformance.py"
    rooms = ("bayesdose.designs", "bayesdose.dose_optimization")
    files = [(room, path.name) for room in rooms for path in resources.files(room).iterdir()]
    for room, file in sorted(files):
        if not file.endswith(".py"):
            continue
        module = importlib.import_module(f"{room}.{file.removesuffix('.py')}")
        for name, function in vars(module).items():
            makes = inspect.isfunction(function) and kind_of(function) is Design and name[0] != "_"
            if makes and function.__module__ == module.__name__:
                assert name in public, f"add {name} to the __init__.pyi of {room} or bayesdose"
    for name, function in public.items():
        assert hasattr(function, "references"), f"mark {name} by @cites, with its keys of references.bib"
        assert name in EXAMPLES, f"add {name} to {table}"
    assert set(EXAMPLES) == set(public), f"{set(EXAMPLES) - set(public)} is in {table}, but not public"


@pytest.mark.parametrize("start_level", [1, 2, 4])
@pytest.mark.parametrize("variant", VARIANTS)
def test_three_plus_three(variant, start_level):
    design = ThreePlusThree(GRID, variant, start_level)
    assert check_design(design) == decided(design) > 0


# The numbers of states are counted by the exact engine's graph, another walk than the suite's.
@pytest.mark.parametrize("start_level", [1, 3])
@pytest.mark.parametrize("complete_highest", [False, True])
@pytest.mark.parametrize("deescalation", [False, True])
@pytest.mark.parametrize(
    "numbers", [(3, 3, 1, 1, 1), (2, 4, 1, 1, 2), (4, 2, 2, 3, 3), (1, 2, 1, 1, 1), (5, 1, 1, 2, 4)]
)
def test_a_plus_b(numbers, deescalation, complete_highest, start_level):
    design = APlusB(DoseGrid.of_levels(3), *numbers, deescalation, complete_highest, start_level)
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize("start_level", [1, 3])
@pytest.mark.parametrize("complete_highest", [False, True])
@pytest.mark.parametrize("cohort_size", [3, 4, 5, 6])
def test_rolling_six(cohort_size, complete_highest, start_level):
    design = RollingSix(GRID, cohort_size, complete_highest, start_level)
    assert check_design(design) == decided(design) > 0


def test_blrm(small_blrm):
    assert check_design(small_blrm) == decided(small_blrm) > 0


def test_blrm_from_the_third_level(make_blrm):
    assert check_design(make_blrm(start_level=3, cohort_size=2, max_patients=9)) > 0


@pytest.mark.parametrize("make", [boin, mtpi, mtpi2, keyboard, tpi, i3_plus_3])
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"cohort_size": 1, "max_patients": 8},
        {"cohort_size": 4, "max_patients": 14, "start_level": 3},
        {"stopping": StaysAtDose(6) | PatientsAtDose(9)},
        {"mtd_selection": IsotonicHighestBelow(1 / 3)},
    ],
)
def test_model_assisted(make, settings):
    design = make(GRID, 0.25, **{"max_patients": 15, **settings})
    assert check_design(design) == decided(design) > 0


def test_boin_with_all_its_options():
    design = boin(GRID, 0.3, max_patients=15, extra_safe=0.05, bound_mtd=True, stopping=StaysAtDose(9))
    assert check_design(design) == decided(design) > 0
    titrated = AcceleratedTitration(design, single_patient_levels=4)
    assert check_design(titrated) == decided(titrated) > 0


def test_a_given_decision_table():
    table = DecisionTable(("", "", "ESDU", "", "", "EESDUUU", "", "", "EESSDUUUUU"))
    design = IntervalDesign(GRID, table, IsotonicHighestBelow(0.3), max_patients=9)
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize(
    "rules",
    [
        # EWOC on P(DLT), with combined rules and other accuracies.
        {
            "model": LOGISTIC,
            "next_dose": MaxTargetProbability(0.16, 0.33),
            "admissible": EWOC(0.33, 0.25) & NotTooToxic(0.4, 0.5),
            "stopping": (PatientsAtDose(6) & TargetProbabilityReached(0.16, 0.33, 0.4))
            | LowestTooToxic(0.33, 0.8),
            "tolerances": (1e-2, 1e-5),
        },
        # Interval loss.
        {
            "model": LOGISTIC,
            "next_dose": MinExpectedLoss((0.16, 0.33, 0.6), (1.0, 0.0, 1.0, 2.0)),
            "increments": RelativeIncrements((0.0, 3.0), (2.0, 1.0)) & Coherent(0.3),
            "cohort_size": CohortSizeByPatients((0, 3), (1, 3)),
        },
        # EWOC on the scale of the MTD.
        {
            "model": LOGISTIC,
            "next_dose": HighestAllowed(),
            "admissible": MTDEWOC(0.33, 0.25),
        },
        # A recommended dose by a rule of its own; single patients until the first DLT, on two levels at most.
        {
            "model": LOGISTIC,
            "next_dose": MaxTargetProbability(0.16, 0.33),
            "admissible": EWOC(bound=0.33, cap=0.25),
            "recommended_by": HighestMeanBelow(0.3),
            "cohort_size": LargestCohortSize(
                (CohortSizeByLevel((1, 3), (1, 3)), CohortSizeByDLTs((0, 1), (1, 3)))
            ),
        },
        # The first CRM.
        {"model": ExponentialCRMModel((0.05, 0.15, 0.3, 0.5)), "next_dose": ClosestMean(0.25)},
    ],
    ids=["EWOC", "interval loss", "MTD-scale EWOC", "largest mean below", "exponential CRM"],
)
def test_model_based(rules):
    design = model_based(DOSES, max_patients=12, citation="Neuenschwander2008", **rules)
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize("curve", [PowerCurve, LogisticCurve])
@pytest.mark.parametrize("estimate", ["plug-in", "mean", "median"])
def test_crm(estimate, curve):
    skeleton = curve((0.05, 0.15, 0.3, 0.5))
    design = crm(DOSES, skeleton, target=0.25, prior_sd=1.34**0.5, estimate=estimate, max_patients=12)
    assert check_design(design) == decided(design) > 0


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"initial_levels": (1, 1, 2, 3), "initial_cohort_size": 1, "stopping": PatientsAtDose(9)},
        {"increments": LevelsAboveCurrent(1) & Coherent(0.25)},
    ],
)
@pytest.mark.parametrize("curve", [PowerCurve, LogisticCurve])
def test_crm_by_maximum_likelihood(curve, settings):
    design = CRMMLE(DOSES, curve((0.05, 0.15, 0.3, 0.5)), target=0.25, max_patients=12, **settings)
    assert check_design(design) == decided(design) > 0


def test_unpickling_needs_no_pymc(small_blrm):
    # In a fresh interpreter, as in a worker process: the design decides there without PyMC.
    *_, state = reachable_states(ThreePlusThree(small_blrm.grid, "deescalation"))
    content = pickle.dumps((small_blrm, state))
    code = (
        "import pickle, sys\n"
        "design, state = pickle.load(sys.stdin.buffer)\n"
        "answer = design.next_cohort(state).level.tolist()\n"
        "assert not {'pymc', 'pytensor', 'arviz', 'nutpie'} & set(sys.modules)\n"
        "print(answer)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout.decode().strip() == str(small_blrm.next_cohort(state).level.tolist())


def test_python_refuses_a_design_without_one_of_its_answers():
    answers = {name: one for name, one in vars(Design).items() if name[0] != "_"}
    assert {"grid", "max_patients", "first_cohort", "next_cohort", "recommend"} < set(answers)
    for missing in answers:
        others = {name: one for name, one in answers.items() if name != missing}
        given = {name: property(id) if isinstance(one, property) else id for name, one in others.items()}
        with pytest.raises(TypeError, match=f"abstract method '{missing}'"):
            type("Lacking", (Design,), given)()
