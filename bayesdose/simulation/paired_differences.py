"""Differences between designs on the same patients, with standard errors that take the pairing into account.

Two designs that treat the same simulated patients err together, so their difference is estimated more
precisely than the result of either. All that its error needs are sums of products of whole numbers over
trials.
"""

import numpy as np

from bayesdose.categories import dlts_in
from bayesdose.simulation.averages import Variables
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.truth import Truth

__all__ = ["NUM_MEASURES", "paired_differences", "trial_measures"]

# What is measured in each trial; all are whole numbers.
_MEASURES = ("one", "correct", "overdose", "patients", "at_mtd", "overdosed", "dlts")
NUM_MEASURES = len(_MEASURES)
# A characteristic is the ratio of two measures' means.
_RATIOS = {
    "correct_selection": ("correct", "one"),
    "overdose_selection": ("overdose", "one"),
    "expected_sample_size": ("patients", "one"),
    "proportion_treated_at_mtd": ("at_mtd", "patients"),
    "proportion_overdosed": ("overdosed", "patients"),
    "dlt_rate": ("dlts", "patients"),
}


def trial_measures(final: FinalTrials, truth: Truth) -> np.ndarray:
    """Measures of each way in which a trial can end, in each scenario; shape (S, T, measures)."""
    patients, dlts = final.counts.sum(axis=-1, dtype=float), dlts_in(final.counts).sum(axis=1, dtype=float)
    side = truth.side
    scenarios, ends = len(side), len(dlts)
    measures = np.empty((scenarios, ends, NUM_MEASURES))
    measures[..., 0] = 1
    measures[..., 1] = side[:, final.recommendation + 1] == 0
    measures[..., 2] = side[:, final.recommendation + 1] > 0
    measures[..., 3] = patients.sum(axis=1)
    measures[..., 4] = (side[:, 1:] == 0) @ patients.T
    measures[..., 5] = (side[:, 1:] > 0) @ patients.T
    measures[..., 6] = dlts
    return measures


def paired_differences(products: np.ndarray, trials: int) -> Variables:
    """Differences of characteristics between each two designs.

    Parameters
    ----------
    products : ndarray, shape (S, D, M, D, M)
        Sums over trials of the products of each two designs' measures.
    trials : int
        Number of trials behind them.

    Returns
    -------
    dict of str to (dims, array)
        ``<name>_difference (design, other_design, scenario)``: the design's characteristic less the
        other's, and its Monte Carlo standard error ``<name>_difference_mcse`` (delta method).
    """
    moments = products / trials
    num_designs = moments.shape[1]
    design = np.arange(num_designs)
    # The measure "one" of the first design turns products into means.
    means = moments[:, 0, 0]
    variables: Variables = {}
    for name, (part, whole) in _RATIOS.items():
        p, w = _MEASURES.index(part), _MEASURES.index(whole)
        ratio = means[:, :, p] / means[:, :, w]
        # Influence of a trial on a design's ratio: (part - ratio * whole) / mean of whole.
        weight = np.zeros(means.shape)
        weight[:, :, p] += 1 / means[:, :, w]
        weight[:, :, w] -= ratio / means[:, :, w]
        covariance = np.einsum("sdm,sdmen,sen->sde", weight, moments, weight, optimize=True)
        own = covariance[:, design, design]
        variance = own[:, :, None] + own[:, None, :] - 2 * covariance
        difference = ratio[:, :, None] - ratio[:, None, :]
        error = np.sqrt(np.maximum(variance, 0.0) / trials)
        error[:, design, design] = 0.0
        dims = ("design", "other_design", "scenario")
        variables[f"{name}_difference"] = (dims, np.moveaxis(difference, 0, -1))
        variables[f"{name}_difference_mcse"] = (dims, np.moveaxis(error, 0, -1))
    return variables
