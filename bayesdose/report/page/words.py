"""Settings of designs, rules and priors in words."""

import inspect
from collections.abc import Iterator
from typing import Any

import attrs

from bayesdose.protocols.sourced_table import table_in_words

__all__ = ["first_line", "settings", "words"]


def words(value: Any) -> str:
    """A value in words: its own where it has them, else its name and its settings."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, tuple):
        return ", ".join(map(words, value)) or "none"
    if isinstance(value, (dict, list)):
        return table_in_words(value)
    if _nameless(value):
        stated = ", ".join(f"{name} {text}" for name, text in settings(value))
        return f"{type(value).__name__} ({stated})" if stated else type(value).__name__
    return str(value)


def settings(
    value: Any, leave_out: tuple[str, ...] = (), *, explained: bool = False
) -> Iterator[tuple[str, str]]:
    """Names and values of a value's settings; one that is not given is left out.

    With `explained`, a rule that has no words of its own is followed by what it does.
    """
    for one in attrs.fields(type(value)):
        item = getattr(value, one.name)
        if item is None or item == "" or one.name in leave_out:
            continue
        does = f": {first_line(item)}" if explained and _nameless(item) else ""
        yield one.name.replace("_", " "), words(item) + does.rstrip(": ")


def first_line(value: Any) -> str:
    """First sentence of the documentation of a value's class; empty where it has none of its own."""
    text = inspect.getdoc(type(value)) or ""
    paragraph = " ".join(text.partition("\n\n")[0].split()).replace("`", "")
    return "" if paragraph.startswith(f"{type(value).__name__}(") else paragraph


def _nameless(value: Any) -> bool:
    """Whether a value is printed as Python code only."""
    return attrs.has(type(value)) and type(value).__str__ is object.__str__
