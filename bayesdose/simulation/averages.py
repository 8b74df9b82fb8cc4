"""Weighted averages over the ends of trials, with Monte Carlo errors or bounds where there are any."""

import numpy as np

from bayesdose.simulation.duration import Duration
from bayesdose.simulation.final_trials import FinalTrials

__all__ = ["DURATION_QUANTILES", "Averages", "Variables", "row_sums"]

Variables = dict[str, tuple[tuple[str, ...], np.ndarray]]

DURATION_QUANTILES = (0.1, 0.5, 0.9)


class Averages:
    """Weighted averages over end states, with Monte Carlo errors or bounds where there are any."""

    def __init__(
        self,
        weights: np.ndarray,
        trials: int | None,
        lost: np.ndarray | None,
        variables: Variables | None = None,
    ) -> None:
        self._weights = weights
        self._trials = trials
        self._lost = lost
        self.variables: Variables = {} if variables is None else variables

    def by(self, group: np.ndarray, number: int) -> "Averages":
        """The same averages, of values that differ between groups of end states only; (T,) numbers of groups.

        What is added to either of the two is in both.
        """
        weights = np.stack([np.bincount(group, row, number) for row in self._weights])
        return Averages(weights, self._trials, self._lost, self.variables)

    def add(
        self,
        name: str,
        dims: tuple[str, ...],
        values: np.ndarray,
        lowest: float | np.ndarray = 0.0,
        highest: float | np.ndarray = 1.0,
        beside: float | np.ndarray = 0.0,
    ) -> None:
        """Average values of shape (T, ...), or (S, T) for a scalar that differs between scenarios.

        `lowest` and `highest` are what a trial that was left out could have, a number for each scenario
        where they differ. `beside` is the average of what final trials lack, added to theirs.
        """
        pattern = "st,st->s" if values.ndim > len(dims) else "st,t...->s..."
        mean = np.einsum(pattern, self._weights, values, optimize=True) + beside
        self._of_mean(name, dims, mean, lowest, highest)
        if self._trials is not None:
            square = np.einsum(pattern, self._weights, np.square(values), optimize=True)
            self._add_error(name, dims, square - mean**2)

    def add_weighed(
        self, name: str, weigh: np.ndarray, values: np.ndarray, highest: np.ndarray, beside: np.ndarray
    ) -> None:
        """Average of what scenarios weigh differently: weights (S, K) of values (T, K); as `add`."""
        if self._trials is not None:
            self.add(name, ("scenario",), weigh @ values.T, highest=highest, beside=beside)
            return
        self._of_mean(name, ("scenario",), row_sums(weigh, self._weights @ values) + beside, 0.0, highest)

    def add_ratio(
        self,
        name: str,
        weigh: np.ndarray,
        values: np.ndarray,
        whole: np.ndarray,
        most: float,
        beside: float | np.ndarray = 0.0,
    ) -> None:
        """Ratio of the mean of values (T, K) with weights (S, K) to that of `whole`, (T,): `most` at most.

        `beside` is the average of what the values of final trials lack.
        """
        dims = ("scenario",)
        parts, total = row_sums(weigh, self._weights @ values) + beside, self._weights @ whole
        ratio = parts / total
        if self._lost is not None:
            # If the trials that were left out add nothing to the part, or only to it.
            left = self._lost * most
            self._set(name, dims, ratio, parts / (total + left), (parts + left) / (total + left))
            return
        self._set(name, dims, ratio)
        if self._trials is not None:
            # Delta method: the ratio's error is that of the mean of (part - ratio * whole) / E[whole].
            rest = (weigh @ values.T - ratio[:, None] * whole) / total[:, None]
            self._add_error(name, dims, np.einsum("st,st->s", self._weights, rest**2))

    def add_quantiles(self, name: str, duration: Duration, final: FinalTrials) -> None:
        """Quantiles of the trials' duration."""
        dims = ("scenario", "quantile")
        wanted = np.tile(DURATION_QUANTILES, (len(self._weights), 1))
        if self._lost is None:
            self._set(name, dims, duration.quantiles(final, self._weights, wanted))
            return
        lost = self._lost[:, None]
        low = duration.quantiles(final, self._weights, np.maximum(wanted - lost, 0))
        middle = duration.quantiles(final, self._weights, wanted * (1 - lost))
        self._set(name, dims, middle, low, duration.quantiles(final, self._weights, wanted))

    def _of_mean(
        self,
        name: str,
        dims: tuple[str, ...],
        mean: np.ndarray,
        lowest: float | np.ndarray,
        highest: float | np.ndarray,
    ) -> None:
        """Set an average over the trials that were not left out, and its bounds if some were."""
        if self._lost is None:
            self._set(name, dims, mean)
            return
        lost = self._lost.reshape(-1, *[1] * (mean.ndim - 1))
        self._set(name, dims, mean / (1 - lost), mean + lost * lowest, mean + lost * highest)

    def _set(self, name: str, dims: tuple[str, ...], value: np.ndarray, *bounds: np.ndarray) -> None:
        self.variables[name] = (dims, value)
        for end, bound in zip(("lower", "upper"), bounds, strict=bool(bounds)):
            self.variables[f"{name}_{end}"] = (dims, bound)

    def _add_error(self, name: str, dims: tuple[str, ...], variance: np.ndarray) -> None:
        assert self._trials is not None
        self.variables[f"{name}_mcse"] = (dims, np.sqrt(np.maximum(variance, 0.0) / self._trials))


def row_sums(weigh: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of products along rows, shape (S,) from (S, K) each."""
    return np.einsum("sk,sk->s", weigh, values)
