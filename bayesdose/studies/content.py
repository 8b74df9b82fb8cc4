"""What a study file says, apart from its layout, and a hash of that."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bayesdose.errors import InputError
from bayesdose.grammar.reading import read_toml
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
    full = {key: _with_files(value, folder) for key, value in content.items()}
    if "protocol" in content:
        full["protocol"] = _with_files(protocol_content(content["protocol"]), folder)
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


def _with_files(value: Any, folder: Path) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _file(folder / item)
            if key in ("file", "path") and isinstance(item, str)
            else _with_files(item, folder)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_files(item, folder) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        # A long text may be written over several lines.
        return " ".join(value.split())
    return value


def _file(path: Path) -> Any:
    """Content of a file that a study names, TOML as tables and anything else as lines."""
    if path.suffix == ".toml":
        return _with_files(read_toml(path, f"file {path}"), path.parent)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"file {path}", got=str(error), wanted="a text that can be read") from None
    return [line.rstrip() for line in lines if line.strip()]
