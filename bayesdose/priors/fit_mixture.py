"""Draws summarised as a normal mixture, by expectation-maximisation without random starts."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bayesdose.errors import InputError

__all__ = ["NormalParts", "fit_normal_mixture"]

# Steps from each start, and then at most from the better one.
_FIRST_STEPS, _MOST_STEPS = 50, 2000
# Gain in log-likelihood for each draw below which the steps end.
_LEAST_GAIN = 1e-8
# Added to each covariance, as a share of the draws': a component cannot shrink onto a single draw.
_RIDGE = 1e-6


@dataclass(frozen=True, eq=False)
class NormalParts:
    """A fitted mixture of M normals in P dimensions, heaviest first.

    Parameters
    ----------
    weights : ndarray, shape (M,)
    means : ndarray, shape (M, P)
    covariances : ndarray, shape (M, P, P)
    log_likelihood : float
        Of all draws.
    bic : float
        Bayesian information criterion, ``parameters * log(draws) - 2 * log_likelihood``.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_likelihood: float
    bic: float


def fit_normal_mixture(draws: np.ndarray, *, max_components: int = 3) -> NormalParts:
    """A normal mixture; components are added, up to `max_components`, as long as each lowers the BIC.

    Each number of components has two starts: shells around the mean, which become components of different
    spread, and slices along the axis with the heaviest tails, which become components of different place.
    The one that is more likely after 50 steps goes on. No random numbers are used.

    Parameters
    ----------
    draws : ndarray, shape (N, P)
        Draws, treated as independent.
    max_components : int, default 3
        Largest number of components.

    Returns
    -------
    NormalParts

    Raises
    ------
    InputError
        If a draw is not finite, there are fewer than 50 draws for each component, or their covariance
        is singular.

    References
    ----------
    Dempster AP, Laird NM, Rubin DB (1977). Maximum likelihood from incomplete data via the EM algorithm.
    JRSS B 39:1-38. Schwarz G (1978). Estimating the dimension of a model. Annals of Statistics 6:461-464.

    Examples
    --------
    >>> two_groups = np.random.default_rng(1).normal([[-3.0, 0.0]] * 500 + [[3.0, 0.0]] * 500)
    >>> fit_normal_mixture(two_groups).means[:, 0].round(1).tolist()
    [3.1, -3.1]
    """
    draws = np.asarray(draws, dtype=float)
    if draws.ndim != 2 or len(draws) < 50 * max_components or not np.all(np.isfinite(draws)):
        raise InputError(
            "draws",
            got=f"an array of shape {draws.shape}",
            wanted=f"finite numbers of shape (N, P) with N of at least {50 * max_components}",
        )
    centre, covariance = draws.mean(axis=0), np.cov(draws.T, bias=True).reshape(draws.shape[1], -1)
    if np.linalg.cond(covariance) > 1e12:
        raise InputError("draws", got="a singular covariance", wanted="draws that vary in every direction")
    # Whitened, so that the ridge and the distances mean the same in every direction.
    factor = np.linalg.cholesky(covariance)
    white = np.linalg.solve(factor, (draws - centre).T).T
    best = _fit(white, 1)
    for number in range(2, max_components + 1):
        larger = _fit(white, number)
        if larger.bic >= best.bic:
            break
        best = larger
    order = np.argsort(-best.weights, kind="stable")
    # The change of scale moves every likelihood by the same amount.
    log_scale = len(draws) * float(np.log(np.diag(factor)).sum())
    return NormalParts(
        best.weights[order],
        centre + best.means[order] @ factor.T,
        factor @ best.covariances[order] @ factor.T,
        best.log_likelihood - log_scale,
        best.bic + 2 * log_scale,
    )


def _fit(white: np.ndarray, number: int) -> NormalParts:
    """EM with a given number of components."""
    scores = [np.einsum("np,np->n", white, white), *_telling_axes(white)]
    starts = [_maximise(white, _slices(score, number)) for score in scores]
    short = [_run(white, *start, _FIRST_STEPS) for start in starts]
    better = max(short, key=lambda fit: fit.log_likelihood)
    return _run(white, better.weights, better.means, better.covariances, _MOST_STEPS)


def _telling_axes(white: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the draws on the axes with the heaviest tails and with the lightest."""
    # White draws have variance 1 in every direction, so the fourth moment tells directions apart: it is
    # large where a few draws are far out, and small where the draws fall into separate groups.
    angles = np.linspace(0, np.pi, 12, endpoint=False)
    directions = np.eye(white.shape[1])
    if white.shape[1] == 2:
        directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    positions = white @ directions.T
    fourth_moment = (positions**4).mean(axis=0)
    return positions[:, np.argmax(fourth_moment)], positions[:, np.argmin(fourth_moment)]


def _slices(score: np.ndarray, number: int) -> np.ndarray:
    """Memberships (N, M), 0 or 1, in equal groups by rising score."""
    rank = np.empty(len(score), dtype=int)
    rank[np.argsort(score, kind="stable")] = np.arange(len(score))
    return np.eye(number)[rank * number // len(score)]


def _run(
    white: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray, steps: int
) -> NormalParts:
    """EM from given components."""
    size, dimension = white.shape
    parameters = len(weights) - 1 + len(weights) * (dimension + dimension * (dimension + 1) // 2)
    log_likelihood = -np.inf
    for step in range(steps + 1):
        log_joint = np.log(weights) + _log_density(white, means, covariances)
        log_total = np.asarray(logsumexp(log_joint, axis=1))
        before, log_likelihood = log_likelihood, float(log_total.sum())
        if step == steps or log_likelihood - before < _LEAST_GAIN * size:
            break
        weights, means, covariances = _maximise(white, np.exp(log_joint - log_total[:, None]))
    bic = parameters * math.log(size) - 2 * log_likelihood
    return NormalParts(weights, means, covariances, log_likelihood, bic)


def _maximise(white: np.ndarray, membership: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (M,), means (M, P) and covariances (M, P, P) given memberships (N, M)."""
    share = membership.sum(axis=0)
    means = membership.T @ white / share[:, None]
    away = white[None] - means[:, None]
    covariances = np.einsum("nm,mni,mnj->mij", membership, away, away, optimize=True)
    ridge = _RIDGE * np.eye(white.shape[1])
    return share / len(white), means, covariances / share[:, None, None] + ridge


def _log_density(white: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Log density of each draw under each component, shape (N, M)."""
    away = (white[None] - means[:, None]).transpose(0, 2, 1)
    squared = (np.linalg.solve(np.linalg.cholesky(covariances), away) ** 2).sum(axis=1)
    _, log_determinant = np.linalg.slogdet(covariances)
    return -0.5 * (squared.T + log_determinant + white.shape[1] * math.log(2 * math.pi))
