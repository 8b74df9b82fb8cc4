"""Plain tables as TOML text: the standard library reads TOML but does not write it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["toml_text"]


def toml_text(content: Mapping[str, Any]) -> str:
    """A table of tables, lists, texts, numbers and truth values as TOML.

    Examples
    --------
    >>> print(toml_text({"a": 1.5, "b": {"c": [1, 2], "d": {"e": "f"}}}))
    a = 1.5
    <BLANKLINE>
    [b]
    c = [1, 2]
    <BLANKLINE>
    [b.d]
    e = "f"
    <BLANKLINE>
    """
    return "\n".join(_lines(content, "")).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], place: str) -> Iterator[str]:
    """Values first: what stands below a table's head belongs to that table."""
    below = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if place and (len(below) < len(table) or not table):
        yield f"\n[{place}]"
    for key, value in table.items():
        if key not in below:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        yield from _lines(value, f"{place}.{_key(key)}" if place else _key(key))


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _text(key)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            # The shortest text that gives the same number back, bit for bit.
            return repr(value)
        case str():
            return _text(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
        case Sequence():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise TypeError(f"no TOML for {value!r}")


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
