"""The power prior: an earlier trial's likelihood raised to a power between 0 and 1."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Share
from bayesdose.grid import DoseGrid
from bayesdose.models.earlier_trials import HistoricalTrial
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior
from bayesdose.priors.prob_dlt_moments import prob_dlt_quantiles

__all__ = ["PowerPrior", "power_prior"]

# Quantiles of the normal summary at which distribution functions are compared.
_COMPARED = np.linspace(0.02, 0.98, 25)
# Accuracy of those distribution functions; moments are found to the default, 1e-7.
_DISTANCE_TOLERANCE = 1e-5
# Two doses this close, relative to their size, are one dose in a `DoseGrid`.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class PowerPrior:
    """A power prior, with how well a normal stands for it.

    Parameters
    ----------
    prior : NormalPrior or NormalMixture
        Normal with the exact mean and covariance; at discount 0 the initial prior itself.
    distance : xarray.DataArray
        For each dose of the new trial's grid, the largest difference between the distribution functions of
        P(DLT) under the exact power prior and under `prior`, at 25 quantiles from 2 % to 98 %.
    error : float
        Error of the quadrature in the moments; 0 at discount 0. `distance` is good to 1e-5.
    """

    prior: Prior
    distance: xr.DataArray
    error: float


@checked
def power_prior(grid: DoseGrid, initial: Prior, trial: HistoricalTrial, discount: Share) -> PowerPrior:
    """Prior of a new trial from an earlier one whose patients count for a stated share.

    The density is proportional to ``initial * likelihood ** discount``, and summarised as a normal by its
    moments. Each earlier patient counts as `discount` patients.

    Parameters
    ----------
    grid : DoseGrid
        The new trial's doses.
    initial : NormalPrior or NormalMixture
        The prior before the earlier trial; its reference dose is the new trial's.
    trial : HistoricalTrial
        The earlier trial; it names the dose that corresponds to the new trial's reference dose.
    discount : float
        Power of the earlier likelihood, from 0 (ignored) to 1 (pooled).

    Returns
    -------
    PowerPrior
        The normal, with how well it fits the power prior.

    Raises
    ------
    InputError
        If the discount is outside [0, 1].

    References
    ----------
    Ibrahim JG, Chen MH (2000). Power prior distributions for regression models. Statistical Science
    15:46-60.

    Examples
    --------
    >>> grid = DoseGrid((1, 3, 10), unit="mg")
    >>> earlier = HistoricalTrial("earlier", grid, (3, 3, 6), (0, 0, 2), reference_dose=10)
    >>> vague = NormalPrior((-0.85, 0), (2, 1), reference_dose=10)
    >>> [round(value, 2) for value in power_prior(grid, vague, earlier, 0.5).prior.mean]
    [-1.12, 0.24]
    """
    # PyMC takes seconds to import, which other builders of priors need not wait for.
    from bayesdose.inference.weighted import weighted_posterior
    from bayesdose.models.logistic import two_parameter_logistic

    doses = ("dose", list(grid.values), {"units": grid.unit})
    name = {"long_name": "Kolmogorov distance of P(DLT), normal to power prior"}
    if discount == 0:
        return PowerPrior(
            initial, xr.DataArray(np.zeros(len(grid)), {"dose": doses}, "dose", attrs=name), 0.0
        )
    # One model over both sets of doses: patients at the earlier ones, distances wanted at the new ones.
    earlier = np.array(trial.grid.values) * (initial.reference_dose / trial.reference_dose)
    # A dose of the new grid stands for one that differs from it by rounding alone.
    new = np.array(grid.values)
    nearest = new[np.abs(new - earlier[:, None]).argmin(axis=1)]
    earlier = np.where(np.isclose(earlier, nearest, rtol=_ROUNDING, atol=0), nearest, earlier)
    doses_of_both = np.unique([*earlier, *grid.values])
    # Numbered labels: written with few digits, doses that lie close together would share one.
    union = DoseGrid(tuple(doses_of_both), grid.unit, tuple(map(str, range(len(doses_of_both)))))
    patients, dlts = np.zeros(len(union)), np.zeros(len(union))
    at = np.searchsorted(union.values, earlier)
    patients[at], dlts[at] = trial.patients, trial.dlts
    model = two_parameter_logistic(union, initial)
    data = discount * patients, discount * dlts
    none = np.array([], dtype=int)
    moments = weighted_posterior(model, *data, none, none)
    first, second = map(float, moments.mean)
    prior = NormalPrior.from_covariance(
        (first, second),
        moments.covariance,
        initial.reference_dose,
        f"power prior of {trial} at discount {discount:g}; initial: {initial.origin}",
    )
    log_ratio = np.log(np.array(grid.values) / initial.reference_dose)
    probability = np.tile(_COMPARED, len(grid))
    at = prob_dlt_quantiles(prior, np.repeat(log_ratio, len(_COMPARED)), probability)
    at_new = np.repeat(np.searchsorted(union.values, grid.values), len(_COMPARED))
    exact = weighted_posterior(model, *data, at_new, at, tolerance=_DISTANCE_TOLERANCE)
    distance = np.abs(exact.prob_below - probability).reshape(len(grid), -1).max(axis=1)
    return PowerPrior(prior, xr.DataArray(distance, {"dose": doses}, "dose", attrs=name), moments.error)
