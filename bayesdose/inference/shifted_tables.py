"""Tables of one curve for two regimens, moved by an unknown shift for the second."""

from collections.abc import Sequence

import numpy as np

from bayesdose.grid import DoseGrid
from bayesdose.inference.coupled import ShiftedPrior, TwoRegimenTable
from bayesdose.inference.ladder import ladder
from bayesdose.inference.local_weights import convolution_weights
from bayesdose.inference.refined_tables import NODES
from bayesdose.inference.regimen_nodes import RegimenNodes, covering
from bayesdose.models.covariate_shift import CovariateShift
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.numpy_densities import log_normal

__all__ = ["shifted_tables"]

# Standard deviations beyond which a normal density weighs nothing in double precision.
_REACH = 9.0


def shifted_tables(
    model: CovariateShift,
    grids: Sequence[DoseGrid],
    bounds: tuple[float, ...],
    max_patients: int,
    tolerances: Sequence[float],
) -> tuple[TwoRegimenTable, ...]:
    """Tables of a `CovariateShift` whose shift is not fixed, one for each tolerance.

    Both regimens are tabulated in their own (log alpha, log beta), which differ by the shift of log alpha.
    That takes two dimensions, not three.
    """
    model.check(grids)
    components = model.prior.components if isinstance(model.prior, NormalMixture) else (model.prior,)
    log_ratios = [np.log(np.array(grid.values) / model.prior.reference_dose) for grid in grids]
    prior = covering([*components, *(_shifted(part, model) for part in components)])
    nodes = RegimenNodes.of(grids, log_ratios, prior, bounds, max_patients)
    unit, density = float(nodes.box.axes[0, 0]), log_normal(model.prior)

    def tabulated(shape: tuple[int, ...]) -> TwoRegimenTable:
        first, second = nodes.tables(shape)
        log_prior = density(nodes.halfway(shape)[::2, ::2].reshape(-1, 2)).reshape(shape)
        weights = _weights(model, nodes.steps(shape)[0] * unit, shape[0])
        number = np.arange(shape[0])
        shift = weights[number - number[:, None] + shape[0] - 1]
        prior_weights = np.exp(log_prior - log_prior.max())
        return TwoRegimenTable(first, second, ShiftedPrior(prior_weights, shift), np.inf)

    return ladder(tabulated, NODES, 2, nodes.probes, tolerances)


def _weights(model: CovariateShift, step: float, number: int) -> np.ndarray:
    """Weight of each displacement between two nodes, by the prior of the shift; shape (2 n - 1,)."""
    mean, sd = model.shift_mean / step, model.shift_sd / step
    one_sided = model.distribution == "half-normal"
    top = (2 if one_sided else 1) / (np.sqrt(2 * np.pi) * sd)

    def density(shift: np.ndarray) -> np.ndarray:
        return top * np.exp(-0.5 * np.square((shift - mean) / sd))

    ends = (0.0 if one_sided else mean - _REACH * sd, mean + _REACH * sd)
    return convolution_weights(density, ends, sd, number)


def _shifted(prior: NormalPrior, model: CovariateShift) -> NormalPrior:
    """Where the second regimen's (log alpha, log beta) lies: at least as wide as it."""
    sd = (float(np.hypot(prior.sd[0], model.shift_sd)), prior.sd[1])
    mean = (prior.mean[0] + model.shift_mean, prior.mean[1])
    return NormalPrior(mean, sd, prior.reference_dose, prior.correlation * prior.sd[0] / sd[0])
