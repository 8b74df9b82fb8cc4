"""Files that appear whole or not at all."""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bayesdose.errors import InputError

__all__ = ["check_file", "check_folder", "write_atomically"]


def check_file(subject: str, path: Path) -> None:
    """Refuse what is no file of data, such as a folder or a pipe, which would be waited for.

    Raises
    ------
    InputError
        If nothing is there, or something else.
    """
    try:
        kind = path.stat().st_mode
    except OSError as error:
        raise InputError(subject, got=error.strerror, wanted="a file that can be read") from None
    if not stat.S_ISREG(kind):
        got = "a folder" if stat.S_ISDIR(kind) else "no regular file"
        raise InputError(subject, got=got, wanted="a file that can be read")


def check_folder(name: str, folder: Path) -> None:
    """Refuse, before any work, a folder that cannot be made because a file is in its way.

    Raises
    ------
    InputError
        If the folder or one above it is a file.
    """
    try:
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    except OSError as error:
        raise InputError(name, got=f"{folder} ({error.strerror})", wanted="a folder") from None
    if not nearest.is_dir():
        raise InputError(name, got=str(folder), wanted="a folder, or a name that is still free")


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it to `path`.

    Raises
    ------
    InputError
        If the file cannot be made there.
    """
    with _refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        # mkstemp makes private files; results are as readable as any other new file.
        temporary.chmod(0o666 & ~_umask())
        with _refused(path):
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    """What the system refuses, as an error of input that names the file."""
    try:
        yield
    except OSError as error:
        found = f"{path} ({error.strerror})"
        raise InputError("file", got=found, wanted="a file that can be written") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
