"""Posteriors that the designs of a sweep share: one table of each model, which may remember them."""

from collections.abc import Callable, Hashable
from typing import Any

import attrs

from bayesdose.designs.base import Design
from bayesdose.inference.posterior import PosteriorTable
from bayesdose.inference.posterior_memory import with_memory

__all__ = ["SharedTables", "table_keys"]


class SharedTables:
    """One of each kind of table, with a memory or without.

    Caps, stopping numbers and cohort sizes leave a model's tables alone; so do all rules that look at the
    same bounds on P(DLT).

    Parameters
    ----------
    remember : bool
        Whether the tables remember posteriors.
    """

    def __init__(self, *, remember: bool) -> None:
        self._remember = remember
        self._tables: dict[Hashable, PosteriorTable] = {}

    def give(self, design: Design) -> Design:
        """An equal design with the shared tables in place of its own, wherever in it they are."""
        return _with_tables(design, self._shared)

    def _shared(self, table: PosteriorTable) -> PosteriorTable:
        key = _key(table)
        if key not in self._tables:
            self._tables[key] = with_memory(table) if self._remember else table
        return self._tables[key]


def table_keys(design: Design) -> tuple[Hashable, ...]:
    """What tells the tables of designs apart; empty for a design without."""
    found: list[Hashable] = []

    def note(table: PosteriorTable) -> PosteriorTable:
        found.append(_key(table))
        return table

    _with_tables(design, note)
    return tuple(found)


def _key(table: PosteriorTable) -> Hashable:
    if table.source is None:
        return table.digest
    # Tables of one source and one purpose are equal; their digests take longer than making them.
    purpose = (table.bounds, table.max_patients, table.averages_below, table.plug_in is None, table.mtd_cuts)
    return (repr(table.source), *purpose, table.shape, table.error)


def _with_tables(value: Any, change: Callable[[PosteriorTable], PosteriorTable]) -> Any:
    """A value in whose fields, and in theirs, every table was changed; the same value where none was."""
    if isinstance(value, PosteriorTable):
        return change(value)
    if isinstance(value, tuple):
        changed = [_with_tables(one, change) for one in value]
        return value if _same(changed, value) else tuple(changed)
    if attrs.has(type(value)):
        fields = {one.name: getattr(value, one.name) for one in attrs.fields(type(value)) if one.init}
        found = {name: _with_tables(field, change) for name, field in fields.items()}
        return value if _same(found.values(), fields.values()) else attrs.evolve(value, **found)
    return value


def _same(left: Any, right: Any) -> bool:
    return all(one is other for one, other in zip(left, right, strict=True))
