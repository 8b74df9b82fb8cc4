"""Exact posteriors of a tabulated model, for batches of data sets, in numpy alone.

A dose-toxicity likelihood depends on the data through counts, so the log posterior at all nodes
is ``counts @ table + log prior``, and every summary is a sum over nodes: two matrix products
for any number of data sets.
"""

import hashlib
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from bayesdose.alike import distinct_rows
from bayesdose.errors import InputError
from bayesdose.inference.mtd_cuts import MTDCuts
from bayesdose.inference.node_tiles import NodeTiles
from bayesdose.inference.plug_in import PlugInCurve
from bayesdose.short_rows import across

if TYPE_CHECKING:
    from bayesdose.inference.posterior_memory import PosteriorMemory
    from bayesdose.models.description import TableSource

__all__ = [
    "ARRAYS",
    "BatchPosterior",
    "Needs",
    "PosteriorTable",
    "feature_sums",
    "posterior",
    "summaries",
    "sums_of_weights",
]

# Log weights of a block of data sets on all nodes are 2 MB, which stays in cache.
_BLOCK_BYTES = 2**21
# Data sets that are worth looking for the nodes in reach, of a table whose error says which weights matter.
_FEWEST_ROWS = 32
# Share of its error by which leaving out nodes of hardly any weight may move a table's answer.
NEGLIGIBLE = 1e-3
# Error of sums over many nodes, which no table's error is below.
ROUNDING = 1e-14
ARRAYS = ("log_prior", "log_cells", "features")


@dataclass(frozen=True)
class Needs:
    """What a rule needs to know of the posterior, beside means and standard deviations.

    Parameters
    ----------
    bounds : tuple of float
        Bounds on P(DLT) for which ``P(P(DLT) < bound)`` is wanted.
    plug_in : bool
        Whether the plug-in estimates are wanted (models with one parameter).
    averages_below : float, optional
        Bound for which the probability that the average P(DLT) of two doses is below it is wanted, for
        every two doses (models with one parameter).
    mtd_target : float, optional
        P(DLT) that defines the MTD whose distribution is wanted (the two-parameter logistic model).
    """

    bounds: tuple[float, ...] = ()
    plug_in: bool = False
    averages_below: float | None = None
    mtd_target: float | None = None

    def __str__(self) -> str:
        plug_in = ", plug-in estimates" if self.plug_in else ""
        averages = (
            "" if self.averages_below is None else f", two doses' averages below {self.averages_below:g}"
        )
        mtd = "" if self.mtd_target is None else f", the MTD at {self.mtd_target:g}"
        return f"bounds {self.bounds}{plug_in}{averages}{mtd}"


