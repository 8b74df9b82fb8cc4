"""Groups that borrow from each other: their rates are exchangeable on the logit scale."""

from functools import lru_cache
from typing import Annotated, Literal, NamedTuple

import annotated_types as at
import numpy as np
from scipy.special import log_expit, logit

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import InnerProbability, Patients, Probability
from bayesdose.quadrature import normal_nodes, sinc_cut_weights
from bayesdose.rules.group_monitoring import GroupMonitoring, Seen

__all__ = ["ExchangeableGroups"]

MeanSD = Annotated[float, at.Ge(0.05), at.Le(5)]
# Between 0 and 0.05 groups are all but one, and would ask for thousands of nodes.
Spread = Annotated[
    float, at.Predicate(lambda spread: spread == 0 or 0.05 <= spread <= 3), "that is 0 or from 0.05 to 3"
]
_HALF_WIDTH = 8.0
_LARGEST = 4_000_000


class _Nodes(NamedTuple):
    """Nodes of mean and spread (M) and of a group's rate given these (Z); which rates are above the limit."""

    log_weight: np.ndarray  # (M,)
    log_rate: np.ndarray  # (Z, M)
    log_rest: np.ndarray  # (Z, M)
    weight: np.ndarray  # (Z, 1)
    above: np.ndarray  # (Z, M)


