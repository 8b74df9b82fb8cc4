"""What is public and typed can stand in a file, and nothing has to be listed for it."""

import inspect
from typing import is_protocol

import pytest

import bayesdose as bd
from bayesdose.checks.arguments import hints_of
from bayesdose.checks.kinds import kind_of, tag_of
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.errors import InputError
from bayesdose.grammar.registry import maker_of, member, members
from bayesdose.models.curves import CRMCurve
from bayesdose.models.description import ModelDescription
from bayesdose.models.prior import Prior
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.decision_table import DecisionRule
from bayesdose.rules.increments import IncrementsRule
from bayesdose.rules.mtd import MTDRule
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.recommendation import RecommendationRule
from bayesdose.rules.stopping import StoppingRule
from bayesdose.scenarios.scenario import Scenario
from bayesdose.simulation.method import Method

NAMESPACES = {
    "": bd,
    "rules.": bd.rules,
    "priors.": bd.priors,
    "models.": bd.models,
    "scenarios.": bd.scenarios,
    "late_onset.": bd.late_onset,
    "dose_optimization.": bd.dose_optimization,
}


def public():
    """Every public class and function, by its name in the public face."""
    for prefix, namespace in NAMESPACES.items():
        for name in namespace.__all__:
            found = getattr(namespace, name)
            if inspect.isclass(found) or inspect.isfunction(found):
                yield prefix + name, found


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            Design,
            {"three_plus_three", "boin", "blrm", "crm", "crm_mle", "model_based", "accelerated_titration"},
        ),
        (Method, {"Exact", "MonteCarlo"}),
        (Prior, {"NormalPrior", "prior_from_quantiles", "prior_from_end_quantiles", "robustify"}),
        (CRMCurve, {"PowerCurve", "LogisticCurve"}),
        (ModelDescription, {"TwoParameterLogistic", "CRMModel", "ExponentialCRMModel"}),
        (Scenario, {"Scenario", "builtin_scenarios", "load_scenarios", "published_scenarios"}),
        (MTDRule, {"ClosestTo", "HighestBelow"}),
        (AdmissibleRule, {"EWOC", "MTDEWOC", "NotTooToxic", "QuantileBelow"}),
        (StoppingRule, {"PatientsAtDose", "StaysAtDose", "SDBelow", "LowestTooToxic"}),
        (DecisionRule, {"BOINBoundaries", "DecisionTable", "load_decision_table"}),
        (IncrementsRule, {"AnyLevel", "Coherent", "RelativeIncrements"}),
        (NextDoseRule, {"MaxTargetProbability", "ClosestMean", "HighestAllowed"}),
        (CohortSize, {"ConstantCohortSize", "CohortSizeByLevel"}),
        (RecommendationRule, {"BestOfGiven", "BestOnGrid", "DoseOfNextCohort"}),
    ],
)
def test_members_of_a_kind(kind, names):
    assert names <= set(members(kind))
    for name in names:
        assert kind_of(member(kind, name)) is kind


def test_every_public_value_of_a_kind_can_stand_in_a_file():
    # A study names a saved design by `file`; the others take a design or a protocol, not what a file says.
    allowed = {"load_design", "decision_table", "protocol_prior"}
    forgotten = [
        name
        for name, found in public()
        if (kind := kind_of(found)) is not None
        and not is_protocol(found)
        and name not in allowed
        and members(kind).get(name.rpartition(".")[2]) is not found
    ]
    assert not forgotten, (
        f"{forgotten} make values of a kind, and no file can name them: a kind's members stand in the "
        "namespace that bayesdose/grammar/registry.py gives for the kind's key"
    )


def test_every_public_value_without_a_kind_is_known():
    """A new class of values belongs to a kind, or is part of another value, or is no input at all."""
    parts = {"DoseGrid", "Outcomes", "Protocol", "Study", "Accrual", "rules.BetaElimination", "rules.Utility"}
    parts |= {"late_onset.AccrualSuspension", "late_onset.FollowedPatients", "late_onset.FollowedPatient"}
    parts |= {"Regimen", "TreatmentGrid", "priors.Quantile", "priors.Heterogeneity", "priors.HistoricalTrial"}
    parts |= {"late_onset.Arrivals", "late_onset.ResponseTime"}
    record = ("CommitteeChoice", "Counted", "DoseCriterion", "DoseIntensity", "EvidenceAtDose", "Exposure")
    parts |= {f"dose_optimization.{name}" for name in (*record, "MeasuredMean", "TrialRecord")}
    parts |= {"dose_optimization.CommitteeRule", "dose_optimization.RandomisedArms"}
    results = {"Cohorts", "StopReason", "TrialState", "scenarios.PublishedStudy"}
    results |= {"late_onset.FollowedTrials", "late_onset.Enrolment", "late_onset.Backfill"}
    results |= {"dose_optimization.Judgement", "dose_optimization.Verdict"}
    results |= {"priors.MAPPrior", "priors.PowerPrior", "priors.Skeleton"}
    unknown = [
        name
        for name, found in public()
        if inspect.isclass(found)
        and not issubclass(found, Exception)
        and kind_of(found) is None
        and name not in parts | results
    ]
    assert not unknown, f"{unknown}: make each inherit from its kind (see bayesdose/checks/kinds.py)"


def test_every_member_says_what_its_table_holds():
    kinds = {kind for _, found in public() if (kind := kind_of(found)) is not None}
    for kind in kinds:
        for name, made in members(kind).items():
            untyped = set(inspect.signature(made).parameters) - set(hints_of(made)) - {"settings"}
            assert not untyped, f"{tag_of(kind)} {name}: declare the types of {untyped}"


def test_no_parameter_is_named_like_the_key_that_names_its_function():
    kinds = {kind for _, found in public() if (kind := kind_of(found)) is not None}
    for kind in kinds:
        for name, made in members(kind).items():
            key = tag_of(kind)
            assert key not in hints_of(made), (
                f"{name}: a table cannot hold its parameter {key!r} beside its name"
            )


def test_an_unknown_name_gives_the_nearest():
    with pytest.raises(InputError, match="rule: got 'PatientsAtDoes'; .*Did you mean 'PatientsAtDose'"):
        member(StoppingRule, "PatientsAtDoes")
    # A public name of another kind is none of this one, nor is a private one.
    for name in ("EWOC", "load_design", "_joined", "stopping", "__name__"):
        with pytest.raises(InputError, match="rule: got"):
            member(StoppingRule, name)
    with pytest.raises(InputError, match="design: got 'load_design'"):
        member(Design, "load_design")


def test_the_function_behind_a_class():
    assert maker_of(bd.rules.EWOC) == "EWOC"
    grid = bd.DoseGrid((1, 2), "mg")
    assert maker_of(type(bd.three_plus_three(grid, "deescalation"))) == "three_plus_three"
    # Made of tables, which no file holds.
    assert maker_of(ModelBased) is None
    assert maker_of(int) is None


def test_lookups_are_remembered():
    assert members(StoppingRule) is members(StoppingRule)
    assert hints_of(bd.rules.EWOC) is hints_of(bd.rules.EWOC)
