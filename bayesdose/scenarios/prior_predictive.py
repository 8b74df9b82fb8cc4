"""Random curves from the prior of a model."""

import numpy as np
from scipy.special import expit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import Rng
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.prior import Prior
from bayesdose.scenarios.random_curves import NumberOfCurves
from bayesdose.scenarios.scenario import Scenario, scenarios_from_curves
from bayesdose.seeds import root_seed

__all__ = ["prior_predictive_scenarios"]


@checked
def prior_predictive_scenarios(
    grid: DoseGrid, prior: Prior, number: NumberOfCurves, *, rng: Rng = None
) -> tuple[Scenario, ...]:
    """Curves drawn from the prior of the two-parameter logistic model.

    The average of an operating characteristic over them is its prior-predictive value: how the design
    does if the prior is right.

    Parameters
    ----------
    grid : DoseGrid
        The doses, in the unit of the prior's reference dose.
    prior : NormalPrior
        Prior on (log alpha, log beta).
    number : int
        Number of curves.
    rng : numpy.random.Generator or int, optional
        Source of the curves. The seed stands in each scenario's `source`; given as `rng` with the same
        other arguments it makes the same curves again.

    Returns
    -------
    tuple of Scenario
        "prior draw 1", "prior draw 2", ...

    Raises
    ------
    InputError
        If `number` is not a whole number from 1 to 100,000, or the prior is not normal.

    Examples
    --------
    >>> prior = NormalPrior(mean=(-1, 0), sd=(2, 0.5), reference_dose=4)
    >>> draws = prior_predictive_scenarios(DoseGrid((1, 2, 4), "mg"), prior, 2, rng=7)
    >>> draws[0].source
    'draw from the prior of the two-parameter logistic model (given), seed 7'
    """
    if not isinstance(prior, NormalPrior):
        raise InputError("prior_predictive_scenarios, prior", got=prior, wanted="a NormalPrior")
    seed = root_seed(rng)
    z = np.random.default_rng(seed).standard_normal((number, 2))
    log_alpha, log_beta = (prior.mean + z @ np.linalg.cholesky(prior.covariance).T).T
    log_ratio = np.log(np.array(grid.values) / prior.reference_dose)
    curves = expit(log_alpha[:, None] + np.exp(log_beta)[:, None] * log_ratio)
    return scenarios_from_curves(
        grid,
        # Rounding in the last bit must not make a flat part of a curve fall.
        np.maximum.accumulate(curves, axis=1),
        [f"prior draw {number}" for number in range(1, number + 1)],
        f"draw from the prior of the two-parameter logistic model ({prior.origin}), seed {seed}",
    )
