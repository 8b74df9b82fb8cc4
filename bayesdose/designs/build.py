"""The usual model-based designs, from a grid, a prior and the rules' numbers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from bayesdose.designs.model_based import ModelBased, joined_needs
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import CRMCurve
from bayesdose.models.description import CRMModel, ModelDescription, TableSource, TwoParameterLogistic
from bayesdose.models.prior import Prior
from bayesdose.rules.admissible import EWOC, AdmissibleRule
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.increments import NO_SKIPPING, IncrementsRule
from bayesdose.rules.next_dose import MaxTargetProbability, NextDoseRule
from bayesdose.rules.next_dose_by_estimate import ClosestMean, ClosestMedian, ClosestPlugIn
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.stopping import StoppingRule

__all__ = ["DECISION_TOLERANCES", "blrm", "crm", "model_based"]

# Most states are decided on the first table; the few near a boundary go on to the next.
DECISION_TOLERANCES = (5e-2, 1e-2, 1e-3, 1e-9)

_CLOSEST = {"plug-in": ClosestPlugIn, "mean": ClosestMean, "median": ClosestMedian}


def model_based(
    grid: DoseGrid,
    model: Any,
    *,
    next_dose: NextDoseRule,
    max_patients: int,
    admissible: AdmissibleRule | None = None,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    cohort_size: int | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: int = 1,
    citation: str = "",
    tolerances: Sequence[float] = DECISION_TOLERANCES,
) -> ModelBased:
    """A design from any model and rules: the model is tabulated for what the rules look at.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    model : pymc.Model or ModelDescription
        A dose-toxicity model (see `bayesdose.models`) on them, with one to three free dimensions; or one
        of the package's by its description, such as ``TwoParameterLogistic(prior)``, which lets the
        design be saved.
    next_dose, max_patients, admissible, increments, stopping, cohort_size
        As in `ModelBased`.
    recommendation, recommended_by
        As in `ModelBased`.
    start_level
        As in `ModelBased`.
    citation : str, optional
        Keys of the shipped references that the design comes from (see `bayesdose.citation`).
    tolerances : sequence of float
        Accuracies of the tables, decreasing.

    Returns
    -------
    ModelBased
        The design, ready for both engines: it carries the tables and needs no PyMC.

    Raises
    ------
    InputError
        If a number is out of range.
    UnsupportedModelError
        If the model cannot be tabulated, or a rule needs a model with one parameter.
    """
    needs = joined_needs(next_dose, admissible, stopping, recommended_by)
    if not needs.bounds:
        raise InputError(
            "rules", got=next_dose, wanted="a rule that looks at the posterior", fix="Pass `admissible`."
        )
    # Importing PyMC takes seconds, so it is done where a model is tabulated.
    from bayesdose.inference.table import tabulate

    description = model if isinstance(model, ModelDescription) else None
    tables = tabulate(
        model if description is None else description.build(grid),
        bounds=needs.bounds,
        max_patients=max_patients,
        tolerances=tolerances,
        plug_in=needs.plug_in,
        averages_below=needs.averages_below,
    )
    source = None if description is None else TableSource(description, grid, tuple(tolerances))
    return ModelBased(
        grid=grid,
        tables=tuple({table.shape: replace(table, source=source) for table in tables}.values()),
        next_dose=next_dose,
        max_patients=max_patients,
        admissible=admissible,
        increments=increments,
        stopping=stopping,
        cohort_size=cohort_size,
        recommendation=recommendation,
        recommended_by=recommended_by,
        start_level=start_level,
        citation=citation,
    )


def blrm(
    grid: DoseGrid,
    prior: Prior,
    *,
    target_interval: tuple[float, float],
    ewoc_cap: float,
    max_patients: int,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    cohort_size: int | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: int = 1,
    tolerances: Sequence[float] = DECISION_TOLERANCES,
) -> ModelBased:
    """Two-parameter logistic BLRM with overdose control.

    Other BLRMs (interval loss, EWOC on the MTD scale) are made by `model_based` with
    `TwoParameterLogistic` and other rules.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta), its reference dose in the grid's unit.
    target_interval : (float, float)
        Target interval of P(DLT); from its upper end a dose is an overdose.
    ewoc_cap : float
        Posterior probability of an overdose that an admissible dose stays below.
    max_patients : int
        Largest number of patients.
    increments : IncrementsRule, default LevelsAboveHighestTried(1)
        How far the dose may rise at once.
    stopping : StoppingRule, optional
        When to stop earlier, such as ``PatientsAtDose(9)``.
    cohort_size : int or CohortSize, default 3
        Patients in a cohort.
    recommendation : RecommendationRule, default BestOfGiven()
        Among which doses the recommended one is chosen.
    recommended_by : NextDoseRule, optional
        Which of those is recommended; as the next dose is chosen if not given.
    start_level : int, default 1
        Level number of the first cohort.
    tolerances : sequence of float
        Accuracies of the tables, decreasing.

    Returns
    -------
    ModelBased
        The design, ready for both engines: it carries tables and needs no PyMC.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    return model_based(
        grid,
        TwoParameterLogistic(prior),
        next_dose=MaxTargetProbability(*target_interval),
        admissible=EWOC(bound=target_interval[1], cap=ewoc_cap),
        increments=increments,
        max_patients=max_patients,
        stopping=stopping,
        cohort_size=cohort_size,
        recommendation=recommendation,
        recommended_by=recommended_by,
        start_level=start_level,
        citation="Neuenschwander2008, Babb1998",
        tolerances=tolerances,
    )


