"""The kinds of value that a saved design is made of, and the names that each may have in a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bayesdose.designs.base import Design
from bayesdose.models.curves import CRMCurve
from bayesdose.models.description import ModelDescription
from bayesdose.priors.mixture import Prior
from bayesdose.rules.admissible import AdmissibleRule, AllAdmissible, AnyAdmissible
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.decision_table import DecisionRule
from bayesdose.rules.increments import AllIncrements, IncrementsRule
from bayesdose.rules.mtd_selection import MTDSelection
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.recommendation import RecommendationRule
from bayesdose.rules.stopping import AllOf, AnyOf, StoppingRule

__all__ = ["DESIGN", "KINDS", "Kind", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    Parameters
    ----------
    tag : str
        Key of a table that says which one it is.
    names : tuple of str
        Public names of the package that may stand there: classes, and functions that make a value.
    combined : mapping of str to type
        Key of a list of rules to the class that combines them.
    """

    tag: str
    names: tuple[str, ...]
    combined: Mapping[str, type] = field(default_factory=dict)


DESIGN = Kind(
    "design",
    (
        "ThreePlusThree",
        "APlusB",
        "RollingSix",
        "AcceleratedTitration",
        "simon_titration",
        "nct07623850_titration",
        "nct04202003_titration",
        "IntervalDesign",
        "boin",
        "mtpi",
        "mtpi2",
        "keyboard",
        "tpi",
        "i3_plus_3",
        "CRMMLE",
        "blrm",
        "crm",
        "model_based",
    ),
)

_COHORT_SIZE = Kind(
    "rule",
    (
        "ConstantCohortSize",
        "CohortSizeByLevel",
        "CohortSizeByDLTs",
        "CohortSizeByPatients",
        "LargestCohortSize",
    ),
)

# By the type that a parameter is declared with.
KINDS = {
    Design: DESIGN,
    StoppingRule: Kind(
        "rule",
        (
            "PatientsInTrial",
            "PatientsAtDose",
            "StaysAtDose",
            "LowestTooToxic",
            "TargetProbabilityReached",
            "SDBelow",
            "CVBelow",
        ),
        {"all_of": AllOf, "any_of": AnyOf},
    ),
    AdmissibleRule: Kind(
        "rule",
        ("EWOC", "MTDEWOC", "NotTooToxic", "QuantileBelow"),
        {"all_of": AllAdmissible, "any_of": AnyAdmissible},
    ),
    IncrementsRule: Kind(
        "rule",
        (
            "AnyLevel",
            "LevelsAboveHighestTried",
            "LevelsAboveCurrent",
            "RelativeIncrements",
            "RelativeIncrementsByDLTs",
            "NoEscalationAboveRate",
            "Coherent",
        ),
        {"all_of": AllIncrements},
    ),
    NextDoseRule: Kind(
        "rule",
        (
            "MaxTargetProbability",
            "MinExpectedLoss",
            "HighestAllowed",
            "ClosestPlugIn",
            "ClosestMean",
            "ClosestMedian",
            "HighestMeanBelow",
        ),
    ),
    CohortSize: _COHORT_SIZE,
    int | CohortSize: _COHORT_SIZE,
    RecommendationRule: Kind("rule", ("BestOfGiven", "DoseOfNextCohort", "BestOnGrid")),
    DecisionRule: Kind(
        "rule",
        (
            "BOINBoundaries",
            "UnitProbabilityMass",
            "StrongestKey",
            "ToxicityProbabilityIntervals",
            "IThreePlusThree",
            "DecisionTable",
            "read_decision_table",
        ),
    ),
    MTDSelection: Kind("rule", ("IsotonicClosest", "IsotonicHighestBelow")),
    CRMCurve: Kind("curve", ("PowerCurve", "LogisticCurve")),
    Prior: Kind("prior", ("NormalPrior", "NormalMixture")),
    ModelDescription: Kind("model", ("TwoParameterLogistic", "CRMModel", "ExponentialCRMModel")),
}


def kind_of(hint: Any) -> Kind | None:
    """The kind of value that a parameter of some type takes, if it is one of `KINDS`."""
    try:
        return KINDS.get(hint)
    except TypeError:
        return None
