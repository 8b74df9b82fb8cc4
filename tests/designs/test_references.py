"""Every design's references are in the file, and the file is BibTeX that names what it must."""

import re
from importlib import resources

import pytest

import bayesdose
from bayesdose.designs.accelerated_titration import AcceleratedTitration
from bayesdose.designs.references import bibtex, citation
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid

GRID = DoseGrid.of_levels(3)
TEXT = resources.files("bayesdose.designs").joinpath("references.bib").read_text(encoding="utf-8")
KEYS = re.findall(r"^@\w+\{(\w+),$", TEXT, re.MULTILINE)


def keys(text):
    return re.findall(r"^@\w+\{(\w+),$", text, re.MULTILINE)


def test_every_entry_is_found_under_its_key():
    assert len(KEYS) == len(set(KEYS)) == TEXT.count("@")
    assert keys(bibtex(", ".join(KEYS))) == KEYS
    for key in KEYS:
        entry = bibtex(key)
        assert entry.count("{") == entry.count("}")
        where = {"@book": "publisher", "@misc": "howpublished"}.get(entry.partition("{")[0], "journal")
        for field in ("author", "title", "year", where):
            assert f"\n  {field} = {{" in entry, key
        # A year in the key is the entry's.
        assert re.search(r"year = \{(\d+)\}", entry)[1] == key[-4:]


def test_the_file_is_in_the_order_of_years():
    years = [int(key[-4:]) for key in KEYS]
    assert years == sorted(years)


def test_a_design_that_wraps_another_cites_both():
    design = AcceleratedTitration(RollingSix(GRID, 4, complete_highest=True), 1)
    assert keys(citation(design)) == ["Simon1997", "Skolnik2008", "Frankel2020"]
    assert "doi = {10.1200/JCO.2007.12.7712}" in bayesdose.citation(design)


def test_what_is_cited_twice_is_printed_once():
    twice = AcceleratedTitration(AcceleratedTitration(ThreePlusThree(GRID, "deescalation"), 1), 1)
    assert keys(citation(twice)) == ["Simon1997", "Storer1989", "Korn1994", "LinShih2001"]


def test_an_unknown_key_gets_the_nearest():
    with pytest.raises(InputError, match="reference: got 'Storer1998'; .* Did you mean 'Storer1989'?"):
        bibtex("Simon1997, Storer1998")


def test_the_blrm_is_cited(discrete_blrm):
    settings = {"max_patients": 6, "citation": "Neuenschwander2008, Babb1998"}
    blrm = discrete_blrm([[0.1, 0.2], [0.2, 0.4]], [0.5, 0.5], **settings)
    assert keys(citation(blrm)) == ["Neuenschwander2008", "Babb1998"]
