"""From a PyMC model to numpy tables, as accurate as asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Annotated

import annotated_types as at
import numpy as np
import pymc as pm
from threadpoolctl import threadpool_limits

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Patients, Tolerance
from bayesdose.errors import UnsupportedModelError
from bayesdose.inference.box import NodeBox, cut_positions, find_box, widen_box
from bayesdose.inference.compiled import CompiledModel, compile_model
from bayesdose.inference.plug_in import PLUG_IN_SITES, PlugInCurve
from bayesdose.inference.posterior import BatchPosterior, PosteriorTable, posterior
from bayesdose.inference.probes import probe_data
from bayesdose.inference.refinement import Nodes, refinements
from bayesdose.quadrature import sinc_cut_weights

__all__ = ["Bounds", "in_order", "tabulate"]

# Nodes of the first rule in the cut direction and in each other direction. The cut direction needs
# about twice the density: sinc weights converge like exp(-(pi s / h)^2 / 2) in the ratio of the
# posterior's width s to the step h, the plain trapezoid sum like exp(-2 (pi s / h)^2).
_NODES = Nodes(first_cut=32, first_other=14, most=2_000_000)
# Coarser tables are kept in single precision, whose rounding (1e-6) is far below this.
_SINGLE_PRECISION_FROM = 2e-5


def _falls(tolerances: Sequence[float]) -> bool:
    return all(high >= low for high, low in pairwise(tolerances))


# A table holds a column for each dose and bound at every node: thousands would fill the memory.
Bounds = Annotated[
    Sequence[InnerProbability], at.Predicate(lambda bounds: 1 <= len(bounds) <= 100), "with 1 to 100 of them"
]
_Tolerances = Annotated[Sequence[Tolerance], at.MinLen(1), at.Predicate(_falls), "in falling order"]


@checked
def tabulate(
    model: pm.Model,
    *,
    bounds: Bounds,
    max_patients: Patients,
    tolerances: _Tolerances = (1e-6,),
    plug_in: bool = False,
    averages_below: InnerProbability | None = None,
) -> tuple[PosteriorTable, ...]:
    """Tables of a model, one for each asked accuracy.

    Nodes are added until the probabilities ``P(P(DLT) < bound)``, means, second moments and what else
    is asked for agree, on a set of probe data sets (all kinds of trials of up to `max_patients`,
    all-DLT and no-DLT ones among them), with those of the next finer rule to the asked tolerance.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`), with one to three free dimensions.
    bounds : sequence of float
        Bounds on P(DLT), from 1 to 100 of them, whose posterior probabilities are wanted.
    max_patients : int
        Largest number of patients in a data set, at most 500.
    tolerances : sequence of float, default (1e-6,)
        Largest absolute errors of these numbers, decreasing; none is below 1e-12.
    plug_in : bool, default False
        Whether plug-in estimates are wanted: P(DLT) at the posterior mean of the one parameter.
    averages_below : float, optional
        Bound on the average P(DLT) of two doses for which probabilities are wanted, for every two
        doses; `ClosestMedian` decides on them. For models with one parameter.

    Returns
    -------
    tuple of PosteriorTable
        One for each tolerance, coarsest first.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be tabulated, or has several parameters where one is needed.
    InputError
        If a bound, `max_patients` or a tolerance is out of range, or a tolerance out of reach.
    """
    wanted = list(tolerances)
    compiled = compile_model(model)
    probes = probe_data(len(compiled.doses), max_patients)
    box = widen_box(compiled, find_box(compiled), *probes)
    if plug_in or averages_below is not None:
        _check_one_parameter(compiled)
    curve = _plug_in_curve(compiled, box) if plug_in else None
    plan = _Plan(in_order(bounds), max_patients, curve, averages_below)
    found: list[PosteriorTable] = []
    # BLAS threads that wait for each other on a busy machine take many times as long as one.
    with threadpool_limits(1):
        for table in _checked_tables(compiled, box, plan, probes, wanted[-1]):
            while wanted and table.error <= wanted[0]:
                found.append(table)
                wanted.pop(0)
            if not wanted:
                break
    return tuple(found)


def in_order(bounds: Sequence[float]) -> tuple[float, ...]:
    """Bounds on P(DLT), lowest first and each once."""
    return tuple(sorted(set(bounds)))


def _check_one_parameter(compiled: CompiledModel) -> None:
    number = len(compiled.start)
    if number != 1:
        raise UnsupportedModelError(
            "model",
            got=f"{number} free dimensions",
            wanted="one, for plug-in estimates and for comparing medians",
            fix="Use `ClosestMean`, which any model can have.",
        )


def _plug_in_curve(compiled: CompiledModel, box: NodeBox) -> PlugInCurve:
    """The curve of a one-parameter model over the whole box of nodes."""
    _, u, _ = box.nodes((PLUG_IN_SITES,))
    points = box.points(u)
    log_prob_dlt = compiled.log_cells(points)[: len(compiled.doses)].T
    return PlugInCurve.through(compiled.parameter(points)[:, 0], log_prob_dlt)


@dataclass(frozen=True)
class _Plan:
    """What every table of a ladder holds."""

    bounds: tuple[float, ...]
    max_patients: int
    plug_in: PlugInCurve | None
    averages_below: float | None


def _numbers(answer: BatchPosterior) -> np.ndarray:
    """All that a rule may decide on, shape (B, numbers); the second moment stands for the sd."""
    parts = [answer.prob_below, answer.mean, answer.mean**2 + answer.sd**2, answer.plug_in]
    parts = [part for part in [*parts, answer.averages_below] if part is not None]
    return np.concatenate([part.reshape(len(answer.mean), -1) for part in parts], axis=1)


def _checked_tables(
    compiled: CompiledModel,
    box: NodeBox,
    plan: _Plan,
    probes: tuple[np.ndarray, np.ndarray],
    tolerance: float,
) -> Iterator[PosteriorTable]:
    """Finer and finer tables, each with its error against the next one on the probe data sets."""

    def measured(shape: tuple[int, ...]) -> tuple[PosteriorTable, np.ndarray]:
        table = _tabulate_box(compiled, box, shape, plan)
        return table, _numbers(posterior(table, *probes))

    for (table, _), (_, finer_answer), error in refinements(measured, _NODES, len(box.centre), tolerance):
        if error >= _SINGLE_PRECISION_FROM:
            table = table.in_single_precision()
            error = float(np.max(np.abs(_numbers(posterior(table, *probes)) - finer_answer)))
        # Never claim less than the rounding of sums over many nodes.
        yield replace(table, error=max(error, 1e-14))


def _tabulate_box(
    compiled: CompiledModel,
    box: NodeBox,
    shape: tuple[int, ...],
    plan: _Plan,
) -> PosteriorTable:
    """One table on a given number of nodes in each direction; its error is not checked yet."""
    cut_nodes, u, lines = box.nodes(shape)
    points = box.points(u)
    prob_dlt = compiled.prob_dlt(points)
    dose, column = (index.ravel() for index in np.indices((len(compiled.doses), len(plan.bounds))))
    cut = cut_positions(compiled, box, lines, dose, np.array(plan.bounds)[column])
    features = [np.ones((len(u), 1)), prob_dlt, prob_dlt**2, _below(cut_nodes, cut, len(u))]
    if plan.plug_in is not None:
        features.append(compiled.parameter(points))
    if plan.averages_below is not None:
        low, high = np.triu_indices(len(compiled.doses), 1)
        bound = np.full(len(low), plan.averages_below)
        cut = cut_positions(compiled, box, lines, low, bound, other=high)
        features.append(_below(cut_nodes, cut, len(u)))
    return PosteriorTable(
        log_prior=compiled.log_prior(points),
        log_cells=compiled.log_cells(points),
        features=np.concatenate(features, axis=1),
        bounds=plan.bounds,
        max_patients=plan.max_patients,
        error=np.inf,
        shape=tuple(shape),
        plug_in=plan.plug_in,
        averages_below=plan.averages_below,
    )


def _below(cut_nodes: np.ndarray, cut: np.ndarray, number: int) -> np.ndarray:
    """Share of each of `number` nodes below each cut (lines, J); shape (number, J)."""
    return sinc_cut_weights(cut_nodes, cut).reshape(number, -1)
