"""BOIN, with its authors' defaults."""

from typing import Annotated, Unpack

import annotated_types as at

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Patients, Probability
from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.designs.references import cites
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.rules.boin_boundaries import BOINBoundaries
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection

__all__ = ["boin"]


@cites("LiuYuan2015")
@checked
def boin(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    safe: InnerProbability | None = None,
    toxic: InnerProbability | None = None,
    cutoff: Probability = 0.95,
    extra_safe: Annotated[float, at.Gt(0), at.Lt(0.5)] | None = None,
    bound_mtd: bool = False,
    mtd_selection: MTDSelection | None = None,
    **settings: Unpack[IntervalSettings],
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
        ``cohort_size``, ``start_level``, ``stopping``, ``lowest_dose_elimination`` of `interval_design`.
        The R package's ``n.earlystop`` is ``stopping=StaysAtDose(n)``; its ``titration`` is this design
        after `accelerated_titration` with all levels single.

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
    Liu S, Yuan Y (2015). Bayesian optimal interval designs for phase I clinical trials. Journal of the
    Royal Statistical Society C 64:507-523. Yan F, Zhang L, Zhou Y, Pan H, Liu S, Yuan Y (2020). BOIN: an R
    package. Journal of Statistical Software 94(13).

    Examples
    --------
    >>> from bayesdose.designs.printed_table import decision_table
    >>> design = boin(DoseGrid.of_levels(5), 0.3, max_patients=9)
    >>> table = decision_table(design)
    >>> table.patients, table.boundaries("E"), table.boundaries("D"), table.boundaries("U")
    ((3, 6, 9), [0, 1, 2], [2, 3, 4], [3, 4, 5])
    """
    safe, toxic = (0.6 * target if safe is None else safe), (1.4 * target if toxic is None else toxic)
    rule = BOINBoundaries(target, safe, toxic, BetaElimination(target, cutoff, min_patients=3))
    if extra_safe is not None:
        if settings.get("lowest_dose_elimination") is not None:
            raise InputError(
                "boin, extra_safe", got="lowest_dose_elimination too", wanted="one of them, not both"
            )
        stricter = BetaElimination(target, cutoff - extra_safe, min_patients=3)
        settings = {**settings, "lowest_dose_elimination": stricter}
    if mtd_selection is None:
        below = rule.lambda_d if bound_mtd else None
        mtd_selection = IsotonicClosest(target, below=below)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)
