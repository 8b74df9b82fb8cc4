"""Every public rule is a value that prints, compares, is pickled and saved; its margins are margins."""

import copy
import importlib
import inspect
import pickle
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from bayesdose import rules
from bayesdose.checks.kinds import kind_of
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_value
from bayesdose.grid import DoseGrid
from bayesdose.inference.mtd_cuts import MTDCuts
from bayesdose.inference.posterior import BatchPosterior
from bayesdose.models.curves import PowerCurve
from bayesdose.models.partial_order import PartialOrder
from bayesdose.rules import admissible, increments, next_dose, stopping
from bayesdose.treatments import Regimen, TreatmentGrid
from bayesdose.trial import TrialState
from tests.in_words import code_in

TREATMENTS = TreatmentGrid((Regimen("Q3W", DoseGrid((1, 3), "mg")), Regimen("Q2W", DoseGrid((3,), "mg"))))
ORDERED = PartialOrder(PowerCurve((0.1, 0.2, 0.3)), prior_sd=1.0, orders=((1, 2, 3),))
ELIMINATION = rules.BetaElimination(0.3, min_patients=3)

# One example for each public rule; a new rule is a line here.
EXAMPLES = {
    "EWOC": rules.EWOC(0.33, 0.25),
    "MTDEWOC": rules.MTDEWOC(0.33, 0.25),
    "LowestDose": rules.LowestDose(),
    "MTDEWOCByPatients": rules.MTDEWOCByPatients(0.33, (0, 9), (0.25, 0.5)),
    "BetaMonitoring": rules.BetaMonitoring(ELIMINATION),
    "EachGroupAlone": rules.EachGroupAlone(rules.MoreDLTsThan(2)),
    "GroupsTogether": rules.GroupsTogether(rules.BetaMonitoring(ELIMINATION)),
    "ExchangeableGroups": rules.ExchangeableGroups(0.3, 0.9, 0.25, 2.0, 0.5, min_patients=3),
    "DLTShareAbove": rules.DLTShareAbove(0.3, 3),
    "StatedBoundary": rules.StatedBoundary((10, 29), (9, 24)),
    "MoreDLTsThan": rules.MoreDLTsThan(2),
    "ThreePlusThreeAtLevel": rules.ThreePlusThreeAtLevel(),
    "EWOCAtLevel": rules.EWOCAtLevel(TREATMENTS, ORDERED, 0.33, 0.25, max_patients=12),
    "RecommendationFalls": rules.RecommendationFalls(),
    "MeanBelow": rules.MeanBelow(0.33),
    "NotTooToxic": rules.NotTooToxic(0.4, 0.5),
    "QuantileBelow": rules.QuantileBelow(0.33, 0.75),
    "BOINBoundaries": rules.BOINBoundaries(0.3, 0.18, 0.42, ELIMINATION),
    "CohortSizeByDLTs": rules.CohortSizeByDLTs((0, 1), (1, 3)),
    "CohortSizeByLevel": rules.CohortSizeByLevel((1, 3), (1, 3)),
    "CohortSizeByPatients": rules.CohortSizeByPatients((0, 6), (1, 3)),
    "ConstantCohortSize": rules.ConstantCohortSize(3),
    "LargestCohortSize": rules.LargestCohortSize((rules.ConstantCohortSize(2),)),
    "DecisionTable": rules.DecisionTable(("", "", "ESDU"), source="a protocol"),
    "BetaElimination": ELIMINATION,
    "IThreePlusThree": rules.IThreePlusThree(0.25, 0.35, ELIMINATION),
    "AnyLevel": rules.AnyLevel(),
    "NotEliminated": rules.NotEliminated(ELIMINATION),
    "Coherent": rules.Coherent(0.3),
    "LevelsAboveCurrent": rules.LevelsAboveCurrent(2),
    "LevelsAboveHighestTried": rules.LevelsAboveHighestTried(2),
    "NoEscalationAboveRate": rules.NoEscalationAboveRate(0.3),
    "RelativeIncrements": rules.RelativeIncrements((0, 60), (1, 0.67)),
    "RelativeIncrementsByDLTs": rules.RelativeIncrementsByDLTs((0, 1), (1, 0.5)),
    "RelativeIncrementsByLastCohort": rules.RelativeIncrementsByLastCohort((0, 1), (1, 0.5)),
    "RelativeIncrementsFromHighest": rules.RelativeIncrementsFromHighest((0, 60), (1, 0.67)),
    "StayAtOneOfThree": rules.StayAtOneOfThree(rules.BOINBoundaries(0.25, 0.15, 0.35, ELIMINATION)),
    "StrongestKey": rules.StrongestKey(0.25, 0.35, ELIMINATION),
    "ToxicityProbabilityIntervals": rules.ToxicityProbabilityIntervals(0.3, ELIMINATION),
    "UnitProbabilityMass": rules.UnitProbabilityMass(0.25, 0.35, ELIMINATION),
    "BestUtility": rules.BestUtility(rules.Utility(none=50, both=50), max_toxicity=0.35, min_efficacy=0.2),
    "Utility": rules.Utility(none=50, both=50),
    "PatientsAtAnyDose": rules.PatientsAtAnyDose(12),
    "ClosestTo": rules.ClosestTo(0.25, too_toxic=0.4),
    "HighestBelow": rules.HighestBelow(0.3),
    "IsotonicClosest": rules.IsotonicClosest(0.3, below=0.35),
    "IsotonicHighestBelow": rules.IsotonicHighestBelow(0.3),
    "HighestAllowed": rules.HighestAllowed(),
    "MaxTargetProbability": rules.MaxTargetProbability(0.16, 0.33),
    "MinExpectedLoss": rules.MinExpectedLoss((0.16, 0.33), (1, 0, 2)),
    "ClosestMean": rules.ClosestMean(0.25),
    "ClosestMedian": rules.ClosestMedian(0.25),
    "ClosestPlugIn": rules.ClosestPlugIn(0.25),
    "HighestMeanBelow": rules.HighestMeanBelow(0.3),
    "CredibleIntervalInside": rules.CredibleIntervalInside(0.16, 0.4),
    "CVBelow": rules.CVBelow(0.3),
    "HighestDoseSafe": rules.HighestDoseSafe(0.33, 0.9),
    "LevelSafe": rules.LevelSafe(2, 0.33, 0.9),
    "LowestTooToxic": rules.LowestTooToxic(0.33, 0.8),
    "MTDCVAtMost": rules.MTDCVAtMost(0.25),
    "SDBelow": rules.SDBelow(0.1),
    "TargetProbabilityReached": rules.TargetProbabilityReached(0.16, 0.33, 0.5),
    "BestOfGiven": rules.BestOfGiven(),
    "BestOnGrid": rules.BestOnGrid(),
    "DoseOfNextCohort": rules.DoseOfNextCohort(),
    "PatientsAtDose": rules.PatientsAtDose(9),
    "CohortsAtDoseInARow": rules.CohortsAtDoseInARow(3),
    "CohortsInTrial": rules.CohortsInTrial(3),
    "PatientsNearDose": rules.PatientsNearDose(9, 0.3, DoseGrid((1, 1.3, 10), "mg")),
    "PatientsInTrial": rules.PatientsInTrial(30),
    "StaysAtDose": rules.StaysAtDose(9),
}
TRIALS, DOSES = 50, 3


