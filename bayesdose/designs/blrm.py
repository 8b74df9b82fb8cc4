"""The two-parameter logistic BLRM with its usual rules."""

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import (
    Count,
    InnerProbability,
    Patients,
    Probability,
    ProbabilityInterval,
    Whole,
)
from bayesdose.designs.from_model import DECISION_TOLERANCES, model_based
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.reference_dose import warn_of_reference_dose
from bayesdose.designs.references import cites, references_of
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.inference.asked import Tolerances
from bayesdose.models.description import TwoParameterLogistic
from bayesdose.models.prior import Prior
from bayesdose.rules.admissible import EWOC, AdmissibleRule
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.increments import NO_SKIPPING, Coherent, IncrementsRule
from bayesdose.rules.lowest_dose import LowestDose
from bayesdose.rules.next_dose import MaxTargetProbability, NextDoseRule
from bayesdose.rules.posterior_stopping import LowestTooToxic
from bayesdose.rules.recommendation import BEST_OF_GIVEN, RecommendationRule
from bayesdose.rules.stopping import StoppingRule

__all__ = ["blrm"]


@cites("Neuenschwander2008, Babb1998, Cheung2005")
@checked
def blrm(
    grid: DoseGrid,
    prior: Prior,
    *,
    target_interval: ProbabilityInterval,
    ewoc_cap: Probability,
    max_patients: Patients,
    stop_cap: InnerProbability | None = 0.35,
    stop_min_patients: Whole = 0,
    increments: IncrementsRule | None = None,
    stopping: StoppingRule | None = None,
    cohort_size: Patients | CohortSize = 3,
    recommendation: RecommendationRule = BEST_OF_GIVEN,
    recommended_by: NextDoseRule | None = None,
    start_level: Count = 1,
    tolerances: Tolerances = DECISION_TOLERANCES,
) -> ModelBased:
    """Two-parameter logistic BLRM with two caps: one limits escalation, one stops the trial.

    EWOC says which doses above the lowest may be given. The lowest one may be given until an overdose there
    is too probable: two questions, two numbers. In the published form one cap answers both, so that a trial
    can end without a dose after no DLT in three patients at the lowest dose and three in three at the next.

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
        Posterior probability of an overdose that a dose above the lowest stays below (EWOC).
    max_patients : int
        Largest number of patients.
    stop_cap : float or None, default 0.35
        Posterior probability of an overdose at the lowest dose above which the trial stops without a dose;
        at least `ewoc_cap`. None is the published form: the trial stops where EWOC admits no dose. No
        publication gives a number of its own for the stop. 0.35 is this package's: with an `ewoc_cap` of 0.25
        and the shipped protocols' prior it stops MIL97's too toxic scenario as often as the 3+3 (91.7 and
        91.2 %). Calibrate it to your own doses and prior.
    stop_min_patients : int, default 0
        Patients at the lowest dose before `stop_cap` ends the trial: after DLTs above it, the lowest dose
        is given until then.
    increments : IncrementsRule, optional
        How far the dose may rise at once; by default one level above the highest tried, and not at all
        after a cohort whose share of DLTs is the target interval's upper end or more (Cheung 2005).
        ``LevelsAboveHighestTried(1)`` drops the second part, as in publications that do not have it.
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
        If a number is out of range, `stop_cap` is below `ewoc_cap`, or there is a `stop_min_patients`
        without a `stop_cap`.

    Warns
    -----
    PriorWarning
        If the prior's reference dose is more than 3 times below the lowest dose or above the highest.
    DesignWarning
        If the increments let a trial without any DLT go no further than some dose below the highest.

    Notes
    -----
    A trial that goes on at the lowest dose may recommend it, although EWOC would not go up to it.

    References
    ----------
    Cheung YK (2005). Coherence principles in dose-finding studies. Biometrika 92:863-873.
    """
    warn_of_reference_dose("blrm", grid, prior)
    bound = target_interval[1]
    admissible: AdmissibleRule = EWOC(bound=bound, cap=ewoc_cap)
    if stop_cap is None and stop_min_patients:
        raise InputError(
            "blrm, stop_min_patients",
            got=stop_min_patients,
            wanted="a stop_cap beside it: without one the trial stops where EWOC admits no dose",
        )
    if stop_cap is not None:
        if stop_cap < ewoc_cap:
            raise InputError(
                "blrm, stop_cap",
                got=stop_cap,
                wanted=f"at least the ewoc_cap, {ewoc_cap:g}: a dose to go up to is not one to stop at",
                fix="Pass stop_cap=None to let the one cap do both.",
            )
        admissible = admissible | LowestDose()
        too_toxic = LowestTooToxic(bound, stop_cap, stop_min_patients)
        stopping = too_toxic if stopping is None else too_toxic | stopping
    return model_based(
        grid,
        TwoParameterLogistic(prior),
        next_dose=MaxTargetProbability(*target_interval),
        admissible=admissible,
        increments=NO_SKIPPING & Coherent(bound) if increments is None else increments,
        max_patients=max_patients,
        stopping=stopping,
        cohort_size=cohort_size,
        recommendation=recommendation,
        recommended_by=recommended_by,
        start_level=start_level,
        citation=references_of(blrm),
        tolerances=tolerances,
    )
