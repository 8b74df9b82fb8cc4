"""When a DLT shows itself within its window, given that there is one: a part of what the doses truly do."""

import math
from abc import abstractmethod
from typing import Annotated, Protocol

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked_value
from bayesdose.checks.kinds import kind
from bayesdose.checks.quantities import InnerProbability, Share
from bayesdose.errors import InputError

__all__ = ["Onset", "PiecewiseOnset", "UniformOnset", "WeibullOnset", "hazards", "prob_by_step"]

# Probabilities computed in two ways agree to this.
_ROUNDING = 1e-9


@kind("onset")
class Onset(Protocol):
    """The distribution of the time of a DLT."""

    @abstractmethod
    def by_then(self, prob_dlt: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Probability of a DLT by some share of the window, which rises from 0 to P(DLT).

        Parameters
        ----------
        prob_dlt : ndarray
            P(DLT) over the whole window.
        share : ndarray
            Shares of the window, 0 to 1; both arrays are broadcast together.
        """
        ...


@checked_value
class UniformOnset(Onset):
    """A DLT is equally likely at any time of the window.

    Examples
    --------
    >>> UniformOnset().by_then(np.array([0.4]), np.array([0.0, 0.5, 1.0])).tolist()
    [0.0, 0.2, 0.4]
    """

    def __str__(self) -> str:
        return "the time of a DLT is uniform over the window"

    def by_then(self, prob_dlt: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Probability of a DLT by some share of the window."""
        return prob_dlt * share


@checked_value
class WeibullOnset(Onset):
    """The time to a DLT is a Weibull variate, fixed by P(DLT) and the share of DLTs in the second half.

    P(DLT by t) = 1 - (1 - p)^(t^a) for t in windows, with the shape a such that P(DLT by 1/2) = (1 - late) p.
    So the shape depends a little on P(DLT).

    Parameters
    ----------
    late_share : float, default 0.5
        Share of the window's DLTs that show in its second half, between 0 and 1.

    Raises
    ------
    InputError
        If it is not.

    References
    ----------
    Yuan Y, Lin R, Li D, Nie L, Warren KE (2018). Time-to-event Bayesian optimal interval design to accelerate
    phase I trials. Clinical Cancer Research 24:4921-4930.

    Examples
    --------
    >>> WeibullOnset(0.8).by_then(np.array([0.3]), np.array([0.5, 1.0])).round(12).tolist()
    [0.06, 0.3]
    """

    late_share: InnerProbability = 0.5

    def __str__(self) -> str:
        return f"Weibull times to DLT, {self.late_share:.0%} of DLTs in the second half of the window"

    def by_then(self, prob_dlt: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Probability of a DLT by some share of the window.

        Raises
        ------
        InputError
            If a P(DLT) is 1, from which no Weibull variate follows.
        """
        if np.any(prob_dlt >= 1):
            raise InputError(
                "P(DLT)", got=1.0, wanted="probabilities below 1 for WeibullOnset", fix="Take UniformOnset()."
            )
        # Any probability does where there are no DLTs.
        prob = np.where(prob_dlt > 0, prob_dlt, 0.5)
        whole, half = np.log1p(-prob), np.log1p(-(1 - self.late_share) * prob)
        shape = np.log2(whole / half)
        return np.where(prob_dlt > 0, -np.expm1(whole * share**shape), 0.0)


def _add_to_one(onset: "PiecewiseOnset", field: attrs.Attribute, shares: tuple[float, ...]) -> None:
    if abs(math.fsum(shares) - 1) > _ROUNDING:
        raise InputError(
            "PiecewiseOnset, shares",
            got=f"{shares}, which add up to {math.fsum(shares):g}",
            wanted="shares of all DLTs that add up to 1",
        )


@checked_value
class PiecewiseOnset(Onset):
    """Shares of the DLTs in parts of the window of equal length, such as its weeks; uniform within each.

    Parameters
    ----------
    shares : sequence of float
        Share of the DLTs in each part, in order.

    Raises
    ------
    InputError
        If one is outside [0, 1], or they do not add up to 1.

    Examples
    --------
    >>> PiecewiseOnset((0.1, 0.2, 0.3, 0.4)).by_then(np.array([0.5]), np.array([0.25, 0.75, 1.0])).tolist()
    [0.05, 0.3, 0.5]
    """

    shares: Annotated[tuple[Share, ...], at.MinLen(1)] = attrs.field(validator=_add_to_one)

    def __str__(self) -> str:
        shares = ", ".join(f"{share:.0%}" for share in self.shares)
        return f"{shares} of DLTs in {len(self.shares)} equal parts of the window"

    def by_then(self, prob_dlt: np.ndarray, share: np.ndarray) -> np.ndarray:
        """Probability of a DLT by some share of the window."""
        ends = np.linspace(0, 1, len(self.shares) + 1)
        reached = np.array([math.fsum(self.shares[:number]) for number in range(len(ends))])
        return prob_dlt * np.interp(share, ends, reached / reached[-1])


def prob_by_step(onset: Onset, prob_dlt: np.ndarray, window: int) -> np.ndarray:
    """Probability of a DLT within so many steps, 0 to W, of a window of W; shape (..., W + 1).

    Parameters
    ----------
    onset : Onset
        The time of a DLT.
    prob_dlt : ndarray, shape (...)
        P(DLT) over the whole window.
    window : int
        Its steps, W.

    Raises
    ------
    InputError
        If the probabilities do not rise from 0 to P(DLT), as of an onset of your own.
    """
    prob_dlt = np.asarray(prob_dlt, dtype=float)
    reached = onset.by_then(prob_dlt[..., None], np.arange(window + 1) / window)
    rises = reached.shape == (*prob_dlt.shape, window + 1) and np.all(np.diff(reached) >= -_ROUNDING)
    ends_right = rises and np.allclose(reached[..., -1], prob_dlt, rtol=0, atol=_ROUNDING)
    if not ends_right or np.any(np.abs(reached[..., 0]) > _ROUNDING):
        raise InputError(
            "onset",
            got=f"probabilities of a DLT of {reached.tolist()} by steps",
            wanted="probabilities that rise from 0 to P(DLT)",
        )
    reached[..., 0], reached[..., -1] = 0.0, prob_dlt
    return reached


def hazards(onset: Onset, prob_dlt: np.ndarray, window: int) -> np.ndarray:
    """Probability of a DLT in each step, given none before it; shape (..., W).

    Parameters
    ----------
    onset : Onset
        The time of a DLT.
    prob_dlt : ndarray, shape (...)
        P(DLT) over the whole window.
    window : int
        Its steps, W.

    Raises
    ------
    InputError
        As by `prob_by_step`.

    Examples
    --------
    >>> hazards(UniformOnset(), np.array(0.4), 4).round(4).tolist()
    [0.1, 0.1111, 0.125, 0.1429]
    """
    reached = prob_by_step(onset, prob_dlt, window)
    left = 1 - reached[..., :-1]
    # Nobody comes to a step before which everyone has had a DLT.
    return np.clip(np.diff(reached) / np.where(left > 0, left, 1.0), 0.0, 1.0)
