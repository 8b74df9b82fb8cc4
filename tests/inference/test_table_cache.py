"""Tables kept on disk: the same numbers as those made, and never others."""

import os

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.inference import table_cache
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.inference.table_cache import cache_folder, kept_tables
from bayesdose.models.curves import PowerCurve
from bayesdose.models.description import CRMModel

GRID = bd.DoseGrid((1.0, 2.0), "mg")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BAYESDOSE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


class Maker:
    """Makes tables and counts how often."""

    def __init__(self, sd=1.0):
        self.sd, self.times = sd, 0

    def __call__(self):
        self.times += 1
        return refined_tables(
            CRMModel(PowerCurve((0.1, 0.3)), self.sd).densities(GRID),
            bounds=(0.2, 0.3),
            max_patients=12,
            tolerances=(1e-2, 1e-6),
            plug_in=True,
            averages_below=0.25,
        )


def all_of(table):
    arrays = (
        table.log_prior,
        table.log_cells,
        table.features,
        table.plug_in.knots,
        table.plug_in.coefficients,
    )
    settings = (table.bounds, table.max_patients, table.error, table.shape, table.averages_below)
    return settings, [(array.dtype.str, array.tobytes()) for array in arrays]


def test_tables_are_made_once_and_read_as_they_were(folder):
    make = Maker()
    first, second = kept_tables("a", make), kept_tables("a", make)
    assert make.times == 1
    assert len(first) == len(second) == 2
    assert list(map(all_of, first)) == list(map(all_of, second))
    assert len(list(folder.glob("*.npz"))) == 1


def test_another_recipe_has_another_file(folder):
    one, other = Maker(), Maker(sd=2.0)
    kept_tables(("a", 1.0), one)
    tables = kept_tables(("a", 2.0), other)
    assert (one.times, other.times) == (1, 1)
    assert tables[0] != kept_tables(("a", 1.0), one)[0]
    assert one.times == 1


def test_other_code_has_another_file(folder, monkeypatch):
    make = Maker()
    kept_tables("a", make)
    monkeypatch.setattr(table_cache, "_code", lambda: "changed")
    kept_tables("a", make)
    assert make.times == 2


def test_the_code_that_makes_tables_is_looked_at():
    # The names of the folders and files are right: without one of them the digest is of less.
    assert len(table_cache._code()) == 64
    package = table_cache.files("bayesdose")
    assert all((package / name).is_dir() or (package / name).is_file() for name in table_cache._CODE)


@pytest.mark.parametrize("damage", ["a changed byte", "half a file", "an empty file", "no such array"])
def test_a_damaged_file_is_made_again(folder, damage):
    make = Maker()
    (sound,) = {tuple(map(str, map(all_of, kept_tables("a", make))))}
    (path,) = folder.glob("*.npz")
    content = bytearray(path.read_bytes())
    if damage == "a changed byte":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "half a file":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "an empty file":
        path.write_bytes(b"")
    else:
        np.savez(path, other=np.zeros(3))
    assert tuple(map(str, map(all_of, kept_tables("a", make)))) == sound
    assert make.times == 2
    kept_tables("a", make)
    assert make.times == 2, "the file was written anew"


def test_numbers_that_are_not_what_was_written_are_refused(folder):
    # A sound archive whose numbers another program changed: only their digest can tell.
    make = Maker()
    kept_tables("a", make)
    (path,) = folder.glob("*.npz")
    with np.load(path) as file:
        arrays = dict(file)
    arrays["1-log_prior"] = arrays["1-log_prior"] + 1e-3
    np.savez(path, **arrays)
    kept_tables("a", make)
    assert make.times == 2


def test_a_folder_that_cannot_be_made_keeps_nobody_from_working(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BAYESDOSE_CACHE", str(tmp_path / "file" / "kept"))
    make = Maker()
    kept_tables("a", make)
    kept_tables("a", make)
    assert make.times == 2


def test_an_empty_name_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("BAYESDOSE_CACHE", "")
    monkeypatch.chdir(tmp_path)
    assert cache_folder() is None
    make = Maker()
    kept_tables("a", make)
    kept_tables("a", make)
    assert make.times == 2
    assert not list(tmp_path.rglob("*"))


def test_the_users_cache_folder_is_the_default(monkeypatch):
    monkeypatch.delenv("BAYESDOSE_CACHE")
    found = cache_folder()
    assert found is not None
    assert "bayesdose" in found.parts


def test_files_that_were_not_used_for_longest_go_first(folder, monkeypatch):
    makers = {name: Maker(sd) for name, sd in zip("abc", (1.0, 1.1, 1.2), strict=True)}
    for age, (name, make) in enumerate(makers.items()):
        before = set(folder.glob("*.npz"))
        kept_tables(name, make)
        (new,) = set(folder.glob("*.npz")) - before
        os.utime(new, (1000 + age, 1000 + age))
    kept_tables("a", makers["a"])  # used now
    size = sum(path.stat().st_size for path in folder.glob("*.npz"))
    monkeypatch.setattr(table_cache, "_MOST_BYTES", size)
    kept_tables("d", Maker(1.3))
    for name in "ac":
        kept_tables(name, makers[name])
    assert [make.times for make in makers.values()] == [1, 1, 1]
    kept_tables("b", makers["b"])
    assert makers["b"].times == 2


def test_tables_that_fill_the_folder_by_themselves_are_not_kept(folder, monkeypatch):
    monkeypatch.setattr(table_cache, "_MOST_OF_ONE", 1000)
    make = Maker()
    kept_tables("a", make)
    kept_tables("a", make)
    assert make.times == 2


def test_a_design_is_made_from_kept_tables(folder, monkeypatch):
    prior = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=2.0)

    def make(cap):
        return bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=cap, max_patients=6)

    first = make(0.25)
    assert len(list(folder.glob("*.npz"))) == 1
    monkeypatch.setattr("bayesdose.inference.refined_tables.refined_tables", None)
    assert make(0.25) == first
    # Another cap reads other probabilities of the same model.
    assert make(0.3).tables == first.tables
