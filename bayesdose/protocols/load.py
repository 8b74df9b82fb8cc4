"""Protocols from TOML files, with every mistake in a file named by its key."""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_origin

from cattrs import (
    AttributeValidationNote,
    BaseValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn

from bayesdose.designs.three_plus_three import ThreePlusThreeVariant
from bayesdose.errors import InputError
from bayesdose.protocols.prior_rules import PRIOR_BUILDERS, PriorRule
from bayesdose.protocols.protocol import Protocol, TitrationTrigger
from bayesdose.protocols.sourced import Source, Sourced
from bayesdose.rules.mtd import ClosestTo, HighestBelow

__all__ = ["load_protocol", "protocol_names"]

_DATA = files("bayesdose.protocols") / "data"
_MTD_RULES = {"highest-below": HighestBelow, "closest-to": ClosestTo}
_PLAIN = {str: (str, "a text"), int: (int, "a whole number"), float: ((int, float), "a number")}


def protocol_names() -> tuple[str, ...]:
    """Names of the protocols that come with the package.

    Returns
    -------
    tuple of str
        The names, sorted; `load_protocol` takes each.

    Examples
    --------
    >>> protocol_names()
    ('IBB0979', 'IMM01', 'IMM27M', 'IMP7068', 'MIL97')
    """
    files_there = (item.name for item in _DATA.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files_there if name.endswith(".toml")))


def load_protocol(name_or_path: str | Path) -> Protocol:
    """A protocol by its name, or from a file.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a protocol of the package, in upper or lower case, or path of a ``.toml`` file.

    Returns
    -------
    Protocol
        Every value with its source.

    Raises
    ------
    InputError
        If the name is unknown, or the file cannot be read, is not TOML, or has an unknown, missing
        or ill-typed key; the message names the file and the key.

    Examples
    --------
    >>> load_protocol("mil97").grid.value.values
    (0.01, 0.03, 0.1, 0.2, 0.3, 0.45)
    """
    if isinstance(name_or_path, Path) or name_or_path.lower().endswith(".toml"):
        return _read(Path(name_or_path))
    names = {name.casefold(): name for name in protocol_names()}
    wanted = name_or_path.casefold()
    if wanted not in names:
        subject = "protocol (a name, or the path of a .toml file)"
        raise InputError.unknown_name(subject, name_or_path, names.values())
    return _read(_DATA / f"{names[wanted]}.toml")


def _read(file: Any) -> Protocol:
    """Read a path or a package resource."""
    subject = f"protocol file {file}"
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(subject, got=error.strerror, wanted="a file that can be read") from None
    except ValueError as error:
        raise InputError(subject, got=str(error), wanted="a text in TOML") from None
    try:
        return _converter().structure(content, Protocol)
    except (BaseValidationError, InputError) as error:
        # Unknown keys first: the missing key next to one is mostly the same slip.
        first, *others = sorted(_mistakes(error, ""), key=lambda mistake: not mistake.unknown_key)
        also = [f"Also {mistake.place}: got {mistake.got!r}; wanted {mistake.wanted}." for mistake in others]
        raise InputError(
            f"{subject}, {first.place}" if first.place else subject,
            got=first.got,
            wanted=first.wanted,
            fix=" ".join(filter(None, [first.fix, *also])),
        ) from None


@dataclass(frozen=True)
class _Mistake:
    place: str
    got: object
    wanted: str
    fix: str = ""
    unknown_key: bool = False


def _mistakes(error: Exception, path: str) -> Iterator[_Mistake]:
    """The single mistakes in a tree of cattrs errors, each with its full key."""
    if isinstance(error, BaseValidationError):
        for part in error.exceptions:
            yield from _mistakes(part, path + _step(part, path))
    elif isinstance(error, ForbiddenExtraKeysError):
        known = _keys(error.cl)
        for key in sorted(error.extra_fields):
            unknown = InputError.unknown_name("", key, known)
            place = f"key {path}.{key}" if path else f"key {key}"
            yield _Mistake(place, key, f"a known key, {unknown.wanted}", unknown.fix, unknown_key=True)
    elif isinstance(error, InputError):
        place = ", ".join(filter(None, [path and f"key {path}", error.subject]))
        yield _Mistake(place, error.got, error.wanted, error.fix)
    elif isinstance(error, KeyError):
        yield _Mistake(f"key {path}", None, "a value: the key is missing")
    else:
        yield _Mistake(f"key {path}", str(error), "a value of another kind")


