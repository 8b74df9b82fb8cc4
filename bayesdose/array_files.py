"""Arrays in a file that is whole or not there, and whose numbers are checked when it is read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bayesdose.files import write_atomically

__all__ = ["DamagedFileError", "read_arrays", "write_arrays"]

_DIGEST = "digest"


class DamagedFileError(ValueError):
    """A file that does not hold what was written."""


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray], *, compressed: bool) -> None:
    """Write named arrays and a digest of them to a numpy archive.

    Raises
    ------
    InputError
        If the file cannot be made there.
    """
    save = np.savez_compressed if compressed else np.savez
    everything = {_DIGEST: np.array(_digest(arrays)), **arrays}
    write_atomically(path, lambda temporary: save(temporary, allow_pickle=False, **everything))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file of `write_arrays`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    DamagedFileError
        If it cannot be read or its arrays are not those that were written.
    """
    try:
        with path.open("rb") as content, np.load(content, allow_pickle=False) as file:
            arrays = dict(file)
            digest = str(arrays.pop(_DIGEST))
    except FileNotFoundError:
        raise
    # The zip file and the arrays in it raise errors of many kinds on damaged bytes.
    except Exception as error:
        raise DamagedFileError(f"unreadable ({type(error).__name__})") from error
    if _digest(arrays) != digest:
        raise DamagedFileError("content that does not match its checksum")
    return arrays


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    content = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        content.update(f"{name} {array.dtype.str} {array.shape}".encode())
        content.update(array.tobytes())
    return content.hexdigest()