def test_every_rule_stands_where_it_must():
    for path in sorted(resources.files("bayesdose.rules").iterdir(), key=str):
        if not path.name.endswith(".py") or path.name == "__init__.py":
            continue
        module = importlib.import_module(f"bayesdose.rules.{path.name.removesuffix('.py')}")
        for name, cls in vars(module).items():
            own = inspect.isclass(cls) and cls.__module__ == module.__name__ and name[0] != "_"
            # A rule that joins others is written by its operator; a kind, or a part of one, is none yet.
            if own and kind_of(cls) and not inspect.isabstract(cls) and not hasattr(cls, "joins"):
                assert name in rules.__all__, f"add {name} to bayesdose/rules/__init__.pyi"
    for name in rules.__all__:
        assert name in EXAMPLES, f"add {name} to the table EXAMPLES in tests/rules/test_every_rule.py"
    assert set(EXAMPLES) == set(rules.__all__), "the table EXAMPLES has a rule that is not public"


def test_python_refuses_a_rule_without_one_of_its_kinds_methods():
    kinds = {kind_of(type(rule)) for rule in EXAMPLES.values()} - {None}
    assert stopping.StoppingRule in kinds
    for kind in kinds:
        methods = {name: one for name, one in vars(kind).items() if name[0] != "_"}
        assert methods
        for missing in methods:
            others = {name: one for name, one in methods.items() if name != missing}
            given = {name: property(id) if isinstance(one, property) else id for name, one in others.items()}
            with pytest.raises(TypeError, match=f"abstract method '{missing}'"):
                type("Lacking", (kind,), given)()


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_a_value(name):
    rule = EXAMPLES[name]
    assert type(rule).__name__ == name
    for twin in (copy.deepcopy(rule), pickle.loads(pickle.dumps(rule))):
        assert (twin, hash(twin), str(twin), repr(twin)) == (rule, hash(rule), str(rule), repr(rule))
    assert " at 0x" not in str(rule)
    with pytest.raises(AttributeError):
        rule.anything = 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_says_what_it_does(name):
    rule = EXAMPLES[name]
    own = type(rule).__str__ is not object.__str__
    assert own, f"give {name} a __str__ in its file: what it does, as a protocol words it (reports print it)"
    assert str(rule)
    assert not code_in(str(rule)), f"{name}.__str__ shows code: {code_in(str(rule))}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_survives_its_saved_form(name):
    rule = EXAMPLES[name]
    kind = kind_of(type(rule)) or type(rule)
    content = plain_value(rule)
    # A rule that looks at doses is given its design's, which the file states once.
    given = {"grid": rule.grid} if hasattr(rule, "grid") else {}
    assert structured(content, kind, Context(Path(), given), "a file") == rule
    if kind is not type(rule):
        assert next(iter(content.items())) == ("rule", name)


