"""Protocols from TOML files, with every mistake in a file named by its key."""

from importlib.resources import files
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from bayesdose.checks.arguments import checked, hints_of
from bayesdose.errors import InputError
from bayesdose.grammar.reading import read_toml
from bayesdose.grammar.structuring import Context, structured
from bayesdose.protocols.designs import check_tables
from bayesdose.protocols.protocol import Protocol, Regimen
from bayesdose.protocols.sourced_table import sourced_table
from bayesdose.sourced import Source, Sourced

__all__ = ["load_protocol", "prepared", "protocol_content", "protocol_names"]

_DATA = files("bayesdose.protocols") / "data"
_TABLES = ("design", "stages", "group_expansion", "prior", "other_priors", "comparators")


def protocol_names() -> tuple[str, ...]:
    """Names of the protocols that come with the package.

    Returns
    -------
    tuple of str
        The names, sorted; `load_protocol` takes each.

    Examples
    --------
    >>> "MIL97" in protocol_names()
    True
    """
    files_there = (item.name for item in _DATA.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files_there if name.endswith(".toml")))


@checked
def load_protocol(name_or_path: str | Path) -> Protocol:
    """A protocol by its name, or from a file.

    Parameters
    ----------
    name_or_path : str or Path
        Name of a protocol of the package, in upper or lower case, or path of a ``.toml`` file.

    Returns
    -------
    Protocol
        Every value with its source.

    Raises
    ------
    InputError
        If the name is unknown, or the file cannot be read, is not TOML, or has an unknown, missing
        or ill-typed key; the message names the file and the key.

    Examples
    --------
    >>> load_protocol("mil97").grid.value.values
    (0.01, 0.03, 0.1, 0.2, 0.3, 0.45)
    """
    file, subject = _file(name_or_path)
    content = prepared(read_toml(file, subject))
    for name in _TABLES:
        if name in content:
            content[name] = sourced_table(content[name], subject, name)
    _check_disclosed(content, Protocol, subject)
    for number, regimen in enumerate(_tables(content.get("regimens"))):
        _check_disclosed(regimen, Regimen, subject, f"regimens[{number}].")
    protocol = structured(content, Protocol, Context(Path()), subject)
    check_tables(protocol, subject)
    return protocol


@checked
def protocol_content(name_or_path: str | Path) -> dict[str, Any]:
    """What a protocol's file says, as plain tables; named as for `load_protocol`."""
    return read_toml(*_file(name_or_path))


def _file(name_or_path: str | Path) -> tuple[Any, str]:
    """The path or the package's resource, and what errors call it."""
    if isinstance(name_or_path, Path) or name_or_path.lower().endswith(".toml"):
        return Path(name_or_path), f"protocol file {name_or_path}"
    names = {name.casefold(): name for name in protocol_names()}
    wanted = name_or_path.casefold()
    if wanted not in names:
        subject = "protocol (a name, or the path of a .toml file)"
        raise InputError.unknown_name(subject, name_or_path, names.values())
    file = _DATA / f"{names[wanted]}.toml"
    return file, f"protocol file {file}"


def _tables(value: Any) -> list[dict]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _check_disclosed(table: dict, kind: type, subject: str, place: str = "") -> None:
    """Refuse what a record does not disclose where the package needs a value to compute with."""
    for name, hint in hints_of(kind).items():
        found = table.get(name)
        may_be_missing = get_origin(hint) is not Sourced or NoneType in get_args(get_args(hint)[0])
        if may_be_missing or not isinstance(found, dict) or found.get("source") != Source.NOT_DISCLOSED:
            continue
        raise InputError(
            f"{subject}, key {place}{name}",
            got=str(Source.NOT_DISCLOSED),
            wanted="a value, because the package computes with it",
            fix="Where the record gives none, assume one: source = 'assumption', with a reason.",
        )


def prepared(content: Any) -> Any:
    """The same content with long texts on one line, and with the empty value that TOML does not have."""
    if isinstance(content, dict):
        empty = {"value": None} if content.get("source") == Source.NOT_DISCLOSED else {}
        return empty | {key: prepared(item) for key, item in content.items()}
    if isinstance(content, list):
        return [prepared(item) for item in content]
    return " ".join(content.split()) if isinstance(content, str) else content
