"""How long trials take: cohorts that are followed for the DLT window, and patients who must be found."""

from typing import Literal

import numpy as np
from scipy.special import gammainc

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.quantities import NonNegative, Positive
from bayesdose.simulation.final_trials import FinalTrials

__all__ = ["Accrual", "Duration"]

_HALVINGS = 80


@checked_value
class Accrual:
    """How patients arrive while enrolment is open.

    Enrolment closes when a cohort is full and opens again when its last patient was followed for
    the DLT window; patients who come in between are not kept waiting.

    Parameters
    ----------
    mean_gap : float
        Days between patients: always for ``"fixed"``, on average for ``"poisson"``.
    process : {"poisson", "fixed"}, default "poisson"
        Arrivals of a Poisson process, so that the first patient of a cohort is waited for too, or a
        fixed gap between the patients of a cohort, the first of whom is ready when enrolment opens.

    Raises
    ------
    InputError
        If the gap is negative or not finite, or the process is unknown.

    Examples
    --------
    >>> Accrual(mean_gap=10, process="fixed").mean_wait(patients=6, cohorts=2)
    40.0
    """

    mean_gap: NonNegative
    process: Literal["poisson", "fixed"] = "poisson"

    def __str__(self) -> str:
        if self.mean_gap == 0:
            return "each cohort is enrolled at once"
        how = (
            "on average (Poisson process)"
            if self.process == "poisson"
            else "between the patients of a cohort"
        )
        return f"one patient every {self.mean_gap:g} days {how}"

    def mean_wait(self, patients: np.ndarray | int, cohorts: np.ndarray | int) -> np.ndarray | float:
        """Mean days of a trial in which enrolment is open."""
        return self.mean_gap * (patients if self.process == "poisson" else patients - cohorts)


@checked_value
class Duration:
    """Days from the opening of enrolment to the end of the last cohort's DLT window.

    Parameters
    ----------
    dlt_window : float
        Days that each patient is followed before the next cohort starts.
    accrual : Accrual
        How patients arrive.
    windows : tuple of float, optional
        The DLT window of each treatment, where their regimens have others than `dlt_window`.

    Raises
    ------
    InputError
        If a window is not positive and finite.
    """

    dlt_window: Positive
    accrual: Accrual = Accrual(0.0)
    windows: tuple[Positive, ...] | None = None

    def __str__(self) -> str:
        whose = "the whole DLT window" if self.windows is None else "the whole DLT window of its regimen"
        return f"{self.accrual}; the next one starts when its last patient was followed for {whose}"

    def mean(self, final: FinalTrials) -> np.ndarray:
        """Mean duration of trials that end so, shape (T,)."""
        patients = final.totals[:, 0].astype(float)
        return final.cohorts * self.dlt_window + self.accrual.mean_wait(patients, final.cohorts)

    def longest_mean(self, max_patients: int) -> float:
        """No trial of so many patients takes longer on average: each patient a cohort."""
        longest = max(self.windows or (self.dlt_window,))
        return max_patients * (longest + self.accrual.mean_gap)

    def quantiles(self, final: FinalTrials, weights: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Quantiles of the duration, with the chance in the arrivals integrated in closed form.

        Given its numbers of patients and cohorts, a trial's duration is fixed, or a gamma variate
        beside a constant; the mixture over all trials is inverted by bisection.

        Parameters
        ----------
        final : FinalTrials
            T ways in which trials end.
        weights : ndarray, shape (S, T)
            Probability of each in S scenarios.
        probabilities : ndarray, shape (S, Q)
            Wanted probabilities.

        Returns
        -------
        ndarray, shape (S, Q)
            Infinite where the weights do not reach a probability.
        """
        pairs, kind = np.unique(
            np.stack([final.totals[:, 0].astype(int), final.cohorts]), axis=1, return_inverse=True
        )
        patients, cohorts = pairs
        mixture = np.stack([np.bincount(kind, row, len(patients)) for row in weights])
        longest = self.longest_mean(int(patients.max())) + 60 * self.accrual.mean_gap * np.sqrt(
            patients.max()
        )

        def distribution(days: np.ndarray) -> np.ndarray:
            constant = cohorts * self.dlt_window
            if self.accrual.process == "poisson" and self.accrual.mean_gap > 0:
                rest = np.maximum(days[..., None] - constant, 0.0) / self.accrual.mean_gap
                reached = gammainc(patients, rest)
            else:
                # Rounding of a sum of days must not undo an equality.
                reached = days[..., None] >= constant + self.accrual.mean_wait(patients, cohorts) - 1e-9
            return np.einsum("sqp,sp->sq", reached.astype(float), mixture)

        low, high = np.zeros(probabilities.shape), np.full(probabilities.shape, longest)
        # A probability that the weights reach up to rounding counts as reached.
        wanted = probabilities - 1e-12
        beyond = distribution(high) < wanted
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            reached = distribution(middle) >= wanted
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.where(beyond, np.inf, high)
