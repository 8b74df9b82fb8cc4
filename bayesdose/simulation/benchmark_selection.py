"""What an MTD rule selects when every patient shows the outcome at every dose.

A patient with latent uniform u has a DLT at dose j if u < p_j, so with n patients the number of DLTs c_j at
dose j is the number of uniforms below p_j, and the counts rise with dose. No simulation is needed: given two
of the counts, the uniforms between are uniform there.
"""

from typing import Literal

import numpy as np
from scipy.special import bdtr, gammaln, xlogy

from bayesdose.errors import InputError
from bayesdose.rules.mtd import ClosestTo, HighestBelow, MTDRule

__all__ = [
    "Ties",
    "closest_to_selection",
    "estimated_selection",
    "exact_selection",
    "highest_below_selection",
]

Ties = Literal["lower", "higher", "split"]
# Scenarios are taken in blocks whose arrays hold about this many numbers.
_BLOCK = 1_000_000
_MIRRORED: dict[Ties, Ties] = {"lower": "higher", "higher": "lower", "split": "split"}


def exact_selection(prob_dlt: np.ndarray, num_patients: int, mtd_rule: MTDRule, ties: Ties) -> np.ndarray:
    """Probability that each dose is selected, none first: the numbers of `optimal_benchmark`.

    Parameters
    ----------
    prob_dlt : ndarray, shape (S, K)
    num_patients : int
    mtd_rule : ClosestTo or HighestBelow
    ties : {"lower", "higher", "split"}

    Returns
    -------
    ndarray, shape (S, K + 1)

    Raises
    ------
    InputError
        If the rule is another one, or its `too_toxic` is not above its target.
    """
    if isinstance(mtd_rule, HighestBelow):
        return highest_below_selection(prob_dlt, num_patients, mtd_rule)
    if not isinstance(mtd_rule, ClosestTo):
        raise InputError("mtd_rule", got=mtd_rule, wanted="ClosestTo or HighestBelow for an exact benchmark")
    if mtd_rule.too_toxic <= mtd_rule.target < 1:
        raise InputError(
            "MTD rule's too_toxic",
            got=mtd_rule.too_toxic,
            wanted=f"more than the target {mtd_rule.target:g} for an exact benchmark",
        )
    rows = max(1, _BLOCK // (num_patients + 1) ** 2)
    blocks = [prob_dlt[start : start + rows] for start in range(0, len(prob_dlt), rows)]
    return np.concatenate([closest_to_selection(block, num_patients, mtd_rule, ties) for block in blocks])


def highest_below_selection(prob_dlt: np.ndarray, num_patients: int, rule: HighestBelow) -> np.ndarray:
    """Probability that each dose is the highest whose estimate is below the limit.

    Parameters
    ----------
    prob_dlt : ndarray, shape (S, K)
    num_patients : int
    rule : HighestBelow

    Returns
    -------
    ndarray, shape (S, K + 1)
        None first.
    """
    estimates = np.arange(num_patients + 1) / num_patients
    most = float(np.sum(rule.mtd(estimates[:, None]) >= 0) - 1)
    # Counts rise with dose, so dose j or a higher one is selected exactly if c_j is low enough.
    reached = np.ones((len(prob_dlt), prob_dlt.shape[1] + 2))
    reached[:, 1:-1], reached[:, -1] = bdtr(most, num_patients, prob_dlt), 0
    return -np.diff(reached, axis=1)


def closest_to_selection(prob_dlt: np.ndarray, num_patients: int, rule: ClosestTo, ties: Ties) -> np.ndarray:
    """Probability that each dose's estimate is the closest to the target.

    Let B be the last dose whose estimate is at most the target. The candidates are the doses with the count
    a = c_B and those with the count b = c_(B+1), and (a, b - a, n - b) is multinomial. Which doses share a
    count follows from a or b alone (see `_end_of_run`), and independently for both.

    Parameters
    ----------
    prob_dlt : ndarray, shape (S, K)
    num_patients : int
    rule : ClosestTo
        With `too_toxic` above the target.
    ties : {"lower", "higher", "split"}

    Returns
    -------
    ndarray, shape (S, K + 1)
        None first.
    """
    (num_scenarios, num_doses), n = prob_dlt.shape, num_patients
    estimates = np.arange(n + 1) / n
    # Rounded as the rule does, so that distances that are equal in decimal are ties.
    distance = np.round(np.abs(estimates - rule.target), 12)
    low = np.flatnonzero(estimates <= rule.target)
    high = np.flatnonzero(estimates > rule.target)
    excess = distance[low][:, None] - distance[high]
    to_low = (excess < 0) | ((excess == 0) & (ties == "lower"))
    to_high = (excess > 0) | ((excess == 0) & (ties == "higher"))
    tied_low, tied_high = np.nonzero((excess == 0) & (ties == "split"))

    selection = np.zeros((num_scenarios, num_doses + 1))
    # If no dose is at most the target: only b, the count at the lowest dose, matters.
    only_high = _multinomial(n, np.zeros(1), high, np.zeros(num_scenarios), prob_dlt[:, 0])[:, 0]
    too_toxic = estimates[high] >= rule.too_toxic
    selection[:, 0] = only_high[:, too_toxic].sum(axis=1)
    selection[:, 1:] += _share_above(only_high * ~too_toxic, prob_dlt, n - high, ties)
    # If all are: only a, the count at the highest.
    only_low = _multinomial(n, low, np.full(1, n), prob_dlt[:, -1], np.ones(num_scenarios))[:, :, 0]
    selection[:, 1:] += _share_below(only_low, prob_dlt, low, ties)
    for last in range(1, num_doses):
        below, above = prob_dlt[:, :last], prob_dlt[:, last:]
        pairs = _multinomial(n, low, high, below[:, -1], above[:, 0])
        by_low, by_high = (pairs * to_low).sum(axis=2), (pairs * to_high).sum(axis=1)
        selection[:, 1 : last + 1] += _share_below(by_low, below, low, ties)
        selection[:, last + 1 :] += _share_above(by_high, above, n - high, ties)
        selection[:, 1:] += _share_of_both(
            pairs[:, tied_low, tied_high], below, low[tied_low], above, n - high[tied_high]
        )
    return selection


def estimated_selection(estimates: np.ndarray, rule: MTDRule, ties: Ties) -> np.ndarray:
    """What a rule selects from estimates that rise with dose.

    Parameters
    ----------
    estimates : ndarray, shape (N, K)
    rule : MTDRule
    ties : {"lower", "higher", "split"}
        For `ClosestTo`; other rules settle ties themselves.

    Returns
    -------
    ndarray, shape (N, K + 1)
        Probability of each selection, none first; rows of zeros and a one but for split ties.
    """
    level = rule.mtd(estimates)
    if not isinstance(rule, ClosestTo) or ties == "lower":
        return (level[:, None] == np.arange(-1, estimates.shape[1])).astype(float)
    distance = np.round(np.abs(estimates - rule.target), 12)
    tied = distance == distance.min(axis=1, keepdims=True)
    if ties == "higher":
        tied &= np.cumsum(tied[:, ::-1], axis=1)[:, ::-1] == 1
    chosen = np.where(level[:, None] < 0, 0.0, tied / tied.sum(axis=1, keepdims=True))
    return np.concatenate([(level[:, None] < 0).astype(float), chosen], axis=1)


def _multinomial(n: int, a: np.ndarray, b: np.ndarray, p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """P(a of n uniforms are below p and b are below q) for p <= q of shape (S,); shape (S, A, C)."""
    a, p, q = a[:, None], p[:, None, None], q[:, None, None]
    ways = gammaln(n + 1) - gammaln(a + 1) - gammaln(b - a + 1) - gammaln(n - b + 1)
    return np.exp(ways + xlogy(a, p) + xlogy(b - a, q - p) + xlogy(n - b, 1 - q))


def _end_of_run(prob: np.ndarray, count: np.ndarray) -> np.ndarray:
    """P(each dose is the first with the count of the last one), given that count; shape (S, T, M).

    Given `count` uniforms below the last dose's p_M, all are below p_i with probability (p_i / p_M)**count.
    """
    last = prob[:, -1:]
    ratio = np.divide(prob, last, out=np.ones_like(prob), where=last > 0)
    shared = ratio[:, None, :] ** count[:, None]
    return np.diff(shared, axis=2, prepend=0.0)


def _share_below(weight: np.ndarray, prob: np.ndarray, count: np.ndarray, ties: Ties) -> np.ndarray:
    """Weights (S, T) of the counts at the last of M doses, given to those that share it; shape (S, M)."""
    number = prob.shape[1]
    if ties == "higher":
        return weight.sum(axis=1)[:, None] * (np.arange(number) == number - 1)
    first = np.einsum("st,stm->sm", weight, _end_of_run(prob, count))
    return first if ties == "lower" else np.cumsum(first / np.arange(number, 0, -1), axis=1)


def _share_above(weight: np.ndarray, prob: np.ndarray, free: np.ndarray, ties: Ties) -> np.ndarray:
    """The same for counts at the first of M doses: the mirror image, with `free` patients without a DLT."""
    return _share_below(weight, 1 - prob[:, ::-1], free, _MIRRORED[ties])[:, ::-1]


def _share_of_both(
    weight: np.ndarray, below: np.ndarray, count: np.ndarray, above: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """Weights (S, T) of tied counts on both sides, split over all doses that share either; shape (S, K)."""
    first = _end_of_run(below, count)
    final = _end_of_run(1 - above[:, ::-1], free)[..., ::-1]
    length = np.arange(below.shape[1], 0, -1)[:, None] + np.arange(1, above.shape[1] + 1)
    share = np.einsum("st,stl,sth->slh", weight, first, final, optimize=True) / length
    from_first = np.cumsum(share.sum(axis=2), axis=1)
    to_final = np.cumsum(share.sum(axis=1)[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([from_first, to_final], axis=1)
