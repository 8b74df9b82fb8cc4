"""Which public names may stand in a file, by the kind of value that they make.

Nothing is listed here: a public class or function belongs to the kind that it inherits from or is declared to
return (see `bayesdose.checks.kinds`), and a file names it under the kind's key.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any

from bayesdose.checks.arguments import hints_of
from bayesdose.checks.kinds import is_protocol, kind_of, tag_of
from bayesdose.errors import InputError

__all__ = ["maker_of", "member", "members"]

# Where the members of a kind are looked for, by the key that names them, rooms with a comma between.
_NAMESPACES = {
    "design": "bayesdose, bayesdose.dose_optimization",
    "stage": "bayesdose",
    "method": "bayesdose",
    "rule": "bayesdose.rules, bayesdose.dose_optimization",
    "prior": "bayesdose.priors",
    "curve": "bayesdose.models",
    "model": "bayesdose.models",
    "scenarios": "bayesdose.scenarios",
    "late_onset_design": "bayesdose.late_onset",
    "pending_rule": "bayesdose.late_onset",
    "onset": "bayesdose.late_onset",
    "criterion": "bayesdose.dose_optimization",
}


def member(kind: type, name: str) -> Callable:
    """The public class or function of that name which makes a value of a kind.

    Raises
    ------
    InputError
        If there is none; the message gives the nearest.
    """
    # Only what is named is loaded: some modules take seconds.
    if name in _homes(kind):
        found = getattr(_homes(kind)[name], name)
        if _makes(found, kind):
            return found
    raise InputError.unknown_name(tag_of(kind), name, members(kind))


@cache
def members(kind: type) -> Mapping[str, Callable]:
    """The public classes and functions that make a value of a kind, by name."""
    every = {name: getattr(home, name) for name, home in _homes(kind).items()}
    return {name: found for name, found in every.items() if _makes(found, kind)}


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


def _makes(found: Any, kind: type) -> bool:
    return kind_of(found) is kind and not is_protocol(found)


@cache
def _homes(kind: type) -> Mapping[str, Any]:
    """Public names that may make a value of a kind, with the module where each stands.

    They are those of the kind's namespace, and those that stand flat and come from the kind's folder.
    """
    package = import_module("bayesdose")
    rooms = [import_module(name) for name in _NAMESPACES[tag_of(kind)].split(", ")]
    folder = kind.__module__.split(".")[1]
    stub = (files(package) / "__init__.pyi").read_text(encoding="utf-8")
    flat = re.findall(rf"^from \.{folder}\.\w+ import (\w+)", stub, re.MULTILINE)
    inside = {name: room for room in rooms if room is not package for name in room.__all__}
    return inside | dict.fromkeys(flat, package)