@dataclass(frozen=True, eq=False)
class PosteriorTable:
    """A model's prior and likelihood at M nodes; two tables are equal if their numbers are.

    Parameters
    ----------
    log_prior : ndarray, shape (M,)
        Log prior density of the model's unconstrained variables at the nodes.
    log_cells : ndarray, shape (2K, M)
        Log-likelihood of one patient: with a DLT at dose 1..K, then without one.
    features : ndarray, shape (M, 1 + 2K + K * len(bounds) + ...)
        Columns that are averaged over the posterior: one, P(DLT), its square, and the share of
        the node that lies below each (dose, bound) cut; then, where asked for, the parameter, the share
        below each cut of two doses' average, and the share under which the MTD is above each of its cuts.
    bounds : tuple of float
        Increasing bounds on P(DLT) for which ``P(P(DLT) < bound)`` is wanted.
    max_patients : int
        Number of patients up to which `error` was checked.
    error : float
        Largest error of a probability or of a mean found on probe data sets of up to `max_patients`.
    shape : tuple of int
        Nodes in each direction, the cut direction first.
    plug_in : PlugInCurve, optional
        The curve as a function of the one parameter, for plug-in estimates.
    averages_below : float, optional
        Bound on two doses' average P(DLT) for which probabilities are wanted.
    mtd_cuts : MTDCuts, optional
        Doses at which the distribution of the MTD is wanted.
    source : TableSource, optional
        What the table was made from; it says nothing about whether two tables are equal.
    memory : PosteriorMemory, optional
        Where posteriors are remembered for as long as the table is used (see `with_memory`); nor does it.

    Notes
    -----
    The arrays are of one precision, double or single, and posteriors are computed in it. A table whose
    error is far above single precision is twice as fast in it.
    """

    log_prior: np.ndarray
    log_cells: np.ndarray
    features: np.ndarray
    bounds: tuple[float, ...]
    max_patients: int
    error: float
    shape: tuple[int, ...] = field(default=())
    plug_in: PlugInCurve | None = None
    averages_below: float | None = None
    mtd_cuts: MTDCuts | None = None
    source: "TableSource | None" = None
    memory: "PosteriorMemory | None" = None

    @property
    def num_doses(self) -> int:
        """Number K of doses."""
        return self.log_cells.shape[0] // 2

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        settings = (self.bounds, self.max_patients, self.shape, self.averages_below)
        if self.mtd_cuts is not None:
            settings += (self.mtd_cuts,)
        content = hashlib.sha256(repr(settings).encode())
        arrays = [getattr(self, name) for name in ARRAYS]
        if self.plug_in is not None:
            arrays += [self.plug_in.knots, self.plug_in.coefficients]
        for array in arrays:
            content.update(np.ascontiguousarray(array).tobytes())
        return content.hexdigest()

    @cached_property
    def log_negligible(self) -> float:
        """Log weight, beside the largest one, below which a node's weight is left out of the sums.

        All that is left out together moves an average by less than a thousandth of the table's error; by less
        than rounding does where the error is 0 or not known yet.
        """
        error = self.error if 0 < self.error < math.inf else ROUNDING
        largest = float(np.abs(self.features).max()) * len(self.log_prior)
        return math.log(NEGLIGIBLE * error / largest)

    def in_single_precision(self) -> Self:
        """The same table in single precision; its error is not checked anew."""
        arrays = {name: getattr(self, name).astype(np.float32) for name in ARRAYS}
        return replace(self, **arrays)

    def offers(self, needs: Needs) -> bool:
        """Whether posteriors of this table hold all that is needed."""
        return (
            set(needs.bounds) <= set(self.bounds)
            and (self.plug_in is not None or not needs.plug_in)
            and needs.averages_below in (None, self.averages_below)
            and needs.mtd_target in (None, None if self.mtd_cuts is None else self.mtd_cuts.target)
        )

    def posterior(self, patients: np.ndarray, dlts: np.ndarray) -> "BatchPosterior":
        """`posterior` of this table: summaries for patients and DLTs, each of shape (B, K)."""
        return posterior(self, patients, dlts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PosteriorTable) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.shape))
        return (
            f"PosteriorTable({size} nodes, bounds={self.bounds}, error={self.error:.1g}, {self.digest[:12]})"
        )


