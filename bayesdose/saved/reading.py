"""TOML files into values, with every mistake in a file named by its key."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, get_origin

from cattrs import (
    AttributeValidationNote,
    BaseValidationError,
    Converter,
    ForbiddenExtraKeysError,
    IterableValidationNote,
)

from bayesdose.errors import InputError

__all__ = ["keys_of", "read_toml", "structured"]


def read_toml(file: Any, subject: str) -> dict[str, Any]:
    """The content of a TOML file, a path or a package resource.

    Raises
    ------
    InputError
        If it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(subject, got=error.strerror, wanted="a file that can be read") from None
    except ValueError as error:
        raise InputError(subject, got=str(error), wanted="a text in TOML") from None


def structured(content: object, kind: Any, converter: Converter, subject: str, place: str = "") -> Any:
    """A value of some kind from the content of a file.

    Parameters
    ----------
    content : object
        What was read.
    kind : type
        What it becomes.
    converter : cattrs.Converter
        One of `strict_converter`.
    subject : str
        The file, for the errors.
    place : str, optional
        Key under which the content stands there.

    Raises
    ------
    InputError
        For the first mistake, an unknown key if there is one, with the others after it.
    """
    try:
        return converter.structure(content, kind)
    except (BaseValidationError, InputError) as error:
        # Unknown keys first: the missing key next to one is mostly the same slip.
        first, *others = sorted(_mistakes(error, place), key=lambda mistake: not mistake.unknown_key)
        also = [f"Also {mistake.place}: got {mistake.got!r}; wanted {mistake.wanted}." for mistake in others]
        raise InputError(
            f"{subject}, {first.place}" if first.place else subject,
            got=first.got,
            wanted=first.wanted,
            fix=" ".join(filter(None, [first.fix, *also])),
        ) from None


def keys_of(kind: Any) -> list[str]:
    """The keys of a table that becomes this dataclass."""
    return [field.name for field in fields(get_origin(kind) or kind)]


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
        known = keys_of(error.cl)
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
            return f".{note.index}" if isinstance(note.index, str) else f"[{note.index}]"
    return ""
