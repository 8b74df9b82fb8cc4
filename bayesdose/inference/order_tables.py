"""Tables of treatments whose order is known in part: one for each order, or all of them as one."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesdose.grid import DoseGrid
from bayesdose.inference.box import find_box, widen_box
from bayesdose.inference.ladder import ladder
from bayesdose.inference.posterior import BatchPosterior, Needs, PosteriorTable, feature_sums, summaries
from bayesdose.inference.probes import probe_data
from bayesdose.inference.refined_tables import NODES, Plan, plug_in_curve, tabulate_box
from bayesdose.models.densities import check_settled
from bayesdose.models.partial_order import PartialOrder

__all__ = ["OrderTables", "order_tables"]

# Orders that the data do not tell apart have the same probability up to rounding.
_TIE = 1e-9


@dataclass(frozen=True, eq=False)
class OrderTables:
    """One table for each order of the treatments; a data set's posterior is that in its most probable order.

    Parameters
    ----------
    tables : tuple of PosteriorTable
        The orders' tables; the exponentials of a table's log prior have the order's prior probability as sum.
    error : float
        Largest error of a probability, mean or plug-in estimate found on probe data sets.
    """

    tables: tuple[PosteriorTable, ...]
    error: float

    @property
    def bounds(self) -> tuple[float, ...]:
        """Bounds on P(DLT) for which ``P(P(DLT) < bound)`` is known."""
        return self.tables[0].bounds

    @property
    def max_patients(self) -> int:
        """Number of patients up to which `error` was checked."""
        return self.tables[0].max_patients

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of orders, and of nodes in each."""
        return (len(self.tables), *self.tables[0].shape)

    @property
    def num_doses(self) -> int:
        """Number K of treatments."""
        return self.tables[0].num_doses

    def offers(self, needs: Needs) -> bool:
        """Whether posteriors of this table hold all that is needed."""
        return self.tables[0].offers(needs)

    def posterior(self, patients: np.ndarray, dlts: np.ndarray) -> BatchPosterior:
        """Posterior summaries for patients and DLTs at every treatment, each of shape (B, K)."""
        sums, log_evidence = self._sums(patients, dlts)
        likely = log_evidence >= log_evidence.max(axis=0) - _TIE
        chosen = likely.argmax(axis=0)
        picked = sums[chosen, np.arange(len(patients))]
        answer = summaries(picked, self.tables[0])
        plug_in = np.array(answer.plug_in)
        # The parameter is the same function of the sums in each order, the curve is not.
        for number in np.unique(chosen):
            rows, curve = chosen == number, self.tables[number].plug_in
            if curve is not None and answer.parameter_mean is not None:
                plug_in[rows] = curve(answer.parameter_mean[rows])
        return BatchPosterior(
            mean=answer.mean,
            sd=answer.sd,
            prob_below=answer.prob_below,
            bounds=answer.bounds,
            error=self.error,
            parameter_mean=answer.parameter_mean,
            plug_in=plug_in,
        )

    def order_probabilities(self, patients: np.ndarray, dlts: np.ndarray) -> np.ndarray:
        """Posterior probability of each of M orders, shape (B, M)."""
        _, log_evidence = self._sums(patients, dlts)
        weights = np.exp(log_evidence - log_evidence.max(axis=0))
        return (weights / weights.sum(axis=0)).T

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the numbers."""
        return hashlib.sha256(repr([table.digest for table in self.tables]).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OrderTables) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return (
            f"OrderTables({len(self.tables)} orders, bounds={self.bounds}, error={self.error:.1g}, "
            f"{self.digest[:12]})"
        )

    def _sums(self, patients: np.ndarray, dlts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Feature sums of each order (M, B, features), and its log evidence (M, B)."""
        parts = [feature_sums(table, patients, dlts) for table in self.tables]
        sums = np.stack([part for part, _ in parts])
        return sums, np.log(sums[..., 0]) + np.stack([scale for _, scale in parts])


def order_tables(
    model: PartialOrder,
    grids: Sequence[DoseGrid],
    bounds: tuple[float, ...],
    max_patients: int,
    tolerances: Sequence[float],
) -> tuple[OrderTables, ...] | tuple[PosteriorTable, ...]:
    """Tables of a `PartialOrder`, one for each tolerance.

    An average over the orders is one table, whose nodes are those of all orders.
    """
    orders, probes = model.densities(grids), probe_data(len(model.curve.skeleton), max_patients)
    for densities in orders:
        check_settled(densities)
    # The prior of theta is the same in each order.
    box = find_box(orders[0])
    for densities in orders:
        box = widen_box(densities, box, *probes)
    averages = model.by == "average"
    plans = [
        Plan(bounds, max_patients, None if averages else plug_in_curve(densities, box))
        for densities in orders
    ]

    def tabulated(shape: tuple[int, ...]) -> OrderTables:
        tables = []
        for densities, plan, weight in zip(orders, plans, model.weights, strict=True):
            table = tabulate_box(densities, box, shape, plan)
            log_prior = table.log_prior - np.log(np.exp(table.log_prior).sum() / weight)
            tables.append(replace(table, log_prior=log_prior))
        return OrderTables(tuple(tables), np.inf)

    if averages:
        return ladder(lambda shape: _as_one(tabulated(shape)), NODES, 1, probes, tolerances)
    return ladder(tabulated, NODES, 1, probes, tolerances)


def _as_one(orders: OrderTables) -> PosteriorTable:
    """All orders' nodes as those of one table."""
    return replace(
        orders.tables[0],
        log_prior=np.concatenate([table.log_prior for table in orders.tables]),
        log_cells=np.concatenate([table.log_cells for table in orders.tables], axis=1),
        features=np.concatenate([table.features for table in orders.tables]),
        shape=orders.shape,
    )
