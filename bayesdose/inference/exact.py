"""The posterior of one data set to about eight digits, by quadrature alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import annotated_types as at
import numpy as np
import pymc as pm
import xarray as xr
from scipy.optimize.elementwise import bracket_root, find_root
from scipy.special import expit, logit

from bayesdose.checks.arguments import checked
from bayesdose.checks.quantities import InnerProbability, Tolerance
from bayesdose.errors import InputError
from bayesdose.inference.asked import Bounds, in_order
from bayesdose.inference.box import NodeBox, cut_positions, find_box
from bayesdose.inference.compiled import compile_model
from bayesdose.inference.refinement import Nodes, refinements
from bayesdose.models.densities import Densities
from bayesdose.outcomes import Outcomes, as_outcomes
from bayesdose.progress import Progress, no_progress
from bayesdose.quadrature import sinc_cut_weights
from bayesdose.threads import one_thread

__all__ = ["exact_cdf", "exact_posterior"]

_NODES = Nodes(first_cut=40, first_other=30, most=500_000)
# Lines along the cut direction with less posterior mass than this are left out of the cuts.
_EMPTY_LINE = 1e-14

_Quantiles = Annotated[
    Sequence[InnerProbability],
    at.Predicate(lambda levels: 1 <= len(set(levels)) == len(levels) <= 1000),
    "with 1 to 1000 of them, all different",
]


@dataclass(frozen=True, eq=False)
class _Rule:
    """Posterior weights of one data set at M nodes, and (N, L) of them on lines that hold mass."""

    densities: Densities
    box: NodeBox
    cut_nodes: np.ndarray
    points: np.ndarray
    prob_dlt: np.ndarray
    weights: np.ndarray
    lines: np.ndarray
    line_weights: np.ndarray

    @classmethod
    def of(cls, densities: Densities, box: NodeBox, shape: tuple[int, ...]) -> "_Rule":
        cut_nodes, u, lines = box.nodes(shape)
        points = box.points(u)
        log_density = densities.log_prior(points)
        weights = np.exp(log_density - log_density.max())
        weights /= weights.sum()
        line_weights = weights.reshape(len(cut_nodes), -1)
        full = line_weights.sum(axis=0) > _EMPTY_LINE
        prob_dlt = densities.prob_dlt(points)
        return cls(densities, box, cut_nodes, points, prob_dlt, weights, lines[full], line_weights[:, full])

    def moments(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of values (M, ...) at the nodes."""
        mean = self.weights @ values
        return mean, np.sqrt(self.weights @ (values - mean) ** 2)

    def prob_below(self, dose: np.ndarray, bound: np.ndarray) -> np.ndarray:
        """Posterior probability that P(DLT) is below J bounds, each at one dose; shape (J,)."""
        cut = cut_positions(self.densities, self.box, self.lines, dose, bound)
        below = sinc_cut_weights(self.cut_nodes, cut)
        return self.line_weights.ravel() @ below.reshape(-1, len(dose))

    def quantiles(
        self, dose: np.ndarray, probability: np.ndarray, start: np.ndarray, step: float
    ) -> np.ndarray:
        """Logits of posterior quantiles of P(DLT), each at one dose; `start` is off by about `step`."""

        def excess(position: np.ndarray, dose: np.ndarray, probability: np.ndarray) -> np.ndarray:
            return self.prob_below(dose.astype(int), expit(position)) - probability

        bracket = bracket_root(excess, start - step, start + step, args=(dose, probability)).bracket
        return find_root(excess, bracket, args=(dose, probability), tolerances={"xatol": 1e-9}).x

    def node_quantiles(self, dose: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Logits of quantiles of the nodes themselves: a start, not an answer."""
        start = np.empty(len(dose))
        position = logit(np.clip(self.prob_dlt, 1e-300, 1 - 1e-16))
        for index in np.unique(dose):
            order = np.argsort(position[:, index])
            share = np.cumsum(self.weights[order]) - self.weights[order] / 2
            here = dose == index
            start[here] = np.interp(probability[here], share, position[order, index])
        return start


@checked
def exact_posterior(
    model: pm.Model,
    outcomes: Outcomes | str,
    *,
    bounds: Bounds,
    quantiles: _Quantiles = (0.025, 0.25, 0.5, 0.75, 0.975),
    tolerance: Tolerance = 1e-8,
) -> xr.Dataset:
    """Posterior of P(DLT) at every dose given the patients seen so far, without random draws.

    The nodes are laid over the posterior of these data, and refined until two successive rules
    agree to `tolerance`; the finer of the two is returned.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`) with one to three free dimensions. Data held
        in the model are ignored; `outcomes` are the data.
    outcomes : Outcomes or str
        The patients, or their text such as ``"1NNN 2NNT"``; an empty text gives the prior.
    bounds : sequence of float
        Bounds on P(DLT), each above 0 and below 1, that separate the intervals; at most 100.
    quantiles : sequence of float, default (0.025, 0.25, 0.5, 0.75, 0.975)
        Probabilities at which quantiles of P(DLT) are wanted.
    tolerance : float, default 1e-8
        Largest error of any probability, mean, standard deviation or quantile of P(DLT); at least 1e-12.

    Returns
    -------
    xarray.Dataset
        ``mean``, ``sd``, ``patients``, ``dlts`` (dose), ``quantile`` (dose, probability),
        ``interval_probability`` (dose, interval), and ``parameter_mean`` and ``parameter_sd``
        (parameter) of the model's free variables, each on its unconstrained scale. The attributes
        hold the method, the tolerance, the error that was found and the number of nodes.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be tabulated.
    InputError
        If the outcomes name a dose that the model lacks, a number is out of range, or the tolerance is out
        of reach.

    Examples
    --------
    >>> from bayesdose.grid import DoseGrid
    >>> from bayesdose.models.logistic import two_parameter_logistic
    >>> from bayesdose.models.normal_prior import NormalPrior
    >>> grid = DoseGrid((1, 3, 10), unit="mg")
    >>> model = two_parameter_logistic(grid, NormalPrior((-1.1, 0), (2, 0.7), reference_dose=3))
    >>> summary = exact_posterior(model, "1NNN 2NNT", bounds=(0.16, 0.33))
    >>> summary["mean"].values.round(4).tolist()
    [0.093, 0.2572, 0.559]
    """
    bounds = in_order(bounds)
    outcomes = as_outcomes(outcomes)
    with one_thread():
        densities = compile_model(model)
        patients, dlts = _patients_and_dlts(outcomes, len(densities.doses))
        given_data = densities.given(patients, dlts)
        rule, error, quantile_values = _refine(given_data, bounds, quantiles, tolerance)
        mean, sd = rule.moments(rule.prob_dlt)
        parameter_mean, parameter_sd = rule.moments(rule.points)
        below = rule.prob_below(*_pairs(len(densities.doses), bounds)).reshape(-1, len(bounds))
    edges = np.concatenate([np.zeros((len(below), 1)), below, np.ones((len(below), 1))], axis=1)
    return xr.Dataset(
        {
            "mean": ("dose", mean, {"long_name": "posterior mean of P(DLT)"}),
            "sd": ("dose", sd, {"long_name": "posterior standard deviation of P(DLT)"}),
            "quantile": (
                ("dose", "probability"),
                quantile_values,
                {"long_name": "posterior quantile of P(DLT)"},
            ),
            "interval_probability": (
                ("dose", "interval"),
                np.diff(edges, axis=1),
                {"long_name": "posterior probability that P(DLT) is in the interval"},
            ),
            "patients": ("dose", patients, {"long_name": "patients treated"}),
            "dlts": ("dose", dlts, {"long_name": "patients with DLT"}),
            "parameter_mean": ("parameter", parameter_mean),
            "parameter_sd": ("parameter", parameter_sd),
        },
        coords={
            "dose": ("dose", densities.doses, {"long_name": "dose"}),
            "probability": ("probability", np.array(quantiles, dtype=float)),
            "interval": _interval_labels(bounds),
            "parameter": _parameter_labels(model),
        },
        attrs={
            "method": "quadrature: trapezoid rule, sinc weights below the cuts",
            "outcomes": str(outcomes),
            "tolerance": tolerance,
            "error": error,
            "nodes": len(rule.weights),
        },
    )


@checked
def exact_cdf(
    model: pm.Model,
    patients: np.ndarray,
    dlts: np.ndarray,
    values: np.ndarray,
    *,
    tolerance: Tolerance = 1e-6,
    progress: Progress = no_progress,
) -> np.ndarray:
    """Posterior probability that P(DLT) is below a value of its own at each dose, for B data sets.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models`) with one to three free dimensions. Data held
        in the model are ignored.
    patients, dlts : ndarray of int, shape (B, K)
        Patients treated and DLTs seen at each dose.
    values : ndarray, shape (B, K)
        Values of P(DLT), from 0 to 1.
    tolerance : float, default 1e-6
        Largest error of a probability, at least 1e-12: nodes are added until two successive rules agree to
        it.
    progress : callable, optional
        Called with the share done.

    Returns
    -------
    ndarray, shape (B, K)
        Posterior P(P(DLT) < value) at each dose.

    Raises
    ------
    UnsupportedModelError
        If the model cannot be tabulated.
    InputError
        If the arrays differ in shape, a number is out of range, or the tolerance is out of reach.
    """
    with one_thread():
        densities = compile_model(model)
        _check_data_sets(patients, dlts, values, len(densities.doses))
        below = np.empty(values.shape)
        dose = np.arange(len(densities.doses))
        # One box, over the prior, holds every posterior; to find one for each data set takes longer
        # than the few more nodes that a posterior narrower than the prior asks for.
        box = find_box(densities)
        for index, (n, y, value) in enumerate(zip(patients, dlts, values, strict=True)):
            below[index] = _cdf_at(densities.given(n, y), box, dose, value, tolerance)
            progress((index + 1) / len(values))
    return below


def _cdf_at(
    given_data: Densities, box: NodeBox, dose: np.ndarray, value: np.ndarray, tolerance: float
) -> np.ndarray:
    """Posterior probability that P(DLT) is below J values, each at one dose; shape (J,)."""

    def measured(shape: tuple[int, ...]) -> tuple[None, np.ndarray]:
        return None, _Rule.of(given_data, box, shape).prob_below(dose, value)

    steps = refinements(measured, _NODES, len(box.centre), tolerance)
    return next(below for _, (_, below), error in steps if error <= tolerance)


def _check_data_sets(patients: np.ndarray, dlts: np.ndarray, values: np.ndarray, num_doses: int) -> None:
    shapes = [array.shape for array in (patients, dlts, values)]
    if values.ndim != 2 or values.shape[1] != num_doses or len(set(shapes)) > 1:
        raise InputError(
            "patients, dlts, values",
            got=f"arrays of shapes {', '.join(map(str, shapes))}",
            wanted=f"three arrays of one shape, (data sets, {num_doses})",
        )
    whole = all(counts.dtype.kind in "iu" for counts in (patients, dlts))
    if not whole or np.any(dlts < 0) or np.any(dlts > patients):
        raise InputError(
            "patients, dlts",
            got=(patients, dlts),
            wanted="whole numbers, at each dose DLTs from 0 to the number of patients",
        )
    if not np.all((values >= 0) & (values <= 1)):
        raise InputError("values", got=values, wanted="values of P(DLT) from 0 to 1")


def _patients_and_dlts(outcomes: Outcomes, num_doses: int) -> tuple[np.ndarray, np.ndarray]:
    counts = outcomes.counts(num_doses)
    return counts.sum(axis=1), counts[:, 1]


def _pairs(num_doses: int, values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Every dose index with every value, as two flat arrays."""
    dose, column = (index.ravel() for index in np.indices((num_doses, len(values))))
    return dose, np.array(values, dtype=float)[column]


