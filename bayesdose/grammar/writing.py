"""From values to plain tables, lists, texts and numbers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import attrs
import numpy as np

from bayesdose.checks.kinds import kind_of, tag_of
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased
from bayesdose.designs.needed_tables import joined_needs
from bayesdose.errors import InputError
from bayesdose.grammar.registry import maker_of, members
from bayesdose.grammar.structuring import NONE
from bayesdose.models.description import TableSource
from bayesdose.treatments import first_doses

__all__ = ["plain_design", "plain_value"]


def plain_design(design: Design) -> dict[str, Any]:
    """A design as a table of tables, lists, texts and numbers, for TOML or JSON.

    Raises
    ------
    InputError
        If a part of it is not one of the package's, or its model has no description.
    """
    if kind_of(type(design)) is not Design:
        raise _not_ours(design, Design)
    content = plain_value(design)
    return {"design": content.pop("design"), **content, "grid": _fields(first_doses(design.grid))}


def plain_value(value: Any) -> Any:
    """A value of the package, or a text, a number, a truth value, None, or a tuple or a dict of such."""
    kind = kind_of(type(value))
    if kind is not None:
        return _tagged(value, kind)
    if value is None:
        return NONE
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return [plain_value(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain_value(one) for key, one in value.items()}
    if attrs.has(type(value)):
        return _fields(value)
    if isinstance(value, (str, bool, int, float)):
        return value
    raise InputError(
        "saved form",
        got=value,
        wanted="a value of the package's own",
        fix="A design with a part of your own is kept as the Python code that makes it.",
    )


def _tagged(value: Any, kind: type) -> dict[str, Any]:
    """A table whose first key says what makes the value."""
    if joins := getattr(value, "joins", ""):
        return {joins: [plain_value(rule) for rule in value.rules]}
    if isinstance(value, ModelBased):
        return _model_based(value)
    name = maker_of(type(value))
    if name is None:
        raise _not_ours(value, kind)
    return {tag_of(kind): name, **_fields(value, leave_out=("grid",))}


def _not_ours(value: Any, kind: type) -> InputError:
    return InputError(
        f"saved form of a {tag_of(kind)}",
        got=value,
        wanted=f"one of the package's own: {', '.join(members(kind))}",
        fix="A design with a part of your own is kept as the Python code that makes it.",
    )


def _model_based(design: ModelBased) -> dict[str, Any]:
    """A model-based design by its model's description instead of its tables."""
    source = _table_source(design)
    return {
        "design": "model_based",
        **_fields(design, leave_out=("grid", "tables")),
        "model": plain_value(source.model),
        "tolerances": list(source.tolerances),
    }


def _table_source(design: ModelBased) -> TableSource:
    """What all of a design's tables were made from, if making them anew gives the same."""
    needs = joined_needs(design.next_dose, design.admissible, design.stopping, design.recommended_by)
    source = design.tables[0].source
    if source is None:
        raise InputError(
            "saved form of a model-based design",
            got="tables of a model that cannot be read back from them",
            wanted="a design whose model has a description",
            fix="Make it by blrm or crm, or by model_based with TwoParameterLogistic, CRMModel or "
            "ExponentialCRMModel; one with a PyMC model of your own is kept as the Python code.",
        )
    for table in design.tables:
        target = None if table.mtd_cuts is None else table.mtd_cuts.target
        made_for = (table.source, table.max_patients, table.bounds, table.averages_below, target)
        wanted = (source, design.max_patients, needs.bounds, needs.averages_below, needs.mtd_target)
        if made_for != wanted or source.grid != design.grid or (table.plug_in is None) == needs.plug_in:
            raise InputError(
                "saved form of a model-based design",
                got="tables that were made for another grid, other rules or another number of patients",
                wanted="the tables that model_based makes for this design",
                fix="Make the design anew, by model_based, instead of changing another one's fields.",
            )
    return source


def _fields(value: Any, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields that a value is made of; one that is None is written only where that is not its default."""
    content = {}
    for one in attrs.fields(type(value)):
        item = getattr(value, one.name)
        if not one.init or one.name in leave_out or (item is None and one.default in (None, attrs.NOTHING)):
            continue
        content[one.name] = plain_value(item)
    return content
