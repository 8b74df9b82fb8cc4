"""Designs from a saved form in which some values are replaced, by the paths at which they stand."""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from bayesdose.designs.base import Design
from bayesdose.errors import InputError
from bayesdose.grammar.structuring import Context, structured
from bayesdose.grammar.writing import plain_design, plain_value
from bayesdose.grid import DoseGrid

__all__ = ["varied_design", "varied_table"]


def varied_design(design: Design, paths: Mapping[str, Any]) -> Callable[..., Design]:
    """A function of values at paths in the saved form of a design.

    Parameters
    ----------
    design : Design
        A design of the package.
    paths : mapping of str to object
        Paths such as ``"max_patients"`` and ``"stopping.any_of.1.number"``.

    Raises
    ------
    InputError
        If a path is not there, or the design has no saved form.
    """
    table = plain_design(design)
    grid = structured(table.pop("grid"), DoseGrid, Context(Path()), "design", "grid")
    return varied_table(table, paths, Context(Path(), {"grid": grid}), "design")


def varied_table(
    table: Mapping[str, Any], paths: Mapping[str, Any], context: Context, subject: str
) -> Callable[..., Design]:
    """A function of values at paths in a design's table; the last key of a path may be one that is left out.

    Raises
    ------
    InputError
        If a path leads nowhere; the message gives the nearest.
    """
    for path in paths:
        _check(table, path, subject)

    def made(**values: Any) -> Design:
        changed = deepcopy(dict(table))
        for path, value in values.items():
            *way, last = path.split(".")
            place: Any = changed
            for key in way:
                place = place[_key(place, key)]
            place[_key(place, last)] = _plain(value)
        return structured(changed, Design, context, subject)

    return made


def _plain(value: Any) -> Any:
    """A value as a file has it; a table or a list stays as it is."""
    return value if isinstance(value, Mapping | list) else plain_value(value)


def _check(table: Mapping[str, Any], path: str, subject: str) -> None:
    *way, last = path.split(".")
    place: Any = table
    for number, key in enumerate([*way, last]):
        is_last = number == len(way)
        known = place if isinstance(place, Mapping) else {str(one): 0 for one in range(len(place))}
        # A table's own parameters may be left out; whether it has such a one shows when it is made.
        if key not in known and not (is_last and isinstance(place, Mapping)):
            raise InputError.unknown_name(f"calibrate, over, path in the {subject}", path, _leaves(table))
        if not is_last:
            place = place[_key(place, key)]
            if not isinstance(place, Mapping | list):
                raise InputError.unknown_name(f"calibrate, over, path in the {subject}", path, _leaves(table))


def _key(place: Any, key: str) -> Any:
    return int(key) if isinstance(place, list) else key


def _leaves(content: Any, path: str = "") -> Iterator[str]:
    """Paths of all values in tables and lists."""
    if not isinstance(content, Mapping | list):
        yield path
        return
    items = content.items() if isinstance(content, Mapping) else enumerate(content)
    for key, item in items:
        yield from _leaves(item, f"{path}.{key}" if path else str(key))
