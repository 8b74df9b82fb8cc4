"""References as plain text, numbered in the order in which they are used."""

import re
from dataclasses import dataclass

from bayesdose.designs.references import bibtex
from bayesdose.errors import InputError

__all__ = ["Reference", "keys_of", "references"]


@dataclass(frozen=True)
class Reference:
    """A reference.

    Parameters
    ----------
    key : str
        Its key in the shipped ``references.bib``.
    text : str
        Authors, year, title and place, or the key itself where the file lacks it.
    doi : str
        Its DOI; empty if it has none.
    """

    key: str
    text: str
    doi: str = ""


def keys_of(citation: str) -> list[str]:
    """Keys of a design's citation; words in quotation marks, a source without an entry, stay as they are."""
    found = (one.strip() for one in re.findall(r'"[^"]*"|[^,"]+', citation))
    return [one for one in found if one]


def references(keys: list[str]) -> list[Reference]:
    """The references behind some keys, each once."""
    return [_reference(key) for key in dict.fromkeys(keys)]


def _reference(key: str) -> Reference:
    if key.startswith('"'):
        return Reference(key, f"{key[1:-1]}.")
    try:
        entry = bibtex(key)
    except InputError:
        # A design of a user's own may cite what the package does not know.
        return Reference(key, key)
    fields = {
        name: " ".join(re.sub(r"[{}]|\\(?=&)", "", value).replace("--", "\N{EN DASH}").split())
        for name, value in re.findall(r"^  (\w+) = \{(.*?)\},?$", entry, re.DOTALL | re.MULTILINE)
    }
    authors = fields["author"].replace(" and ", "; ")
    where = fields.get("journal") or fields.get("publisher", "")
    volume = fields.get("volume", "")
    number = f"({fields['number']})" if "number" in fields else ""
    pages = f":{fields['pages']}" if "pages" in fields else ""
    place = f"{where} {volume}{number}{pages}".strip()
    return Reference(key, f"{authors} ({fields['year']}). {fields['title']}. {place}.", fields.get("doi", ""))
