"""A model's log densities as functions of a batch of points: all that exact inference asks of a model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from bayesdose.errors import UnsupportedModelError

__all__ = ["NO_CHANCE", "Densities", "check_settled", "log_pending"]

# Log-likelihood of a patient whose outcome has no chance: its exponential is 0 in double precision, and sums
# over patients stay finite. (Minus infinity would make 0 * -inf where there are no patients.)
NO_CHANCE = -1e6


@dataclass(frozen=True, eq=False)
class Densities:
    """Functions of M points in the P unconstrained variables of a model.

    Parameters
    ----------
    start : ndarray, shape (P,)
        A point with finite density.
    doses : ndarray, shape (K,)
        The model's doses.
    log_prior : callable
        ``points (M, P) -> log prior density (M,)``, up to a constant.
    log_cells : callable
        ``points (M, P) -> log-likelihood of one patient (2K, M)``: with a DLT at dose 1..K, then without
        one; at least `NO_CHANCE`. That of any patients is the sum of theirs.
    prob_dlt : callable
        ``points (M, P) -> P(DLT) (M, K)``.
    parameter : callable
        ``points (M, P) -> free variables on their own scale (M, P)``.
    """

    start: np.ndarray
    doses: np.ndarray
    log_prior: Callable[[np.ndarray], np.ndarray]
    log_cells: Callable[[np.ndarray], np.ndarray]
    prob_dlt: Callable[[np.ndarray], np.ndarray]
    parameter: Callable[[np.ndarray], np.ndarray]

    def given(self, patients: np.ndarray, dlts: np.ndarray) -> Self:
        """The model whose prior is the posterior given these patients and DLTs, each of shape (K,)."""
        data = np.concatenate([dlts, patients - dlts]).astype(float)

        def log_posterior(points: np.ndarray) -> np.ndarray:
            return self.log_prior(points) + data @ self.log_cells(points)

        return replace(self, log_prior=log_posterior)

    def given_pending(self, level: np.ndarray, weight: np.ndarray) -> Self:
        """The model whose prior is the posterior given pending patients: their level indices, and weights."""

        def log_posterior(points: np.ndarray) -> np.ndarray:
            return self.log_prior(points) + log_pending(self.prob_dlt(points)[:, level], weight).sum(axis=1)

        return replace(self, log_prior=log_posterior)

    def ordinary_points(self) -> np.ndarray:
        """Some points around the start, the same for every call; shape (7, P)."""
        # Fixed, so that a model is never refused in one run and taken in another.
        return self.start + np.random.default_rng(20080615).normal(scale=0.3, size=(7, len(self.start)))


def log_pending(prob_dlt: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Log-likelihood ``log(1 - w p)`` of patients without a DLT so far, at least `NO_CHANCE`.

    Parameters
    ----------
    prob_dlt, weight : ndarray
        P(DLT), and weights from 0 to 1; of shapes that fit together.
    """
    with np.errstate(divide="ignore"):
        return np.maximum(np.log1p(-weight * prob_dlt), NO_CHANCE)


def check_settled(densities: Densities) -> None:
    """Refuse a model that is certain of each patient's outcome.

    Raises
    ------
    UnsupportedModelError
        If P(DLT) rounds to 0 or 1 at ordinary points.
    """
    if not (densities.log_cells(densities.ordinary_points()) > NO_CHANCE).all(axis=0).any():
        raise UnsupportedModelError(
            "model",
            got="P(DLT) that rounds to 0 or 1 at ordinary values of the free variables",
            wanted="a prior under which P(DLT) lies between",
            fix="The exact engine cannot take it; `bayesdose.fit` (NUTS) may.",
        )
