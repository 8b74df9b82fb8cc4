"""``bayesdose designs``: the designs that there are, and where they come from."""

import inspect

from rich.table import Table

import bayesdose
from bayesdose.designs.references import bibtex
from bayesdose.errors import InputError
from bayesdose.report.terminal import terminal

__all__ = ["DESIGNS", "list_designs", "show_citation"]

# Public name and its references; what it does is the first line of its docstring.
DESIGNS = {
    "ThreePlusThree": "Storer1989, Korn1994, LinShih2001",
    "APlusB": "LinShih2001",
    "RollingSix": "Skolnik2008, Frankel2020",
    "AcceleratedTitration": "Simon1997",
    "simon_titration": "Simon1997",
    "nct07623850_titration": "Simon1997",
    "nct04202003_titration": "Simon1997",
    "boin": "LiuYuan2015",
    "mtpi": "Ji2010",
    "mtpi2": "Guo2017, Yan2017",
    "keyboard": "Guo2017, Yan2017",
    "tpi": "Ji2007",
    "i3_plus_3": "Liu2020",
    "IntervalDesign": "",
    "blrm": "Neuenschwander2008, Babb1998",
    "crm": "OQuigley1990",
    "CRMMLE": "OQuigley1996",
    "ModelBased": "",
}


def list_designs() -> None:
    """Print a line for each design."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("design", "what it does", "references"):
        table.add_column(heading, overflow="fold")
    for name, keys in DESIGNS.items():
        table.add_row(name, (inspect.getdoc(getattr(bayesdose, name)) or "").splitlines()[0], keys)
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
    known = {design.lower(): keys for design, keys in DESIGNS.items()}
    if name.lower() not in known:
        raise InputError.unknown_name("design", name, DESIGNS)
    print(bibtex(known[name.lower()]) or "Cites what you put it together from.")
