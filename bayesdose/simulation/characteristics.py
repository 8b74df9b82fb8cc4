"""Operating characteristics from the ways in which trials end, the same for both engines.

Both engines give end states with a weight in each scenario: a probability (exact) or a frequency
(Monte Carlo). Every characteristic is a weighted sum over them. Frequencies also give each one's
Monte Carlo standard error, and what a truncated graph leaves out gives each one's bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesdose.rules.mtd import MTDRule, limit_of
from bayesdose.short_rows import across
from bayesdose.simulation.duration import Duration
from bayesdose.simulation.graph import FinalTrials
from bayesdose.simulation.stage_characteristics import add_stages
from bayesdose.trial import StopReason

__all__ = ["DURATION_QUANTILES", "Truth", "Variables", "characteristics", "of_designs"]

Variables = dict[str, tuple[tuple[str, ...], np.ndarray]]

DURATION_QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Truth:
    """True P(DLT) of S scenarios on K doses, and the rule that names the MTD.

    Parameters
    ----------
    prob_dlt : ndarray, shape (S, K)
    mtd_rule : MTDRule
    regimen : ndarray of int, shape (K,), optional
        Position of each dose's regimen, each of which has an MTD of its own; one regimen if not given.
    """

    prob_dlt: np.ndarray
    mtd_rule: MTDRule
    regimen: np.ndarray | None = None

    @property
    def regimens(self) -> np.ndarray:
        """Position of each dose's regimen, shape (K,)."""
        return np.zeros(self.prob_dlt.shape[1], dtype=int) if self.regimen is None else self.regimen

    @cached_property
    def mtds(self) -> np.ndarray:
        """Index of each of R regimens' MTD in each scenario, -1 for none; shape (S, R)."""
        found = []
        for number in range(self.regimens[-1] + 1):
            first = int(np.argmax(self.regimens == number))
            mtd = self.mtd_rule.mtd(self.prob_dlt[:, self.regimens == number])
            found.append(np.where(mtd < 0, -1, first + mtd))
        return np.stack(found, axis=1)

    @cached_property
    def side(self) -> np.ndarray:
        """Whether no dose, then each dose, is too low (-1), right (0) or too high (1); shape (S, 1 + K).

        A dose is held against the MTD of its own regimen. No dose is right where no regimen has an MTD.
        """
        first = np.array([np.argmax(self.regimens == number) for number in self.regimens])
        own = self.mtds[:, self.regimens]
        above = np.where(own < 0, first - 1, own)
        of_doses = np.sign(np.arange(len(self.regimens)) - above)
        of_none = np.where((self.mtds < 0).all(axis=1), 0, -1)
        return np.concatenate([of_none[:, None], of_doses], axis=1)

    def take(self, scenarios: slice) -> "Truth":
        """Some of the scenarios."""
        return Truth(self.prob_dlt[scenarios], self.mtd_rule, self.regimen)


class _Averages:
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

    def by(self, group: np.ndarray, number: int) -> "_Averages":
        """The same averages, of values that differ between groups of end states only; (T,) numbers of groups.

        What is added to either of the two is in both.
        """
        weights = np.stack([np.bincount(group, row, number) for row in self._weights])
        return _Averages(weights, self._trials, self._lost, self.variables)

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
        self._of_mean(name, ("scenario",), _row_sums(weigh, self._weights @ values) + beside, 0.0, highest)

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
        parts, total = _row_sums(weigh, self._weights @ values) + beside, self._weights @ whole
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


