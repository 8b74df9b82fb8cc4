"""The publications behind designs and scenarios, as BibTeX."""

import re
from importlib import resources
from typing import Protocol

from bayesdose.errors import InputError

__all__ = ["bibtex", "citation"]


class _Cites(Protocol):
    @property
    def citation(self) -> str: ...


def citation(source: _Cites) -> str:
    """BibTeX entries of the publications that a design or a published study comes from.

    Parameters
    ----------
    source : Design or PublishedStudy
        Anything whose ``citation`` names entries of the shipped ``references.bib``; a design that
        wraps another design cites both.

    Returns
    -------
    str
        One entry for each publication, in the order of the keys; empty if it cites none, as the design
        from a protocol's table does.

    Raises
    ------
    InputError
        If something cited is not in the file, as by a design of your own.

    Examples
    --------
    >>> from bayesdose.designs.a_plus_b import APlusB
    >>> from bayesdose.grid import DoseGrid
    >>> print(citation(APlusB(DoseGrid.of_levels(3), a=3, b=3, c=1, d=1, e=1, deescalation=True)))
    @article{LinShih2001,
      author = {Lin, Y. and Shih, W. J.},
      title = {Statistical Properties of the Traditional Algorithm-Based Designs for Phase {I} Cancer Clinical
        Trials},
      journal = {Biostatistics},
      year = {2001},
      volume = {2},
      number = {2},
      pages = {203--215}
    }
    """
    return bibtex(source.citation)


def bibtex(keys: str) -> str:
    """BibTeX entries of some publications.

    Parameters
    ----------
    keys : str
        Keys of the shipped ``references.bib`` with commas between them, such as
        ``"Storer1989, LinShih2001"``; one that comes twice is given once. Words in quotation marks
        are a source without an entry and are left out.

    Raises
    ------
    InputError
        If a key is not in the file; the message gives the nearest.
    """
    entries = _entries()
    without_words = re.sub(r'"[^"]*"', "", keys)
    names = list(dict.fromkeys(key.strip() for key in without_words.split(",") if key.strip()))
    for name in names:
        if name not in entries:
            raise InputError.unknown_name("reference", name, entries)
    return "\n\n".join(entries[name] for name in names)


def _entries() -> dict[str, str]:
    """Entries of the shipped file by key; each ends with a brace on a line of its own."""
    text = resources.files("bayesdose.designs").joinpath("references.bib").read_text(encoding="utf-8")
    found = re.finditer(r"^@\w+\{(\w+),\n.*?^\}$", text, re.DOTALL | re.MULTILINE)
    return {match[1]: match[0] for match in found}
