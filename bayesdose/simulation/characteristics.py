"""Operating characteristics from the ways in which trials end, the same for both engines.

Both engines give end states with a weight in each scenario: a probability (exact) or a frequency
(Monte Carlo). Every characteristic is a weighted sum over them, and the frequencies also give
each one's Monte Carlo standard error.
"""

from dataclasses import dataclass

import numpy as np

from bayesdose.rules.mtd import MTDRule
from bayesdose.simulation.graph import FinalTrials
from bayesdose.trial import StopReason

__all__ = ["Truth", "characteristics"]

Variables = dict[str, tuple[tuple[str, ...], np.ndarray]]


@dataclass(frozen=True, eq=False)
class Truth:
    """True P(DLT) of S scenarios on K doses, and the rule that names the MTD.

    Parameters
    ----------
    prob_dlt : ndarray, shape (S, K)
    mtd_rule : MTDRule
    """

    prob_dlt: np.ndarray
    mtd_rule: MTDRule

    @property
    def mtd(self) -> np.ndarray:
        """Index of the MTD in each scenario, -1 for none; shape (S,)."""
        return self.mtd_rule.mtd(self.prob_dlt)


class _Averages:
    """Weighted averages over end states, with Monte Carlo errors where the weights are frequencies."""

    def __init__(self, weights: np.ndarray, trials: int | None) -> None:
        self._weights = weights
        self._trials = trials
        self.variables: Variables = {}

    def add(self, name: str, dims: tuple[str, ...], values: np.ndarray) -> np.ndarray:
        """Average values of shape (T, ...), or (S, T) for a scalar that differs between scenarios."""
        pattern = "st,st->s" if values.ndim > len(dims) else "st,t...->s..."
        mean = np.einsum(pattern, self._weights, values, optimize=True)
        self.variables[name] = (dims, mean)
        if self._trials is not None:
            square = np.einsum(pattern, self._weights, np.square(values), optimize=True)
            self._add_error(name, dims, square - mean**2)
        return mean

    def add_ratio(self, name: str, part: np.ndarray, whole: np.ndarray) -> None:
        """Ratio of the means of `part`, shape (S, T), and `whole`, shape (T,)."""
        total = self._weights @ whole
        ratio = np.einsum("st,st->s", self._weights, part) / total
        self.variables[name] = (("scenario",), ratio)
        if self._trials is not None:
            # Delta method: the ratio's error is that of the mean of (part - ratio * whole) / E[whole].
            rest = (part - ratio[:, None] * whole) / total[:, None]
            self._add_error(name, ("scenario",), np.einsum("st,st->s", self._weights, rest**2))

    def _add_error(self, name: str, dims: tuple[str, ...], variance: np.ndarray) -> None:
        assert self._trials is not None
        self.variables[f"{name}_mcse"] = (dims, np.sqrt(np.maximum(variance, 0.0) / self._trials))


def characteristics(
    final: FinalTrials,
    weights: np.ndarray,
    truth: Truth,
    *,
    max_patients: int,
    dlt_window: float | None,
    trials: int | None,
) -> Variables:
    """Operating characteristics of one design.

    Parameters
    ----------
    final : FinalTrials
        T ways in which trials end.
    weights : ndarray, shape (S, T)
        Probability or frequency of each in S scenarios.
    truth : Truth
        What the doses truly do.
    max_patients : int
        Length of the ``patients`` coordinate, less one.
    dlt_window : float, optional
        Days that each cohort is followed before the next one; without it no duration is given.
    trials : int, optional
        Number of simulated trials behind the frequencies; None for exact probabilities.

    Returns
    -------
    dict of str to (dims, array)
        Variables as xarray takes them.
    """
    patients, dlts = final.counts.sum(axis=-1, dtype=float), final.counts[..., -1].astype(float)
    total, total_dlts = patients.sum(axis=1), dlts.sum(axis=1)
    num_doses = patients.shape[1]
    doses, mtd = np.arange(num_doses), truth.mtd
    averages = _Averages(weights, trials)
    add = averages.add

    add(
        "selection_probability",
        ("scenario", "recommendation"),
        _one_hot(final.recommendation + 1, num_doses + 1),
    )
    add("expected_patients", ("scenario", "dose"), patients)
    add("expected_dlts", ("scenario", "dose"), dlts)
    add("sample_size_probability", ("scenario", "patients"), _one_hot(total.astype(int), max_patients + 1))
    add("expected_sample_size", ("scenario",), total)
    add("stop_reason_probability", ("scenario", "stop_reason"), _one_hot(final.stop, len(StopReason))[:, 1:])
    if dlt_window is not None:
        add("expected_duration", ("scenario",), final.cohorts * dlt_window)

    chosen = final.recommendation[None, :]
    add("correct_selection", ("scenario",), (chosen == mtd[:, None]).astype(float))
    add("overdose_selection", ("scenario",), (chosen > mtd[:, None]).astype(float))
    add("underdose_selection", ("scenario",), (chosen < mtd[:, None]).astype(float))
    add("accuracy_index", ("scenario",), _accuracy(final.recommendation, truth))

    averages.add_ratio("proportion_treated_at_mtd", (doses == mtd[:, None]) @ patients.T, total)
    averages.add_ratio("proportion_overdosed", (doses > mtd[:, None]) @ patients.T, total)
    averages.add_ratio("dlt_rate", np.broadcast_to(total_dlts, weights.shape), total)
    add("mean_trial_dlt_rate", ("scenario",), total_dlts / total)
    return averages.variables


def _one_hot(codes: np.ndarray, number: int) -> np.ndarray:
    return (codes[:, None] == np.arange(number)).astype(float)


def _accuracy(recommendation: np.ndarray, truth: Truth) -> np.ndarray:
    """Cheung's accuracy index of each recommendation, shape (S, T).

    One minus K times the distance of the recommended dose's P(DLT) from the target, over the sum
    of all doses' distances. Recommending no dose counts as a dose that never causes a DLT. The index
    is undefined (NaN) where there is no MTD, and for an MTD rule that aims at no target.
    """
    target = truth.mtd_rule.target
    if target is None:
        return np.full((len(truth.prob_dlt), len(recommendation)), np.nan)
    distance = np.abs(truth.prob_dlt - target)
    with_none = np.concatenate([np.full((len(distance), 1), target), distance], axis=1)
    scale = distance.sum(axis=1, keepdims=True)
    index = 1 - distance.shape[1] * with_none / np.where(scale > 0, scale, np.nan)
    index[truth.mtd < 0] = np.nan
    return index[:, recommendation + 1]
