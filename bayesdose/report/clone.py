"""What is found in a clone of the repository only: the published numbers and the code that compares them."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from bayesdose.errors import InputError

__all__ = ["published_numbers"]


def published_numbers(folder: Path) -> ModuleType:
    """The module ``benchmarks.published.reproduce`` of the clone that holds a folder of papers.

    Its code is run, so the folder has to be that of a clone of this repository.

    Parameters
    ----------
    folder : Path
        The folder ``benchmarks/published`` of a clone.

    Returns
    -------
    module
        With the function ``reproduce``.

    Raises
    ------
    InputError
        If the folder is not there, or is not the one of a clone.
    """
    whole = folder.resolve()
    clone = whole.parent.parent
    if whole != clone / "benchmarks" / "published" or not _is_clone(clone):
        raise InputError(
            "folder of published numbers",
            got=str(folder),
            wanted="benchmarks/published in a clone of the bayesdose repository",
            fix="It is not part of the installed package: run this in a clone, or give --folder.",
        )
    sys.path.insert(0, str(clone))
    return importlib.import_module("benchmarks.published.reproduce")


def _is_clone(path: Path) -> bool:
    code = ("bayesdose/__init__.py", "benchmarks/__init__.py", "benchmarks/published/reproduce.py")
    project = path / "pyproject.toml"
    if not all((path / name).is_file() for name in (*code, project)):
        return False
    return b'name = "bayesdose"' in project.read_bytes().splitlines()
