"""The posterior of counts that need not be whole, such as a likelihood raised to a power."""

from dataclasses import dataclass

import numpy as np
import pymc as pm

from bayesdose.inference.box import NodeBox, cut_positions, find_box
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.refinement import Nodes, refinements
from bayesdose.models.densities import Densities
from bayesdose.quadrature import sinc_cut_weights
from bayesdose.threads import one_thread

__all__ = ["WeightedPosterior", "weighted_posterior"]

_NODES = Nodes(first_cut=40, first_other=30, most=500_000)
# Lines along the cut direction with less posterior mass than this are left out of the cuts.
_EMPTY_LINE = 1e-14


@dataclass(frozen=True, eq=False)
class WeightedPosterior:
    """Moments of a model's P unconstrained variables, and distribution functions of P(DLT).

    Parameters
    ----------
    mean : ndarray, shape (P,)
    covariance : ndarray, shape (P, P)
    prob_below : ndarray, shape (J,)
        Posterior probability that P(DLT) at each given dose is below the given value.
    error : float
        Largest difference of any of these from those of the coarser rule before.
    """

    mean: np.ndarray
    covariance: np.ndarray
    prob_below: np.ndarray
    error: float


def weighted_posterior(
    model: pm.Model,
    patients: np.ndarray,
    dlts: np.ndarray,
    dose: np.ndarray,
    value: np.ndarray,
    *,
    tolerance: float = 1e-7,
) -> WeightedPosterior:
    """Posterior given counts that may be fractions, by quadrature.

    A patient who counts for a share enters the likelihood with that power.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`) with one to three free dimensions. Data held in
        the model are ignored.
    patients, dlts : ndarray of float, shape (K,)
        Patients treated and DLTs seen at each dose.
    dose, value : ndarray, shape (J,)
        Index of a dose, and a value of P(DLT) there, inside (0, 1); empty if only moments are wanted.
    tolerance : float, default 1e-7
        Nodes are added until two successive rules agree to it.

    Returns
    -------
    WeightedPosterior
        From the finer of the two rules.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be tabulated.
    InputError
        If the tolerance is out of reach.
    """
    with one_thread():
        given_data = compile_model(model).given(np.asarray(patients), np.asarray(dlts))
        box = find_box(given_data)

        def measured(shape: tuple[int, ...]) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
            mean, covariance, below = _answer(given_data, box, shape, dose, value)
            return (mean, covariance, below), np.concatenate([mean, covariance.ravel(), below])

        steps = refinements(measured, _NODES, len(box.centre), tolerance)
        found, error = next((finer, error) for _, (finer, _), error in steps if error <= tolerance)
        mean, covariance, below = found
        return WeightedPosterior(mean, covariance, below, error)


def _answer(
    given_data: Densities, box: NodeBox, shape: tuple[int, ...], dose: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, covariance and P(P(DLT) < value) of the nodes of one rule."""
    cut_nodes, u, lines = box.nodes(shape)
    points = box.points(u)
    log_density = given_data.log_prior(points)
    weights = np.exp(log_density - log_density.max())
    weights /= weights.sum()
    mean = weights @ points
    covariance = (points - mean).T @ ((points - mean) * weights[:, None])
    line_weights = weights.reshape(len(cut_nodes), -1)
    full = line_weights.sum(axis=0) > _EMPTY_LINE
    cut = cut_positions(given_data, box, lines[full], dose, value)
    below = np.einsum("nl,nlj->j", line_weights[:, full], sinc_cut_weights(cut_nodes, cut))
    return mean, covariance, below
