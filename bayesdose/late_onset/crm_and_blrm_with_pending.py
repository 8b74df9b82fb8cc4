"""TITE-CRM and TITE-BLRM: the usual model-based designs with the weighted likelihood."""

from typing import Literal, TypedDict, Unpack

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import (
    Count,
    InnerProbability,
    Patients,
    Positive,
    Probability,
    ProbabilityInterval,
    Whole,
)
from bayesdose.designs.blrm import blrm
from bayesdose.designs.crm import crm
from bayesdose.designs.from_model import Tolerances
from bayesdose.designs.references import cites
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.model_with_pending import TITEModelBased
from bayesdose.late_onset.suspension import NEVER, AccrualSuspension
from bayesdose.models.curves import CRMCurve
from bayesdose.models.prior import Prior
from bayesdose.rules.admissible import AdmissibleRule
from bayesdose.rules.cohort_size import CohortSize
from bayesdose.rules.increments import IncrementsRule
from bayesdose.rules.next_dose import NextDoseRule
from bayesdose.rules.recommendation import RecommendationRule
from bayesdose.rules.stopping import StoppingRule

__all__ = ["BLRMSettings", "CRMSettings", "tite_blrm", "tite_crm"]


class _Settings(TypedDict, total=False):
    """What every model-based design has."""

    increments: IncrementsRule
    stopping: StoppingRule | None
    cohort_size: Patients | CohortSize
    recommendation: RecommendationRule
    recommended_by: NextDoseRule | None
    start_level: Count
    tolerances: Tolerances


class CRMSettings(_Settings, total=False):
    """What `tite_crm` passes on to `bayesdose.crm`."""

    admissible: AdmissibleRule | None


class BLRMSettings(_Settings, total=False):
    """What `tite_blrm` passes on to `bayesdose.blrm`."""

    stop_cap: InnerProbability | None
    stop_min_patients: Whole


@cites("CheungChappell2000, OQuigley1990")
@checked
def tite_crm(
    grid: DoseGrid,
    curve: CRMCurve,
    *,
    target: InnerProbability,
    prior_sd: Positive,
    estimate: Literal["plug-in", "mean", "median"],
    max_patients: Patients,
    suspension: AccrualSuspension = NEVER,
    **settings: Unpack[CRMSettings],
) -> TITEModelBased:
    """Time-to-event CRM (TITE-CRM): the CRM with the weighted likelihood, linear weights.

    Parameters
    ----------
    grid, curve, target, prior_sd, estimate, max_patients
        As for `bayesdose.crm`; dfcrm's estimate is the plug-in.
    suspension : AccrualSuspension, optional
        When accrual waits; never by default, as in the publication.
    **settings
        As for `bayesdose.crm`. A cohort is filled as patients come; the first patient of the next one asks
        for the dose.

    Returns
    -------
    TITEModelBased
        The design.

    Raises
    ------
    InputError
        If the skeleton has another length than the grid, the estimate is unknown or a number is out of range.

    References
    ----------
    Cheung YK, Chappell R (2000). Sequential designs for phase I clinical trials with late-onset toxicities.
    Biometrics 56:1177-1182.
    """
    design = crm(
        grid,
        curve,
        target=target,
        prior_sd=prior_sd,
        estimate=estimate,
        max_patients=max_patients,
        **settings,
    )
    return TITEModelBased(design, suspension)


@cites("CheungChappell2000, Neuenschwander2008, Babb1998, Cheung2005")
@checked
def tite_blrm(
    grid: DoseGrid,
    prior: Prior,
    *,
    target_interval: ProbabilityInterval,
    ewoc_cap: Probability,
    max_patients: Patients,
    suspension: AccrualSuspension = NEVER,
    **settings: Unpack[BLRMSettings],
) -> TITEModelBased:
    """Two-parameter BLRM with overdose control (EWOC) and the weighted likelihood, linear weights.

    Parameters
    ----------
    grid, prior, target_interval, ewoc_cap, max_patients
        As for `bayesdose.blrm`.
    suspension : AccrualSuspension, optional
        When accrual waits; never by default.
    **settings
        As for `bayesdose.blrm`. A cohort is filled as patients come; the first patient of the next one asks
        for the dose.

    Returns
    -------
    TITEModelBased
        The design.

    Raises
    ------
    InputError
        As for `bayesdose.blrm`.

    Warns
    -----
    PriorWarning, DesignWarning
        As for `bayesdose.blrm`.

    References
    ----------
    Cheung YK, Chappell R (2000). Sequential designs for phase I clinical trials with late-onset toxicities.
    Biometrics 56:1177-1182.
    """
    design = blrm(
        grid,
        prior,
        target_interval=target_interval,
        ewoc_cap=ewoc_cap,
        max_patients=max_patients,
        **settings,
    )
    return TITEModelBased(design, suspension)
