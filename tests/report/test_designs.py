"""The list of designs names what the package has, and cites what the designs themselves cite."""

import inspect

import pytest

import bayesdose
from bayesdose.designs.a_plus_b import APlusB
from bayesdose.designs.base import Design
from bayesdose.designs.blrm import blrm
from bayesdose.designs.boin import boin
from bayesdose.designs.crm import crm
from bayesdose.designs.crm_mle import CRMMLE
from bayesdose.designs.i3_plus_3 import i3_plus_3
from bayesdose.designs.keyboard import keyboard
from bayesdose.designs.mtpi import mtpi, mtpi2
from bayesdose.designs.named_titrations import nct04202003_titration, nct07623850_titration, simon_titration
from bayesdose.designs.references import bibtex
from bayesdose.designs.rolling_six import RollingSix
from bayesdose.designs.three_plus_three import ThreePlusThree
from bayesdose.designs.tpi import tpi
from bayesdose.errors import InputError
from bayesdose.grid import DoseGrid
from bayesdose.models.curves import PowerCurve
from bayesdose.models.normal_prior import NormalPrior
from bayesdose.report.designs import DESIGNS, list_designs, show_citation

GRID = DoseGrid.of_levels(3)


def is_design(public):
    methods = ("first_cohort", "next_cohort", "recommend")
    return inspect.isclass(public) and all(hasattr(public, name) for name in methods)


def test_every_public_design_is_listed():
    public = {name for name in bayesdose.__all__ if is_design(getattr(bayesdose, name))} - {Design.__name__}
    assert public <= set(DESIGNS)


@pytest.mark.parametrize(
    ("name", "design", "following"),
    [
        ("ThreePlusThree", ThreePlusThree(GRID, "deescalation"), ""),
        ("APlusB", APlusB(GRID, 3, 3, 1, 1, 1, deescalation=True), ""),
        ("RollingSix", RollingSix(GRID, 3, complete_highest=False), ""),
        (
            "simon_titration",
            simon_titration(ThreePlusThree(GRID, "deescalation"), number=2),
            ", Storer1989, Korn1994, LinShih2001",
        ),
        (
            "nct07623850_titration",
            nct07623850_titration(RollingSix(GRID, 3, True)),
            ", Skolnik2008, Frankel2020",
        ),
        ("nct04202003_titration", nct04202003_titration(APlusB(GRID, 3, 3, 1, 1, 1, True)), ", LinShih2001"),
        ("boin", boin(GRID, 0.3, max_patients=12), ""),
        ("mtpi", mtpi(GRID, 0.3, max_patients=12), ""),
        ("mtpi2", mtpi2(GRID, 0.3, max_patients=12), ""),
        ("keyboard", keyboard(GRID, 0.3, max_patients=12), ""),
        ("tpi", tpi(GRID, 0.3, max_patients=12), ""),
        ("i3_plus_3", i3_plus_3(GRID, 0.3, max_patients=12), ""),
    ],
)
def test_the_list_cites_what_the_design_cites(name, design, following):
    assert DESIGNS[name] + following == design.citation


def test_the_model_based_designs_in_the_list(discrete_blrm):
    settings = {"max_patients": 3, "tolerances": (0.05,)}
    prior = NormalPrior(mean=(-1, 0), sd=(1, 1), correlation=0, reference_dose=2, origin="any")
    assert (
        DESIGNS["blrm"] == blrm(GRID, prior, target_interval=(0.2, 0.3), ewoc_cap=0.25, **settings).citation
    )
    curve = PowerCurve((0.1, 0.2, 0.4))
    assert DESIGNS["crm"] == crm(GRID, curve, target=0.3, prior_sd=1, estimate="mean", **settings).citation
    assert DESIGNS["CRMMLE"] == CRMMLE(GRID, curve, target=0.3, max_patients=3).citation
    assert (
        DESIGNS["ModelBased"] == discrete_blrm([[0.1, 0.2], [0.2, 0.4]], [0.5, 0.5], max_patients=6).citation
    )


def test_list(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    list_designs()
    lines = capsys.readouterr().out.splitlines()
    rows = {line.split()[0]: line for line in lines[1:-1]}
    assert list(rows) == list(DESIGNS)
    for name, keys in DESIGNS.items():
        assert rows[name].rstrip().endswith(keys)
    assert not DESIGNS["IntervalDesign"]  # it cites what its table cites
    assert (
        "Cohorts of three; 0 of 3 escalates, 1 of 3 adds three, at most 1 of 6 escalates."
        in rows["ThreePlusThree"]
    )
    # In a narrow terminal no name is cut.
    monkeypatch.setenv("COLUMNS", "70")
    list_designs()
    words = capsys.readouterr().out.split()
    assert set(DESIGNS) <= set(words)


def test_one_designs_references(capsys):
    show_citation("rollingsix")
    assert capsys.readouterr().out == bibtex("Skolnik2008, Frankel2020") + "\n"


def test_unknown_design():
    with pytest.raises(InputError, match="design: got 'RolingSix'; .*Did you mean 'RollingSix'?"):
        show_citation("RolingSix")
