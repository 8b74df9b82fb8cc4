"""TPI, with its authors' defaults."""

from typing import Unpack

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import BetaPrior, InnerProbability, Patients, Positive, Probability
from bayesdose.designs.interval import IntervalDesign, IntervalSettings
from bayesdose.designs.mtpi import MTPI_PSEUDO_COUNTS
from bayesdose.designs.references import cites
from bayesdose.grid import DoseGrid
from bayesdose.rules.elimination import BetaElimination
from bayesdose.rules.interval_posterior import ToxicityProbabilityIntervals
from bayesdose.rules.mtd_selection import IsotonicClosest, MTDSelection

__all__ = ["tpi"]


@cites("Ji2007")
@checked
def tpi(
    grid: DoseGrid,
    target: InnerProbability,
    *,
    max_patients: Patients,
    k1: Positive = 1.0,
    k2: Positive = 1.5,
    cutoff: Probability = 0.95,
    prior: BetaPrior = (0.005, 0.005),
    min_patients: Patients = 2,
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
    if mtd_selection is None:
        mtd_selection = IsotonicClosest(target, MTPI_PSEUDO_COUNTS)
    return IntervalDesign(grid, rule, mtd_selection, max_patients, **settings)
