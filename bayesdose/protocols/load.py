"""Protocols from TOML files, with every mistake in a file named by its key."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args, get_origin

from cattrs import Converter

from bayesdose.designs.three_plus_three import ThreePlusThreeVariant
from bayesdose.errors import InputError
from bayesdose.grammar.reading import read_toml, structured
from bayesdose.grammar.structuring import strict_converter, table_hook, tagged_hook
from bayesdose.protocols.prior_rules import PRIOR_BUILDERS, PriorRule
from bayesdose.protocols.protocol import Protocol, TitrationTrigger
from bayesdose.protocols.sourced import Source, Sourced
from bayesdose.rules.mtd import ClosestTo, HighestBelow

__all__ = ["MTD_RULES", "load_protocol", "protocol_content", "protocol_names"]

MTD_RULES = {"highest-below": HighestBelow, "closest-to": ClosestTo}
_DATA = files("bayesdose.protocols") / "data"


def protocol_names() -> tuple[str, ...]:
    """Names of the protocols that come with the package.

    Returns
    -------
    tuple of str
        The names, sorted; `load_protocol` takes each.

    Examples
    --------
    >>> protocol_names()
    ('IBB0979', 'IMM01', 'IMM27M', 'IMP7068', 'MIL97')
    """
    files_there = (item.name for item in _DATA.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files_there if name.endswith(".toml")))


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
    return structured(read_toml(file, subject), Protocol, _converter(), subject)


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


def _converter() -> Converter:
    converter = strict_converter(Source, ThreePlusThreeVariant, TitrationTrigger)
    register = converter.register_structure_hook_factory
    register(lambda kind: get_origin(kind) is Sourced, _sourced_hook)
    register(lambda kind: kind == HighestBelow | ClosestTo, tagged_hook("rule", MTD_RULES))
    register(lambda kind: kind == PriorRule, tagged_hook("builder", PRIOR_BUILDERS))
    text = converter.get_structure_hook(str)
    number = converter.get_structure_hook(float)
    # Long texts are written over several lines.
    converter.register_structure_hook(str, lambda value, kind: " ".join(text(value, kind).split()))
    converter.register_structure_hook(float, lambda value, kind: float(number(value, kind)))
    return converter


def _sourced_hook(kind: Any, converter: Converter) -> Callable:
    structure = table_hook(kind, converter)
    may_be_unknown = type(None) in get_args(get_args(kind)[0])

    def hook(value: object, _: Any) -> object:
        if isinstance(value, dict) and value.get("source") == Source.NOT_DISCLOSED:
            if not may_be_unknown:
                raise InputError(
                    "",
                    got=str(Source.NOT_DISCLOSED),
                    wanted="a value, because the package computes with it",
                    fix="Give one with source = 'assumption' and a reason.",
                )
            # TOML has no empty value.
            value = {"value": None, **value}
        return structure(value, kind)

    return hook
