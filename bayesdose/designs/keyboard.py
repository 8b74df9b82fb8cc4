"""Keyboard, with its authors' defaults."""

from typing import Unpack

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, NonNegative, Patients, Probability
from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.designs.references import cites
from bayesdose.grid import DoseGrid
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.interval_posterior import StrongestKey
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection

__all__ = ["keyboard"]


@cites("Guo2017, Yan2017")
@checked
def keyboard(
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
    if mtd_selection is None:
        mtd_selection = IsotonicClosest(target)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)
