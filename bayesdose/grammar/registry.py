"""Which public names may stand in a file, by the kind of value that they make.

Nothing is listed here: a public class or function belongs to the kind that it inherits from or is declared to
return (see `bayesdose.checks.kinds`), and a file names it under the kind's key.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, is_protocol

from bayesdose.checks.arguments import hints_of
from bayesdose.checks.kinds import kind_of, tag_of
from bayesdose.errors import InputError

__all__ = ["maker_of", "member", "members"]

# Where the members of a kind are looked for, by the key that names them.
_NAMESPACES = {
    "design": "bayesdose",
    "method": "bayesdose",
    "rule": "bayesdose.rules",
    "prior": "bayesdose.priors",
    "curve": "bayesdose.models",
    "model": "bayesdose.models",
    "scenarios": "bayesdose.scenarios",
}


def member(kind: type, name: str) -> Callable:
    """The public class or function of that name which makes a value of a kind.

    Raises
    ------
    InputError
        If there is none; the message gives the nearest.
    """
    namespace = _namespace(kind)
    if name in _listed(namespace, kind):
        found = getattr(namespace, name)
        if kind_of(found) is kind:
            return found
    raise InputError.unknown_name(tag_of(kind), name, members(kind))


@cache
def members(kind: type) -> Mapping[str, Callable]:
    """The public classes and functions that make a value of a kind, by name."""
    namespace = _namespace(kind)
    every = {name: getattr(namespace, name) for name in _listed(namespace, kind)}
    return {name: found for name, found in every.items() if kind_of(found) is kind and not is_protocol(found)}


@cache
def maker_of(made: type) -> str | None:
    """Name under which a file makes values of this class: its own, or that of a function with its fields."""
    kind = kind_of(made)
    if kind is None:
        return None
    for name, found in members(kind).items():
        if found is made:
            return name
        returned = getattr(found, "__annotations__", {}).get("return")
        if returned is made and hints_of(found).keys() == hints_of(made).keys():
            return name
    return None


def _namespace(kind: type) -> Any:
    return import_module(_NAMESPACES[tag_of(kind)])


@cache
def _listed(namespace: Any, kind: type) -> list[str]:
    """Names that a namespace's stub takes from the kind's own folder, or all where it is that folder's."""
    folder = kind.__module__.split(".")[1]
    if namespace.__name__ != "bayesdose":
        return list(namespace.__all__)
    # Other names need not be loaded to be passed over: some take seconds.
    stub = (files(namespace) / "__init__.pyi").read_text(encoding="utf-8")
    return re.findall(rf"^from \.{folder}\.\w+ import (\w+)", stub, re.MULTILINE)
