"""A digest of all that the tables of a PyMC model depend on, or none where that cannot be told for certain.

It walks the graphs of the model's densities. What it knows is written out in full: constants and shared data
by their bytes, operations by their class and all their settings, if PyTensor or PyMC define them. Anything
else, such as an operation of the user's own or one with a graph inside, means that there is no digest: a
table is then made again, and never taken for another model's.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant, Variable
from pytensor.graph.op import Op
from pytensor.graph.traversal import toposort
from pytensor.scalar.basic import ScalarInnerGraphOp, ScalarOp, ScalarType, specific_out
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.type import TensorType
from pytensor.tensor.type_other import NoneTypeT, SliceType

from bayesdose.errors import UnsupportedModelError
from bayesdose.models.contract import check_contract

__all__ = ["model_digest"]

# Code of other modules may change while versions stay.
_KNOWN = ("builtins", "numpy", "pymc", "pytensor")
# What an elementwise operation holds beside its settings: names, texts, and what is made of the settings.
_BESIDE = {"name", "ufunc", "nfunc", "__doc__", "__epydoc_asRoutine", "__module__", "__oplist_tags"}


class _UnknownError(Exception):
    """Something in the graph whose effect is not known."""


def model_digest(model: pm.Model) -> str | None:
    """Digest of a model's densities, doses and starting point; None where something in it is not known.

    Parameters
    ----------
    model : pymc.Model
        A dose-toxicity model (see `bayesdose.models.contract`).

    Returns
    -------
    str or None
        64 hexadecimal digits. Two models with the same ones have the same tables.
    """
    try:
        check_contract(model)
        return hashlib.sha256(repr(_content(model)).encode()).hexdigest()
    except (_UnknownError, UnsupportedModelError):
        return None


def _content(model: pm.Model) -> tuple:
    observed = [rv.name for rv in model.observed_RVs]
    if observed != ["outcome"] or any(isinstance(one, str) for one in model.rvs_to_initial_values.values()):
        raise _UnknownError  # refused later, or a start that is drawn
    start = model.initial_point()
    likelihood: Any = model.logp(vars=[model["outcome"]], sum=False)
    outputs: list[Any] = [
        model.logp(vars=[*model.free_RVs, *model.potentials]),
        *likelihood,
        *model.replace_rvs_by_values([model["prob_dlt"], *model.free_RVs]),
    ]
    doses = np.array(model.coords["dose"], dtype=float)
    return (
        (np.__version__, pm.__version__, pytensor.__version__),
        [_array(start[value.name]) for value in model.value_vars],
        _array(doses),
        _graph(outputs, model),
    )


def _graph(outputs: list[Variable], model: pm.Model) -> tuple:
    """Every step of the graph in an order that its shape alone decides, each input by its number."""
    numbers: dict[Variable, int] = {}
    steps: list[tuple] = []
    free = {value: number for number, value in enumerate(model.value_vars)}
    data = {model[name]: name for name in ("patients", "dlts")}

    def number_of(variable: Variable) -> int:
        if variable not in numbers:
            steps.append(_root(variable, free, data))
            numbers[variable] = len(numbers)
        return numbers[variable]

    for apply in toposort(outputs):
        inputs = [number_of(one) for one in apply.inputs]
        step = (_value(apply.op), inputs, [_type(one.type) for one in apply.outputs])
        for place, one in enumerate(apply.outputs):
            steps.append((place, *step))
            numbers[one] = len(numbers)
    ends = [number_of(one) for one in outputs]
    return steps, ends


def _root(variable: Variable, free: dict[Any, int], data: dict[Any, str]) -> tuple:
    kind = _type(variable.type)
    if variable in free:
        return "free", free[variable], kind
    if isinstance(variable, Constant):
        return "constant", kind, _value(variable.data)
    if isinstance(variable, SharedVariable):
        return "data", data.get(variable), kind, _value(variable.get_value(borrow=True))
    raise _UnknownError


def _type(kind: Any) -> tuple:
    if type(kind) is TensorType:
        return "tensor", kind.dtype, kind.shape
    if type(kind) is ScalarType:
        return "scalar", kind.dtype
    if type(kind) in (NoneTypeT, SliceType):
        return (type(kind).__name__,)
    raise _UnknownError


def _value(value: Any) -> Any:
    """A setting or a constant, written out in full."""
    if value is None or type(value) in (bool, int, str, bytes):
        return type(value).__name__, value
    if isinstance(value, Op):
        return _op(value)
    # A scalar operation's way to its output types is a function, or one of these with types of its own.
    if type(value) is specific_out:
        return "specific_out", _value(value.spec)
    if type(value) is slice:
        return "slice", [_value(part) for part in (value.start, value.stop, value.step)]
    if isinstance(value, Mapping):
        return "mapping", [(_value(key), _value(item)) for key, item in value.items()]
    if type(value) in (tuple, list):
        return type(value).__name__, [_value(part) for part in value]
    if isinstance(value, np.ndarray | np.generic | float):
        return _array(value)
    if isinstance(value, np.dtype):
        return "dtype", value.str
    if isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
        return _by_name(value)
    return _type(value)


def _op(op: Any) -> tuple:
    kind, held = type(op), vars(op)
    props = getattr(kind, "__props__", None)
    # PyTensor takes two operations for the same if class and these settings are; scalar ones hold theirs.
    if isinstance(op, ScalarInnerGraphOp) or (props is None and not isinstance(op, ScalarOp)):
        raise _UnknownError
    ignored = _BESIDE if kind is Elemwise else {"name"} if isinstance(op, ScalarOp) else set()
    names = sorted({*(props or ()), *held} - ignored)
    return _by_name(kind), [(name, _value(getattr(op, name))) for name in names]


def _by_name(thing: type | Callable) -> tuple:
    """A class or a plain function by its name, if that is where it is found and its code is known."""
    module, name = thing.__module__, thing.__qualname__
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is not thing or module.split(".")[0] not in _KNOWN:
        raise _UnknownError
    return "named", module, name


def _array(value: Any) -> tuple:
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise _UnknownError
    return "array", array.dtype.str, array.shape, array.tobytes()
