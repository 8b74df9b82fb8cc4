"""The Bayesian continual reassessment method with its usual rules."""

from typing import Literal

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Count, InnerProbability, Patients, Positive
from bayesdose.designs.from_model import DECISION_TOLERANCES, model_based
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.references import cites, references_of
from bayesdose.grid import DoseGrid
from bayesdose.inference.asked import Tolerances
from bayesdose.models.curves import CRMCurve
from bayesdose.models.description import CRMModel
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.increments import NO_SKIPPING, IncrementsRule
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.next_dose_by_estimate import ClosestMean, ClosestMedian, ClosestPlugIn
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.stopping import StoppingRule

__all__ = ["crm"]

_CLOSEST = {"plug-in": ClosestPlugIn, "mean": ClosestMean, "median": ClosestMedian}


@cites("OQuigley1990")
@checked
def crm(
    grid: DoseGrid,
    curve: CRMCurve,
    *,
    target: InnerProbability,
    prior_sd: Positive,
    estimate: Literal["plug-in", "mean", "median"],
    max_patients: Patients,
    admissible: AdmissibleRule | None = None,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    cohort_size: Patients | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: Count = 1,
    tolerances: Tolerances = DECISION_TOLERANCES,
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
        citation=references_of(crm),
        tolerances=tolerances,
    )
