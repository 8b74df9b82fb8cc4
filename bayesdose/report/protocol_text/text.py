"""A text before it is Markdown, LaTeX or a Word file: sections of sentences, tables and one file."""

from collections.abc import Sequence
from dataclasses import dataclass

from bayesdose.report.page.report_table import Table

__all__ = ["Part", "ProtocolText", "Section"]


@dataclass(frozen=True)
class Part:
    """A paragraph, with what it is about in front.

    Parameters
    ----------
    words : str
        The paragraph.
    about : str
        What it is about; empty for a paragraph that needs none.
    """

    words: str
    about: str = ""


@dataclass(frozen=True)
class Section:
    """A section.

    Parameters
    ----------
    heading : str
        Its heading.
    parts : sequence of Part
        Its paragraphs.
    tables : sequence of Table
        Tables after them.
    code : str
        A file shown as it stands, after the tables; empty for none.
    """

    heading: str
    parts: Sequence[Part] = ()
    tables: Sequence[Table] = ()
    code: str = ""


@dataclass(frozen=True)
class ProtocolText:
    """The statistical section of a protocol.

    Parameters
    ----------
    title : str
        Its title.
    sections : sequence of Section
        Its sections; one without content is left out by who makes the text.
    """

    title: str
    sections: Sequence[Section]
