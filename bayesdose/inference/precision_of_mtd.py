"""How precisely the MTD itself is known: its posterior median and spread, on the scale of the dose."""

from typing import Annotated

import annotated_types as at
import numpy as np
from scipy.special import log_expit, logit

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import InnerProbability, Positive
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.outcomes import Outcomes, as_outcomes

__all__ = ["SD_OF_MAD", "MTDPrecision", "mtd_precision"]

# A normal distribution's standard deviation is so many times its median absolute deviation.
SD_OF_MAD = 1.4826
# Nodes of log alpha and of log beta, which reach so many prior standard deviations: medians are good to
# about 0.1 %, also where the slope is nearly fixed and the intercept alone moves the MTD.
_NUM_NODES, _WIDTH = (2001, 401), 7.0
_LARGEST_LOG = 300.0


@checked_value
class MTDPrecision:
    """What `mtd_precision` returns.

    Parameters
    ----------
    median : float
        Posterior median of the MTD, in the grid's unit.
    mad : float
        Its median absolute deviation from the median.
    """

    median: Positive
    mad: Annotated[float, at.Gt(0)]

    @property
    def cv(self) -> float:
        """Robust coefficient of variation, ``1.4826 * mad / median``."""
        return SD_OF_MAD * self.mad / self.median


@checked
def mtd_precision(
    grid: DoseGrid, prior: NormalPrior | NormalMixture, outcomes: Outcomes | str, *, target: InnerProbability
) -> MTDPrecision:
    """Posterior median and spread of the MTD under the two-parameter logistic model.

    The MTD is the dose at which P(DLT) is the target, on a continuous scale that goes on beyond the grid.
    Protocols call a trial precise enough once its `MTDPrecision.cv` is 0.3 or less.

    Parameters
    ----------
    grid : DoseGrid
        The doses.
    prior : NormalPrior or NormalMixture
        Prior on (log alpha, log beta).
    outcomes : Outcomes or str
        Patients so far.
    target : float
        P(DLT) that defines the MTD.

    Returns
    -------
    MTDPrecision
        Median, median absolute deviation and coefficient of variation.

    Raises
    ------
    InputError
        If a level is above the grid, or the MTD is probably so far away that no dose can have its size.

    Notes
    -----
    The MTD is ``reference_dose * exp((logit(target) - log alpha) / beta)``. Its distribution is that of the
    two parameters on a grid of 2001 by 401 nodes.

    Examples
    --------
    >>> from bayesdose.models.normal_prior import NormalPrior
    >>> grid = DoseGrid((10, 20, 40, 80), "mg")
    >>> prior = NormalPrior((-0.85, 0.5), (1.0, 0.5), reference_dose=80)
    >>> outcomes = Outcomes.from_counts(patients=(3, 3, 6, 6), dlts=(0, 0, 0, 2))
    >>> round(mtd_precision(grid, prior, outcomes, target=0.3).cv, 3)
    0.295
    """
    counts = as_outcomes(outcomes).counts(len(grid))
    intercept, slope, weight = _nodes(prior)
    for dose, (without, dlts) in zip(grid.values, counts.tolist(), strict=True):
        value = intercept + slope * np.log(dose / prior.reference_dose)
        weight = weight + dlts * log_expit(value) + without * log_expit(-value)
    weight = np.exp(weight - weight.max())
    # The scale is that of the logarithm until it is known how far the MTD may be.
    log_mtd = np.log(prior.reference_dose) + (logit(target) - intercept) / slope
    median = _median(log_mtd, weight)
    if abs(median) > _LARGEST_LOG:
        raise InputError(
            "mtd_precision",
            got=f"an MTD with a median of exp({median:.0f}) {grid.unit}",
            wanted="an MTD of a size that a dose can have",
        )
    # As a share of the median; one that is too large for a float is as far away as any.
    share = _median(np.abs(np.expm1(np.minimum(log_mtd - median, _LARGEST_LOG))), weight)
    return MTDPrecision(float(np.exp(median)), share * float(np.exp(median)))


def _nodes(prior: NormalPrior | NormalMixture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Intercepts and slopes on an even grid that holds the whole prior, and their log prior densities."""
    mixed = isinstance(prior, NormalMixture)
    parts, shares = (prior.components, prior.weights) if mixed else ((prior,), (1.0,))
    mean, sd = (np.array([getattr(part, name) for part in parts]) for name in ("mean", "sd"))
    low, high = (mean - _WIDTH * sd).min(axis=0), (mean + _WIDTH * sd).max(axis=0)
    axes = [np.linspace(low[axis], high[axis], _NUM_NODES[axis]) for axis in range(2)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    densities = [
        np.log(share) + _log_density(part, points) for share, part in zip(shares, parts, strict=True)
    ]
    return points[:, 0], np.exp(points[:, 1]), np.logaddexp.reduce(densities)


def _log_density(prior: NormalPrior, points: np.ndarray) -> np.ndarray:
    """Log density of a bivariate normal distribution, up to the constant that all share."""
    root = np.linalg.cholesky(prior.covariance)
    apart = np.linalg.solve(root, (points - np.array(prior.mean)).T)
    return -(apart**2).sum(axis=0) / 2 - np.log(np.diag(root)).sum()


def _median(values: np.ndarray, weight: np.ndarray) -> float:
    """Weighted median, half of each node's weight on either side of it."""
    order = np.argsort(values)
    share = np.cumsum(weight[order]) - weight[order] / 2
    return float(np.interp(weight.sum() / 2, share, values[order]))
