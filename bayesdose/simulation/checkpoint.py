"""Chunks of simulated trials on disk, so that a run that was killed goes on where it stopped."""

from collections.abc import Mapping
from pathlib import Path

from bayesdose.array_files import write_arrays
from bayesdose.simulation.checkpoint_folder import finished_part, open_checkpoint
from bayesdose.simulation.final_trials import FinalTrials
from bayesdose.simulation.tally import Chunk, Tally

__all__ = ["Checkpoint"]

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
        open_checkpoint(folder, settings)
        self._folder = folder

    def read(self, first: int, last: int) -> Chunk | None:
        """The chunk of trials `first` to `last` - 1, if it was finished.

        Raises
        ------
        InputError
            If its file is damaged.
        """
        arrays = finished_part(self._path(first, last))
        if arrays is None:
            return None
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
