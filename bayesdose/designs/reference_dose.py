"""A prior whose reference dose is far from the doses of its trial, found when a design is made."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from bayesdose.checks.warning import warn
from bayesdose.errors import PriorWarning
from bayesdose.grid import DoseGrid
from bayesdose.models.prior import Prior

__all__ = ["warn_of_reference_dose"]

# Times the lowest or highest dose; a slope of 1 on log dose makes that 1.1 on the logit scale.
_FAR = 3.0
_WIDEST_LOGIT = 700.0


def warn_of_reference_dose(subject: str, grid: DoseGrid, prior: Prior) -> None:
    """Warn, with `PriorWarning`, if the reference dose is more than 3 times away from the grid's doses."""
    lowest, highest = grid.values[0], grid.values[-1]
    reference = prior.reference_dose
    if lowest / _FAR <= reference <= highest * _FAR:
        return
    low, high = (_median(prior, dose / reference) for dose in (lowest, highest))
    doses = f"{grid.labels[0]} to {grid.labels[-1]} {grid.unit}"
    warn(
        f"{subject}: the prior's reference dose, {reference:g} {grid.unit}, is far from the doses ({doses}): "
        f"before any patient the median of P(DLT) goes from {low:.3g} at the lowest to {high:.3g} at the "
        "highest. Is it the reference dose of this prior, in the grid's unit?",
        PriorWarning,
    )


def _median(prior: Prior, ratio: float) -> float:
    """Prior median of P(DLT) at a dose that is so many times the reference dose."""
    log_ratio = np.array([np.log(ratio)])
    middle = brentq(lambda value: float(prior.cdf(log_ratio, value)[0]) - 0.5, -_WIDEST_LOGIT, _WIDEST_LOGIT)
    return float(expit(middle))
