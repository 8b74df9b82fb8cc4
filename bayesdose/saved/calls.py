"""Functions and classes as tables: the keys are the parameters."""

import inspect
from collections.abc import Callable
from dataclasses import field, fields, is_dataclass, make_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

__all__ = ["called", "parameters_of"]

_NOT_GIVEN = object()


@cache
def parameters_of(function: Callable) -> type:
    """A dataclass with a function's parameters, or a dataclass itself.

    Those of ``**settings: Unpack[...]`` stand beside the others.
    """
    if isinstance(function, type) and is_dataclass(function):
        return function
    hints = get_type_hints(function)
    entries: list[Any] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            others = get_type_hints(get_args(hints[name])[0])
            entries += [(key, hint, field(default=_NOT_GIVEN)) for key, hint in others.items()]
        elif parameter.default is inspect.Parameter.empty:
            entries.append((name, hints[name]))
        else:
            entries.append((name, hints[name], field(default=_NOT_GIVEN)))
    return make_dataclass(function.__name__, entries, kw_only=True, frozen=True, eq=False)


def called(function: Callable, parameters: Any) -> Any:
    """The function's value for an instance of its `parameters_of`."""
    if parameters_of(function) is function:
        return parameters
    given = {one.name: getattr(parameters, one.name) for one in fields(parameters)}
    return function(**{name: value for name, value in given.items() if value is not _NOT_GIVEN})
