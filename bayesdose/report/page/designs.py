"""The designs of a study in words, with their decision tables and references."""

from dataclasses import dataclass

import tomli_w

from bayesdose.designs.base import Design, described
from bayesdose.errors import InputError
from bayesdose.grammar.writing import plain_design
from bayesdose.report.decision_tables.of_design import decision_tables
from bayesdose.report.page.references import keys_of
from bayesdose.report.page.report_table import Table

__all__ = ["DesignText", "design_text"]


@dataclass(frozen=True)
class DesignText:
    """A design as a report describes it.

    Parameters
    ----------
    name : str
        Its name in the study.
    words : tuple of (str, str)
        What it does: headings, and the words under each.
    tables : tuple of Table
        Its decision tables; none where a model decides.
    saved : str
        Its saved form, which `load_design` reads; empty for one with a part of a user's own.
    keys : tuple of str
        Keys of its references.
    sha256 : str
        Hash of the design as it ran.
    """

    name: str
    words: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    saved: str
    keys: tuple[str, ...]
    sha256: str


def design_text(name: str, design: Design, sha256: str, number: int) -> DesignText:
    """A design as a report describes it; its decision tables are named by its number in the study."""
    return DesignText(
        name,
        tuple(described(design).items()),
        tuple(decision_tables(name, design, f"decisions-{number}")),
        _saved(design),
        tuple(dict.fromkeys(keys_of(design.citation))),
        sha256,
    )


def _saved(design: Design) -> str:
    try:
        return tomli_w.dumps(plain_design(design))
    except InputError:
        return ""
