"""Criteria for how often something happens at a dose: DLTs, responses, a saturated target."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import BetaPrior, InnerProbability, Name, Patients
from bayesdose.dose_optimization.criteria import (
    Criterion,
    Judgement,
    Verdict,
    judged,
    prob_rate_above,
    shown_probability,
)
from bayesdose.dose_optimization.evidence import Counted

__all__ = ["RateAtLeast", "RateAtMost", "at_most"]


@checked_value
class RateAtMost(Criterion):
    """An event, such as a DLT, is unlikely to exceed a limit: ``P(rate > limit) <= most_risk``.

    By the beta-binomial model, with the dose's own patients alone.

    Parameters
    ----------
    endpoint : str
        The event.
    limit : float
        Rate that it should not exceed.
    most_risk : float
        Largest posterior probability with which it may.
    min_patients : int, default 3
        With fewer evaluable patients at a dose there is not enough data.
    prior : (float, float), default (1, 1)
        Parameters of the beta prior, both above zero.

    Raises
    ------
    InputError
        If a number is out of range.

    References
    ----------
    Thall PF, Simon R, Estey EH (1995). Bayesian sequential monitoring designs for single-arm clinical trials
    with multiple outcomes. Statistics in Medicine 14:357-379.

    Examples
    --------
    >>> criterion = RateAtMost("DLT", limit=0.3, most_risk=0.25)
    >>> for one in criterion.judge([Counted(6, 0), Counted(6, 2), Counted(2, 0), None]):
    ...     print(one)
    met: 0 of 6; P(rate > 0.3) = 0.08
    not met: 2 of 6; P(rate > 0.3) = 0.65
    not enough data: 0 of 2; fewer than 3 patients
    not measured
    >>> criterion.met(np.array([6, 6, 2]), np.array([0, 2, 0])).tolist()
    [True, False, False]
    """

    takes: ClassVar = Counted

    endpoint: Name  # pyright: ignore[reportIncompatibleMethodOverride]
    limit: InnerProbability
    most_risk: InnerProbability
    min_patients: Patients = 3
    prior: BetaPrior = (1.0, 1.0)

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.threshold_in_words}"

    @property
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        return (
            f"P(rate > {self.limit:g}) at most {self.most_risk:g}, from {self.min_patients} patients on "
            f"({_beta(self.prior)})"
        )

    def probability(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """``P(rate > limit)`` at each dose of B trials, from counts of shape (B, K)."""
        return prob_rate_above(patients, events, self.limit, prior=self.prior)

    def met(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Where the criterion is met, shape (B, K); false too where there is not enough data."""
        return (patients >= self.min_patients) & (self.probability(patients, events) <= self.most_risk)

    def judge(self, measured: Sequence[Counted | None]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial by its own patients."""
        return tuple(judged(one, self.min_patients, self._judgement) for one in measured)

    def _judgement(self, counted: Counted) -> Judgement:
        (risk,) = self.probability(np.array([counted.evaluable]), np.array([counted.events])).tolist()
        return at_most(self.limit, self.most_risk, risk, counted)


@checked_value
class RateAtLeast(Criterion):
    """An event, such as a response, is likely as frequent as needed: ``P(rate > needed) >= certainty``.

    By the beta-binomial model, with the dose's own patients alone.

    Parameters
    ----------
    endpoint : str
        The event.
    needed : float
        Rate that it should exceed.
    certainty : float
        Smallest posterior probability with which it does.
    min_patients : int, default 3
        With fewer evaluable patients at a dose there is not enough data.
    prior : (float, float), default (1, 1)
        Parameters of the beta prior, both above zero.

    Raises
    ------
    InputError
        If a number is out of range.

    Examples
    --------
    >>> criterion = RateAtLeast("objective response", needed=0.1, certainty=0.8)
    >>> for one in criterion.judge([Counted(12, 1), Counted(12, 3)]):
    ...     print(one)
    not met: 1 of 12; P(rate > 0.1) = 0.62
    met: 3 of 12; P(rate > 0.1) = 0.97
    """

    takes: ClassVar = Counted

    endpoint: Name  # pyright: ignore[reportIncompatibleMethodOverride]
    needed: InnerProbability
    certainty: InnerProbability
    min_patients: Patients = 3
    prior: BetaPrior = (1.0, 1.0)

    def __str__(self) -> str:
        return f"{self.endpoint}: {self.threshold_in_words}"

    @property
    def threshold_in_words(self) -> str:
        """What the dose has to reach, with units."""
        return (
            f"P(rate > {self.needed:g}) at least {self.certainty:g}, from {self.min_patients} patients on "
            f"({_beta(self.prior)})"
        )

    def probability(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """``P(rate > needed)`` at each dose of B trials, from counts of shape (B, K)."""
        return prob_rate_above(patients, events, self.needed, prior=self.prior)

    def met(self, patients: np.ndarray, events: np.ndarray) -> np.ndarray:
        """Where the criterion is met, shape (B, K); false too where there is not enough data."""
        return (patients >= self.min_patients) & (self.probability(patients, events) >= self.certainty)

    def judge(self, measured: Sequence[Counted | None]) -> tuple[Judgement, ...]:
        """Judge every dose of a trial by its own patients."""
        return tuple(judged(one, self.min_patients, self._judgement) for one in measured)

    def _judgement(self, counted: Counted) -> Judgement:
        (found,) = self.probability(np.array([counted.evaluable]), np.array([counted.events])).tolist()
        verdict = Verdict.MET if found >= self.certainty else Verdict.NOT_MET
        number = f"P(rate > {self.needed:g}) {shown_probability(found, self.certainty)}"
        return Judgement(verdict, str(counted), number, found)


def at_most(limit: float, most_risk: float, risk: float, counted: Counted) -> Judgement:
    """Whether the risk that a rate is above its limit is small enough."""
    verdict = Verdict.MET if risk <= most_risk else Verdict.NOT_MET
    return Judgement(verdict, str(counted), f"P(rate > {limit:g}) {shown_probability(risk, most_risk)}", risk)


def _beta(prior: BetaPrior) -> str:
    return f"Beta({prior[0]:g}, {prior[1]:g}) prior"