def _refine(
    densities: Densities, bounds: Sequence[float], quantiles: Sequence[float], tolerance: float
) -> tuple[_Rule, float, np.ndarray]:
    """The first rule that agrees with the one before it, their difference, and the quantiles (K, Q)."""
    num_doses = len(densities.doses)
    at_bounds, at_quantiles = _pairs(num_doses, bounds), _pairs(num_doses, quantiles)
    box = find_box(densities)

    def measured(shape: tuple[int, ...]) -> tuple[_Rule, np.ndarray]:
        rule = _Rule.of(densities, box, shape)
        return rule, np.concatenate([*rule.moments(rule.prob_dlt), rule.prob_below(*at_bounds)])

    for (rule, _), (finer, _), error in refinements(measured, _NODES, len(box.centre), tolerance):
        if error <= tolerance:
            coarse = rule.quantiles(*at_quantiles, rule.node_quantiles(*at_quantiles), 0.05)
            fine = finer.quantiles(*at_quantiles, coarse, 1e-4)
            error = max(error, float(np.max(np.abs(expit(fine) - expit(coarse)))))
            if error <= tolerance:
                return finer, error, expit(fine).reshape(num_doses, -1)
    raise AssertionError("refinements end with an error")


def _interval_labels(bounds: Sequence[float]) -> list[str]:
    edges = [f"{edge:g}" for edge in (0, *bounds, 1)]
    labels = [f"[{low}, {high})" for low, high in pairwise(edges)]
    return [*labels[:-1], labels[-1].replace(")", "]")]


def _parameter_labels(model: pm.Model) -> list[str]:
    """The coordinate values of a variable that has them, else its name and position."""
    labels: list[str] = []
    for variable in model.free_RVs:
        value = model.rvs_to_values[variable]
        dims = model.named_vars_to_dims.get(variable.name, ())
        size = int(np.prod(model.initial_point()[value.name].shape))
        if value.type.ndim == 0:
            labels.append(value.name)
        elif len(dims) == 1 and len(model.coords[dims[0]] or ()) == size:
            labels.extend(str(label) for label in model.coords[dims[0]] or ())
        else:
            labels.extend(f"{value.name}[{position}]" for position in range(size))
    return labels
