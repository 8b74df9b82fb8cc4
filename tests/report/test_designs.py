"""The list of designs names what the package has, with the publications that each comes from."""

import pytest

from bayesdose.designs.base import Design
from bayesdose.designs.references import bibtex, references_of
from bayesdose.errors import InputError
from bayesdose.grammar.registry import members
from bayesdose.report.designs import list_designs, show_citation


def test_every_design_is_listed_with_its_references(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    list_designs()
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    for name in members(Design):
        assert references_of(name) in rows[name]


@pytest.mark.parametrize("name", ["boin", "BOIN", "three_plus_three"])
def test_the_references_of_one(capsys, name):
    show_citation(name)
    assert capsys.readouterr().out.strip() == bibtex(references_of(name.lower())).strip()


def test_an_unknown_design_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="design: got 'bion'; .*Did you mean 'boin'"):
        show_citation("bion")
