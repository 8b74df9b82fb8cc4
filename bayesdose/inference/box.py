"""Where a model's nodes lie, and where P(DLT) crosses a bound between them."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.optimize.elementwise import find_root

from bayesdose.errors import UnsupportedModelError
from bayesdose.models.densities import Densities
from bayesdose.quadrature import uniform_nodes

__all__ = ["NodeBox", "cut_positions", "find_box", "widen_box"]

# exp(-36) is 2e-16: what lies outside the box weighs nothing in double precision under the prior.
_DEPTH = 36.0
# Where that is looked for, in standard deviations.
_HALF_WIDTH, _WIDEST = 14.0, 112.0
# exp(-30) is 1e-13: what may be left outside under the posterior of a data set that contradicts the prior.
_POSTERIOR_DEPTH = 30.0
# Least spread of a variable given the others, as a share of its spread without them.
_LEAST_SHARE = 5e-3


@dataclass(frozen=True, eq=False)
class NodeBox:
    """Where the nodes lie: ``point = centre + axes @ u`` for u in a box.

    Parameters
    ----------
    centre : ndarray, shape (P,)
    axes : ndarray, shape (P, P)
        Columns are the directions; the first moves along the cut variable alone.
    lower, upper : ndarray, shape (P,)
        Ends of the box in u.
    """

    centre: np.ndarray
    axes: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def points(self, u: np.ndarray) -> np.ndarray:
        """Points in the model's unconstrained variables, shape (M, P), from u of that shape."""
        return self.centre + u @ self.axes.T

    def nodes(self, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Equally spaced nodes, `shape` of them in each direction.

        Returns
        -------
        cut_nodes : ndarray, shape (shape[0],)
            Nodes in the cut direction.
        u : ndarray, shape (M, P)
            All nodes, the cut direction varying slowest.
        lines : ndarray, shape (M / shape[0], P)
            The node of each line along the cut direction at which it enters the box.
        """
        axes = [
            uniform_nodes(low, high, n)[0] for low, high, n in zip(self.lower, self.upper, shape, strict=True)
        ]
        u = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
        return axes[0], u, u[: len(u) // shape[0]]


def cut_positions(
    densities: Densities,
    box: NodeBox,
    lines: np.ndarray,
    dose: np.ndarray,
    bound: np.ndarray,
    other: np.ndarray | None = None,
) -> np.ndarray:
    """Where along the first direction P(DLT) crosses each of J bounds.

    Parameters
    ----------
    lines : ndarray, shape (L, P)
        A point u of each line; its first coordinate is ignored.
    dose, bound : ndarray, shape (J,)
        Index of a dose, and a bound on P(DLT) there.
    other : ndarray, shape (J,), optional
        Index of a second dose: the average of P(DLT) at both is what crosses the bound.

    Returns
    -------
    ndarray, shape (L, J)
        Minus or plus infinity where all of the line lies above or below the bound.
    """
    other = dose if other is None else other
    line, pair = (index.ravel() for index in np.indices((len(lines), len(dose))))

    def excess(position: np.ndarray, line: np.ndarray, pair: np.ndarray) -> np.ndarray:
        line, pair = line.astype(int), pair.astype(int)
        u = lines[line]
        u[:, 0] = position
        prob_dlt, row = densities.prob_dlt(box.points(u)), np.arange(len(u))
        return (prob_dlt[row, dose[pair]] + prob_dlt[row, other[pair]]) / 2 - bound[pair]

    # Half a width beyond the box on both sides: sinc weights vary smoothly there, then are 0 or 1.
    width = box.upper[0] - box.lower[0]
    low = np.full(len(line), box.lower[0] - width / 2)
    high = np.full(len(line), box.upper[0] + width / 2)
    at_low, at_high = excess(low, line, pair), excess(high, line, pair)
    cut = np.where(at_low >= 0, -np.inf, np.inf)
    crossing = (at_low < 0) & (at_high > 0)
    if crossing.any():
        inside = (line[crossing], pair[crossing])
        cut[crossing] = find_root(excess, (low[crossing], high[crossing]), args=inside).x
    return cut.reshape(len(lines), len(dose))


def find_box(densities: Densities, depth: float = _DEPTH) -> NodeBox:
    """Centre, directions and extent of the prior, by deterministic quadrature.

    Where the log density is more than `depth` below its largest value may lie outside.

    Raises
    ------
    UnsupportedModelError
        If P(DLT) rises with no single free variable, or the free variables all but determine one another.
    """
    mode = minimize(lambda z: -densities.log_prior(z[None])[0], densities.start, method="Nelder-Mead").x
    given_others = _curvature_scale(densities, mode)
    centre, covariance = mode, np.diag(given_others**2)
    for _ in range(4):
        u, log_prior, axes = _coarse(densities, centre, covariance, half_width=12.0)
        weights = np.exp(log_prior - log_prior.max())
        weights /= weights.sum()
        points = centre + u @ axes.T
        centre = weights @ points
        covariance = (points - centre).T @ ((points - centre) * weights[:, None])
    _check_share(given_others / np.sqrt(np.diag(covariance)))
    order, sign = _cut_first(densities, centre, covariance)
    axes = _ordered_axes(covariance, order, sign)
    half_width = _HALF_WIDTH
    while True:
        u, log_prior, _ = _coarse(densities, centre, covariance, half_width, axes=axes)
        inside = u[log_prior > log_prior.max() - depth]
        if np.abs(inside).max() < half_width or half_width >= _WIDEST:
            break
        # A density with a tail heavier than the normal's has not died out yet.
        half_width *= 2
    margin = 2 * half_width / (len(np.unique(u[:, 0])) - 1)
    return NodeBox(centre, axes, inside.min(axis=0) - margin, inside.max(axis=0) + margin)


def widen_box(
    densities: Densities,
    box: NodeBox,
    patients: np.ndarray,
    dlts: np.ndarray,
    depth: float = _POSTERIOR_DEPTH,
) -> NodeBox:
    """The box, widened to hold the posterior of each data set, shape (B, K), down to a depth.

    A posterior that contradicts a narrow prior lies in its far tail. Cut off at the box, it would
    make the trapezoid rule converge like a power of the step.
    """
    u, log_prior, _ = _coarse(densities, box.centre, np.eye(0), half_width=20.0, axes=box.axes)
    cells = densities.log_cells(box.points(u))
    lower, upper = box.lower, box.upper
    margin = 40.0 / (len(np.unique(u[:, 0])) - 1)
    for row in np.concatenate([dlts, patients - dlts], axis=1).astype(float):
        log_posterior = log_prior + row @ cells
        inside = u[log_posterior > np.nanmax(log_posterior) - depth]
        lower = np.minimum(lower, inside.min(axis=0) - margin)
        upper = np.maximum(upper, inside.max(axis=0) + margin)
    return replace(box, lower=lower, upper=upper)


def _coarse(
    densities: Densities,
    centre: np.ndarray,
    covariance: np.ndarray,
    half_width: float,
    axes: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log prior on a wide grid around the centre: (u, log prior, directions)."""
    axes = np.linalg.cholesky(covariance) if axes is None else axes
    number = {1: 2001, 2: 141, 3: 45}[len(centre)]
    side = np.linspace(-half_width, half_width, number)
    u = np.stack([axis.ravel() for axis in np.meshgrid(*[side] * len(centre), indexing="ij")], axis=1)
    log_prior = densities.log_prior(centre + u @ axes.T)
    return u, np.where(np.isnan(log_prior), -np.inf, log_prior), axes


def _check_share(share: np.ndarray) -> None:
    """Refuse a prior so narrow across that nodes fine enough for it would not fit in memory along it."""
    if share.min() < _LEAST_SHARE:
        raise UnsupportedModelError(
            "model",
            got=f"a prior under which the others fix a variable to less than {_LEAST_SHARE:g} of its spread",
            wanted="free variables that do not all but determine one another",
            fix="Lower the prior correlation, or leave a variable out.",
        )


def _curvature_scale(densities: Densities, mode: np.ndarray) -> np.ndarray:
    """Standard deviations of the normal density with the prior's curvature at its mode."""
    step = 1e-3 * np.maximum(1.0, np.abs(mode))
    shifted = np.concatenate([[mode], mode + np.diag(step), mode - np.diag(step)])
    at_mode, above, below = np.split(densities.log_prior(shifted), [1, 1 + len(mode)])
    curvature = (2 * at_mode - above - below) / step**2
    return 1 / np.sqrt(np.maximum(curvature, 1e-4))


def _cut_first(densities: Densities, centre: np.ndarray, covariance: np.ndarray) -> tuple[list[int], float]:
    """The variable along which P(DLT) moves one way at every dose: cuts are taken along it."""
    u, log_prior, axes = _coarse(densities, centre, covariance, half_width=5.0)
    u = u[log_prior > log_prior.max() - 12.0][:: max(1, len(u) // 3000)]
    points = centre + u @ axes.T
    at_points = densities.prob_dlt(points)
    for variable in range(len(centre)):
        step = np.zeros(len(centre))
        step[variable] = 0.5 * np.sqrt(covariance[variable, variable])
        change = densities.prob_dlt(points + step) - at_points
        certain = (at_points < 1e-9) | (at_points > 1 - 1e-9)
        for sign in (1.0, -1.0):
            if np.all((sign * change > 0) | certain):
                order = [variable, *[other for other in range(len(centre)) if other != variable]]
                return order, sign
    raise UnsupportedModelError(
        "model",
        got="no free variable that moves P(DLT) one way at every dose",
        wanted="one such variable (an intercept), along which interval probabilities are cut",
        fix="Reparametrise the model, or use `bayesdose.fit` (NUTS).",
    )


def _ordered_axes(covariance: np.ndarray, order: list[int], sign: float) -> np.ndarray:
    """Directions that whiten the prior, the first along the cut variable alone."""
    backwards = order[::-1]
    lower = np.linalg.cholesky(covariance[np.ix_(backwards, backwards)])
    # Column j of `lower` moves variables j, j+1, ... of `backwards`: the last moves the cut alone.
    axes = np.zeros_like(lower)
    axes[backwards] = lower[:, ::-1]
    axes[:, 0] *= sign
    return axes
