"""Tables of two regimens whose parameters may be exchangeable: the joint prior on pairs of nodes, built once.

Given the standard deviations between regimens, with covariance T, and the prior N(m, S) of their mean, the
average of the two regimens' parameters is N(m, S + T / 2), and their difference N(0, 2 T) independent of it.
So the joint prior of a pair of nodes is a product of a smooth function of where the pair lies and of
convolution weights of their displacement, and that is summed over T.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesdose.grid import DoseGrid
from bayesdose.inference.coupled import JointPrior, TwoRegimenTable
from bayesdose.inference.ladder import ladder
from bayesdose.inference.local_weights import normal_convolution_weights
from bayesdose.inference.refinement import Nodes
from bayesdose.inference.regimen_nodes import RegimenNodes, covering
from bayesdose.models.earlier_trials import Heterogeneity
from bayesdose.models.exchangeable_regimens import ExchangeableRegimens
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.models.numpy_densities import log_normal
from bayesdose.quadrature import normal_nodes

__all__ = ["exchangeable_tables"]

# The joint prior of N nodes takes 8 N² bytes: at most 650 MB.
_NODES = Nodes(first_cut=48, first_other=21, most=9_000, growth=1.3)
# Pairs of nodes are many, so the nodes lie less far out than those of one model: what is left out weighs some
# 1e-5. Standard deviations between regimens above this quantile (a normal deviate) may reach beyond them.
_DEPTH, _HIGH_DEVIATE = 16.0, 2.0
# Beyond this many of its own standard deviations, log tau weighs 6e-5.
_WIDEST_DEVIATE = 4.0


def exchangeable_tables(
    model: ExchangeableRegimens,
    grids: Sequence[DoseGrid],
    bounds: tuple[float, ...],
    max_patients: int,
    tolerances: Sequence[float],
) -> tuple[TwoRegimenTable, ...]:
    """Tables of an `ExchangeableRegimens`, one for each tolerance."""
    priors = [_widened(model)]
    if model.own is not None:
        shares = zip(model.own, model.prob_exchangeable, strict=True)
        priors += [prior for prior, share in shares if share < 1]
    nodes = RegimenNodes.of(grids, model.log_ratios(grids), covering(priors), bounds, max_patients, _DEPTH)

    def tabulated(shape: tuple[int, ...]) -> TwoRegimenTable:
        first, second = nodes.tables(shape)
        between = _between(model.heterogeneity, *_numbers(shape))
        joint = _with_own(_exchangeable(model.mean, between, nodes, shape), model, nodes, shape)
        return TwoRegimenTable(first, second, JointPrior(joint), np.inf)

    return ladder(tabulated, _NODES, 2, nodes.probes, tolerances)


@dataclass(frozen=True, eq=False)
class _Between:
    """Q covariances (Q, 2, 2) between regimens, with their prior weights (Q,)."""

    covariance: np.ndarray
    weight: np.ndarray


def _numbers(shape: tuple[int, ...]) -> tuple[int, int]:
    """Nodes for each standard deviation between regimens and for their correlation, more for finer rules."""
    finer = _NODES.shapes(2).index(shape)
    return 8 + finer + finer // 3, 3 + finer // 4


def _between(heterogeneity: Heterogeneity | None, number: int, number_of_correlations: int) -> _Between:
    if heterogeneity is None:
        return _Between(np.zeros((1, 2, 2)), np.ones(1))
    # Equally spaced: data that contradict each other leave hardly anything below some standard deviation,
    # which the Gauss rule of as many nodes resolves worse.
    deviate, weight = normal_nodes(number, _WIDEST_DEVIATE)
    tau = heterogeneity.at_deviate(deviate[:, None])
    rho, rho_weight = np.polynomial.legendre.leggauss(number_of_correlations)
    alpha, beta, correlation = np.meshgrid(tau[:, 0], tau[:, 1], rho, indexing="ij")
    across = correlation * alpha * beta
    covariance = np.stack([alpha**2, across, across, beta**2], axis=-1).reshape(-1, 2, 2)
    weights = weight[:, None, None] * weight[:, None] * rho_weight / 2
    return _Between(covariance, weights.ravel())


def _widened(model: ExchangeableRegimens) -> NormalPrior:
    """The prior of an exchangeable regimen for standard deviations between regimens that are high."""
    covariance = model.mean.covariance
    if model.heterogeneity is not None:
        covariance = covariance + np.diag(model.heterogeneity.at_deviate(np.array([_HIGH_DEVIATE])) ** 2)
    return NormalPrior.from_covariance(model.mean.mean, covariance, model.mean.reference_dose)


def _exchangeable(
    mean: NormalPrior, between: _Between, nodes: RegimenNodes, shape: tuple[int, ...]
) -> np.ndarray:
    """Prior weights of all pairs of nodes of two exchangeable regimens, shape (N, N)."""
    halfway, cell, (cut, lines) = nodes.halfway(shape), nodes.cell(shape), shape
    to_steps = np.linalg.inv(nodes.box.axes * nodes.steps(shape))
    average, displacement = [], []
    for covariance, weight in zip(between.covariance, between.weight, strict=True):
        of_average = NormalPrior.from_covariance(
            mean.mean, mean.covariance + covariance / 2, mean.reference_dose
        )
        density = np.exp(log_normal(of_average)(halfway.reshape(-1, 2))) / (2 * np.pi)
        average.append(weight * cell * density.reshape(halfway.shape[:2]))
        displacement.append(normal_convolution_weights(2 * to_steps @ covariance @ to_steps.T, (cut, lines)))
    return _pairs(np.stack(average, axis=-1), np.stack(displacement), shape)


def _pairs(average: np.ndarray, displacement: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sums over Q of what depends on the average and on the displacement of a pair of nodes.

    Parameters
    ----------
    average : ndarray, shape (2 C - 1, 2 L - 1, Q)
        Nodes and halfway between them.
    displacement : ndarray, shape (Q, 2 C - 1, 2 L - 1)

    Returns
    -------
    ndarray, shape (C L, C L)
    """
    cut, lines = shape
    joint = np.empty((cut, lines, cut, lines))
    one, other = np.indices((lines, lines))
    total, difference = one + other, one - other + lines - 1
    # A sum and a difference of two whole numbers are both even or both odd. Each half lies in one piece: the
    # products below would otherwise copy it for every block.
    halves = []
    for start in range(min(2, lines)):
        first, where = (start + lines - 1) % 2, np.nonzero(total % 2 == start)
        near = np.ascontiguousarray(average[:, start::2])
        apart = np.ascontiguousarray(displacement[:, :, first::2].transpose(1, 0, 2))
        halves.append((near, apart, where, (total[where] // 2, difference[where] // 2)))
    for row in range(cut):
        for column in range(row + 1):
            block = np.empty((lines, lines))
            for near, apart, where, pair in halves:
                block[where] = (near[row + column] @ apart[row - column + cut - 1])[pair]
            joint[row, :, column], joint[column, :, row] = block, block.T
    return joint.reshape(cut * lines, cut * lines)


def _with_own(
    exchangeable: np.ndarray, model: ExchangeableRegimens, nodes: RegimenNodes, shape: tuple[int, ...]
) -> np.ndarray:
    """The joint prior where a regimen may not be exchangeable."""
    if model.own is None or model.prob_exchangeable == (1.0, 1.0):
        return exchangeable
    first, second = model.prob_exchangeable
    points, cell = nodes.halfway(shape)[::2, ::2].reshape(-1, 2), nodes.cell(shape)
    own = [np.exp(log_normal(prior)(points)) * cell / (2 * np.pi) for prior in model.own]
    alone = [exchangeable.sum(axis=1), exchangeable.sum(axis=0)]
    joint = exchangeable * (first * second)
    joint += np.outer(first * (1 - second) * alone[0] + (1 - first) * (1 - second) * own[0], own[1])
    joint += np.outer((1 - first) * second * own[0], alone[1])
    return joint
