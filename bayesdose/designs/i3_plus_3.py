"""The i3+3 design, with its authors' defaults."""

from typing import Unpack

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, NonNegative, Patients, Probability
from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.designs.references import cites
from bayesdose.grid import DoseGrid
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.i3_plus_3_decisions import IThreePlusThree
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection

__all__ = ["i3_plus_3"]


@cites("Liu2020")
@checked
def i3_plus_3(
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
    """i3+3 design.

    Parameters
    ----------
    grid, target, max_patients, margins, cutoff, min_patients
        As in `mtpi`.
    mtd_selection : MTDSelection, optional
        Selects the MTD; as in mTPI by default, which is an assumption.
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
    Liu M, Wang SJ, Ji Y (2020). The i3+3 design for phase I clinical trials. Journal of
    Biopharmaceutical Statistics 30:294-304.
    """
    elimination = BetaElimination(target, cutoff, min_patients)
    rule = IThreePlusThree(target - margins[0], target + margins[1], elimination)
    if mtd_selection is None:
        mtd_selection = IsotonicClosest(target, pseudo_counts=0.005)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)
