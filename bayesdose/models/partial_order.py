"""Treatments whose order by P(DLT) is known in part: a CRM curve for each order that is possible."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated, Any, Literal

import annotated_types as at
import attrs
import numpy as np

from bayesdose.checks.arguments import checked, checked_value
from bayesdose.checks.quantities import Count, Positive
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import CRMCurve
from bayesdose.models.densities import Densities
from bayesdose.models.numpy_densities import one_parameter_densities
from bayesdose.models.regimen_model import Grids, RegimenModel, regimen_of, treatment_doses

__all__ = ["PartialOrder", "possible_orders"]

_MOST_ORDERS = 1000
Order = tuple[Count, ...]


def _orders_fit(model: "PartialOrder", field: attrs.Attribute, orders: tuple[Order, ...]) -> None:
    number = len(model.curve.skeleton)
    for order in orders:
        if sorted(order) != list(range(1, number + 1)):
            raise InputError(
                "PartialOrder, orders",
                got=order,
                wanted=f"each of the treatments 1 to {number} once, as many as the skeleton has values",
            )
    if len(set(orders)) < len(orders):
        raise InputError("PartialOrder, orders", got=orders, wanted="orders that differ")


def _weights_fit(model: "PartialOrder", field: attrs.Attribute, weights: tuple[float, ...]) -> None:
    if len(weights) != len(model.orders) or abs(math.fsum(weights) - 1) > 1e-9:
        raise InputError(
            "PartialOrder, weights",
            got=weights,
            wanted=f"{len(model.orders)} numbers with sum 1, one an order",
        )


def _equal_weights(weights: tuple[float, ...], model: Any) -> tuple[float, ...]:
    return weights or (1 / len(model.orders),) * len(model.orders)


@checked_value
class PartialOrder(RegimenModel):
    """The partial order CRM: treatments of several regimens whose order by P(DLT) is known in part.

    Of each regimen a higher dose is more toxic, but whether a low dose of one regimen is more toxic than a
    higher dose of another is not known. For each possible order there is a CRM with the same skeleton, whose
    lowest value belongs to the treatment that is least toxic in that order; the orders have prior
    probabilities. P(DLT) of each treatment is that over its own regimen's DLT window.

    Parameters
    ----------
    curve : PowerCurve or LogisticCurve
        The skeleton, one value a treatment, least toxic first, and how theta bends it.
    prior_sd : float
        Prior standard deviation of theta, the same in each order.
    orders : sequence of (sequence of int)
        The orders that are possible, each with every treatment's number once, least toxic first. Treatments
        are numbered from 1, regimen by regimen. `possible_orders` lists all; the literature takes few.
    weights : sequence of float, optional
        Prior probabilities of the orders, with sum 1; equal if not given.
    by : {"most probable order", "average"}, default "most probable order"
        Whether a data set's posterior is that in its most probable order, as in the literature, or the
        average over the orders. Among equally probable orders (to 1e-9) the first one counts.

    Raises
    ------
    InputError
        If an order is not made of all treatments, orders repeat, or the weights are not positive with sum 1.

    References
    ----------
    Wages NA, Conaway MR, O'Quigley J (2011). Continual reassessment method for partial ordering. Biometrics
    67:1555-1563. Averaging: Yin G, Yuan Y (2009). Bayesian model averaging continual reassessment method in
    phase I clinical trials. Journal of the American Statistical Association 104:954-968, over skeletons.

    Examples
    --------
    >>> import bayesdose as bd
    >>> grids = bd.DoseGrid((1, 3), "mg/kg"), bd.DoseGrid((1, 3), "mg/kg")
    >>> orders = bd.models.possible_orders(grids)
    >>> orders
    ((1, 2, 3, 4), (1, 3, 2, 4))
    >>> curve = bd.models.PowerCurve((0.05, 0.12, 0.25, 0.4))
    >>> model = bd.models.PartialOrder(curve, prior_sd=1.16, orders=orders)
    >>> (table,) = bd.inference.tabulate_regimens(
    ...     model, grids, bounds=(0.33,), max_patients=12, tolerances=(1e-9,)
    ... )
    >>> patients, dlts = np.array([[3, 3, 3, 0]]), np.array([[0, 0, 2, 0]])
    >>> table.order_probabilities(patients, dlts).round(2).tolist()
    [[0.83, 0.17]]
    """

    curve: CRMCurve
    prior_sd: Positive
    orders: Annotated[tuple[Order, ...], at.MinLen(1)] = attrs.field(validator=_orders_fit)
    weights: tuple[Positive, ...] = attrs.field(
        default=(), converter=attrs.Converter(_equal_weights, takes_self=True), validator=_weights_fit
    )
    by: Literal["most probable order", "average"] = "most probable order"

    def __str__(self) -> str:
        orders = ", ".join(
            f"{' < '.join(map(str, order))} (probability {weight:.4g})"
            for order, weight in zip(self.orders, self.weights, strict=True)
        )
        return f"{self.curve}; theta ~ N(0, {self.prior_sd:.6g}²); orders of treatments: {orders}; {self.by}"

    def check(self, grids: Sequence[DoseGrid]) -> None:
        """Refuse another number of treatments than the orders have, and orders in which toxicity falls."""
        regimen, number = regimen_of(grids), len(self.curve.skeleton)
        if len(regimen) != number:
            raise InputError(
                "regimens", got=f"{len(regimen)} doses in all", wanted=f"the skeleton's {number}"
            )
        for order in self.orders:
            rank = np.argsort(order)
            if any(np.any(np.diff(rank[regimen == one]) < 0) for one in range(len(grids))):
                raise InputError(
                    "PartialOrder, orders", got=order, wanted="the doses of each regimen in rising order"
                )

    def densities(self, grids: Sequence[DoseGrid]) -> tuple[Densities, ...]:
        """The model in theta, once for each order."""
        self.check(grids)
        return tuple(self._given(np.argsort(order), treatment_doses(grids)) for order in self.orders)

    def _given(self, rank: np.ndarray, doses: np.ndarray) -> Densities:
        return one_parameter_densities(
            doses,
            log_prior=lambda points: -0.5 * np.square(points[:, 0] / self.prior_sd),
            log_prob_dlt=lambda points: self.curve.log_prob_dlt(points[:, 0])[:, rank],
            parameter=lambda points: points,
        )


@checked
def possible_orders(grids: Grids) -> tuple[tuple[int, ...], ...]:
    """All orders of treatments in which a higher dose, and a later regimen at a dose no lower, is more toxic.

    Parameters
    ----------
    grids : sequence of DoseGrid
        The doses of each regimen, the least intense regimen first.

    Returns
    -------
    tuple of (tuple of int)
        Each order has every treatment's number once, least toxic first. Treatments are numbered from 1,
        regimen by regimen.

    Raises
    ------
    InputError
        If there are more than 1000. Six doses in two regimens have 132 orders.

    Examples
    --------
    >>> every_3_weeks, every_2_weeks = DoseGrid((1, 3, 10), "mg"), DoseGrid((3, 10), "mg")
    >>> possible_orders((every_3_weeks, every_2_weeks))
    ((1, 2, 3, 4, 5), (1, 2, 4, 3, 5))
    """
    regimen, dose = regimen_of(grids), treatment_doses(grids)
    pairs = list(combinations(range(len(dose)), 2))
    # Numbered regimen by regimen, so the second of a pair is never in an earlier regimen.
    above = {(low, high) for low, high in pairs if dose[low] <= dose[high]}
    below: list[set[int]] = [{low for low, high in above if high == one} for one in range(len(dose))]
    found = []
    for order in _extended((), below):
        found.append(order)
        if len(found) > _MOST_ORDERS:
            raise InputError(
                "regimens",
                got=f"more than {_MOST_ORDERS} orders of {len(regimen)} treatments",
                wanted="fewer treatments",
                fix="State the orders that matter in `PartialOrder`.",
            )
    return tuple(found)


def _extended(order: tuple[int, ...], below: Sequence[set[int]]) -> Iterator[tuple[int, ...]]:
    """All orders, numbered from 1, that begin in this way and hold what must stand below each treatment."""
    if len(order) == len(below):
        yield order
    for one, needed in enumerate(below):
        if one + 1 not in order and all(low + 1 in order for low in needed):
            yield from _extended((*order, one + 1), below)
