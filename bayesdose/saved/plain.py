"""From designs and rules to plain tables, lists, texts and numbers."""

from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

import bayesdose
from bayesdose.designs.base import Design
from bayesdose.designs.model_based import ModelBased, joined_needs
from bayesdose.errors import InputError
from bayesdose.models.description import ModelDescription, TableSource
from bayesdose.saved.converter import NONE, may_be_none
from bayesdose.saved.kinds import DESIGN, Kind, kind_of

__all__ = ["plain_design", "plain_value"]


def plain_design(design: Design) -> dict[str, Any]:
    """A design as a table of tables, lists, texts and numbers, for TOML or JSON.

    Raises
    ------
    InputError
        If a part of it is not one of the package's, or its model has no description.
    """
    content = _tagged(design, DESIGN)
    return {"design": content.pop("design"), **content, "grid": _fields(design.grid)}


def plain_value(value: object, hint: Any) -> Any:
    """A value that was declared with a type."""
    if value is None:
        return NONE
    if may_be_none(hint):
        hint = Union[tuple(one for one in get_args(hint) if one is not NoneType)]  # noqa: UP007
    kind = kind_of(hint)
    if kind is not None and not isinstance(value, int):
        return _tagged(value, kind)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        item = get_args(hint)[0] if get_origin(hint) is tuple else Any
        return [plain_value(one, item) for one in value]
    if is_dataclass(value):
        return _fields(value)
    return value


def _tagged(value: Any, kind: Kind) -> dict[str, Any]:
    for key, combined in kind.combined.items():
        if type(value) is combined:
            item = get_args(get_type_hints(combined)["rules"])[0]
            return {key: [plain_value(rule, item) for rule in value.rules]}
    if isinstance(value, ModelBased):
        return _model_based(value)
    name = type(value).__name__
    if name not in kind.names or getattr(bayesdose, name) is not type(value):
        raise InputError(
            f"saved form of a {kind.tag}",
            got=value,
            wanted=f"one of the package's own: {', '.join(kind.names)}",
            fix="A design with a part of your own is kept as the Python code that makes it.",
        )
    return {kind.tag: name, **_fields(value, leave_out=("grid",))}


def _model_based(design: ModelBased) -> dict[str, Any]:
    """A model-based design by its model's description instead of its tables."""
    source = _table_source(design)
    return {
        "design": "model_based",
        **_fields(design, leave_out=("grid", "tables")),
        "model": plain_value(source.model, ModelDescription),
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
        made_for = (table.source, table.max_patients, table.bounds, table.averages_below)
        wanted = (source, design.max_patients, needs.bounds, needs.averages_below)
        if made_for != wanted or source.grid != design.grid or (table.plug_in is None) == needs.plug_in:
            raise InputError(
                "saved form of a model-based design",
                got="tables that were made for another grid, other rules or another number of patients",
                wanted="the tables that model_based makes for this design",
                fix="Make the design anew, by model_based, instead of changing another one's fields.",
            )
    return source


def _fields(value: Any, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    """A dataclass's fields; one that is none is written only where that is not its default."""
    hints = get_type_hints(type(value))
    content = {}
    for one in fields(value):
        item = getattr(value, one.name)
        if one.name in leave_out or (item is None and one.default in (None, MISSING)):
            continue
        content[one.name] = plain_value(item, hints[one.name])
    return content
