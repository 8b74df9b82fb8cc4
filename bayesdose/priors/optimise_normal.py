"""Fit the five numbers of a normal prior: gradients, and two ways of weighing the misfit.

The numbers stand in one array: mean and log standard deviation of log alpha, mean and log standard
deviation of log beta, correlation.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import least_squares, minimize
from scipy.special import ndtr, ndtri

from bayesdose.models.normal_prior import NormalPrior
from bayesdose.quadrature import normal_nodes

__all__ = [
    "Misfit",
    "box",
    "cdf_and_gradient",
    "fit_least_squares",
    "fit_minimax",
    "prior_at",
    "quantile_and_gradient",
]

# Differences (n,) at some parameters (P,), and their derivatives (n, P).
Misfit = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

# Standard deviations outside belong to priors that have degenerated.
_LEAST_SD, _LARGEST_SD = 1e-3, (50.0, 10.0)
_NEWTON_STEPS = 100
_MOST_STEP = 8.0


def box(max_correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest values of the five numbers that a fit may take."""
    low, high = math.log(_LEAST_SD), [math.log(sd) for sd in _LARGEST_SD]
    return (
        np.array([-60.0, low, -8.0, low, -max_correlation]),
        np.array([60.0, high[0], 8.0, high[1], max_correlation]),
    )


def prior_at(parameters: np.ndarray, reference_dose: float) -> NormalPrior:
    """The prior with these five numbers."""
    m1, log_s1, m2, log_s2, correlation = map(float, parameters)
    return NormalPrior((m1, m2), (math.exp(log_s1), math.exp(log_s2)), reference_dose, correlation)


