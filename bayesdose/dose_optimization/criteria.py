"""What a committee holds a dose's evidence against, and how it is judged: met, not met, or not known."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.special import betaincc

from bayesdose.alike import by_pairs
from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import BetaPrior, InnerProbability
from bayesdose.dose_optimization.evidence import Measurement
from bayesdose.errors import InputError

__all__ = ["Criterion", "Judgement", "Verdict", "judged", "prob_rate_above", "shown_probability"]


# Far beyond any trial.
_MOST_PATIENTS = 100_000


class Verdict(StrEnum):
    """Whether a dose meets a criterion; without a measurement, or with too few patients, nobody knows."""

    MET = "met"
    NOT_MET = "not met"
    NOT_ENOUGH_DATA = "not enough data"
    NOT_MEASURED = "not measured"


@checked_value
class Judgement:
    """Whether a dose meets a criterion, and the number that says so.

    Parameters
    ----------
    verdict : {"met", "not met", "not enough data", "not measured"}
        The answer.
    measured : str, optional
        What was measured, in words; empty where nothing was.
    number : str, optional
        What the answer rests on, such as ``"P(rate > 0.3) = 0.03"``; empty where nothing was computed.
    probability : float, optional
        The probability behind it, where it is one.

    Raises
    ------
    InputError
        If the verdict is none of these.
    """

    verdict: Verdict
    measured: str = ""
    number: str = ""
    probability: float | None = None

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.verdict, "; ".join(filter(None, (self.measured, self.number))))))


@kind("criterion")
class Criterion(Protocol):
    """A threshold for something measured at each dose."""

    # The kind of measurement that it is held against.
    takes: ClassVar[Any]

    @property
    @abstractmethod
    def endpoint(self) -> str:
        """What is measured."""
        ...

    @property
    @abstractmethod
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        ...

    @abstractmethod
    def judge(self, measured: Sequence[Any]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial, lowest first, by what was measured there, None where nothing was."""
        ...


@checked
def prob_rate_above(
    patients: np.ndarray, events: np.ndarray, threshold: InnerProbability, *, prior: BetaPrior = (1.0, 1.0)
) -> np.ndarray:
    """Posterior probability that a rate is above a threshold, by the beta-binomial model at each dose alone.

    Parameters
    ----------
    patients, events : ndarray of int, shape (...)
        Patients, and those with the event (a DLT, a response, ...); the same shape, such as (B, K) for B
        trials on K doses.
    threshold : float
        The rate.
    prior : (float, float), default (1, 1)
        Parameters of the beta prior, both above zero.

    Returns
    -------
    ndarray, shape (...)
        ``P(rate > threshold)``; the prior's where nobody was treated.

    Raises
    ------
    InputError
        If the shapes differ, a count is negative or no whole number, there are more events than patients, or
        the threshold or the prior is out of range.

    Examples
    --------
    >>> prob_rate_above(np.array([[3, 6], [12, 0]]), np.array([[0, 2], [1, 0]]), 0.3).round(4).tolist()
    [[0.2401, 0.6471], [0.0637, 0.7]]
    """
    patients, events = np.asarray(patients), np.asarray(events)
    if patients.shape != events.shape:
        wanted = f"an array of the shape of patients, {patients.shape}"
        raise InputError("prob_rate_above, events", got=f"shape {events.shape}", wanted=wanted)
    whole = np.issubdtype(patients.dtype, np.integer) and np.issubdtype(events.dtype, np.integer)
    if not whole or np.any(events < 0) or np.any(events > patients) or np.any(patients > _MOST_PATIENTS):
        wanted = f"whole numbers from 0 to the number of patients, which is at most {_MOST_PATIENTS:,}"
        raise InputError("prob_rate_above, events", got=events, wanted=wanted)
    return by_pairs(patients, events, lambda n, y: betaincc(prior[0] + y, prior[1] + n - y, threshold))


def shown_probability(probability: float, threshold: float | None = None) -> str:
    """A probability as ``= 0.23``, in more decimals where it would seem to be across the threshold.

    Examples
    --------
    >>> shown_probability(0.7996, threshold=0.8), shown_probability(0.0004), shown_probability(0.231)
    ('= 0.7996', '< 0.01', '= 0.23')
    """
    if threshold is not None and probability != threshold:
        texts = (f"{probability:.{decimals}f}" for decimals in range(2, 17))
        apart = (text for text in texts if (float(text) - threshold) * (probability - threshold) > 0)
        text = next(apart, repr(probability))
        if len(text) > len("0.00"):
            return f"= {text}"
    if probability < 0.005:
        return "< 0.01"
    return "> 0.99" if probability > 0.995 else f"= {probability:.2f}"


def judged[M: Measurement](
    measurement: M | None, min_patients: int, found: Callable[[M], Judgement]
) -> Judgement:
    """What `found` says of a measurement in enough patients, or else why there is no answer."""
    if measurement is None:
        return Judgement(Verdict.NOT_MEASURED)
    if measurement.patients < min_patients:
        return Judgement(Verdict.NOT_ENOUGH_DATA, str(measurement), f"fewer than {min_patients} patients")
    return found(measurement)
