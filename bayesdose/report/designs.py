"""``bayesdose designs``: the designs that there are, and where they come from."""

import inspect

from rich.table import Table

from bayesdose.designs.base import Design
from bayesdose.designs.references import bibtex, references_of
from bayesdose.errors import InputError
from bayesdose.grammar.registry import members
from bayesdose.report.terminal import terminal

__all__ = ["list_designs", "show_citation"]


def list_designs() -> None:
    """Print a line for each design."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("design", "what it does", "references"):
        table.add_column(heading, overflow="fold")
    for name, design in members(Design).items():
        table.add_row(name, (inspect.getdoc(design) or "").splitlines()[0], references_of(name))
    terminal().print(table)
    terminal().print("A design's name after the command prints its references as BibTeX.")


def show_citation(name: str) -> None:
    """Print a design's references as BibTeX.

    Parameters
    ----------
    name : str
        Name of a design, upper or lower case.

    Raises
    ------
    InputError
        If the name is unknown; the message gives the nearest.
    """
    known = list(members(Design))
    if name.lower() not in known:
        raise InputError.unknown_name("design", name, known)
    print(bibtex(references_of(name.lower())) or "Cites what you put it together from.")
