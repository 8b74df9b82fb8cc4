"""The meta-analytic predictive distribution from one earlier trial, by quadrature, in numpy alone.

Given the spread between trials, everything but the earlier trial's likelihood is normal: its pair is
N(m, V) with V = C + T before its data, C the covariance of the mean's prior and T that of the spread;
and the new trial's pair, given the earlier one's, is normal with mean m + C V^-1 (pair - m) and
covariance V - C V^-1 C. What is left to integrate is the earlier pair and the spread (two scales and a
correlation).
"""

import numpy as np
from scipy.special import expit, ndtr


def spread_nodes(heterogeneity, number=9):
    """Covariances T (H, 2, 2) between trials, and their weights: log-normal scales, uniform correlation."""
    z, w = np.polynomial.hermite_e.hermegauss(number)
    rho, w_rho = np.polynomial.legendre.leggauss(number)
    scale = np.log(heterogeneity.factor) / 1.96
    first, second = (median * np.exp(scale * z) for median in heterogeneity.median)
    a, b, r = (axis.ravel() for axis in np.meshgrid(first, second, rho, indexing="ij"))
    weights = (w[:, None, None] * w[None, :, None] * w_rho).ravel()
    between = np.stack([np.stack([a * a, r * a * b], -1), np.stack([r * a * b, b * b], -1)], -2)
    return between, weights / weights.sum()


def map_distribution(trial, mean, heterogeneity, at, *, number=5, side=120, slope_nodes=24):
    """Mean (2,) and covariance (2, 2) of the new pair, and P(logit P(DLT) < value) for (x, value) in `at`."""
    between, spread_weights = spread_nodes(heterogeneity, number)
    prior_mean, prior = np.array(mean.mean), mean.covariance
    axis = np.linspace(-7.0, 7.0, side)
    u = np.stack([grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij")], axis=1)
    standard = np.exp(-0.5 * (u**2).sum(axis=1))
    patients, dlts = np.array(trial.patients), np.array(trial.dlts)
    z, z_weights = np.polynomial.hermite_e.hermegauss(slope_nodes)
    z_weights = z_weights / z_weights.sum()
    total, first, second, below = 0.0, np.zeros(2), np.zeros((2, 2)), np.zeros(len(at))
    for spread, spread_weight in zip(between, spread_weights, strict=True):
        whole = prior + spread
        pairs = prior_mean + u @ np.linalg.cholesky(whole).T
        p = expit(pairs[:, :1] + np.exp(pairs[:, 1:]) * trial.log_ratio)
        p = np.clip(p, 1e-300, 1 - 1e-16)
        weights = spread_weight * standard * np.exp(np.log(p) @ dlts + np.log1p(-p) @ (patients - dlts))
        keep = weights > 1e-12 * weights.max()
        weights, pairs = weights[keep], pairs[keep]
        pull = prior @ np.linalg.inv(whole)
        new_mean, new_covariance = prior_mean + (pairs - prior_mean) @ pull.T, whole - pull @ prior
        total += weights.sum()
        first += weights @ new_mean
        second += new_mean.T @ (new_mean * weights[:, None]) + weights.sum() * new_covariance
        # log beta of the new pair on its nodes, log alpha given log beta in closed form.
        sd_slope = np.sqrt(new_covariance[1, 1])
        regression = new_covariance[0, 1] / sd_slope
        sd_rest = np.sqrt(new_covariance[0, 0] - regression**2)
        slope = np.exp(new_mean[:, 1:] + sd_slope * z)
        centre = new_mean[:, :1] + regression * z
        for number_at, (x, value) in enumerate(at):
            below[number_at] += weights @ ndtr((value - centre - slope * x) / sd_rest) @ z_weights
    first, second = first / total, second / total
    return first, second - np.outer(first, first), below / total
