"""TPI, mTPI, mTPI-2 and Keyboard, with their authors' defaults."""

from typing import Unpack

from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.grid import DoseGrid
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.interval_posterior import (
    StrongestKey,
    ToxicityProbabilityIntervals,
    UnitProbabilityMass,
)
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection

__all__ = ["keyboard", "mtpi", "mtpi2", "tpi"]

# Added to the counts before isotonic regression in the code of mTPI's authors.
_MTPI_PSEUDO_COUNTS = 0.005


def mtpi(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    margins: tuple[float, float] = (0.05, 0.05),
    cutoff: float = 0.95,
    min_patients: int = 1,
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
        ``cohort_size``, ``start_level``, ``stopping``, ``lowest_dose_elimination`` of `IntervalDesign`.

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
    >>> from bayesdose.designs.interval import decision_table
    >>> decision_table(mtpi(DoseGrid.of_levels(5), 0.3, max_patients=6)).rows[5]
    'EESSUUU'
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = UnitProbabilityMass(target - margins[0], target + margins[1], elimination)
    selection = mtd_selection or IsotonicClosest(target, _MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, selection, max_patients, **settings)


def mtpi2(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    margins: tuple[float, float] = (0.05, 0.05),
    cutoff: float = 0.95,
    min_patients: int = 1,
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
    >>> from bayesdose.designs.interval import decision_table
    >>> decision_table(mtpi2(DoseGrid.of_levels(5), 0.3, max_patients=6)).rows[5]
    'EESDUUU'
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = StrongestKey(target - margins[0], target + margins[1], elimination)
    selection = mtd_selection or IsotonicClosest(target, _MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, selection, max_patients, **settings)


def keyboard(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    margins: tuple[float, float] = (0.05, 0.05),
    cutoff: float = 0.95,
    min_patients: int = 1,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> IntervalDesign:
    """Keyboard design.

    Parameters
    ----------
    grid, target, max_patients
        As in `mtpi`.
    margins : (float, float), default (0.05, 0.05)
        The target key reaches so far below and above the target.
    cutoff : float, default 0.95
        As in `mtpi`.
    min_patients : int, default 1
        Patients at a dose before it can be eliminated. The R package's decision table has no minimum;
        its text and its simulation ask for three.
    mtd_selection : MTDSelection, optional
        Selects the MTD; by default isotonic regression after adding 0.05 to the counts.
    **settings
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
    Yan F, Mandrekar SJ, Yuan Y (2017). Keyboard: a novel Bayesian toxicity probability interval design
    for phase I clinical trials. Clinical Cancer Research 23:3994-4003.
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = StrongestKey(target - margins[0], target + margins[1], elimination)
    selection = mtd_selection or IsotonicClosest(target)
    return IntervalDesign(grid, rule, selection, max_patients, **settings)


def tpi(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    k1: float = 1.0,
    k2: float = 1.5,
    cutoff: float = 0.95,
    prior: tuple[float, float] = (0.005, 0.005),
    min_patients: int = 2,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
) -> IntervalDesign:
    """Toxicity probability interval design (TPI).

    Parameters
    ----------
    grid, target, max_patients
        As in `mtpi`.
    k1, k2 : float, default 1 and 1.5
        The middle interval reaches so many posterior standard deviations above and below the target.
    cutoff : float, default 0.95
        As in `mtpi`.
    prior : (float, float), default (0.005, 0.005)
        Parameters of the beta prior, for the intervals and for elimination.
    min_patients : int, default 2
        Patients at a dose before it can be eliminated, as in the R package escalation: under this prior
        one DLT in one patient would eliminate the dose.
    mtd_selection, **settings
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
    Ji Y, Li Y, Bekele BN (2007). Dose-finding in phase I clinical trials based on toxicity probability
    intervals. Clinical Trials 4:235-244.
    """
    elimination = BetaElimination(target, cutoff, min_patients, prior)
    rule = ToxicityProbabilityIntervals(target, elimination, k1, k2, elimination.prior)
    selection = mtd_selection or IsotonicClosest(target, _MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, selection, max_patients, **settings)
