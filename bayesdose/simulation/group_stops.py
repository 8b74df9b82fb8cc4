"""When groups stop, exactly: probabilities of each group's last look, and of how many groups stop."""

from typing import NamedTuple

import numpy as np
from scipy.special import binom

from bayesdose.errors import InputError
from bayesdose.simulation.expansion_groups import GroupExpansion

__all__ = ["GroupStops", "group_stops"]

# Some hundred MB.
_MOST = 4_000_000


class GroupStops(NamedTuple):
    """When groups stop under one set of true rates."""

    at_look: np.ndarray  # (G, L): P(a group stops at a look)
    number: np.ndarray  # (G + 1,): P(so many groups stop)


def group_stops(plan: GroupExpansion, rates: np.ndarray) -> GroupStops:
    """When groups with these true rates, shape (G,), stop.

    Raises
    ------
    InputError
        If the groups' counts have too many combinations.
    """
    match plan.monitoring.sees:
        case "own":
            return _alone(plan, rates)
        case "sum":
            return _together(plan, rates)
        case _:
            return _by_all_counts(plan, rates)


def _alone(plan: GroupExpansion, rates: np.ndarray) -> GroupStops:
    different, where = np.unique(rates, return_inverse=True)
    each = np.array([_one_count(plan, np.array([rate])) for rate in different])[where]
    number = np.ones(1)
    for stopped in each.sum(axis=1):
        number = np.convolve(number, [1 - stopped, stopped])
    return GroupStops(each, number)


def _together(plan: GroupExpansion, rates: np.ndarray) -> GroupStops:
    at_look = _one_count(plan, rates)
    number = np.zeros(len(rates) + 1)
    number[[0, -1]] = 1 - at_look.sum(), at_look.sum()
    return GroupStops(np.tile(at_look, (len(rates), 1)), number)


def _one_count(plan: GroupExpansion, rates: np.ndarray) -> np.ndarray:
    """P(stop at each look), shape (L,), where the groups' sum of events is all that matters."""
    going_on, before, at_look = np.ones(1), 0, []
    for size in plan.sizes:
        for rate in rates:
            new = np.arange(size - before + 1)
            going_on = np.convolve(going_on, _prob_events(new, size - before, rate))
        before = size
        events = np.zeros((len(going_on), len(rates)), dtype=int)
        # Any way of sharing the sum among the groups gives the same answer.
        left = np.arange(len(going_on))
        for group in range(len(rates)):
            events[:, group] = np.minimum(left, size)
            left = left - events[:, group]
        stops = plan.monitoring.stops(np.full(events.shape, size), events)[:, 0]
        at_look.append(going_on[stops].sum())
        going_on = np.where(stops, 0.0, going_on)
    return np.array(at_look)


def _by_all_counts(plan: GroupExpansion, rates: np.ndarray) -> GroupStops:
    """Every combination of the groups' counts; groups of the same rate are one another's likeness.

    Only how many of them have which counts matters, as a rule treats groups alike: their counts are kept in
    rising order.
    """
    # Groups of one rate stand side by side.
    order = np.argsort(rates, kind="stable")
    alike = np.unique(rates[order], return_inverse=True)[1]
    # A count of events, and above it the number of the look, from 1, at which the group stopped.
    unit = plan.patients + 1
    codes, probability = np.zeros((1, len(rates)), dtype=np.int32), np.ones(1)
    sizes, before = np.array([0, *plan.sizes]), 0
    for look, size in enumerate(plan.sizes, start=1):
        for group, rate in enumerate(rates[order]):
            codes, probability = _more(codes, probability, group, size - before, rate, unit, alike, plan)
        before = size
        stopped, events = np.divmod(codes, unit)
        stops = plan.monitoring.stops(np.where(stopped, sizes[stopped], size), events) & (stopped == 0)
        codes = np.where(stops, events + unit * look, codes)
        for one in range(alike[-1] + 1):
            codes[:, alike == one] = np.sort(codes[:, alike == one], axis=1)
    stopped = codes // unit
    at_look = np.array([probability @ (stopped == look) for look in range(1, len(sizes))]).T
    # In rising order a column is no group any more; groups of one rate have the same probabilities.
    for one in range(alike[-1] + 1):
        at_look[alike == one] = at_look[alike == one].mean(axis=0)
    at_look[order] = at_look.copy()
    number = np.bincount(np.sum(stopped > 0, axis=1), probability, minlength=len(rates) + 1)
    return GroupStops(at_look, number)


def _more(
    codes: np.ndarray,
    probability: np.ndarray,
    group: int,
    patients: int,
    rate: float,
    unit: int,
    alike: np.ndarray,
    plan: GroupExpansion,
) -> tuple[np.ndarray, np.ndarray]:
    """The combinations after one group has had its next patients, if it has not stopped."""
    open_ = codes[:, group] < unit
    new = np.arange(patients + 1)
    if (size := int(open_.sum()) * len(new) + int(np.sum(~open_))) > _MOST:
        raise InputError(
            "GroupExpansion",
            got=f"{len(alike)} groups of {plan.patients} patients, {alike[-1] + 1} different true rates: "
            f"{size} or more combinations of counts",
            wanted=f"at most {_MOST}",
            fix="Take fewer groups, patients or looks, or give more groups the same true rate.",
        )
    grown = np.repeat(codes[open_], len(new), axis=0)
    grown[:, group] += np.tile(new, int(open_.sum())).astype(np.int32)
    codes = np.concatenate([codes[~open_], grown])
    weighted = probability[open_, None] * _prob_events(new, patients, rate)
    probability = np.concatenate([probability[~open_], weighted.ravel()])
    # Those of this rate that have had their patients, in rising order.
    first = int(np.argmax(alike == alike[group]))
    codes[:, first : group + 1] = np.sort(codes[:, first : group + 1], axis=1)
    kept = probability > 0
    codes, probability = codes[kept], probability[kept]
    codes, where = np.unique(codes, axis=0, return_inverse=True)
    return codes, np.bincount(where.ravel(), probability)


def _prob_events(events: np.ndarray, patients: int, rate: float) -> np.ndarray:
    """Binomial probabilities; scipy.stats would be loaded by every command that reads a study."""
    return binom(patients, events) * rate**events * (1 - rate) ** (patients - events)