@dataclass(frozen=True, eq=False)
class BatchPosterior:
    """Posterior summaries of B data sets on K doses.

    Parameters
    ----------
    mean, sd : ndarray, shape (B, K)
        Posterior mean and standard deviation of P(DLT).
    prob_below : ndarray, shape (B, K, len(bounds))
        Posterior probability that P(DLT) is below each bound.
    bounds : tuple of float
        Those bounds.
    error : float
        Largest expected absolute error of a probability, mean, second moment or plug-in estimate.
    parameter_mean : ndarray, shape (B,), optional
        Posterior mean of the model's one parameter, on the parameter's own scale.
    plug_in : ndarray, shape (B, K), optional
        P(DLT) of the model at that mean.
    averages_below : ndarray, shape (B, K, K), optional
        Posterior probability that the average P(DLT) of two doses is below the asked bound, the lower
        dose first; 0 elsewhere.
    num_patients : ndarray of int, shape (B,), optional
        Patients in each data set.
    mtd_above : ndarray, shape (B, X), optional
        Posterior probability that the MTD is above each of the table's cuts.
    mtd_cuts : MTDCuts, optional
        Those cuts.
    """

    mean: np.ndarray
    sd: np.ndarray
    prob_below: np.ndarray
    bounds: tuple[float, ...]
    error: float
    parameter_mean: np.ndarray | None = None
    plug_in: np.ndarray | None = None
    averages_below: np.ndarray | None = None
    num_patients: np.ndarray | None = None
    mtd_above: np.ndarray | None = None
    mtd_cuts: MTDCuts | None = None

    def take(self, which: np.ndarray) -> Self:
        """The data sets that a mask or an index array selects."""
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return replace(self, **{name: value[which] for name, value in arrays.items()})

    def with_rows(self, which: np.ndarray, rows: Self) -> Self:
        """The same data sets with other summaries of some, given by position; the error is not looked at."""
        arrays = {name: value.copy() for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        for name, value in arrays.items():
            value[which] = getattr(rows, name)
        return replace(self, **arrays)

    def below(self, bound: float) -> np.ndarray:
        """``P(P(DLT) < bound)`` for each data set and dose, shape (B, K).

        Raises
        ------
        InputError
            If the model was not tabulated for this bound.
        """
        if bound not in self.bounds:
            raise InputError(
                "bound on P(DLT)",
                got=bound,
                wanted=f"one of the bounds that the model was tabulated for, {self.bounds}",
                fix="Name it in `bounds` when the model is tabulated.",
            )
        return self.prob_below[..., self.bounds.index(bound)]

    def between(self, lower: float, upper: float) -> np.ndarray:
        """``P(lower <= P(DLT) < upper)`` for each data set and dose, shape (B, K)."""
        return self.below(upper) - self.below(lower)


def posterior(table: PosteriorTable, patients: np.ndarray, dlts: np.ndarray) -> BatchPosterior:
    """Posterior summaries for a batch of data sets.

    Parameters
    ----------
    table : PosteriorTable
        The tabulated model.
    patients, dlts : ndarray of int, shape (B, K)
        Patients treated and DLTs seen at each dose.

    Returns
    -------
    BatchPosterior
        Means, standard deviations and probabilities, by data set and dose.

    Notes
    -----
    Working memory is a few MB for any B, beside the result. Run it with one BLAS thread: on
    blocks of this size two threads are several times slower than one.
    """
    if table.memory is None:
        return _computed(table, patients, dlts)
    data = np.concatenate([patients, dlts], axis=1, dtype=np.int16)
    return table.memory.recalled(data, lambda which: _computed(table, patients[which], dlts[which]))


def _computed(table: PosteriorTable, patients: np.ndarray, dlts: np.ndarray) -> BatchPosterior:
    found = summaries(feature_sums(table, patients, dlts)[0], table)
    return replace(found, num_patients=across(np.add, patients))


def feature_sums(
    table: PosteriorTable, patients: np.ndarray, dlts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the features over the nodes, shape (B, features), and the log weight that scales each (B,)."""
    data = np.concatenate([dlts, patients - dlts], axis=1)
    first, kind = distinct_rows(data)
    sums, largest = sums_of_weights(table, data[first], table.log_cells)
    return sums[kind], largest[kind]


def sums_of_weights(
    table: PosteriorTable, data: np.ndarray, log_cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`feature_sums` of counts (B, C) of patients whose log-likelihoods at the nodes are given, (C, M)."""
    data = data.astype(table.log_prior.dtype)
    sums = np.empty((len(data), table.features.shape[1]), dtype=data.dtype)
    largest = np.empty((len(data), 1))
    cells, prior, features = log_cells, table.log_prior, table.features
    rows, tiles = max(1, _BLOCK_BYTES // prior.nbytes), None
    if len(data) >= _FEWEST_ROWS and 0 < table.error < math.inf:
        rows, tiles = max(_FEWEST_ROWS, rows), NodeTiles.of(table.shape, cells, prior)
    for start in range(0, len(data), rows):
        part = data[start : start + rows]
        if tiles is not None:
            nodes = tiles.in_reach(part, log_cells, table.log_prior, table.log_negligible)
            cells, prior, features = log_cells[:, nodes], table.log_prior[nodes], table.features[nodes]
        weights = part @ cells
        weights += prior
        largest[start : start + rows] = top = weights.max(axis=1, keepdims=True)
        weights -= top
        reached = np.flatnonzero(weights.max(axis=0) > table.log_negligible)
        sums[start : start + rows] = np.exp(weights[:, reached]) @ features[reached]
    return sums, largest[:, 0]


def summaries(sums: np.ndarray, table: PosteriorTable) -> BatchPosterior:
    """Normalise the feature sums, shape (B, features)."""
    num_doses, ends = table.num_doses, np.cumsum([table.num_doses] * (2 + len(table.bounds)))
    averages = sums[:, 1:].astype(float) / sums[:, :1]
    mean = averages[:, :num_doses]
    second_moment = averages[:, num_doses : 2 * num_doses]
    parameter, pairs, mtd_above = None, averages[:, ends[-1] :], None
    if table.mtd_cuts is not None:
        pairs, mtd_above = np.split(pairs, [pairs.shape[1] - len(table.mtd_cuts.doses)], axis=1)
    if table.plug_in is not None:
        parameter, pairs = pairs[:, 0], pairs[:, 1:]
    averages_below = None
    if table.averages_below is not None:
        averages_below = np.zeros((len(sums), num_doses, num_doses))
        averages_below[:, *np.triu_indices(num_doses, 1)] = pairs
    return BatchPosterior(
        mean=mean,
        sd=np.sqrt(np.maximum(second_moment - mean**2, 0.0)),
        prob_below=averages[:, ends[1] : ends[-1]].reshape(len(sums), num_doses, len(table.bounds)),
        bounds=table.bounds,
        error=table.error,
        parameter_mean=parameter,
        plug_in=None if table.plug_in is None or parameter is None else table.plug_in(parameter),
        averages_below=averages_below,
        mtd_above=mtd_above,
        mtd_cuts=table.mtd_cuts,
    )
