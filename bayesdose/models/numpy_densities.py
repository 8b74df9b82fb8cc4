"""The package's own models in numpy, so that they are tabulated without PyMC's import and compilation.

Tests hold each against the PyMC model of the same description.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import expit, logsumexp

from bayesdose.errors import UnsupportedModelError
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import CRMCurve
from bayesdose.models.densities import NO_CHANCE, Densities
from bayesdose.models.mixture_prior import NormalMixture
from bayesdose.models.normal_prior import NormalPrior

__all__ = [
    "crm_densities",
    "exponential_crm_densities",
    "log_normal",
    "logistic_densities",
    "logit_densities",
    "one_parameter_densities",
]


def logistic_densities(grid: DoseGrid | tuple[float, ...], prior: NormalPrior | NormalMixture) -> Densities:
    """`two_parameter_logistic` in theta = (log alpha, log beta), on a grid or at any doses."""
    doses = np.array(grid.values if isinstance(grid, DoseGrid) else grid)
    log_ratio = np.log(doses / prior.reference_dose)
    return logit_densities(doses, log_ratio, np.array(prior.mean), log_normal(prior))


def logit_densities(
    doses: np.ndarray,
    log_ratio: np.ndarray,
    start: np.ndarray,
    log_prior: Callable[[np.ndarray], np.ndarray],
    added: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Densities:
    """Densities of ``logit p = log alpha + exp(log beta) log_ratio + added``, by their prior.

    Parameters
    ----------
    doses, log_ratio : ndarray, shape (K,)
        Doses, and the logarithms of their ratios to a reference dose.
    start : ndarray, shape (P,)
        An ordinary point: log alpha, log beta, and what else the model has.
    log_prior : callable
        ``points (M, P) -> log prior density (M,)``.
    added : callable, optional
        ``points (M, P) -> what else the logit holds``, shape (M, K) or (K,).
    """

    def logit(points: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            log_odds = points[:, :1] + np.exp(points[:, 1:2]) * log_ratio
        # An infinite slope says nothing about the reference dose.
        if np.isnan(log_odds).any():
            raise _refused("an infinite slope")
        return log_odds if added is None else log_odds + added(points)

    def log_cells(points: np.ndarray) -> np.ndarray:
        at_points = logit(points).T
        return _cells(-np.logaddexp(0.0, -at_points), -np.logaddexp(0.0, at_points))

    return Densities(
        start=start,
        doses=doses,
        log_prior=log_prior,
        log_cells=log_cells,
        prob_dlt=lambda points: expit(logit(points)),
        parameter=lambda points: points,
    )


def crm_densities(grid: DoseGrid, curve: CRMCurve, sd: float) -> Densities:
    """`crm_model` in theta."""
    return one_parameter_densities(
        np.array(grid.values),
        log_prior=lambda points: -0.5 * np.square(points[:, 0] / sd),
        log_prob_dlt=lambda points: curve.log_prob_dlt(points[:, 0]),
        parameter=lambda points: points,
    )


def exponential_crm_densities(grid: DoseGrid, skeleton: tuple[float, ...]) -> Densities:
    """`exponential_crm_model` in log a, whose density has a factor a."""
    return one_parameter_densities(
        np.array(grid.values),
        log_prior=lambda points: points[:, 0] - np.exp(points[:, 0]),
        log_prob_dlt=lambda points: np.exp(points) * np.log(skeleton),
        parameter=np.exp,
    )


def one_parameter_densities(
    doses: np.ndarray,
    log_prior: Callable[[np.ndarray], np.ndarray],
    log_prob_dlt: Callable[[np.ndarray], np.ndarray],
    parameter: Callable[[np.ndarray], np.ndarray],
) -> Densities:
    """Densities of a model with one parameter, by log P(DLT) of points (M, 1); shape (M, K)."""

    def log_cells(points: np.ndarray) -> np.ndarray:
        log_dlt = log_prob_dlt(points).T
        return _cells(log_dlt, np.log(-np.expm1(log_dlt)))

    return Densities(
        start=np.zeros(1),
        doses=doses,
        log_prior=_far_out(log_prior),
        log_cells=_far_out(log_cells),
        prob_dlt=_far_out(lambda points: np.exp(log_prob_dlt(points))),
        parameter=_far_out(parameter),
    )


def _far_out(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """The function without warnings: far out in a wide prior a slope is infinite, and P(DLT) is 0 or 1."""

    def call(points: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", over="ignore"):
            return function(points)

    return call


def _cells(log_dlt: np.ndarray, log_none: np.ndarray) -> np.ndarray:
    return np.maximum(np.concatenate([log_dlt, log_none]), NO_CHANCE)


def log_normal(prior: NormalPrior | NormalMixture) -> Callable[[np.ndarray], np.ndarray]:
    """Log density of a normal prior or a mixture of them, up to the constant log(2 pi)."""
    if isinstance(prior, NormalPrior):
        return _log_normal(prior)
    parts = [_log_normal(part) for part in prior.components]
    weights = np.array(prior.weights)[:, None]

    def log_density(points: np.ndarray) -> np.ndarray:
        return np.asarray(logsumexp([part(points) for part in parts], axis=0, b=weights))

    return log_density


def _log_normal(prior: NormalPrior) -> Callable[[np.ndarray], np.ndarray]:
    """Log density of a bivariate normal prior, up to the constant log(2 pi)."""
    covariance = prior.covariance
    determinant = float(np.linalg.det(covariance)) if np.all(np.isfinite(covariance)) else math.inf
    if not 0 < determinant < math.inf:
        raise _refused(f"the covariance of standard deviations {prior.sd}")
    mean, precision = np.array(prior.mean), np.linalg.inv(covariance)

    def log_density(points: np.ndarray) -> np.ndarray:
        away = points - mean
        return -0.5 * (np.einsum("mi,ij,mj->m", away, precision, away) + math.log(determinant))

    return log_density


def _refused(number: str) -> UnsupportedModelError:
    return UnsupportedModelError(
        "model",
        got=f"numbers outside what double precision can hold ({number})",
        wanted="a prior of moderate centre and spread",
        fix="Look for a standard deviation near 0 or above 10.",
    )
