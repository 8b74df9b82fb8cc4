"""The log densities of a PyMC model as numpy functions of a batch of points."""

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.logprob.utils import ParameterValueError
from pytensor.compile.mode import Mode
from pytensor.compile.ops import ViewOp
from pytensor.graph.replace import clone_replace, vectorize_graph
from pytensor.graph.rewriting.basic import dfs_rewriter, node_rewriter
from pytensor.scalar.math import Softplus
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.linalg.solvers.triangular import SolveTriangular
from pytensor.tensor.special import LogSumExp

from bayesdose.errors import UnsupportedModelError
from bayesdose.models.contract import check_contract
from bayesdose.models.densities import NO_CHANCE, Densities, check_settled

__all__ = ["MAX_DIMENSIONS", "compile_model"]

# points (M, P), patients (K,), dlts (K,) -> log-likelihood of each dose's patients (M, K)
LogLikelihood = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

MAX_DIMENSIONS = 3
_FIX = "The exact engine cannot take it; `bayesdose.fit` (NUTS) may."


_COMPILED: WeakKeyDictionary[pm.Model, tuple[tuple, Densities]] = WeakKeyDictionary()


@node_rewriter([Elemwise])
def _numpy_softplus(fgraph, node):
    """Softplus in ufuncs: PyTensor's own is a Python loop over the elements under this linker."""
    if not isinstance(node.op.scalar_op, Softplus):
        return None
    x: Any = node.inputs[0]
    positive_part: Any = pt.maximum(x, 0.0)
    size: Any = pt.abs(x)
    return [positive_part + pt.log1p(pt.exp(-size))]


@node_rewriter([Blockwise])
def _numpy_triangular(fgraph, node):
    """A small lower triangular system by substitution: PyTensor's own is a Python loop over the points."""
    op: Any = node.op.core_op
    if not isinstance(op, SolveTriangular) or op.b_ndim != 1 or not op.lower or op.unit_diagonal:
        return None
    matrix, right = node.inputs
    size = matrix.type.shape[-1]
    if size is None or size > MAX_DIMENSIONS:
        return None
    solved: list[Any] = []
    for row in range(size):
        rest = right[..., row]
        for column, value in enumerate(solved):
            rest = rest - matrix[..., row, column] * value
        solved.append(rest / matrix[..., row, row])
    return [pt.stack(solved, axis=-1)]


@node_rewriter([Blockwise])
def _numpy_log_sum(fgraph, node):
    """The sum of exponentials that a mixture takes: PyTensor's own formula, over all points at once."""
    op: Any = node.op.core_op
    if not isinstance(op, LogSumExp):
        return None
    axes = [axis + node.op.batch_ndim(node) for axis in op.axis]
    return LogSumExp(axis=axes).build_inner_graph(node.inputs[0])


# The Python linker: a one-off evaluation at some thousand nodes takes milliseconds, while compiling
# to machine code takes seconds. "stabilize" keeps log(1 - p) exact where p rounds to one.
# 48 puts the rewrites after all others.
_MODE = (
    Mode(linker="py", optimizer="fast_compile")
    .including("stabilize")
    .register((dfs_rewriter(_numpy_softplus, _numpy_triangular, _numpy_log_sum), 48.0))
)


def compile_model(model: pm.Model) -> Densities:
    """Check that a model can be tabulated and compile what the table needs, once for each model.

    Raises
    ------
    UnsupportedModelError
        If the model does not follow `bayesdose.models.contract`, has more than three free
        dimensions or a discrete variable, or its likelihood is not a sum over patients.
    """
    # What was compiled reads the model's data where they are, so new data need no new compilation; a variable
    # or a dose that was added does.
    content = (tuple(model.named_vars.items()), tuple(model.coords.get("dose") or ()))
    compiled = _COMPILED.get(model)
    if compiled is None or compiled[0] != content:
        compiled = _COMPILED[model] = (content, _compiled(model))
    return compiled[1]


