"""Text files and TOML files, with everything that may be wrong with them in words."""

import tomllib
from typing import Any

from bayesdose.errors import InputError

__all__ = ["TOO_DEEP", "read_text", "read_toml"]

TOO_DEEP = "tables or lists nested too deep"


def read_toml(file: Any, subject: str) -> dict[str, Any]:
    """The content of a TOML file, a path or a package resource.

    Raises
    ------
    InputError
        If it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(read_text(file, subject))
    except RecursionError:
        raise InputError(subject, got=TOO_DEEP, wanted="a few levels") from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(subject, got=str(error), wanted="a text in TOML") from None


def read_text(file: Any, subject: str) -> str:
    """The text of a file, a path or a package resource, in UTF-8 with or without its byte order mark.

    Raises
    ------
    InputError
        If it is no ordinary file, cannot be read, or is not text in UTF-8.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig") if _is_ordinary(file) else None
    except OSError as error:
        raise InputError(subject, got=error.strerror, wanted="a file that can be read") from None
    except UnicodeDecodeError:
        raise InputError(subject, got="bytes that are no UTF-8", wanted="a text in UTF-8") from None
    except ValueError as error:
        raise InputError(subject, got=str(error), wanted="the name of a file") from None
    if text is None:
        raise InputError(subject, got="a folder, a pipe or a device", wanted="a file that can be read")
    return text


def _is_ordinary(file: Any) -> bool:
    """Whether it is a file, or is not there; to read a pipe could wait for ever."""
    return file.is_file() or not file.exists()
