"""The model-assisted designs by name, with their authors' defaults."""

from dataclasses import replace
from typing import TypedDict, Unpack

from bayesdose.designs.interval import IntervalDesign
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.decision_table import DecisionTable
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.interval import (
    BOINBoundaries,
    IThreePlusThree,
    StrongestKey,
    ToxicityProbabilityIntervals,
    UnitProbabilityMass,
)
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection
from bayesdose.rules.stopping import StoppingRule

__all__ = ["boin", "decision_table", "i3_plus_3", "keyboard", "mtpi", "mtpi2", "tpi"]

# Added to the counts before isotonic regression by the authors of BOIN and of mTPI.
_BOIN_PSEUDO_COUNTS, _MTPI_PSEUDO_COUNTS = 0.05, 0.005


class _Settings(TypedDict, total=False):
    cohort_size: int
    start_level: int
    stopping: StoppingRule | None
    lowest_dose_elimination: BetaElimination | None


def boin(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    safe: float | None = None,
    toxic: float | None = None,
    cutoff: float = 0.95,
    extra_safe: float | None = None,
    bound_mtd: bool = False,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[_Settings],
) -> IntervalDesign:
    """Bayesian optimal interval design (BOIN).

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    target : float
        Target DLT probability.
    max_patients : int
        Largest number of patients.
    safe, toxic : float, optional
        DLT probabilities that should lead to escalation and de-escalation; 0.6 and 1.4 times the
        target by default.
    cutoff : float, default 0.95
        A dose with at least three patients and P(P(DLT) > target) above this is eliminated.
    extra_safe : float, optional
        The trial also stops when that probability exceeds ``cutoff - extra_safe`` at the lowest dose
        (the R package's ``offset``; its default is 0.05).
    bound_mtd : bool, default False
        The MTD's estimate must be below the de-escalation boundary.
    mtd_selection : MTDSelection, optional
        Selects the MTD; by default isotonic regression as in the R package.
    **settings
        ``cohort_size``, ``start_level``, ``stopping`` of `IntervalDesign`. The R package's
        ``n.earlystop`` is ``stopping=StaysAtDose(n)``; its ``titration`` is this design after
        ``AcceleratedTitration`` with all levels single.

    Returns
    -------
    IntervalDesign

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the
    Royal Statistical Society C 64:507-523. Yan F, Zhang L, Zhou Y, Pan H, Liu S, Yuan Y (2020). BOIN: an R
    package. Journal of Statistical Software 94(13).

    Examples
    --------
    >>> design = boin(DoseGrid.of_levels(5), 0.3, max_patients=9)
    >>> table = decision_table(design)
    >>> table.patients, table.boundaries("E"), table.boundaries("D"), table.boundaries("U")
    ((3, 6, 9), [0, 1, 2], [2, 3, 4], [3, 4, 5])
    """
    safe, toxic = (0.6 * target if safe is None else safe), (1.4 * target if toxic is None else toxic)
    rule = BOINBoundaries(target, safe, toxic, BetaElimination(target, cutoff, min_patients=3))
    if extra_safe is not None:
        if not 0 < extra_safe < 0.5:
            raise InputError("BOIN's extra_safe", got=extra_safe, wanted="a number above 0 and below 0.5")
        stricter = BetaElimination(target, cutoff - extra_safe, min_patients=3)
        settings = {**settings, "lowest_dose_elimination": stricter}
    if mtd_selection is None:
        below = rule.lambda_d if bound_mtd else None
        mtd_selection = IsotonicClosest(target, _BOIN_PSEUDO_COUNTS, below)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)


def mtpi(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    margins: tuple[float, float] = (0.05, 0.05),
    cutoff: float = 0.95,
    min_patients: int = 1,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[_Settings],
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
    **settings: Unpack[_Settings],
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
    **settings: Unpack[_Settings],
) -> IntervalDesign:
    """Keyboard design.

    Parameters
    ----------
    grid, target, max_patients, cutoff, **settings
        As in `mtpi`.
    margins : (float, float), default (0.05, 0.05)
        The target key reaches so far below and above the target.
    min_patients : int, default 1
        Patients at a dose before it can be eliminated. The R package's decision table has no minimum;
        its text and its simulation ask for three.
    mtd_selection : MTDSelection, optional
        Selects the MTD; by default isotonic regression after adding 0.05 to the counts.

    Returns
    -------
    IntervalDesign

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
    selection = mtd_selection or IsotonicClosest(target, _BOIN_PSEUDO_COUNTS)
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
    **settings: Unpack[_Settings],
) -> IntervalDesign:
    """Toxicity probability interval design (TPI).

    Parameters
    ----------
    grid, target, max_patients, cutoff, mtd_selection, **settings
        As in `mtpi`.
    k1, k2 : float, default 1 and 1.5
        The middle interval reaches so many posterior standard deviations above and below the target.
    min_patients : int, default 2
        Patients at a dose before it can be eliminated, as in the R package escalation: under this prior
        one DLT in one patient would eliminate the dose.
    prior : (float, float), default (0.005, 0.005)
        Parameters of the beta prior, for the intervals and for elimination.

    Returns
    -------
    IntervalDesign

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


def i3_plus_3(
    grid: DoseGrid,
    target: float,
    *,
    max_patients: int,
    margins: tuple[float, float] = (0.05, 0.05),
    cutoff: float = 0.95,
    min_patients: int = 1,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[_Settings],
) -> IntervalDesign:
    """i3+3 design.

    Parameters
    ----------
    grid, target, max_patients, margins, cutoff, min_patients, mtd_selection, **settings
        As in `mtpi`. That the MTD is selected as in mTPI is an assumption.

    Returns
    -------
    IntervalDesign

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Liu M, Wang SJ, Ji Y (2020). The i3+3 design for phase I clinical trials. Journal of
    Biopharmaceutical Statistics 30:294-304.
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = IThreePlusThree(target - margins[0], target + margins[1], elimination)
    selection = mtd_selection or IsotonicClosest(target, _MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, selection, max_patients, **settings)


def decision_table(design: IntervalDesign) -> DecisionTable:
    """The decision table that a protocol would print; ``print`` shows it.

    Parameters
    ----------
    design : IntervalDesign
        The design. Its own `IntervalDesign.table` has all numbers of patients.

    Returns
    -------
    DecisionTable
        Decisions for the numbers of patients that cohorts can reach at a dose.

    Examples
    --------
    >>> print(decision_table(boin(DoseGrid.of_levels(5), 0.3, max_patients=9)))
    DLTs  n=3  n=6  n=9
       0    E    E    E
       1    S    E    E
       2    D    S    E
       3    U    D    S
       4         U    D
       5         U    U
       6         U    U
       7              U
       8              U
       9              U
    """
    table, reached = design.table, design.patients_at_dose
    rows = [row if number in reached else "" for number, row in enumerate(table.rows, start=1)]
    return replace(table, rows=tuple(rows))
