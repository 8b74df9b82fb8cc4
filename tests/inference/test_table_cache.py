"""Tables kept on disk: the same numbers as those made, and never others."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import bayesdose as bd
from bayesdose.inference import table_cache
from bayesdose.inference.refined_tables import refined_tables
from bayesdose.inference.table_cache import cache_folder, kept_tables
from bayesdose.models.curves import PowerCurve
from bayesdose.models.description import CRMModel, ModelDescription

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
    assert len(list((folder / "tables").glob("*.npz"))) == 1


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
    monkeypatch.setattr(table_cache, "_OWN_CODE", "changed")
    kept_tables("a", make)
    assert make.times == 2


@pytest.mark.parametrize("library", ["np", "scipy"])
def test_other_versions_have_another_file(folder, monkeypatch, library):
    make = Maker()
    kept_tables("a", make)
    monkeypatch.setattr(getattr(table_cache, library), "__version__", "0.0")
    kept_tables("a", make)
    assert make.times == 2


@pytest.mark.parametrize(
    "name", ["inference/posterior.py", "models/numpy_densities.py", "quadrature.py", "alike.py"]
)
def test_a_change_of_the_code_that_makes_tables_is_seen(tmp_path, monkeypatch, name):
    package = Path(table_cache.__file__).parents[1]
    for part in ("inference", "models"):
        shutil.copytree(package / part, tmp_path / part)
    for part in ("quadrature.py", "alike.py"):
        shutil.copy(package / part, tmp_path)
    monkeypatch.setattr(table_cache, "files", lambda _: tmp_path)
    before = table_cache._code()
    assert before == table_cache._OWN_CODE
    with (tmp_path / name).open("a") as file:
        file.write("# changed")
    assert table_cache._code() != before


@pytest.mark.parametrize("damage", ["a changed byte", "half a file", "an empty file", "no such array"])
def test_a_damaged_file_is_made_again(folder, damage):
    make = Maker()
    (sound,) = {tuple(map(str, map(all_of, kept_tables("a", make))))}
    (path,) = (folder / "tables").glob("*.npz")
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


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("1-log_prior", lambda array: array + 1e-3),
        ("tables", lambda array: np.array(str(array).replace('"max_patients": 12', '"max_patients": 99'))),
    ],
)
def test_what_is_not_what_was_written_is_refused(folder, name, change):
    # A sound archive that another program changed: only its digest can tell.
    make = Maker()
    kept_tables("a", make)
    (path,) = (folder / "tables").glob("*.npz")
    with np.load(path) as file:
        arrays = dict(file)
    changed = change(arrays[name])
    assert not np.array_equal(changed, arrays[name])
    np.savez(path, **arrays | {name: changed})
    assert kept_tables("a", make)[0].max_patients == 12
    assert make.times == 2


def test_any_flipped_bit_is_harmless(folder):
    make = Maker()
    (sound,) = {tuple(map(str, map(all_of, kept_tables("a", make))))}
    (path,) = (folder / "tables").glob("*.npz")
    content = path.read_bytes()
    rng = np.random.default_rng(7)
    # The first and last bytes are headers of the archive, where damage has effects of many kinds.
    places = [*range(60), *range(len(content) - 120, len(content)), *rng.integers(0, len(content), 60)]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        assert tuple(map(str, map(all_of, kept_tables("a", Maker())))) == sound


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
        before = set((folder / "tables").glob("*.npz"))
        kept_tables(name, make)
        (new,) = set((folder / "tables").glob("*.npz")) - before
        os.utime(new, (1000 + age, 1000 + age))
    kept_tables("a", makers["a"])  # used now
    mine = folder / "tables" / "my_results.npz"
    np.savez(mine, numbers=np.zeros(1_000))
    os.utime(mine, (1, 1))
    size = sum(path.stat().st_size for path in (folder / "tables").glob("*.npz") if path != mine)
    monkeypatch.setattr(table_cache, "_MOST_BYTES", size)
    kept_tables("d", Maker(1.3))
    assert mine.exists(), "the oldest of all, but no file of tables"
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


class Mine(ModelDescription):
    """A description of one's own; all of them print alike."""

    def __init__(self, sd):
        self.sd = sd

    def __repr__(self):
        return "Mine()"

    def build(self, grid):
        raise AssertionError("the numpy form is taken")

    def densities(self, grid):
        return CRMModel(PowerCurve((0.1, 0.3)), self.sd).densities(grid)


def test_a_description_of_ones_own_is_never_kept(folder):
    settings = {
        "next_dose": bd.rules.ClosestMean(0.2),
        "max_patients": 6,
        "admissible": bd.rules.EWOC(0.3, 0.25),
    }
    wide, narrow = (bd.model_based(GRID, Mine(sd), **settings) for sd in (3.0, 1.0))
    assert wide.tables != narrow.tables
    assert not folder.exists()


def test_a_design_is_made_from_kept_tables(folder, monkeypatch):
    prior = bd.priors.NormalPrior((-1.4, 0.0), (1.5, 0.7), reference_dose=2.0)

    def make(cap):
        return bd.blrm(GRID, prior, target_interval=(0.16, 0.33), ewoc_cap=cap, max_patients=6)

    first = make(0.25)
    assert len(list((folder / "tables").glob("*.npz"))) == 1
    monkeypatch.setattr("bayesdose.inference.refined_tables.refined_tables", None)
    assert make(0.25) == first
    # Another cap reads other probabilities of the same model.
    assert make(0.3).tables == first.tables