def cdf_and_gradient(
    parameters: np.ndarray, log_ratio: np.ndarray, logit: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prior probability that logit P(DLT) is below a value, with its derivatives.

    Parameters
    ----------
    parameters : ndarray, shape (5,)
        The five numbers.
    log_ratio, logit : ndarray, shape (n,)
        ``log(dose / reference_dose)`` and the value.
    number : int
        Number of nodes for log beta.

    Returns
    -------
    ndarray, shape (n,)
        The probabilities.
    ndarray, shape (n, 5)
        Derivatives with respect to the five numbers.
    ndarray, shape (n,)
        Derivatives with respect to `logit`: the density.
    """
    m1, log_s1, m2, log_s2, r = parameters
    s1, s2, rest = math.exp(log_s1), math.exp(log_s2), math.sqrt(1 - r * r)
    nodes, weights = normal_nodes(number)
    rise = log_ratio[:, None] * np.exp(np.minimum(m2 + s2 * nodes, 300.0))
    scaled = (logit[:, None] - m1 - rise) / s1
    u = (scaled - r * nodes) / rest
    density = np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi) * weights / (s1 * rest)
    gradient = np.stack(
        [
            -density.sum(axis=1),
            -s1 * (density * scaled).sum(axis=1),
            -(density * rise).sum(axis=1),
            -s2 * (density * rise) @ nodes,
            s1 * (density * (u * r / rest - nodes)).sum(axis=1),
        ],
        axis=1,
    )
    return ndtr(u) @ weights, gradient, density.sum(axis=1)


def quantile_and_gradient(
    parameters: np.ndarray, log_ratio: np.ndarray, probability: np.ndarray, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of logit P(DLT) and their derivatives.

    Newton's method on the normal scores of the distribution function, which are nearly linear,
    kept inside a bracket; derivatives by the implicit function theorem.

    Parameters
    ----------
    parameters : ndarray, shape (5,)
        The five numbers.
    log_ratio, probability : ndarray, shape (n,)
        ``log(dose / reference_dose)`` and the probability of being below the quantile.
    number : int
        Number of nodes for log beta.

    Returns
    -------
    ndarray, shape (n,)
        The quantiles.
    ndarray, shape (n, 5)
        Derivatives with respect to the five numbers.
    """
    m1, log_s1, m2, log_s2, r = parameters
    s1, s2 = math.exp(log_s1), math.exp(log_s2)
    score = ndtri(probability)
    rise = math.exp(m2) * log_ratio
    spread = np.sqrt(np.maximum(s1 * s1 + 2 * r * s1 * s2 * rise + (s2 * rise) ** 2, 1e-4 * s1 * s1))
    position = m1 + rise + score * spread
    low, high = np.full(len(position), -1e3), np.full(len(position), 1e3)
    position = np.clip(position, low, high)
    cdf, gradient, density = cdf_and_gradient(parameters, log_ratio, position, number)
    for _ in range(_NEWTON_STEPS):
        low, high = np.where(cdf < probability, position, low), np.where(cdf < probability, high, position)
        reached = ndtri(np.clip(cdf, 1e-300, 1 - 1e-16))
        slope = density * math.sqrt(2 * math.pi) * np.exp(0.5 * reached * reached)
        step = np.clip((score - reached) / np.maximum(slope, 1e-6), -_MOST_STEP, _MOST_STEP)
        settled = np.abs(step) < 1e-11 * (1 + np.abs(position))
        if settled.all():
            break
        following = position + step
        inside = settled | ((following > low) & (following < high))
        position = np.where(inside, following, 0.5 * (low + high))
        cdf, gradient, density = cdf_and_gradient(parameters, log_ratio, position, number)
    return position, -gradient / np.maximum(density, 1e-300)[:, None]


def fit_least_squares(
    misfit: Misfit, start: np.ndarray, lower: np.ndarray, upper: np.ndarray, tolerance: float = 1e-15
) -> np.ndarray:
    """Parameters (P,) with the least sum of squared differences near `start`, inside a box.

    `tolerance` is the relative change of the sum and of the parameters at which it stops.
    """
    at = _once(misfit)
    inside = np.clip(start, lower + 1e-9, upper - 1e-9)
    return least_squares(
        lambda p: at(p)[0],
        inside,
        jac=lambda p: at(p)[1],  # pyright: ignore[reportArgumentType]
        bounds=(lower, upper),
        x_scale="jac",
        xtol=tolerance,
        ftol=tolerance,
        gtol=1e-15,
        max_nfev=300,
    ).x


def fit_minimax(misfit: Misfit, start: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Parameters (P,) with the least largest difference near `start`, inside a box.

    The largest difference is one more unknown, which bounds every difference from both sides
    (the epigraph form), so that the problem is smooth for sequential quadratic programming.
    """
    at = _once(misfit)
    number = len(start)
    last = np.append(np.zeros(number), 1.0)

    def room(v: np.ndarray) -> np.ndarray:
        differences = at(v[:-1])[0]
        return np.concatenate([v[-1] - differences, v[-1] + differences])

    def room_gradient(v: np.ndarray) -> np.ndarray:
        jacobian = at(v[:-1])[1]
        one = np.ones((len(jacobian), 1))
        return np.block([[-jacobian, one], [jacobian, one]])

    def worst(parameters: np.ndarray) -> float:
        return float(np.abs(at(parameters)[0]).max())

    best = np.clip(start, lower, upper)
    for _ in range(4):  # the method restarts with a fresh curvature where it stopped
        solution = minimize(
            lambda v: v[-1],
            np.append(best, worst(best)),
            jac=lambda v: last,
            method="SLSQP",
            bounds=list(zip(np.append(lower, 0.0), np.append(upper, 10.0), strict=True)),
            constraints={"type": "ineq", "fun": room, "jac": room_gradient},
            options={"ftol": 1e-13, "maxiter": 200},
        )
        found = np.clip(solution.x[:-1], lower, upper)
        if not np.all(np.isfinite(found)) or worst(found) >= worst(best):
            break
        gained = worst(best) - worst(found)
        best = found
        if gained < 1e-10:
            break
    return best


def _once(misfit: Misfit) -> Misfit:
    """The same function, which keeps its last answer: value and derivatives are asked for in turn."""
    kept: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def at(parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        key = parameters.tobytes()
        if key not in kept:
            kept.clear()
            kept[key] = misfit(parameters)
        return kept[key]

    return at
