"""When responses are seen, and responses drawn for simulated patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import Positive
from bayesdose.late_onset.arrivals import whole_steps
from bayesdose.late_onset.beside import NEVER
from bayesdose.late_onset.onset import Onset, prob_by_step
from bayesdose.scenarios.scenario import Scenario

__all__ = ["DrawnResponses", "ResponseTime", "prob_response_by_step"]


@checked_value
class ResponseTime:
    """When a patient's response is seen: at an assessment, or at a random time up to it.

    Responses may be early or late: the assessment may come before the end of the DLT window, with it, or
    later. DLTs and responses are tied by the scenario's odds ratio, their times are independent.

    Parameters
    ----------
    days : float
        Days from enrolment to the assessment by which every response has been seen.
    onset : Onset, optional
        The time of a response up to there, such as `WeibullOnset`; by default each is seen at the assessment.

    Raises
    ------
    InputError
        If `days` is no positive number.

    Examples
    --------
    >>> print(ResponseTime(42))
    a response is seen 42 days after enrolment
    """

    days: Positive
    onset: Onset | None = attrs.field(default=None)

    def __str__(self) -> str:
        if self.onset is None:
            return f"a response is seen {self.days:g} days after enrolment"
        return f"a response is seen within {self.days:g} days of enrolment ({self.onset})"


def prob_response_by_step(scenarios: Sequence[Scenario], time: ResponseTime, step: float) -> np.ndarray:
    """Probability of a response seen within 0, 1, ..., R steps at each dose, without and with a DLT.

    Returns
    -------
    ndarray, shape (S, K, 2, R + 1)

    Raises
    ------
    InputError
        If a scenario has no P(response), or the days are no whole number of steps.
    """
    window = whole_steps("responses, days", time.days, step)
    prob = np.array([scenario.prob_outcome(4) for scenario in scenarios])
    by_dlt = np.stack([prob[..., :2].sum(axis=-1), prob[..., 2:].sum(axis=-1)], axis=-1)
    given = prob[..., 1:3] / np.where(by_dlt > 0, by_dlt, 1.0)
    if time.onset is None:
        reached = np.zeros((*given.shape, window + 1))
        reached[..., -1] = given
        return reached
    return prob_by_step(time.onset, given, window)


@dataclass(frozen=True, eq=False)
class DrawnResponses:
    """Responses of the patients of N trials in S scenarios.

    Patient j of trial i has one latent uniform for the response, another one than for the DLT, the same for
    every design and scenario.

    Parameters
    ----------
    reached : ndarray, shape (S, K, 2, R + 1)
        As by `prob_response_by_step`.
    uniforms : ndarray, shape (N, patients)
        Latent uniforms.
    """

    reached: np.ndarray
    uniforms: np.ndarray

    def seen_after(
        self, scenario: np.ndarray, level: np.ndarray, dlt: np.ndarray, trial: np.ndarray, patient: np.ndarray
    ) -> np.ndarray:
        """Steps from enrolment until some patients' responses are seen, `NEVER` for none."""
        reached = self.reached[scenario, level, dlt.astype(int)]
        shown = np.sum(reached[:, 1:] <= self.uniforms[trial, patient][:, None], axis=1)
        return np.where(shown < reached.shape[1] - 1, shown + 1, NEVER)