def _compiled(model: pm.Model) -> Densities:
    check_contract(model, _FIX)
    if len(model.observed_RVs) != 1:
        raise _refuse([rv.name for rv in model.observed_RVs], "one observed variable, 'outcome'")
    values = model.value_vars
    start = model.initial_point()
    shapes = [start[value.name].shape for value in values]
    sizes = [int(np.prod(shape)) for shape in shapes]
    _check_dimensions(model, sum(sizes))

    points: Any = pt.matrix("points", dtype="float64")
    ends = np.cumsum(sizes)
    batched = {
        value: points[:, end - size : end].reshape((-1, *shape))
        for value, shape, size, end in zip(values, shapes, sizes, ends, strict=True)
    }
    patients, dlts = (pt.vector(name, dtype=model[name].dtype) for name in ("patients", "dlts"))
    terms: Any = model.logp(vars=[model["outcome"]], sum=False)
    likelihood = clone_replace(terms[0], {model["patients"]: patients, model["dlts"]: dlts})
    prior = model.logp(vars=[*model.free_RVs, *model.potentials])
    prob_dlt = model.replace_rvs_by_values([model["prob_dlt"]])[0]
    if prob_dlt.owner is not None and isinstance(prob_dlt.owner.op, ViewOp):
        # The identity that a Deterministic adds would be a Python loop over the points.
        prob_dlt = prob_dlt.owner.inputs[0]
    own_scale = pt.concatenate([pt.flatten(x) for x in model.replace_rvs_by_values(model.free_RVs)])
    log_likelihood = _function([points, patients, dlts], vectorize_graph(likelihood, batched))
    doses = np.array(model.coords["dose"], dtype=float)
    densities = Densities(
        start=np.concatenate([np.ravel(start[value.name]) for value in values]),
        doses=doses,
        log_prior=_function([points], vectorize_graph(prior, batched)),
        log_cells=partial(_log_cells, log_likelihood, len(doses)),
        prob_dlt=_function([points], vectorize_graph(prob_dlt, batched)),
        parameter=_function([points], vectorize_graph(own_scale, batched)),
    )
    check_settled(densities)
    _check_factors(densities, log_likelihood)
    return densities


def _log_cells(log_likelihood: LogLikelihood, num_doses: int, points: np.ndarray) -> np.ndarray:
    """Log-likelihood of one patient with, then without DLT, at each dose: shape (2K, M)."""
    one = np.ones(num_doses, dtype=int)
    with_dlt, without = log_likelihood(points, one, one), log_likelihood(points, one, 0 * one)
    return np.maximum(np.concatenate([with_dlt, without], axis=1).T, NO_CHANCE)


def _function(inputs: list, output: Any) -> Callable[..., np.ndarray]:
    """Compile one output; whole numbers of any width are taken for the data."""
    # PyTensor has type hints but does not mark this name as exported.
    compiled: Any = pytensor.function(  # pyright: ignore[reportPrivateImportUsage]
        inputs, output, mode=_MODE, allow_input_downcast=True
    )

    # A compiled function keeps its numbers in one place, so two threads must not be in it at once.
    alone = Lock()

    def call(*arguments: np.ndarray) -> np.ndarray:
        try:
            with alone:
                return compiled(*arguments)
        except ParameterValueError as error:
            # PyMC's own check, of a probability that is no number or a covariance that rounds to zero.
            raise UnsupportedModelError(
                "model",
                got=f"numbers outside what double precision can hold ({error})",
                wanted="a prior of moderate centre and spread",
                fix="Look for a standard deviation near 0 or above 10, or for a slope whose exponential "
                "is infinite.",
            ) from None

    return call


def _refuse(got: object, wanted: str) -> UnsupportedModelError:
    return UnsupportedModelError("model", got=got, wanted=wanted, fix=_FIX)


def _check_dimensions(model: pm.Model, number: int) -> None:
    discrete = [value.name for value in model.value_vars if not value.dtype.startswith("float")]
    if discrete:
        raise _refuse(f"discrete variables {discrete}", "continuous free variables")
    if not 1 <= number <= MAX_DIMENSIONS:
        raise _refuse(f"{number} free dimensions", f"1 to {MAX_DIMENSIONS} free dimensions")


def _check_factors(densities: Densities, log_likelihood: LogLikelihood) -> None:
    """The likelihood of any data set must be the sum of its patients', up to a constant."""
    # Points and data sets are fixed, so that the answer never varies between runs.
    rng = np.random.default_rng(20080615)
    points, doses = densities.ordinary_points(), len(densities.doses)
    patients = rng.integers(2, 7, size=(3, doses))
    dlts = rng.integers(0, patients + 1)
    cells = densities.log_cells(points)
    # Where P(DLT) rounds to 0 or 1 the sum cannot be checked.
    settled = (cells > NO_CHANCE).all(axis=0)
    for n, y in zip(patients, dlts, strict=True):
        whole = log_likelihood(points, n, y)
        if whole.shape != (len(points), doses):
            raise _refuse(f"an outcome of shape {whole.shape[1:]}", "one binomial outcome for each dose")
        rest = (whole.sum(axis=1) - np.concatenate([y, n - y]) @ cells)[settled]
        if not np.allclose(rest, rest[0], rtol=0, atol=1e-6):
            raise _refuse(
                "a likelihood that is not a sum over patients",
                "patients that are independent given the free variables",
            )
