"""TOML files as plain tables."""

import tomllib
from typing import Any

from bayesdose.errors import InputError

__all__ = ["read_toml"]


def read_toml(file: Any, subject: str) -> dict[str, Any]:
    """The content of a TOML file, a path or a package resource.

    Raises
    ------
    InputError
        If it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(subject, got=error.strerror, wanted="a file that can be read") from None
    except ValueError as error:
        raise InputError(subject, got=str(error), wanted="a text in TOML") from None
    except RecursionError:
        raise InputError(subject, got="tables or lists nested too deep", wanted="a few levels") from None