def characteristics(
    final: FinalTrials,
    weights: np.ndarray,
    truth: Truth,
    *,
    max_patients: int,
    duration: Duration | None,
    trials: int | None = None,
    lost: np.ndarray | None = None,
    stages: Sequence[int | None] = (),
    at_closed: np.ndarray | None = None,
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
    duration : Duration, optional
        How long cohorts take; without it no duration is given, nor where regimens have windows of their own.
    trials : int, optional
        Number of simulated trials behind the frequencies; None for exact probabilities.
    lost : ndarray, shape (S,), optional
        Probability of the trials that a truncated graph leaves out, by which the rows of `weights`
        fall short of 1. Values are then averages over the other trials, and each has bounds
        ``<name>_lower`` and ``<name>_upper``, which hold whatever the trials left out were.
    stages : sequence of int or None, optional
        Later stages of the comparison (see `add_stages`); without any there are no variables of stages.
    at_closed : ndarray, shape (S, K, 2), optional
        Expected patients and DLTs at closed doses, which final counts lack.

    Returns
    -------
    dict of str to (dims, array)
        Variables as xarray takes them.
    """
    patients = across(np.add, final.counts.astype(float))
    dlts = final.counts[..., -1].astype(float)
    total, total_dlts = final.totals.astype(float).T
    num_doses = patients.shape[1]
    closed = np.zeros((len(weights), num_doses, 2)) if at_closed is None else at_closed
    averages = _Averages(weights, trials, lost)
    add = averages.add
    # An unfinished trial is neither right nor wrong: its recommendations are apart from a finished one's.
    unfinished = final.stop == StopReason.UNFINISHED.code
    choices = num_doses + 1
    by_choice = averages.by(final.recommendation + 1 + choices * unfinished, 2 * choices)
    choice = np.arange(2 * choices) % choices
    finished = np.arange(2 * choices) < choices

    by_choice.add("selection_probability", ("scenario", "recommendation"), _one_hot(choice, choices))
    dose = ("scenario", "dose")
    add("expected_patients", dose, patients, highest=max_patients, beside=closed[..., 0])
    add("expected_dlts", dose, dlts, highest=max_patients, beside=closed[..., 1])
    sizes = averages.by(total.astype(int), max_patients + 1)
    sizes.add("sample_size_probability", ("scenario", "patients"), np.eye(max_patients + 1))
    add("expected_sample_size", ("scenario",), total, highest=max_patients)
    reasons = averages.by(final.stop, len(StopReason))
    reasons.add("stop_reason_probability", ("scenario", "stop_reason"), np.eye(len(StopReason))[:, 1:])
    # Ends do not know under which regimen each of their cohorts was.
    if duration is not None and duration.windows is None:
        longest = duration.longest_mean(max_patients)
        add("expected_duration", ("scenario",), duration.mean(final), highest=longest)
        averages.add_quantiles("duration_quantile", duration, final)

    side = truth.side
    chosen, none = side[:, choice], choice == 0
    for name, which in (
        ("correct_selection", finished & (chosen == 0)),
        ("overdose_selection", chosen > 0),
        ("underdose_selection", finished & (chosen < 0)),
        ("lower_dose_selection", ~none & finished & (chosen < 0)),
        ("no_dose_selection", none & finished & (chosen < 0)),
    ):
        by_choice.add(name, ("scenario",), which.astype(float))
    for name, values in (("selection_loss", _loss(truth)), ("accuracy_index", _accuracy(truth))):
        ends = {"lowest": values.min(axis=1), "highest": values.max(axis=1)}
        by_choice.add(name, ("scenario",), values[:, choice], **ends)
    excess = np.maximum(truth.prob_dlt - limit_of(truth.mtd_rule), 0.0)
    most = max_patients * excess.max(axis=1)
    beyond = _row_sums(excess, closed[..., 0])
    averages.add_weighed("expected_excess_dlts", excess, patients, most, beyond)

    for name, which in (
        ("proportion_treated_at_mtd", side[:, 1:] == 0),
        ("proportion_overdosed", side[:, 1:] > 0),
    ):
        lacks = _row_sums(which, closed[..., 0])
        averages.add_ratio(name, which.astype(float), patients, total, max_patients, lacks)
    each = np.ones((len(weights), 1))
    averages.add_ratio("dlt_rate", each, total_dlts[:, None], total, max_patients)
    add("mean_trial_dlt_rate", ("scenario",), total_dlts / total)
    if stages:
        add_stages(add, final, side, stages, max_patients)
    return averages.variables


def of_designs(parts: Sequence[Variables]) -> Variables:
    """The characteristics of several designs, with ``design`` as the first dimension."""
    return {
        name: (("design", *dims), np.stack([part[name][1] for part in parts]))
        for name, (dims, _) in parts[0].items()
    }


def _row_sums(weigh: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums of products along rows, shape (S,) from (S, K) each."""
    return np.einsum("sk,sk->s", weigh, values)


def _one_hot(codes: np.ndarray, number: int) -> np.ndarray:
    return (codes[:, None] == np.arange(number)).astype(float)


def _loss(truth: Truth) -> np.ndarray:
    """Distance in P(DLT) of recommending no dose, then each dose, from the right answer; (S, 1 + K).

    No dose counts as one that never causes a DLT. Where no dose is the MTD, recommending none loses nothing,
    and a dose loses what it is above the limit or target. Of several regimens a dose is held against its own;
    none against the one with the highest P(DLT) at its MTD.
    """
    scenario = np.arange(len(truth.mtds))[:, None]
    there = truth.mtds >= 0
    at_mtd = np.where(there, truth.prob_dlt[scenario, truth.mtds], limit_of(truth.mtd_rule))
    of_none = np.where(there, at_mtd, 0.0).max(axis=1, keepdims=True)
    return np.concatenate([of_none, np.abs(truth.prob_dlt - at_mtd[:, truth.regimens])], axis=1)


def _accuracy(truth: Truth) -> np.ndarray:
    """Cheung's accuracy index of recommending no dose, then each dose; shape (S, 1 + K).

    One minus K times the distance of the recommended dose's P(DLT) from the target, over the sum
    of all doses' distances. Recommending no dose counts as a dose that never causes a DLT. The index
    is undefined (NaN) where there is no MTD, for an MTD rule that aims at no target, and for several
    regimens.
    """
    target = truth.mtd_rule.target
    if target is None or truth.mtds.shape[1] > 1:
        return np.full((truth.prob_dlt.shape[0], truth.prob_dlt.shape[1] + 1), np.nan)
    distance = np.abs(truth.prob_dlt - target)
    with_none = np.concatenate([np.full((len(distance), 1), target), distance], axis=1)
    scale = distance.sum(axis=1, keepdims=True)
    index = 1 - distance.shape[1] * with_none / np.where(scale > 0, scale, np.nan)
    index[truth.mtds[:, 0] < 0] = np.nan
    return index
