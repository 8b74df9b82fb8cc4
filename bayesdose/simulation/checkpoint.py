"""Chunks of simulated trials on disk, so that a run that was killed goes on where it stopped."""

import json
from collections.abc import Mapping
from pathlib import Path

from bayesdose.array_files import DamagedFileError, read_arrays, write_arrays
from bayesdose.errors import InputError
from bayesdose.files import check_folder, write_atomically
from bayesdose.simulation.graph import FinalTrials
from bayesdose.simulation.tally import Chunk, Tally

__all__ = ["Checkpoint"]

_SETTINGS = "settings.json"
_FINAL = ("counts", "recommendation", "stop", "cohorts", "record")


class Checkpoint:
    """A folder of finished chunks, one file of numpy arrays each, that belong to one study.

    Parameters
    ----------
    folder : Path
        Folder of this study alone; it is made if there is none.
    settings : mapping of str to str
        What the chunks depend on: designs, scenarios, seed, versions.

    Raises
    ------
    InputError
        If the folder holds chunks of other settings, is no checkpoint, or its settings cannot be
        read; the message names what differs.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        check_folder("checkpoint", folder)
        self._folder = folder
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

    def read(self, first: int, last: int) -> Chunk | None:
        """The chunk of trials `first` to `last` - 1, if it was finished.

        Raises
        ------
        InputError
            If its file is damaged.
        """
        path = self._path(first, last)
        if not path.exists():
            return None
        try:
            arrays = read_arrays(path)
        except DamagedFileError as error:
            raise _damaged(path, str(error)) from error
        number = len([name for name in arrays if name.endswith("frequency")])
        tallies = tuple(
            Tally(
                FinalTrials(*(arrays[f"{design}-{name}"] for name in _FINAL)), arrays[f"{design}-frequency"]
            )
            for design in range(number)
        )
        return Chunk(tallies, arrays["products"])

    def write(self, first: int, last: int, chunk: "Chunk") -> None:
        """Keep a finished chunk."""
        arrays = {"products": chunk.products}
        for design, tally in enumerate(chunk.tallies):
            arrays |= {f"{design}-{name}": getattr(tally.final, name) for name in _FINAL}
            arrays[f"{design}-frequency"] = tally.frequency
        write_arrays(self._path(first, last), arrays, compressed=True)

    def _path(self, first: int, last: int) -> Path:
        return self._folder / f"trials-{first:09d}-{last:09d}.npz"


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
        fix="Delete the file to redo its trials.",
    )
