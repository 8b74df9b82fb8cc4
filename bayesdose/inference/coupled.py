"""Two regimens whose parameters are alike: one table a regimen, and what each says about the other's nodes.

The joint prior of both regimens' parameters on pairs of nodes is a matrix J. The posterior of the second
regimen's nodes given all data is ``likelihood2 * (likelihood1 @ J)``. The matrix product is shared by all
data sets with the same data of the first regimen; what is left for each costs as much as with one regimen.
A sum over these nodes, ``likelihood1 @ J @ (likelihood2 * feature)``, can be begun from either end: where
few data of the second regimen meet many of the first, the matrix product is shared by those instead.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from bayesdose.alike import distinct_rows
from bayesdose.inference.posterior import BatchPosterior, Needs, PosteriorTable, summaries

__all__ = ["Coupling", "JointPrior", "SeparateTables", "ShiftedPrior", "TwoRegimenTable"]

# As in `posterior`: what stays in cache.
_BLOCK_BYTES = 2**21
# Likelihoods that are kept while they are asked for again.
_KEPT_BYTES = 2**26


class Coupling(Protocol):
    """A joint prior of two regimens' parameters on the nodes of their tables."""

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        ...

    def to_second(self, likelihood: np.ndarray) -> np.ndarray:
        """Weights of the second regimen's nodes, (B, N), from likelihoods at those of the first, (B, N)."""
        ...

    def to_first(self, likelihood: np.ndarray) -> np.ndarray:
        """Weights of the first regimen's nodes from likelihoods at those of the second."""
        ...


@dataclass(frozen=True, eq=False)
class JointPrior:
    """The joint prior in full.

    Parameters
    ----------
    joint : ndarray, shape (N, N)
        Prior weight of each pair of nodes, the first regimen's in rows.
    """

    joint: np.ndarray

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        return _digest(self.joint)

    def to_second(self, likelihood: np.ndarray) -> np.ndarray:
        """Weights of the second regimen's nodes."""
        return likelihood @ self.joint

    def to_first(self, likelihood: np.ndarray) -> np.ndarray:
        """Weights of the first regimen's nodes."""
        return likelihood @ self.joint.T


@dataclass(frozen=True, eq=False)
class ShiftedPrior:
    """The joint prior of parameters that differ by a shift along the cut direction alone.

    Parameters
    ----------
    prior : ndarray, shape (C, L)
        Prior weight of the first regimen's nodes: C of them along the cut direction, on L lines.
    shift : ndarray, shape (C, C)
        Weight of each node of the second regimen, in columns, given the first regimen's on the same line.
    """

    prior: np.ndarray
    shift: np.ndarray

    @property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        return _digest(self.prior, self.shift)

    def to_second(self, likelihood: np.ndarray) -> np.ndarray:
        """Weights of the second regimen's nodes."""
        weighted = likelihood.reshape(-1, *self.prior.shape) * self.prior
        return (self.shift.T @ weighted).reshape(likelihood.shape)

    def to_first(self, likelihood: np.ndarray) -> np.ndarray:
        """Weights of the first regimen's nodes."""
        shifted = self.shift @ likelihood.reshape(-1, *self.prior.shape)
        return (shifted * self.prior).reshape(likelihood.shape)


@dataclass(frozen=True, eq=False)
class TwoRegimenTable:
    """The tabulated model of two regimens with a joint prior.

    Parameters
    ----------
    first, second : PosteriorTable
        The regimens, each at N nodes; they hold no prior, which is the coupling's.
    coupling : Coupling
        The joint prior.
    error : float
        Largest error of a probability or of a mean found on probe data sets.
    """

    first: PosteriorTable
    second: PosteriorTable
    coupling: Coupling
    error: float

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) for which ``P(P(DLT) < bound)`` is known."""
        return self.first.bounds

    @property
    def max_patients(self) -> int:
        """Number of patients up to which `error` was checked."""
        return self.first.max_patients

    @property
    def shape(self) -> tuple[int, ...]:
        """Nodes of a regimen in each direction."""
        return self.first.shape

    @property
    def num_doses(self) -> int:
        """Number K of treatments."""
        return self.first.num_doses + self.second.num_doses

    def offers(self, needs: Needs) -> bool:
        """Whether posteriors of this table hold all that is needed."""
        return self.first.offers(needs)

    def posterior(
        self, patients: np.ndarray, dlts: np.ndarray, asked: np.ndarray | None = None
    ) -> BatchPosterior:
        """Posterior summaries for patients and DLTs at every treatment, each of shape (B, K).

        `asked`, a mask (K,), may say about which treatments; the numbers of a regimen without any of them are
        NaN, which halves the work.
        """
        split, to_first, to_second = self.first.num_doses, self.coupling.to_first, self.coupling.to_second
        one, two = (
            np.concatenate([dlts[:, part], (patients - dlts)[:, part]], axis=1)
            for part in (slice(split), slice(split, None))
        )
        wanted = np.ones(self.num_doses, dtype=bool) if asked is None else asked
        sums = [np.full((len(one), table.features.shape[1]), np.nan) for table in (self.first, self.second)]
        if wanted[:split].any():
            sums[0] = _sums(self.first, one, self.second, two, to_first, to_second)
        if wanted[split:].any():
            sums[1] = _sums(self.second, two, self.first, one, to_second, to_first)
        return _joined(summaries(sums[0], self.first), summaries(sums[1], self.second), self.error)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        parts = (self.first.digest, self.second.digest, self.coupling.digest)
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TwoRegimenTable) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.shape))
        return (
            f"TwoRegimenTable({size} nodes each, bounds={self.bounds}, error={self.error:.1g}, "
            f"{self.digest[:12]})"
        )


@dataclass(frozen=True)
class SeparateTables:
    """Two regimens that say nothing about each other, each with a table of its own.

    Parameters
    ----------
    first, second : PosteriorTable
        The regimens.
    error : float
        The larger of their errors.
    """

    first: PosteriorTable
    second: PosteriorTable
    error: float

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) for which ``P(P(DLT) < bound)`` is known."""
        return self.first.bounds

    @property
    def max_patients(self) -> int:
        """Number of patients up to which `error` was checked."""
        return self.first.max_patients

    @property
    def num_doses(self) -> int:
        """Number K of treatments."""
        return self.first.num_doses + self.second.num_doses

    def offers(self, needs: Needs) -> bool:
        """Whether posteriors of this table hold all that is needed."""
        return self.first.offers(needs)

    def posterior(self, patients: np.ndarray, dlts: np.ndarray) -> BatchPosterior:
        """Posterior summaries for patients and DLTs at every treatment, each of shape (B, K)."""
        split = self.first.num_doses
        return _joined(
            self.first.posterior(patients[:, :split], dlts[:, :split]),
            self.second.posterior(patients[:, split:], dlts[:, split:]),
            self.error,
        )


