"""How patients arrive at a trial, day by day, and who is followed at once."""

from typing import Literal

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Count, Positive, Whole
from bayesdose.errors import InputError

__all__ = ["Arrivals", "arrival_steps", "check_steps", "prob_arrival", "whole_steps"]

# Days are decimal numbers, floats nearly so.
_NEARLY = 1e-9

_PROCESSES = {
    "fixed": "one patient every {gap:g} days",
    "at random": "one patient every {gap:g} days on average, at random, at most one a step",
    "poisson": "one patient every {gap:g} days on average (Poisson process)",
    "uniform": "one patient every {gap:g} days on average (gaps uniform up to twice that)",
}


@checked_value
class Arrivals:
    """When patients are ready to be enrolled; the first one is when the trial opens.

    Parameters
    ----------
    mean_gap : float
        Days between patients: always for ``"fixed"``, else on average.
    process : {"fixed", "at random", "poisson", "uniform"}, default "fixed"
        A fixed gap; at most one patient in each step, with one probability for all steps; a Poisson
        process, in which several may come in one step; or gaps that are uniform from 0 to twice the mean (the
        last two for Monte Carlo alone).
    capacity : int, optional
        Most patients that the sites follow at once; by default any number.
    waiting_room : int, default 0
        How many patients wait while accrual is suspended; by default none does, and a patient who cannot be
        enrolled at once is turned away. Who waits is enrolled in the first step in which the design takes
        one.

    Raises
    ------
    InputError
        If a number is out of range, or the process is unknown.

    Examples
    --------
    >>> print(Arrivals(14, capacity=6))
    one patient every 14 days; at most 6 followed at once; no one waits while accrual is suspended
    """

    mean_gap: Positive
    process: Literal["fixed", "at random", "poisson", "uniform"] = "fixed"
    capacity: Count | None = attrs.field(default=None, kw_only=True)
    waiting_room: Whole = attrs.field(default=0, kw_only=True)

    def __str__(self) -> str:
        parts = [_PROCESSES[self.process].format(gap=self.mean_gap)]
        if self.capacity is not None:
            parts.append(f"at most {self.capacity} followed at once")
        waits = {0: "no one waits", 1: "one patient waits"}
        parts.append(
            f"{waits.get(self.waiting_room, f'{self.waiting_room} patients wait')} while accrual is suspended"
        )
        return "; ".join(parts)


def whole_steps(what: str, days: float, step: float) -> int:
    """A number of days as whole steps.

    Raises
    ------
    InputError
        If they are none, or no whole number.
    """
    number = round(days / step)
    if number < 1 or abs(days / step - number) > _NEARLY * number:
        raise InputError(
            what,
            got=f"{days:g} days with steps of {step:g}",
            wanted="a whole number of steps",
            fix="Take a shorter step, such as 1 day.",
        )
    return number


def check_steps(arrivals: Arrivals, step: float) -> None:
    """Refuse arrivals that do not fit the step.

    Raises
    ------
    InputError
        If a fixed gap is no whole number of steps, or patients come more often than one a step at random.
    """
    if arrivals.process == "fixed":
        whole_steps("arrivals, mean_gap", arrivals.mean_gap, step)
    if arrivals.process == "at random" and arrivals.mean_gap < step:
        raise InputError(
            "arrivals, mean_gap",
            got=f"{arrivals.mean_gap:g} days with at most one patient in a step of {step:g}",
            wanted="at least a step",
            fix="Take a shorter step, or Arrivals(..., process='poisson') with MonteCarlo.",
        )


def prob_arrival(arrivals: Arrivals, step: float) -> float:
    """Probability that a patient comes in a step, of arrivals at random."""
    return min(1.0, step / arrivals.mean_gap)


def arrival_steps(arrivals: Arrivals, uniforms: np.ndarray, step: float) -> np.ndarray:
    """The steps in which patients after the first are ready, in order.

    Parameters
    ----------
    arrivals : Arrivals
        How they come.
    uniforms : ndarray, shape (N, J)
        One for each of J patients of N trials; they settle the gaps before them.
    step : float
        Days of a step.

    Returns
    -------
    ndarray of int, shape (N, J)
    """
    if arrivals.process == "fixed":
        gap = whole_steps("arrivals, mean_gap", arrivals.mean_gap, step)
        return np.broadcast_to(gap * np.arange(1, uniforms.shape[1] + 1), uniforms.shape)
    if arrivals.process == "at random":
        prob = prob_arrival(arrivals, step)
        # The number of steps up to the first with an arrival, by its inverse distribution.
        gaps = np.ones(uniforms.shape) if prob == 1 else 1 + np.floor(np.log1p(-uniforms) / np.log1p(-prob))
        return np.cumsum(gaps, axis=1).astype(np.int64)
    gaps = 2 * uniforms if arrivals.process == "uniform" else -np.log1p(-uniforms)
    days = np.cumsum(arrivals.mean_gap * gaps, axis=1)
    # Who comes within a step is ready at its end.
    return np.ceil(days / step).astype(np.int64)
