"""What a value is in words, part by part: printed, in a notebook, and in a report."""

from abc import abstractmethod
from collections.abc import Mapping
from html import escape

__all__ = ["Described"]


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
