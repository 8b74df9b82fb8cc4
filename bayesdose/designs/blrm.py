"""The two-parameter logistic BLRM with its usual rules."""

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Count, Patients, Probability, ProbabilityInterval
from bayesdose.designs.from_model import DECISION_TOLERANCES, Tolerances, model_based
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.references import cites, references_of
from bayesdose.grid import DoseGrid
from bayesdose.models.description import TwoParameterLogistic
from bayesdose.models.prior import Prior
from bayesdose.rules.admissible import EWOC
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.increments import NO_SKIPPING, IncrementsRule
from bayesdose.rules.next_dose import MaxTargetProbability, NextDoseRule
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.stopping import StoppingRule

__all__ = ["blrm"]


@cites("Neuenschwander2008, Babb1998")
@checked
def blrm(
    grid: DoseGrid,
    prior: Prior,
    *,
    target_interval: ProbabilityInterval,
    ewoc_cap: Probability,
    max_patients: Patients,
    increments: IncrementsRule = NO_SKIPPING,
    stopping: StoppingRule | None = None,
    cohort_size: Patients | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: Count = 1,
    tolerances: Tolerances = DECISION_TOLERANCES,
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
        citation=references_of(blrm),
        tolerances=tolerances,
    )
