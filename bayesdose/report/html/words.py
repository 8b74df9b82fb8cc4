"""Settings of designs, rules and priors in words."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

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
    if is_dataclass(value) and type(value).__str__ is object.__str__:
        stated = ", ".join(f"{name} {text}" for name, text in settings(value))
        return f"{type(value).__name__} ({stated})" if stated else type(value).__name__
    return str(value)


def settings(value: Any, leave_out: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Names and values of a dataclass's settings; one that is not given is left out."""
    for one in fields(value):
        item = getattr(value, one.name)
        if item is not None and item != "" and one.name not in leave_out:
            yield one.name.replace("_", " "), words(item)


def first_line(value: Any) -> str:
    """First sentence of the documentation of a value's class; empty where it has none of its own."""
    text = inspect.getdoc(type(value)) or ""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    # A dataclass without documentation is given its signature.
    return "" if paragraph.startswith(f"{type(value).__name__}(") else paragraph
