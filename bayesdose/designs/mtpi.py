"""mTPI and mTPI-2, with their authors' defaults."""

from typing import Unpack

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, NonNegative, Patients, Probability
from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.designs.references import cites
from bayesdose.grid import DoseGrid
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.interval_posterior import StrongestKey, UnitProbabilityMass
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection

__all__ = ["MTPI_PSEUDO_COUNTS", "mtpi", "mtpi2"]

# Added to the counts before isotonic regression in the code of mTPI's authors.
MTPI_PSEUDO_COUNTS = 0.005


@cites("Ji2010")
@checked
def mtpi(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    margins: tuple[NonNegative, NonNegative] = (0.05, 0.05),
    cutoff: Probability = 0.95,
    min_patients: Patients = 1,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> IntervalDesign:
    """Modified toxicity probability interval design (mTPI).

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    target : float
        Target DLT probability.
    max_patients : int
        Largest number of patients.
    margins : (float, float), default (0.05, 0.05)
        The equivalence interval reaches so far below and above the target.
    cutoff : float, default 0.95
        A dose with P(P(DLT) > target) above this is eliminated.
    min_patients : int, default 1
        Patients at a dose before it can be eliminated.
    mtd_selection : MTDSelection, optional
        Selects the MTD; by default isotonic regression after adding 0.005 to the counts.
    **settings
        ``cohort_size``, ``start_level``, ``stopping``, ``lowest_dose_elimination`` of `interval_design`.

    Returns
    -------
    IntervalDesign
        The design; `decision_table` shows its table.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Ji Y, Liu P, Li Y, Bekele BN (2010). A modified toxicity probability interval method for
    dose-finding trials. Clinical Trials 7:653-663.

    Examples
    --------
    >>> from bayesdose.designs.printed_table import decision_table
    >>> decision_table(mtpi(DoseGrid.of_levels(5), 0.3, max_patients=6)).rows[5]
    'EESSUUU'
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = UnitProbabilityMass(target - margins[0], target + margins[1], elimination)
    if mtd_selection is None:
        mtd_selection = IsotonicClosest(target, MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)


@cites("Guo2017, Yan2017")
@checked
def mtpi2(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    margins: tuple[NonNegative, NonNegative] = (0.05, 0.05),
    cutoff: Probability = 0.95,
    min_patients: Patients = 1,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> IntervalDesign:
    """mTPI-2: mTPI with intervals of equal width.

    It decides as `keyboard` does; they differ in how the MTD is selected.

    Parameters
    ----------
    grid, target, max_patients, margins, cutoff, min_patients, mtd_selection, **settings
        As in `mtpi`.

    Returns
    -------
    IntervalDesign
        The design; `decision_table` shows its table.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Guo W, Wang SJ, Yang S, Lynn H, Ji Y (2017). A Bayesian interval dose-finding design addressing
    Ockham's razor: mTPI-2. Contemporary Clinical Trials 58:23-33.

    Examples
    --------
    >>> from bayesdose.designs.printed_table import decision_table
    >>> decision_table(mtpi2(DoseGrid.of_levels(5), 0.3, max_patients=6)).rows[5]
    'EESDUUU'
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = StrongestKey(target - margins[0], target + margins[1], elimination)
    if mtd_selection is None:
        mtd_selection = IsotonicClosest(target, MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)
