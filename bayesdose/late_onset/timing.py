"""What is said of time: durations, suspended accrual, patients turned away, decisions contradicted later."""

import numpy as np

from bayesdose.simulation.averages import DURATION_QUANTILES, Variables

__all__ = ["UNITS", "in_total", "of_durations"]

# What is added up over a trial, and its unit.
_TOTALS = {
    "expected_time_suspended": "days",
    "expected_patients_turned_away": "patients",
    "expected_contradicted_decisions": "decisions",
}
_OTHERS = {
    "expected_duration": "days",
    "duration_quantile": "days",
    "expected_backfilled_patients": "patients",
}
_KINDS = ("", "_mcse", "_lower", "_upper")
UNITS = {name + kind: {"units": unit} for name, unit in {**_TOTALS, **_OTHERS}.items() for kind in _KINDS}


def in_total(days: np.ndarray, turned_away: np.ndarray, contradicted: np.ndarray) -> dict[str, np.ndarray]:
    """What is added up over a trial, by its name in results."""
    return dict(zip(_TOTALS, (days, turned_away, contradicted), strict=True))


def of_durations(probability: np.ndarray, step: float, lost: np.ndarray | None) -> Variables:
    """Distribution, mean and quantiles of the duration.

    Parameters
    ----------
    probability : ndarray, shape (S, T)
        Probability, or frequency, of trials that take 0, 1, ... steps.
    step : float
        Days of a step.
    lost : ndarray, shape (S,), optional
        Probability of the trials that were left out; values are then those of the others, and the
        distribution and its quantiles have bounds.

    Returns
    -------
    dict of str to (dims, array)
        ``duration_distribution`` (scenario, days) is the probability of taking at most so many days.
    """
    days = step * np.arange(probability.shape[1])
    whole = np.ones((len(probability), 1)) if lost is None else 1 - lost[:, None]
    by_then = np.minimum(np.cumsum(probability, axis=1), 1.0)
    found: Variables = {
        "expected_duration": (("scenario",), (probability @ days) / whole[:, 0]),
        "duration_distribution": (("scenario", "days"), by_then / whole),
        "duration_quantile": (("scenario", "quantile"), _quantiles(by_then / whole, days)),
    }
    if lost is not None:
        upper = np.minimum(by_then + lost[:, None], 1.0)
        found["duration_distribution_lower"] = (("scenario", "days"), by_then)
        found["duration_distribution_upper"] = (("scenario", "days"), upper)
        found["duration_quantile_lower"] = (("scenario", "quantile"), _quantiles(upper, days))
        found["duration_quantile_upper"] = (("scenario", "quantile"), _quantiles(by_then, days))
    return found


def _quantiles(by_then: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The fewest days by which so many trials have ended, infinite where they never have; shape (S, Q)."""
    wanted = np.array(DURATION_QUANTILES)
    # A probability that is the wanted one but for rounding reaches it.
    reached = by_then[:, None, :] >= wanted[:, None] - 1e-12
    return np.where(reached.any(axis=2), days[reached.argmax(axis=2)], np.inf)