@checked_value
class ExchangeableGroups(GroupMonitoring):
    """A group stops if P(its rate > limit), given the patients of all groups, exceeds a cutoff, strictly.

    The logits of the groups' rates are normal around a common mean, so that groups with few patients borrow
    from the others. The posterior is a sum over nodes, without sampling.

    Parameters
    ----------
    limit : float
        Rate above which a group is stopped, between 0 and 1.
    cutoff : float
        Posterior probability that must be exceeded.
    median : float
        Prior median of the rate at the mean logit.
    sd : float
        Prior standard deviation of the mean logit, 0.05 to 5.
    spread : float
        Standard deviation of the groups' logits around their mean, 0.05 to 3; 0 makes them one group.
    spread_is : {"half-normal", "stated"}, default "half-normal"
        Whether `spread` is the scale of a half-normal prior or the spread itself.
    min_patients : int, default 1
        Patients of a group before it can stop.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Thall PF, Wathen JK, Bekele BN, Champlin RE, Baker LH, Benjamin RS (2003). Hierarchical Bayesian
    approaches to phase II trials in diseases with multiple subtypes. Statistics in Medicine 22:763-780.

    Examples
    --------
    Three DLTs in six patients, beside two groups that had none or three as well:

    >>> rule = ExchangeableGroups(0.3, 0.9, median=0.25, sd=2.0, spread=0.5)
    >>> patients, events = np.full((2, 3), 6), np.array([[3, 0, 0], [3, 3, 3]])
    >>> rule.prob_above(patients, events)[:, 0].round(2).tolist()
    [0.28, 0.93]
    """

    limit: InnerProbability
    cutoff: Probability
    median: InnerProbability
    sd: MeanSD
    spread: Spread
    spread_is: Literal["half-normal", "stated"] = "half-normal"
    min_patients: Patients = 1

    def __str__(self) -> str:
        after = f" after {self.min_patients} or more patients there" if self.min_patients > 1 else ""
        spread = f"a spread of {self.spread:g}"
        if self.spread_is == "half-normal":
            spread = f"a half-normal spread of scale {self.spread:g}"
        return (
            f"a group if P(rate > {self.limit:g}) > {self.cutoff:g}{after}, the groups' rates exchangeable "
            f"(logits normal around a mean with {spread}; mean: median rate {self.median:g}, "
            f"standard deviation {self.sd:g})"
        )

    @property
    def sees(self) -> Seen:
        """The counts of all groups."""
        return "all"

    def stops(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Which groups stop in each trial, shape (B, G)."""
        return (self.prob_above(patients, events) > self.cutoff) & (patients >= self.min_patients)

    def prob_above(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Posterior probability that each group's rate is above the limit.

        Parameters
        ----------
        patients, events : ndarray of int, shape (B, G)
            Patients of each group and how many of them had the event.

        Returns
        -------
        ndarray, shape (B, G)
        """
        patients, events = np.asarray(patients, dtype=int), np.asarray(events, dtype=int)
        most = int(patients.max(initial=0)) + 1
        pairs, column = np.unique(patients * most + events, return_inverse=True)
        column = column.reshape(patients.shape)
        # Groups are exchangeable: how many have which counts is all that matters, once for each such case.
        cases, where = np.unique(np.sort(column, axis=1), axis=0, return_inverse=True)
        tables = [_group(self, *divmod(int(pair), most)) for pair in pairs]
        log_likelihood = np.array([one[0] for one in tables])
        above = np.array([one[1] for one in tables])
        prior = _nodes(self).log_weight
        found = np.empty((len(cases), len(pairs)))
        step = max(1, _LARGEST // len(prior))
        for start in range(0, len(cases), step):
            these = cases[start : start + step]
            number = np.zeros((len(these), len(pairs)))
            np.add.at(number, (np.arange(len(these))[:, None], these), 1.0)
            weight = number @ log_likelihood + prior
            weight = np.exp(weight - weight.max(axis=1, keepdims=True))
            found[start : start + step] = weight @ above.T / weight.sum(axis=1, keepdims=True)
        return found[where.reshape(-1, 1), column]


@lru_cache(maxsize=4)
def _nodes(rule: ExchangeableGroups) -> _Nodes:
    """Nodes for a rule. Trapezoid sums converge exponentially here once they resolve the spread."""
    centre, cut = logit(rule.median), logit(rule.limit)
    if rule.spread == 0:
        mean, log_weight = _mean_nodes(centre, rule.sd, 0.05)
        below = sinc_cut_weights(mean, np.array(cut))
        return _Nodes(
            log_weight, log_expit(mean)[None], log_expit(-mean)[None], np.ones((1, 1)), 1 - below[None]
        )
    spreads, log_prior = np.array([rule.spread]), np.zeros(1)
    if rule.spread_is == "half-normal":
        # The integrand is an even function of the spread, so midpoints from 0 on are a trapezoid sum.
        step = min(0.25 * rule.spread, 0.15)
        spreads = np.arange(step / 2, 6 * rule.spread, step)
        log_prior = -0.5 * (spreads / rule.spread) ** 2
    z, weight = normal_nodes(161, 8.0)
    parts = []
    for spread, log_share in zip(spreads, log_prior, strict=True):
        mean, log_weight = _mean_nodes(centre, rule.sd, min(spread / 2, 0.2))
        theta = mean + spread * z[:, None]
        above = 1 - sinc_cut_weights(z, (cut - mean) / spread)
        parts.append((log_weight + log_share, log_expit(theta), log_expit(-theta), above))
    log_weight, log_rate, log_rest, above = (
        np.concatenate(part, axis=-1) for part in zip(*parts, strict=True)
    )
    return _Nodes(log_weight, log_rate, log_rest, weight[:, None], above)


def _mean_nodes(centre: float, sd: float, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of the mean logit and the logarithms of their prior weights, which sum to 1."""
    step = min(step, sd / 4)
    number = 2 * int(np.ceil(_HALF_WIDTH * sd / step)) + 1
    z = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, number)
    log_weight = -0.5 * z**2
    return centre + sd * z, log_weight - np.log(np.sum(np.exp(log_weight)))


@lru_cache(maxsize=512)
def _group(rule: ExchangeableGroups, patients: int, events: int) -> tuple[np.ndarray, np.ndarray]:
    """Log likelihood of one group's counts at each node, and P(its rate > limit) there, shapes (M,)."""
    nodes = _nodes(rule)
    log_likelihood = events * nodes.log_rate + (patients - events) * nodes.log_rest
    highest = log_likelihood.max(axis=0)
    likelihood = nodes.weight * np.exp(log_likelihood - highest)
    total = likelihood.sum(axis=0)
    return np.log(total) + highest, np.sum(likelihood * nodes.above, axis=0) / total