@pytest.fixture(scope="module")
def posterior():
    """Random summaries of posteriors, of every sort that a rule may look at."""
    rng = np.random.default_rng(1)
    bounds = (0.16, 0.25, 0.3, 0.33, 0.4)
    mean = np.sort(rng.uniform(0.01, 0.7, (TRIALS, DOSES)), axis=1)
    averages = np.zeros((TRIALS, DOSES, DOSES))
    averages[:, *np.triu_indices(DOSES, 1)] = rng.uniform(0, 1, (TRIALS, DOSES))
    cuts = MTDCuts.around(DoseGrid((1, 3, 10), "mg"), 0.25)
    centre, sd = rng.uniform(0, 2.3, (TRIALS, 1)), rng.uniform(0.1, 0.6, (TRIALS, 1))
    return BatchPosterior(
        mean=mean,
        sd=rng.uniform(0.01, 0.3, (TRIALS, DOSES)),
        prob_below=np.sort(rng.uniform(0, 1, (TRIALS, DOSES, len(bounds))), axis=2),
        bounds=bounds,
        error=0.0,
        plug_in=np.clip(mean + 0.01, 0, 1),
        num_patients=np.arange(TRIALS),
        averages_below=averages,
        mtd_above=norm.sf(np.log(cuts.doses), centre, sd),
        mtd_cuts=cuts,
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_margins_are_margins(name, posterior):
    rule = EXAMPLES[name]
    allowed, level = np.ones((TRIALS, DOSES), dtype=bool), np.ones(TRIALS, dtype=int)
    match rule:
        case admissible.AdmissibleRule():
            answer, margin = rule.admissible(posterior), rule.margin(posterior)
        case next_dose.NextDoseRule():
            answer, margin = rule.choose(posterior, allowed), rule.margin(posterior, allowed)
        case stopping.StoppingRule():
            state = TrialState(np.full((TRIALS, DOSES, 2), 3), level, np.zeros(TRIALS, dtype=int))
            answer, margin = rule.stop(state, level, posterior), rule.margin(state, level, posterior)
        case _:
            return
    assert margin.shape == answer.shape
    assert np.all(margin >= 0)
    # Numbers from a continuous distribution are not exactly at a boundary.
    assert np.all(margin > 0)


@pytest.mark.parametrize(
    "name", [name for name, rule in EXAMPLES.items() if isinstance(rule, increments.IncrementsRule)]
)
def test_a_rule_that_says_so_never_refuses_the_dose_at_which_a_trial_stands(name):
    rule, rng = EXAMPLES[name], np.random.default_rng(7)
    grid = DoseGrid((1, 3, 10), "mg")
    patients = rng.integers(0, 10, size=(500, 3))
    level = rng.integers(0, 3, size=500)
    patients[np.arange(500), level] += 1
    counts = np.stack([patients, rng.binomial(patients, 0.4)], axis=-1)
    counts[..., 0] -= counts[..., 1]
    state = TrialState(counts, level, np.zeros(500, dtype=int))
    stays = rule.within_reach(state, grid)[np.arange(500), level]
    # NotEliminated is the one shipped rule that takes a trial off its dose.
    assert getattr(rule, "lets_stay", False) == bool(stays.all()) == (name != "NotEliminated")
