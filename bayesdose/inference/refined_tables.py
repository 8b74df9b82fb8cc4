"""From a model's densities to numpy tables, refined until they are as accurate as asked for."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesdose.errors import UnsupportedModelError
from bayesdose.inference.box import NodeBox, cut_positions, find_box, widen_box
from bayesdose.inference.ladder import ladder
from bayesdose.inference.mtd_cuts import MTDCuts
from bayesdose.inference.plug_in import PLUG_IN_SITES, PlugInCurve
from bayesdose.inference.posterior import PosteriorTable
from bayesdose.inference.probes import probe_data
from bayesdose.inference.refinement import Nodes
from bayesdose.models.densities import Densities, check_settled
from bayesdose.quadrature import sinc_cut_weights

__all__ = ["NODES", "MTDAsked", "Plan", "plug_in_curve", "refined_tables", "tabulate_box"]

# Nodes of the first rule in the cut direction and in each other direction. The cut direction needs
# about twice the density: sinc weights converge like exp(-(pi s / h)^2 / 2) in the ratio of the
# posterior's width s to the step h, the plain trapezoid sum like exp(-2 (pi s / h)^2).
NODES = Nodes(first_cut=32, first_other=14, most=2_000_000)
_CUTS_AT_ONCE = 8


def refined_tables(
    densities: Densities,
    *,
    bounds: tuple[float, ...],
    max_patients: int,
    tolerances: tuple[float, ...],
    plug_in: bool = False,
    averages_below: float | None = None,
    mtd: "MTDAsked | None" = None,
) -> tuple[PosteriorTable, ...]:
    """Tables of a model, one for each asked accuracy; what `tabulate` does with a PyMC model's densities.

    Parameters
    ----------
    densities : Densities
        The model.
    bounds : tuple of float
        Increasing bounds on P(DLT).
    max_patients, tolerances, plug_in, averages_below
        As for `tabulate`.
    mtd : MTDAsked, optional
        The distribution of the MTD, where it is wanted.

    Returns
    -------
    tuple of PosteriorTable
        One for each tolerance, coarsest first.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be tabulated, or has several parameters where one is needed.
    InputError
        If a tolerance is out of reach.
    """
    check_settled(densities)
    probes = probe_data(len(densities.doses), max_patients)
    box = widen_box(densities, find_box(densities), *probes)
    if plug_in or averages_below is not None:
        _check_one_parameter(densities)
    curve = plug_in_curve(densities, box) if plug_in else None
    plan = Plan(bounds, max_patients, curve, averages_below, mtd)
    return ladder(
        lambda shape: tabulate_box(densities, box, shape, plan),
        NODES,
        len(box.centre),
        probes,
        tolerances,
        lighter=PosteriorTable.in_single_precision,
    )


def _check_one_parameter(densities: Densities) -> None:
    number = len(densities.start)
    if number != 1:
        raise UnsupportedModelError(
            "model",
            got=f"{number} free dimensions",
            wanted="one, for plug-in estimates and for comparing medians",
            fix="Use `ClosestMean`, which any model can have.",
        )


def plug_in_curve(densities: Densities, box: NodeBox) -> PlugInCurve:
    """The curve of a one-parameter model over the whole box of nodes."""
    _, u, _ = box.nodes((PLUG_IN_SITES,))
    points = box.points(u)
    log_prob_dlt = densities.log_cells(points)[: len(densities.doses)].T
    return PlugInCurve.through(densities.parameter(points)[:, 0], log_prob_dlt)


@dataclass(frozen=True, eq=False)
class MTDAsked:
    """Cuts of the MTD, and the same model at any doses."""

    cuts: MTDCuts
    model_at: Callable[[tuple[float, ...]], Densities]


@dataclass(frozen=True)
class Plan:
    """What every table of a ladder holds."""

    bounds: tuple[float, ...]
    max_patients: int
    plug_in: PlugInCurve | None = None
    averages_below: float | None = None
    mtd: MTDAsked | None = None


def tabulate_box(
    densities: Densities,
    box: NodeBox,
    shape: tuple[int, ...],
    plan: Plan,
) -> PosteriorTable:
    """One table on a given number of nodes in each direction; its error is not checked yet."""
    cut_nodes, u, lines = box.nodes(shape)
    points = box.points(u)
    prob_dlt = densities.prob_dlt(points)
    dose, column = (index.ravel() for index in np.indices((len(densities.doses), len(plan.bounds))))
    cut = cut_positions(densities, box, lines, dose, np.array(plan.bounds)[column])
    features = [np.ones((len(u), 1)), prob_dlt, prob_dlt**2, _below(cut_nodes, cut, len(u))]
    if plan.plug_in is not None:
        features.append(densities.parameter(points))
    if plan.averages_below is not None:
        low, high = np.triu_indices(len(densities.doses), 1)
        bound = np.full(len(low), plan.averages_below)
        cut = cut_positions(densities, box, lines, low, bound, other=high)
        features.append(_below(cut_nodes, cut, len(u)))
    if plan.mtd is not None:
        cut = _mtd_positions(plan.mtd, box, lines)
        features.append(_below(cut_nodes, cut, len(u)))
    return PosteriorTable(
        log_prior=densities.log_prior(points),
        log_cells=densities.log_cells(points),
        features=np.concatenate(features, axis=1),
        bounds=plan.bounds,
        max_patients=plan.max_patients,
        error=np.inf,
        shape=tuple(shape),
        plug_in=plan.plug_in,
        averages_below=plan.averages_below,
        mtd_cuts=None if plan.mtd is None else plan.mtd.cuts,
    )


def _below(cut_nodes: np.ndarray, cut: np.ndarray, number: int) -> np.ndarray:
    """Share of each of `number` nodes below each cut (lines, J); shape (number, J)."""
    return sinc_cut_weights(cut_nodes, cut).reshape(number, -1)


def _mtd_positions(mtd: MTDAsked, box: NodeBox, lines: np.ndarray) -> np.ndarray:
    """Where along the first direction the MTD crosses each of its cuts, shape (L, X)."""
    doses, found = mtd.cuts.doses, []
    # A few at a time: the model is asked for all of its doses at every point.
    for start in range(0, len(doses), _CUTS_AT_ONCE):
        some = doses[start : start + _CUTS_AT_ONCE]
        target = np.full(len(some), mtd.cuts.target)
        found.append(cut_positions(mtd.model_at(some), box, lines, np.arange(len(some)), target))
    return np.concatenate(found, axis=1)