def _step(error: Exception, path: str) -> str:
    """The part of the key path that cattrs noted on an error."""
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f".{note.name}" if path else note.name
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
    return ""


def _keys(kind: Any) -> list[str]:
    """The keys of a table that becomes this dataclass."""
    return [field.name for field in fields(get_origin(kind) or kind)]


def _converter() -> Converter:
    """A converter that forbids unknown keys and turns no type into another."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    register = converter.register_structure_hook_factory
    # The last one that applies is taken.
    register(lambda kind: is_dataclass(get_origin(kind) or kind), _table_hook)
    register(lambda kind: get_origin(kind) is Sourced, _sourced_hook)
    register(lambda kind: get_origin(kind) is tuple, _tuple_hook)
    register(lambda kind: kind == HighestBelow | ClosestTo, _tagged_hook("rule", _MTD_RULES))
    register(lambda kind: kind == PriorRule, _tagged_hook("builder", PRIOR_BUILDERS))
    for choices in (Source, ThreePlusThreeVariant, TitrationTrigger):
        converter.register_structure_hook(choices, _choice_hook(choices))
    for kind in (str, int, float):
        converter.register_structure_hook(kind, _plain_hook(kind))
    return converter


def _table_hook(kind: Any, converter: Converter) -> Callable:
    structure = make_dict_structure_fn(kind, converter)

    def hook(value: object, _: Any) -> object:
        if not isinstance(value, dict):
            raise InputError("", got=value, wanted=f"a table with the keys {', '.join(_keys(kind))}")
        return structure(value, kind)

    return hook


def _sourced_hook(kind: Any, converter: Converter) -> Callable:
    structure = _table_hook(kind, converter)
    may_be_unknown = type(None) in get_args(get_args(kind)[0])

    def hook(value: object, _: Any) -> object:
        if isinstance(value, dict) and value.get("source") == Source.NOT_DISCLOSED:
            if not may_be_unknown:
                raise InputError(
                    "",
                    got=str(Source.NOT_DISCLOSED),
                    wanted="a value, because the package computes with it",
                    fix="Give one with source = 'assumption' and a reason.",
                )
            # TOML has no empty value.
            value = {"value": None, **value}
        return structure(value, kind)

    return hook


def _tuple_hook(kind: Any, converter: Converter) -> Callable:
    items = get_args(kind)
    structure = converter.get_structure_hook(list[items[0]])

    def hook(value: object, _: Any) -> tuple:
        if not isinstance(value, list):
            raise InputError("", got=value, wanted="a list")
        if Ellipsis not in items and len(value) != len(items):
            raise InputError("", got=value, wanted=f"a list of {len(items)}")
        return tuple(structure(value, list[items[0]]))

    return hook


def _choice_hook(kind: type[StrEnum]) -> Callable:
    def hook(value: object, _: Any) -> StrEnum:
        if value not in list(kind):
            raise InputError.unknown_name("", str(value), map(str, kind))
        return kind(value)

    return hook


def _plain_hook(kind: type) -> Callable:
    accepted, words = _PLAIN[kind]

    def hook(value: object, _: Any) -> object:
        if isinstance(value, bool) or not isinstance(value, accepted):
            raise InputError("", got=value, wanted=words)
        # Long texts are written over several lines.
        return " ".join(value.split()) if isinstance(value, str) else kind(value)

    return hook


def _tagged_hook(tag: str, choices: dict[str, type]) -> Callable:
    """A table whose key `tag` names its kind."""

    def factory(_: Any, converter: Converter) -> Callable:
        def hook(value: object, _: Any) -> object:
            if not isinstance(value, dict) or value.get(tag) not in choices:
                names = ", ".join(choices)
                raise InputError("", got=value, wanted=f"a table with the key {tag}, one of {names}")
            others = {key: item for key, item in value.items() if key != tag}
            return converter.structure(others, choices[value[tag]])

        return hook

    return factory
