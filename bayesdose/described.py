"""What a value is in words, part by part: printed, in a notebook, and in a report."""

import inspect
import re
from abc import abstractmethod
from collections.abc import Mapping
from html import escape
from typing import Any

__all__ = ["Described", "documented", "said_of"]


class Described:
    """A value that says what it is in the words of a protocol.

    Its `repr` stays the code that makes it: hashes and files are of that.
    """

    @property
    @abstractmethod
    def words(self) -> Mapping[str, str]:
        """What the value is: headings such as ``"Next dose"``, and the words under each."""
        ...

    def __str__(self) -> str:
        return "\n".join(f"{heading}: {text}" for heading, text in self.words.items())

    def _repr_html_(self) -> str:
        cell = ' style="text-align: left; vertical-align: top"'
        rows = (
            f"<tr><th{cell}>{escape(heading)}</th><td{cell}>{escape(text)}</td></tr>"
            for heading, text in self.words.items()
        )
        return f"<table>{''.join(rows)}</table>"


def said_of(value: Any) -> str:
    """A value's `str`; where that is code, the first paragraph of its class's documentation, or its name."""
    made = type(value)
    if made.__str__ is not object.__str__:
        return str(value)
    return documented(made) or re.sub("(?<=[a-z0-9])(?=[A-Z])", " ", made.__name__)


def documented(made: type) -> str:
    """The first paragraph of a class's own documentation, empty if it has none."""
    paragraph = inspect.cleandoc(made.__doc__ or "").partition("\n\n")[0]
    words = " ".join(paragraph.replace("`", "").split())
    # A dataclass without documentation has its signature there.
    return "" if words.startswith(f"{made.__name__}(") else words
