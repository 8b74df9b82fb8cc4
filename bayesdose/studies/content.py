"""What a study file says, apart from its layout, and a hash of that."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from bayesdose.errors import InputError
from bayesdose.grammar.reading import TOO_DEEP, read_text, read_toml
from bayesdose.protocols.load import protocol_content

__all__ = ["content_hash", "full_content"]


def full_content(content: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A study file's content with that of the files which it names.

    Parameters
    ----------
    content : mapping
        The study file, read.
    folder : Path
        Its folder.

    Raises
    ------
    InputError
        If one of the files cannot be read.
    """
    try:
        full = {key: _with_files(value, folder) for key, value in content.items()}
        if "protocol" in content:
            full["protocol"] = _with_files(protocol_content(content["protocol"]), folder)
    except RecursionError:
        raise InputError(f"study in {folder}", got=TOO_DEEP, wanted="a few levels") from None
    return full


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of a study's content: of its keys in alphabetical order, designs in their own.

    The order of designs is that of the results. A whole number is the same with and without a point.
    """
    ordered = dict(content)
    if isinstance(content.get("designs"), Mapping):
        ordered["designs"] = [[label, table] for label, table in content["designs"].items()]
    text = json.dumps(ordered, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _with_files(value: Any, folder: Path, within: tuple[Path, ...] = ()) -> Any:
    """A value with the content of files that it names; `within` are the files that name it."""
    if isinstance(value, Mapping):
        return {
            key: _file(folder / item, within)
            if key in ("file", "path") and isinstance(item, str)
            else _with_files(item, folder, within)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_files(item, folder, within) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # JSON has neither dates nor numbers that are not finite.
    if isinstance(value, date | time) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    if isinstance(value, str):
        # A long text may be written over several lines.
        return " ".join(value.split())
    return value


def _file(path: Path, within: tuple[Path, ...]) -> Any:
    """Content of a file that a study names, TOML as tables and anything else as lines."""
    if path in within:
        raise InputError(f"file {path}", got="a file that names itself", wanted="another file")
    if path.suffix == ".toml":
        return _with_files(read_toml(path, f"file {path}"), path.parent, (*within, path))
    lines = read_text(path, f"file {path}").splitlines()
    return [line.rstrip() for line in lines if line.strip()]