def crm(
    grid: DoseGrid,
    curve: CRMCurve,
    *,
    target: float,
    prior_sd: float,
    estimate: Literal["plug-in", "mean", "median"],
    max_patients: int,
    admissible: AdmissibleRule | None = None,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    cohort_size: int | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: int = 1,
    tolerances: Sequence[float] = DECISION_TOLERANCES,
) -> ModelBased:
    """Bayesian continual reassessment method (CRM) with a normal prior on theta.

    dfcrm's ``crmsim(restrict=TRUE)`` is ``estimate="plug-in"``,
    ``increments=LevelsAboveCurrent(1) & Coherent(target)`` and ``recommendation=BestOnGrid()``.

    Parameters
    ----------
    grid : DoseGrid
        The K doses.
    curve : PowerCurve or LogisticCurve
        The skeleton and how theta bends it.
    target : float
        P(DLT) aimed at.
    prior_sd : float
        Prior standard deviation of theta (not the variance; dfcrm's default is ``1.34 ** 0.5``).
    estimate : {"plug-in", "mean", "median"}
        Which estimate of P(DLT) is brought closest to the target: the curve at the posterior mean of
        theta, the posterior mean of P(DLT), or its posterior median. They choose different doses.
    max_patients : int
        Largest number of patients.
    admissible : AdmissibleRule, optional
        Which doses may be given by the posterior; all if not given.
    increments : IncrementsRule, default LevelsAboveHighestTried(1)
        How far the dose may rise at once.
    stopping : StoppingRule, optional
        When to stop earlier, such as ``LowestTooToxic(0.35, 0.9) | PatientsAtDose(9)``.
    cohort_size : int or CohortSize, default 3
        Patients in a cohort.
    recommendation : RecommendationRule, default BestOfGiven()
        Among which doses the recommended one is chosen.
    recommended_by : NextDoseRule, optional
        Which of those is recommended; as the next dose is chosen if not given.
    start_level : int, default 1
        Level number of the first cohort.
    tolerances : sequence of float
        Accuracies of the tables, decreasing.

    Returns
    -------
    ModelBased
        The design, ready for both engines: it carries tables and needs no PyMC.

    Raises
    ------
    InputError
        If the skeleton has another length than the grid, the estimate is unknown or a number is out
        of range.

    References
    ----------
    O'Quigley J, Pepe M, Fisher L (1990). Continual reassessment method: a practical design for
    phase 1 clinical trials in cancer. Biometrics 46:33-48.
    """
    if estimate not in _CLOSEST:
        raise InputError.unknown_name("estimate", str(estimate), _CLOSEST)
    return model_based(
        grid,
        CRMModel(curve, prior_sd),
        next_dose=_CLOSEST[estimate](target),
        admissible=admissible,
        increments=increments,
        max_patients=max_patients,
        stopping=stopping,
        cohort_size=cohort_size,
        recommendation=recommendation,
        recommended_by=recommended_by,
        start_level=start_level,
        citation="OQuigley1990",
        tolerances=tolerances,
    )
