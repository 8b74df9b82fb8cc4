"""Tables on disk, so that no process tabulates a model that another one has tabulated.

A file's name is a digest of all that its tables depend on: the model's description (or the digest of its
graphs, `model_digest.py`), what was asked for, and this package's own code that makes tables. It is written
whole or not at all, and its numbers are checked when it is read; a file that is damaged is made again.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from platformdirs import user_cache_path

from bayesdose.array_files import DamagedFileError, read_arrays, write_arrays
from bayesdose.errors import InputError
from bayesdose.inference.mtd_cuts import MTDCuts
from bayesdose.inference.plug_in import PlugInCurve
from bayesdose.inference.posterior import ARRAYS, PosteriorTable

__all__ = ["cache_folder", "kept_tables"]

Tables = tuple[PosteriorTable, ...]

# Names the folder; empty for none.
_VARIABLE = "BAYESDOSE_CACHE"
# Files that were not used for longest go first where all take more bytes, and tables that take more than
# this by themselves are not kept.
_MOST_BYTES, _MOST_OF_ONE = 2**30, 2**27
_SETTINGS = ("bounds", "max_patients", "error", "shape", "averages_below")
# Where the code is that decides what a table holds.
_CODE = ("inference", "models", "quadrature.py", "alike.py")
# A file of tables: a digest in hexadecimal digits.
_NAME = re.compile(r"[0-9a-f]{64}\.npz")


def cache_folder() -> Path | None:
    """Where tables are kept: the user's cache folder, or what ``BAYESDOSE_CACHE`` names; None for nowhere."""
    named = os.environ.get(_VARIABLE)
    if named is None:
        return user_cache_path("bayesdose", appauthor=False)
    return Path(named) if named else None


def kept_tables(recipe: object, make: Callable[[], tuple[PosteriorTable, ...]]) -> tuple[PosteriorTable, ...]:
    """Tables from disk, or else made and kept for the next time.

    Parameters
    ----------
    recipe : object
        Value of the package's own whose printed form says all that the tables depend on, apart from this
        package's code. (The printed form of a user's value may hide what it does.)
    make : callable
        Makes them.

    Returns
    -------
    tuple of PosteriorTable
        The same numbers, read or made.
    """
    folder = cache_folder()
    if folder is None:
        return make()
    versions = (np.__version__, scipy.__version__, _OWN_CODE)
    path = folder / "tables" / f"{hashlib.sha256(repr((recipe, versions)).encode()).hexdigest()}.npz"
    tables = _read(path)
    if tables is None:
        tables = make()
        _keep(path, tables)
    return tables


def _code() -> str:
    """Digest of the files whose code makes tables: a changed package makes its own."""
    content, package = hashlib.sha256(), files("bayesdose")
    for name in _CODE:
        part = package / name
        for file in sorted(part.iterdir(), key=lambda one: one.name) if part.is_dir() else [part]:
            if file.name.endswith(".py"):
                content.update(file.read_bytes())
    return content.hexdigest()


# Read when this module is, as the code that runs was: files that change later are other code.
_OWN_CODE = _code()


def _read(path: Path) -> Tables | None:
    """The tables of a file; None if there is no such file, or it is not what was written."""
    try:
        arrays = read_arrays(path)
    except (OSError, DamagedFileError):
        return None
    # The time of the last use, by which old files go.
    with suppress(OSError):
        os.utime(path)
    settings = json.loads(str(arrays["tables"]))
    return tuple(_table(one, number, arrays) for number, one in enumerate(settings))


def _table(settings: dict[str, Any], number: int, arrays: dict[str, np.ndarray]) -> PosteriorTable:
    curve = None
    if f"{number}-knots" in arrays:
        curve = PlugInCurve(arrays[f"{number}-knots"], arrays[f"{number}-coefficients"])
    content: dict[str, Any] = {name: arrays[f"{number}-{name}"] for name in ARRAYS}
    content |= {name: settings[name] for name in _SETTINGS}
    content |= {name: tuple(settings[name]) for name in ("bounds", "shape")}
    if f"{number}-mtd_doses" in arrays:
        doses = tuple(arrays[f"{number}-mtd_doses"].tolist())
        content["mtd_cuts"] = MTDCuts(settings["mtd_target"], doses)
    return PosteriorTable(**content, plug_in=curve)


def _keep(path: Path, tables: Sequence[PosteriorTable]) -> None:
    arrays: dict[str, np.ndarray] = {}
    settings = []
    for number, table in enumerate(tables):
        settings.append({name: getattr(table, name) for name in _SETTINGS})
        arrays |= {f"{number}-{name}": getattr(table, name) for name in ARRAYS}
        if table.mtd_cuts is not None:
            settings[-1]["mtd_target"] = table.mtd_cuts.target
            arrays[f"{number}-mtd_doses"] = np.array(table.mtd_cuts.doses)
        if table.plug_in is not None:
            arrays[f"{number}-knots"] = table.plug_in.knots
            arrays[f"{number}-coefficients"] = table.plug_in.coefficients
    arrays["tables"] = np.array(json.dumps(settings))
    if sum(array.nbytes for array in arrays.values()) > _MOST_OF_ONE:
        return
    # A folder that cannot be written keeps nobody from working; the next process makes the tables again.
    with suppress(InputError, OSError):
        write_arrays(path, arrays, compressed=False)
        _tidy(path.parent)


def _tidy(folder: Path) -> None:
    """Remove the tables that were not used for longest until the rest fits; other files are not touched."""
    found = [file for file in folder.glob("*.npz") if _NAME.fullmatch(file.name)]
    kept = sorted(((file.stat(), file) for file in found), key=lambda one: one[0].st_mtime)
    too_much = sum(stat.st_size for stat, _ in kept) - _MOST_BYTES
    for stat, file in kept:
        if too_much <= 0:
            break
        file.unlink(missing_ok=True)
        too_much -= stat.st_size
