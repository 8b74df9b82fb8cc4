"""Functions and values whose arguments are held against their declared types before any work is done."""

import inspect
import sys
from collections.abc import Callable
from functools import cache, wraps
from types import SimpleNamespace
from typing import Any, dataclass_transform, get_args, get_type_hints

import attrs

from bayesdose.checks.conform import conform
from bayesdose.errors import InputError

__all__ = ["checked", "checked_value", "hints_of"]


def checked[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """A function that converts or refuses its arguments by their declared types, by `conform`.

    Unknown, missing and surplus arguments are an `InputError` too, with the nearest name there is.
    """
    return _checked(function, function)


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def checked_value[T](cls: type[T]) -> type[T]:
    """A class of frozen values with slots, whose fields are held against their declared types.

    What concerns several fields is checked by attrs validators, which see the finished value.
    """
    made: Any = attrs.frozen(cls)
    made.__init__ = _checked(made.__init__, made)
    return made


@cache
def hints_of(owner: Callable) -> dict[str, Any]:
    """Declared types of a function's parameters, or of a class's fields, limits included.

    Fields that a value makes from its others are left out. Those of ``**settings: Unpack[...]`` stand beside
    the others.
    """
    if inspect.isclass(owner):
        hints = get_type_hints(owner, include_extras=True)
        made = [one.name for one in attrs.fields(owner) if not one.init] if attrs.has(owner) else []
        return {name: hint for name, hint in hints.items() if name not in made}
    function = inspect.unwrap(owner)
    # What is returned may be named without being imported.
    declared = {name: hint for name, hint in function.__annotations__.items() if name != "return"}
    scope = vars(sys.modules[function.__module__])
    hints = get_type_hints(SimpleNamespace(__annotations__=declared), scope, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD and name in hints:
            hints |= get_type_hints(get_args(hints.pop(name))[0], include_extras=True)
    return hints


def _checked(function: Callable, owner: Any) -> Any:
    signature = inspect.signature(function)
    is_init = inspect.isclass(owner)
    rest = [p.name for p in signature.parameters.values() if p.kind is inspect.Parameter.VAR_KEYWORD]

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        name = owner.__name__
        hints = hints_of(owner)
        _refuse_unknown(name, kwargs, signature, hints, bool(rest))
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise InputError(name, got=str(error), wanted=_call(name, signature, is_init)) from None
        for key, argument in given.arguments.items():
            if key in rest:
                given.arguments[key] = {
                    one: conform(item, hints[one], f"{name}, {one}") for one, item in argument.items()
                }
            elif key in hints:
                given.arguments[key] = conform(argument, hints[key], f"{name}, {key}")
        return function(*given.args, **given.kwargs)

    return call


def _refuse_unknown(
    name: str, kwargs: dict[str, Any], signature: inspect.Signature, hints: dict[str, Any], has_rest: bool
) -> None:
    known = [key for key in (hints if has_rest else signature.parameters) if key != "self"]
    for key in kwargs:
        if key not in known:
            raise InputError.unknown_name(f"argument of {name}", key, known)


def _call(name: str, signature: inspect.Signature, is_init: bool) -> str:
    """How a function is called, without its types."""
    shown = [
        parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()
    ]
    return f"{name}{signature.replace(parameters=shown[is_init:], return_annotation=inspect.Signature.empty)}"
