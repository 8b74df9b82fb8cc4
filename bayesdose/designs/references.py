"""The publications behind designs and scenarios, as BibTeX."""

import re
from collections.abc import Callable
from importlib import import_module, resources
from typing import Annotated, Any, Protocol, runtime_checkable

import annotated_types as at

from bayesdose.checks.arguments import checked
from bayesdose.errors import InputError

__all__ = ["bibtex", "citation", "cites", "references_of"]


@runtime_checkable
class DesignOrStudy(Protocol):
    """Anything that says where it comes from."""

    @property
    def citation(self) -> str:
        """Keys of ``references.bib``, commas between them."""
        ...


def cites[F: Callable](keys: str) -> Callable[[F], F]:
    """Say which publications a function that makes a design comes from, so that no design has to be made.

    Parameters
    ----------
    keys : str
        Keys of ``references.bib``, commas between them; empty where the design cites the parts that it
        is put together from.
    """

    def mark(function: F) -> F:
        function.references = keys  # pyright: ignore[reportFunctionMemberAccess]
        return function

    return mark


def references_of(design: Callable | str) -> str:
    """Keys that a function which makes a design was marked with by `cites`, or one of that public name.

    Raises
    ------
    InputError
        If there is no public name like that, or it makes no design.

    Examples
    --------
    >>> references_of("boin")
    'LiuYuan2015'
    """
    if isinstance(design, str):
        rooms = [import_module(name) for name in ("bayesdose", "bayesdose.dose_optimization")]
        known = {name: room for room in reversed(rooms) for name in room.__all__}
        if design not in known:
            raise InputError.unknown_name("design", design, known)
        design = getattr(known[design], design)
    keys: Any = getattr(design, "references", None)
    if not isinstance(keys, str):
        raise InputError("design", got=design, wanted="a function that makes a design, marked by `cites`")
    return keys


@checked
def citation(
    source: Annotated[DesignOrStudy, at.Predicate(lambda source: isinstance(source.citation, str))],
) -> str:
    """BibTeX entries of the publications that a design or a published study comes from.

    Parameters
    ----------
    source : Design or PublishedStudy
        Anything whose ``citation`` names entries of the shipped ``references.bib``; a design that
        wraps another design cites both.

    Returns
    -------
    str
        One entry for each publication, in the order of the keys; an empty text if it cites no
        publication, as the design from a protocol's own table does.

    Raises
    ------
    InputError
        If something cited is not in the file, as by a design of your own.

    Examples
    --------
    >>> from bayesdose.designs.a_plus_b import a_plus_b
    >>> from bayesdose.grid import DoseGrid
    >>> print(citation(a_plus_b(DoseGrid.of_levels(3), a=3, b=3, c=1, d=1, e=1, deescalation=True)))
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
