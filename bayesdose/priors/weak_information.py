"""A weakly informative prior: P(DLT) at a reference dose, and a slope, each with its spread."""

import math

import numpy as np
from scipy.special import logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior

__all__ = ["middle_dose", "weakly_informative"]


@checked
def middle_dose(grid: DoseGrid) -> float:
    """The dose halfway between the lowest and the highest in log dose; mostly not on the grid.

    Parameters
    ----------
    grid : DoseGrid
        The doses.

    Returns
    -------
    float
        The dose, in the grid's unit.

    Raises
    ------
    InputError
        If it is no dose grid.

    Examples
    --------
    >>> round(middle_dose(DoseGrid((1, 3, 100), unit="mg")), 12)
    10.0
    """
    return float(np.sqrt(grid.values[0]) * np.sqrt(grid.values[-1]))


@checked
def weakly_informative(
    grid: DoseGrid,
    *,
    prob_dlt: InnerProbability,
    sd_logit: Positive,
    slope: Positive = 1.0,
    sd_log_slope: Positive,
    anticipated_mtd: Positive | None = None,
) -> NormalPrior:
    """Independent normal prior around a stated P(DLT) at the reference dose and a stated slope.

    Parameters
    ----------
    grid : DoseGrid
        The doses, which give the reference dose.
    prob_dlt : float
        Median of P(DLT) at the reference dose.
    sd_logit : float
        Standard deviation of P(DLT) there on the logit scale: that of log alpha.
    slope : float, default 1
        Median of the slope beta on log dose; 1 makes the odds of a DLT proportional to the dose.
    sd_log_slope : float
        Standard deviation of log beta.
    anticipated_mtd : float, optional
        Reference dose, in the grid's unit; if not given, the middle of the grid in log dose
        (`middle_dose`).

    Returns
    -------
    NormalPrior
        With correlation 0.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Neuenschwander B, Branson M, Gsponer T (2008). Critical aspects of the Bayesian approach to
    phase I cancer trials. Statistics in Medicine 27:2420-2439 (the parameters). The numbers are the
    user's: for instance 2 and 1 for the two standard deviations are wide.

    Examples
    --------
    >>> grid = DoseGrid((1, 3, 10, 30, 100), unit="mg")
    >>> prior = weakly_informative(grid, prob_dlt=0.25, sd_logit=2.0, sd_log_slope=1.0)
    >>> round(prior.reference_dose, 9), round(prior.mean[0], 4), prior.mean[1], prior.sd
    (10.0, -1.0986, 0.0, (2.0, 1.0))
    """
    reference = middle_dose(grid) if anticipated_mtd is None else anticipated_mtd
    rule = "middle of the grid in log dose" if anticipated_mtd is None else "anticipated MTD"
    origin = (
        f"weakly informative: median P(DLT) {prob_dlt:g} at {reference:.4g} {grid.unit} ({rule}) with "
        f"standard deviation {sd_logit:g} on the logit scale; median slope {slope:g} with standard deviation "
        f"{sd_log_slope:g} on the log scale"
    )
    return NormalPrior(
        (float(logit(prob_dlt)), math.log(slope)), (sd_logit, sd_log_slope), reference, origin=origin
    )
