"""Kinds of value: protocols whose members may stand in a file, under a key that says which one it is."""

import inspect
from collections.abc import Callable
from typing import Any, get_args, get_origin, runtime_checkable

__all__ = ["is_protocol", "kind", "kind_of", "returned", "tag_of"]

_TAG = "__file_tag__"


def kind[T](tag: str) -> Callable[[type[T]], type[T]]:
    """Make a protocol a kind of value that files can name.

    The package's own members inherit from it, so that the registry of `bayesdose.grammar` finds them;
    a user's members need not.

    Parameters
    ----------
    tag : str
        Key of a file's table that names the member, such as ``"rule"`` in ``{ rule = "EWOC", ... }``.
    """

    def mark(protocol: type[T]) -> type[T]:
        setattr(protocol, _TAG, tag)
        return runtime_checkable(protocol) if is_protocol(protocol) else protocol

    return mark


def kind_of(member: Any) -> type | None:
    """The kind of a class, or of what a function returns, one or several; None if it is of no kind."""
    made = returned(member)
    if not inspect.isclass(made):
        return None
    return next((base for base in made.__mro__ if _TAG in vars(base)), None)


def tag_of(protocol: type) -> str:
    """The key under which files name a kind's members."""
    return vars(protocol)[_TAG]


def returned(member: Any) -> Any:
    """A class itself, or what a function is declared to return: one value, or several of a tuple."""
    if inspect.isclass(member):
        return member
    function = inspect.unwrap(member)
    declared = getattr(function, "__annotations__", {}).get("return")
    made = function.__globals__.get(declared) if isinstance(declared, str) else declared
    return get_args(made)[0] if get_origin(made) is tuple else made


def is_protocol(cls: type) -> bool:
    """Whether a class is a protocol itself; `typing` has this from Python 3.13 on."""
    return bool(getattr(cls, "_is_protocol", False))
