"""BF-BOIN: BOIN with backfill."""

from typing import Annotated, Unpack

import annotated_types as at
import attrs

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Count, InnerProbability, Patients, Probability, Whole
from bayesdose.designs.boin import boin
from bayesdose.designs.interval import IntervalSettings
from bayesdose.designs.references import cites
from bayesdose.dose_optimization.backfill_opening import OpeningRule
from bayesdose.grid import DoseGrid
from bayesdose.late_onset.with_backfill import AT_RESPONSE, DESIGN_SAYS, Backfilled
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.mtd_selection import MTDSelection
from bayesdose.rules.one_of_three import StayAtOneOfThree

__all__ = ["bf_boin"]


@cites("Zhao2024, LiuYuan2015")
@checked
def bf_boin(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    max_backfilled: Whole | None = None,
    opening: OpeningRule = AT_RESPONSE,
    max_at_dose: Count = 12,
    during_last_cohort: bool = False,
    stay_at_one_of_three: bool = False,
    safe: InnerProbability | None = None,
    toxic: InnerProbability | None = None,
    cutoff: Probability = 0.95,
    extra_safe: Annotated[float, at.Gt(0), at.Lt(0.5)] | None = None,
    bound_mtd: bool = False,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> Backfilled:
    """BOIN with backfill (BF-BOIN).

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    target : float
        Target DLT probability.
    max_patients : int
        Largest number of patients in the escalation.
    max_backfilled : int, optional
        Largest number of backfilled patients in all; by default as many as `max_at_dose` lets in.
    opening, max_at_dose, during_last_cohort
        As for `backfilled`.
    stay_at_one_of_three : bool, default False
        One DLT in three patients is to stay (`bayesdose.rules.StayAtOneOfThree`), as in the publication's
        simulations.
    safe, toxic, cutoff, extra_safe, bound_mtd, mtd_selection, **settings
        As for `bayesdose.boin`. Stopping rules count all patients whose outcome is known.

    Returns
    -------
    Backfilled
        The design.

    Raises
    ------
    InputError
        If a number is out of range.

    Notes
    -----
    Published programs differ. A response opens the dose at which it was seen (R package bfboin) or that and
    higher ones (simFastBOIN, and the publication's numbers); `opening` says which. bfboin lets a dose have
    one patient more than its cap, judges closed doses by BOIN's table without the entry for one of three, and
    leaves out backfilled patients whose outcome is not known when the escalation ends; here they are
    followed to the end, and count for the MTD.

    References
    ----------
    Zhao Y, Yuan Y, Korn EL, Freidlin B (2024). Backfilling patients in phase I dose-escalation trials using
    Bayesian optimal interval design (BOIN). Clinical Cancer Research 30:673-679.

    Examples
    --------
    >>> design = bf_boin(DoseGrid.of_levels(5), 0.25, max_patients=30, stay_at_one_of_three=True)
    >>> str(design.opening), design.max_patients
    ('1 response was seen at it or below it', 78)
    """
    beside = max_at_dose * (len(grid) - 1) if max_backfilled is None else max_backfilled
    most = max_patients + beside
    design = boin(
        grid,
        target,
        max_patients=most,
        safe=safe,
        toxic=toxic,
        cutoff=cutoff,
        extra_safe=extra_safe,
        bound_mtd=bound_mtd,
        mtd_selection=mtd_selection,
        **settings,
    )
    if stay_at_one_of_three:
        assert isinstance(design.rule, BOINBoundaries)
        design = attrs.evolve(design, rule=StayAtOneOfThree(design.rule))
    return Backfilled(design, max_patients, opening, max_at_dose, DESIGN_SAYS, during_last_cohort)
