"""From plain tables, lists and numbers to dataclasses; no unknown key, no type turned into another."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from bayesdose.errors import InputError
from bayesdose.saved.reading import keys_of

__all__ = [
    "NONE",
    "may_be_none",
    "optional_hook",
    "split_tag",
    "strict_converter",
    "table_hook",
    "tagged_hook",
]

# TOML has no empty value.
NONE = "none"
_PLAIN = {
    str: (str, "a text"),
    bool: (bool, "true or false"),
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
}


def strict_converter(*choices: type[StrEnum]) -> Converter:
    """A converter for dataclasses, lists, texts, numbers and the given choices."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    register = converter.register_structure_hook_factory
    # The last one that applies is taken.
    register(lambda kind: is_dataclass(get_origin(kind) or kind), table_hook)
    register(lambda kind: get_origin(kind) in (tuple, Sequence), _tuple_hook)
    register(lambda kind: get_origin(kind) is Literal, _literal_hook)
    for kind in _PLAIN:
        converter.register_structure_hook(kind, _plain_hook(kind))
    # Each by itself: the hook for texts would take them, and come before one for all choices.
    for choice in choices:
        converter.register_structure_hook(choice, _choice_hook(choice))
    return converter


def table_hook(kind: Any, converter: Converter) -> Callable:
    """A table whose keys are a dataclass's fields."""
    structure = make_dict_structure_fn(kind, converter)

    def hook(value: object, _: Any) -> object:
        if isinstance(kind, type) and isinstance(value, kind):
            return value
        if not isinstance(value, dict):
            raise InputError("", got=value, wanted=f"a table with the keys {', '.join(keys_of(kind))}")
        return structure(value, kind)

    return hook


def tagged_hook(tag: str, choices: Mapping[str, type]) -> Callable:
    """A table whose key `tag` names its kind."""

    def factory(_: Any, converter: Converter) -> Callable:
        def hook(value: object, _: Any) -> object:
            name, others = split_tag(value, tag, choices)
            return converter.structure(others, choices[name])

        return hook

    return factory


def split_tag(value: object, tag: str, names: Collection[str]) -> tuple[str, dict[str, Any]]:
    """The name under the key `tag` of a table, one of `names`, and the table's other keys."""
    if not isinstance(value, dict) or tag not in value:
        raise InputError("", got=value, wanted=f"a table with the key {tag}, one of {', '.join(names)}")
    name = value[tag]
    if name not in names:
        raise InputError.unknown_name(tag, str(name), names)
    return name, {key: item for key, item in value.items() if key != tag}


def _tuple_hook(kind: Any, converter: Converter) -> Callable:
    items = get_args(kind)
    structure = converter.get_structure_hook(list[items[0]])
    any_length = get_origin(kind) is Sequence or Ellipsis in items

    def hook(value: object, _: Any) -> tuple:
        if not isinstance(value, list):
            raise InputError("", got=value, wanted="a list")
        if not any_length and len(value) != len(items):
            raise InputError("", got=value, wanted=f"a list of {len(items)}")
        return tuple(structure(value, list[items[0]]))

    return hook


def _choice_hook(kind: type[StrEnum]) -> Callable:
    def hook(value: object, _: Any) -> StrEnum:
        if value not in list(kind):
            raise InputError.unknown_name("", str(value), map(str, kind))
        return kind(value)

    return hook


def _literal_hook(kind: Any, _: Converter) -> Callable:
    def hook(value: object, _: Any) -> object:
        if value not in get_args(kind):
            raise InputError.unknown_name("", str(value), map(str, get_args(kind)))
        return value

    return hook


def may_be_none(kind: Any) -> bool:
    """Whether a kind is a union with None."""
    is_union = isinstance(kind, UnionType) or get_origin(kind) is Union
    return is_union and NoneType in get_args(kind)


def optional_hook(kind: Any, converter: Converter) -> Callable:
    """A value that may be none, which is written `NONE`."""
    others = [one for one in get_args(kind) if one is not NoneType]
    inner: Any = Union[tuple(others)]  # noqa: UP007 - of a computed number of types

    def hook(value: object, _: Any) -> object:
        return None if value is None or value == NONE else converter.structure(value, inner)

    return hook


def _plain_hook(kind: type) -> Callable:
    accepted, words = _PLAIN[kind]

    def hook(value: object, _: Any) -> object:
        if (isinstance(value, bool) and kind is not bool) or not isinstance(value, accepted):
            raise InputError("", got=value, wanted=words)
        return value

    return hook
