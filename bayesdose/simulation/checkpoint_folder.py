"""A folder of finished parts of some work, that belongs to this work alone."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bayesdose.array_files import DamagedFileError, read_arrays
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically

__all__ = ["finished_part", "open_checkpoint"]

_SETTINGS = "settings.json"


def open_checkpoint(folder: Path, settings: Mapping[str, str]) -> None:
    """Make a folder for the parts of some work, or see that it is that of this work.

    Parameters
    ----------
    folder : Path
        Folder of this work alone; it is made if there is none.
    settings : mapping of str to str
        What the parts depend on.

    Raises
    ------
    InputError
        If the folder holds parts of other settings, is no checkpoint, or its settings cannot be
        read; the message names what differs.
    """
    check_folder("checkpoint", folder)
    path = folder / _SETTINGS
    if path.exists():
        _compare(path, dict(settings))
    elif folder.exists() and any(folder.iterdir()):
        raise InputError(
            "checkpoint",
            got=str(folder),
            wanted=f"an empty or new folder, or one with {_SETTINGS}",
            fix="The folder holds other files.",
        )
    else:
        text = json.dumps(dict(settings), indent=2)
        write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def finished_part(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a finished part; None if it is not there.

    Raises
    ------
    InputError
        If its file is damaged.
    """
    if not path.exists():
        return None
    try:
        return read_arrays(path)
    except DamagedFileError as error:
        raise _damaged(path, str(error)) from error


def _compare(path: Path, settings: dict[str, str]) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no table of settings")
    except (OSError, ValueError) as error:  # JSON's and Unicode's errors are ValueErrors
        raise InputError(
            "checkpoint",
            got=f"unreadable {path}",
            wanted="the settings of a checkpoint",
            fix="Use a new folder.",
        ) from error
    differing = sorted(name for name in {*found, *settings} if found.get(name) != settings.get(name))
    if differing:
        raise InputError(
            "checkpoint",
            got=f"{path.parent} of a study with another {', '.join(differing)}",
            wanted="a checkpoint of this very study",
            fix="Use a new folder, or the settings of the one that it belongs to.",
        )


def _damaged(path: Path, what: str) -> InputError:
    return InputError(
        "checkpoint",
        got=f"{path} with {what}",
        wanted="a chunk as it was written",
        fix="Delete the file to redo its part.",
    )