_Message = Callable[[np.ndarray], np.ndarray]


def _sums(
    own: PosteriorTable,
    own_data: np.ndarray,
    other: PosteriorTable,
    other_data: np.ndarray,
    message: _Message,
    back: _Message,
) -> np.ndarray:
    """Feature sums of one regimen, shape (B, features), given its own data and the other's, each (B, 2K).

    `message` takes weights at the other regimen's nodes to its own, and `back` its own to the other's.
    """
    first, kind = distinct_rows(np.concatenate([other_data, own_data], axis=1))
    own_data, other_data = own_data[first].astype(float), other_data[first].astype(float)
    num_features = own.features.shape[1]
    few = len(distinct_rows(own_data)[0]) * num_features < len(distinct_rows(other_data)[0])
    pairs = _from_own if few else _from_other
    sums = pairs(own, own_data, other, other_data, back if few else message)
    return sums[kind]


def _from_other(
    own: PosteriorTable,
    own_data: np.ndarray,
    other: PosteriorTable,
    other_data: np.ndarray,
    message: _Message,
) -> np.ndarray:
    """Feature sums of pairs of data, a message for each data set of the other regimen; (B, features)."""
    (kept, which), (mine, whose) = distinct_rows(other_data), distinct_rows(own_data)
    sums = np.empty((len(own_data), own.features.shape[1]))
    rows = max(1, _BLOCK_BYTES // own.log_prior.nbytes)
    again = len(mine) < len(own_data) and len(mine) * own.log_prior.nbytes <= _KEPT_BYTES
    known = _likelihood(own, own_data[mine]) if again else None
    for start in range(0, len(kept), rows):
        said = message(_likelihood(other, other_data[kept[start : start + rows]]))
        here = np.flatnonzero((which >= start) & (which < start + rows))
        for block in (here[at : at + rows] for at in range(0, len(here), rows)):
            weights = _likelihood(own, own_data[block]) if known is None else known[whose[block]]
            weights *= said[which[block] - start]
            sums[block] = weights @ own.features
    return sums


def _from_own(
    own: PosteriorTable, own_data: np.ndarray, other: PosteriorTable, other_data: np.ndarray, back: _Message
) -> np.ndarray:
    """Feature sums of pairs of data, a message for each of its own data sets and features; (B, features)."""
    mine, whose = distinct_rows(own_data)
    sums = np.empty((len(own_data), own.features.shape[1]))
    rows = max(1, _BLOCK_BYTES // other.log_prior.nbytes)
    for number, one in enumerate(mine):
        columns = back(_likelihood(own, own_data[[one]]) * own.features.T)
        here = np.flatnonzero(whose == number)
        for block in (here[at : at + rows] for at in range(0, len(here), rows)):
            sums[block] = _likelihood(other, other_data[block]) @ columns.T
    return sums


def _digest(*arrays: np.ndarray) -> str:
    content = hashlib.sha256()
    for array in arrays:
        content.update(np.ascontiguousarray(array).tobytes())
    return content.hexdigest()


def _likelihood(table: PosteriorTable, data: np.ndarray) -> np.ndarray:
    """Likelihood of each data set (B, 2K) at the nodes, up to a factor of its own; shape (B, N)."""
    log_likelihood = data @ table.log_cells
    log_likelihood -= log_likelihood.max(axis=1, keepdims=True)
    return np.exp(log_likelihood, out=log_likelihood)


def _joined(first: BatchPosterior, second: BatchPosterior, error: float) -> BatchPosterior:
    """The posterior of all treatments from those of both regimens."""
    return BatchPosterior(
        mean=np.concatenate([first.mean, second.mean], axis=1),
        sd=np.concatenate([first.sd, second.sd], axis=1),
        prob_below=np.concatenate([first.prob_below, second.prob_below], axis=1),
        bounds=first.bounds,
        error=error,
    )
